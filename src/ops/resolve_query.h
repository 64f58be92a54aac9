#pragma once

#include "collection/catalogue.h"
#include "model/query.h"
#include "query/search.h"

namespace alidade::ops {

/// Replaces the point ids of a query, its prefetches included, by the vectors of those points,
/// which may live in another collection (lookup_from). Takes a read view of its own per lookup, so
/// the caller holds none.
/// @return kNotFound (kPointNotFound) for an id that is not there or lacks the vector.
Result<query::ResolvedQuery> resolve_query(const collection::Catalogue& catalogue,
                                           const model::CollectionRef& home,
                                           const model::Prefetch& query);

}  // namespace alidade::ops
