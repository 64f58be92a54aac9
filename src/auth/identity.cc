#include "auth/identity.h"

namespace alidade::auth {
namespace {

Status refused(std::string message) {
  return Status(StatusCode::kPermissionDenied, std::move(message));
}

const CollectionGrant* find_grant(const Identity& identity, std::string_view collection) {
  for (const CollectionGrant& grant : identity.grants) {
    if (grant.collection == collection) return &grant;
  }
  return nullptr;
}

Status authorize_grant(const Identity& identity,
                       const Access& access,
                       std::string_view collection) {
  const std::string name(collection);
  const CollectionGrant* grant = find_grant(identity, collection);
  if (grant == nullptr) return refused("Access to collection " + name + " is required");
  if (access.right != Right::kRead && grant->right == CollectionRight::kRead) {
    return refused("Write access to collection " + name + " is required");
  }
  const bool is_whole = access.scope == Scope::kCollectionWhole || access.right == Right::kManage;
  if (is_whole && grant->right == CollectionRight::kPointsReadWrite) {
    return refused("Only points access is allowed for collection " + name);
  }
  return Status::ok_status();
}

Status authorize_global(GlobalRight global, Right right) {
  if (global == GlobalRight::kNone) return refused("Global access is required");
  if (right != Right::kRead && global != GlobalRight::kManage) {
    return refused("Global manage access is required");
  }
  return Status::ok_status();
}

}  // namespace

bool Identity::may_see(std::string_view collection) const {
  return global != GlobalRight::kNone || find_grant(*this, collection) != nullptr;
}

Status authorize(const Identity& identity, const Access& access, std::string_view collection) {
  switch (access.scope) {
    case Scope::kOpen:
    case Scope::kAuthenticated:
      return Status::ok_status();
    case Scope::kGlobal:
      return authorize_global(identity.global, access.right);
    case Scope::kCollection:
    case Scope::kCollectionWhole:
      if (identity.global != GlobalRight::kNone)
        return authorize_global(identity.global, access.right);
      return authorize_grant(identity, access, collection);
  }
  return refused("Global manage access is required");
}

}  // namespace alidade::auth
