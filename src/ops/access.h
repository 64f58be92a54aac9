#pragma once

#include <string>
#include <vector>

#include "auth/identity.h"
#include "base/status.h"
#include "ops/collections.h"
#include "ops/reads.h"

namespace alidade::collection {
class Catalogue;
}

namespace alidade::ops {

// What a request touches, and whether its caller may: asked by the dispatcher, for every face.

/// Appends the names of the collections that a request reads besides its own (`collection`), at
/// every depth. They lie in the default database, as Qdrant's do.
void touches(const QueryPoints& request, std::vector<std::string>& names);
void touches(const QueryBatch& request, std::vector<std::string>& names);
void touches(const QueryGroups& request, std::vector<std::string>& names);

/// Whether a request type has a member that may name a second collection. Such a type does not
/// compile in the dispatcher until it has a touches() of its own above.
template <typename Request>
concept MayNameOthers = requires(const Request& r) { r.query; } || requires(const Request& r) { r.queries; } ||
                        requires(const Request& r) { r.with_lookup; } ||
                        requires(const Request& r) { r.lookup_from; } ||
                        requires(const Request& r) { r.source; };

template <typename Request>
  requires(!MayNameOthers<Request>)
void touches(const Request&, std::vector<std::string>&) {}

/// Whether the caller may do `access` with this collection. A token's grants name collections of the
/// default database; a reference by UUID is allowed by a grant for the collection's name, so it does
/// not matter which dialect asks. Collections of other databases are for global rights only. Whether a collection exists is not told to
/// who may not see it.
/// @return as auth::authorize().
Status authorize(const auth::Identity& identity,
                 const auth::Access& access,
                 const model::CollectionRef& collection,
                 const collection::Catalogue& catalogue);

/// Whether a list of everything may show this collection to the caller.
bool may_see(const auth::Identity& identity, const model::CollectionDescription& collection);

}  // namespace alidade::ops
