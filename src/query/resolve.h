#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "env/memory_account.h"
#include "model/query.h"
#include "observe/op_context.h"
#include "query/resolved.h"
#include "segment/segment.h"

namespace alidade::query {

/// A collection whose points queries name.
class LookupPlace {
 public:
  virtual ~LookupPlace() = default;
  /// Whether it is the collection that is queried.
  virtual bool is_home() const = 0;
  /// Its state now, a view per shard. @return what keeps it from being read.
  virtual Result<std::vector<std::shared_ptr<const segment::Segment>>> views() const = 0;
};

/// Finds them.
class LookupPlaces {
 public:
  virtual ~LookupPlaces() = default;
  /// @param collection nullopt = the one that is queried.
  /// @return kNotFound (kLookupCollectionNotFound).
  virtual Result<std::unique_ptr<LookupPlace>> find(const std::optional<std::string>& collection) const = 0;
  /// Values of a vector of the collection that is queried; 0 while that is open or when there is none of that name.
  virtual std::size_t dimension_of(const std::string& vector_name) const = 0;
};

/// Replaces the point ids of queries, their prefetches included, by the vectors of those points, which
/// may live in other collections (lookup_from), and calls `visit` with one resolved query after the
/// other once nothing is wrong with any of them; a refusal of `visit` ends it. No view is held while `visit` runs.
/// Looks at the context by the work done.
///
/// What is wrong is told in Qdrant's order, over all queries of a batch together: a lookup collection
/// that is missing; a vector name that the looked up points' collection lacks; an id that is not there;
/// then query by query and from the outside in, `problem` and a point without the vector; at last what
/// is wrong with the plan.
/// @param account takes the vectors that are looked up: it lives as long as the resolved queries do.
/// @return kNotFound (kLookupCollectionNotFound, kPointNotFound); kInvalidArgument (kVectorNameUnknown;
///         kDimensionMismatch when vectors of a mean differ in length; kSparseConversion for a vector of
///         another kind); kUnimplemented for a kind that is not served; kResourceExhausted by
///         the account; or a query's `problem` or `plan_problem`.
Status resolve(const LookupPlaces& places,
               std::span<const model::QueryRequest> queries,
               const observe::OpContext& context,
               env::MemoryAccount& account,
               const std::function<Status(std::size_t, ResolvedQuery)>& visit);

}  // namespace alidade::query
