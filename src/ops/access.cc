#include "ops/access.h"

#include "collection/catalogue.h"

namespace alidade::ops {
namespace {

bool is_default_place(const std::string& tenant, const std::string& database) {
  return tenant == model::kDefaultTenant && database == model::kDefaultDatabase;
}

void add_lookups(const model::QueryNode& query, std::vector<std::string>& names) {
  if (query.lookup_from) names.push_back(query.lookup_from->collection);
  for (const auto& prefetch : query.prefetch) add_lookups(prefetch, names);
}

}  // namespace

void touches(const QueryPoints& request, std::vector<std::string>& names) { add_lookups(request.query, names); }

void touches(const QueryBatch& request, std::vector<std::string>& names) {
  for (const auto& query : request.queries) add_lookups(query, names);
}

void touches(const QueryGroups& request, std::vector<std::string>& names) {
  add_lookups(request.query, names);
  if (request.with_lookup) names.push_back(request.with_lookup->collection);
}

Status authorize(const auth::Identity& identity,
                 const auth::Access& access,
                 const model::CollectionRef& collection,
                 const collection::Catalogue& catalogue) {
  const bool is_one = access.scope == auth::Scope::kCollection || access.scope == auth::Scope::kCollectionWhole;
  // Nobody's grants are looked at.
  if (!is_one || identity.global != auth::GlobalRight::kNone) return auth::authorize(identity, access, "");
  if (is_default_place(collection.tenant, collection.database)) {
    if (!collection.uuid) return auth::authorize(identity, access, collection.name);
    const auto found = catalogue.find_exact(collection);
    const std::string name = found.ok() ? (*found)->description().name : std::string();
    if (found.ok() && identity.may_see(name)) return auth::authorize(identity, access, name);
  }
  // No grant can mean it: not even one for a collection whose name reads like this UUID, or for the same
  // name in another tenant or database.
  auth::Identity without_grants = identity;
  without_grants.grants.clear();
  return auth::authorize(without_grants, access, collection.to_string());
}

bool may_see(const auth::Identity& identity, const model::CollectionDescription& collection) {
  if (identity.global != auth::GlobalRight::kNone) return true;
  return is_default_place(collection.tenant, collection.database) && identity.may_see(collection.name);
}

}  // namespace alidade::ops
