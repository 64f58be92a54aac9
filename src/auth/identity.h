#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "auth/access.h"
#include "base/status.h"

namespace alidade::auth {

/// What a credential opens on the whole server.
enum class GlobalRight { kNone, kRead, kManage };

/// What a token opens on one collection.
enum class CollectionRight { kRead, kReadWrite, kPointsReadWrite };

struct CollectionGrant {
  std::string collection;
  CollectionRight right = CollectionRight::kRead;
};

/// Who asks, as far as rights go. A value; made by KeyRing::authenticate().
struct Identity {
  enum class Kind { kNobody, kApiKey, kToken };

  Kind kind = Kind::kNobody;
  GlobalRight global = GlobalRight::kNone;
  std::vector<CollectionGrant> grants;  // Looked at when there is no global right.
  std::string subject;                  // Of a token, for the audit.

  /// Whether a list of everything may show this collection.
  bool may_see(std::string_view collection) const;
};

/// @param collection the name as it was asked for; unused for kOpen, kAuthenticated and kGlobal. An
///        operation that reads a second collection asks once for each (ops/access.h does).
/// @return kPermissionDenied with Qdrant's words behind its "Forbidden: ".
Status authorize(const Identity& identity, const Access& access, std::string_view collection);

}  // namespace alidade::auth
