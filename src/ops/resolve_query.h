#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <span>
#include <vector>

#include "collection/catalogue.h"
#include "model/query.h"
#include "observe/op_context.h"
#include "query/search.h"

namespace alidade::ops {

/// Replaces the point ids of queries, their prefetches included, by the vectors of those points, which
/// may live in other collections (lookup_from), and calls `visit` with one resolved query after the
/// other once nothing is wrong with any of them; a refusal of `visit` ends it. Takes a read view of its own per collection, so the
/// caller holds none; none is held while `visit` runs. Looks at the context by the work done.
/// @param home the collection that is queried, as it was found under `home_ref`.
///
/// What is wrong is told in Qdrant's order, over all queries of a batch together: a lookup collection
/// that is missing; a vector name that the looked up points' collection lacks; an id that is not there;
/// then query by query and from the outside in, `problem` and a point without the vector; at last what
/// is wrong with the plan.
/// @return kNotFound (kLookupCollectionNotFound, kPointNotFound); kInvalidArgument (kVectorNameUnknown;
///         kDimensionMismatch when vectors of a mean differ in length; kSparseConversion for a vector of
///         another kind); or a query's `problem` or `plan_problem`.
Status resolve_queries(const collection::Catalogue& catalogue,
                       const model::CollectionRef& home_ref,
                       std::shared_ptr<collection::Collection> home,
                       std::span<const model::QueryRequest> queries,
                       const observe::OpContext& context,
                       const std::function<Status(std::size_t, query::ResolvedQuery)>& visit);

}  // namespace alidade::ops
