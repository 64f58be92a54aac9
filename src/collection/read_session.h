#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/status.h"
#include "env/memory_budget.h"
#include "collection/collection.h"
#include "index/payload/payload_indexes.h"
#include "model/filter.h"
#include "model/json_path.h"
#include "model/query.h"
#include "observe/op_context.h"
#include "query/hits.h"
#include "query/plan.h"
#include "segment/segment.h"

namespace alidade::collection {

/// What one request reads of a collection: one state of each of its shards, which stays as it is for as long as the
/// session lives. Opening it is a copy of a pointer per shard, and it stops nobody. One thread at a time; rows are
/// named by query::RowAddress, whose shard is a place in this session.
class ReadSession {
 public:
  using View = std::shared_ptr<const segment::Segment>;

  /// The state with every acknowledged write. @return as Collection::shard().
  static Result<ReadSession> open(const Collection& collection);

  /// What plans are made with. @param indexing_threshold_bytes of the collection, when a query asks for indexed rows only.
  query::Schema schema(std::uint64_t indexing_threshold_bytes) const;
  std::uint64_t point_count() const;
  /// @return kInvalidArgument (kVectorNameUnknown) for the first name that the collection does not have.
  Status check_vectors(const model::VectorSelector& selector) const;

  std::optional<query::RowAddress> find(const model::PointId& id) const;
  /// A row as an answer shows it. @return kDataLoss, kIo.
  Result<model::PointRecord> fetch(query::RowAddress row,
                                   const model::PayloadSelector& with_payload,
                                   const model::VectorSelector& with_vectors,
                                   segment::VectorForm form) const;
  /// Runs a plan that was made with its schema. @param memory as in query::run().
  Result<query::Hits> query(const query::Plan& plan, const observe::OpContext& context, env::MemoryBudget* memory) const;
  /// Points that pass the filter; all of them without one. @return what preparing the filter says; the context's error.
  Result<std::uint64_t> count(const std::optional<model::Filter>& filter, const observe::OpContext& context) const;

  /// How often each value stands at the path, in points that pass the filter: the most frequent first, ties by value.
  /// @return kInvalidArgument (kNoFacetIndex) when no index can count them.
  Result<std::vector<index::FacetCount>> facet(const model::JsonPath& key,
                                               const std::optional<model::Filter>& filter,
                                               std::uint64_t limit,
                                               const observe::OpContext& context) const;

  /// The states themselves, in the order of RowAddress::shard.
  const std::vector<View>& views() const { return views_; }

 private:
  explicit ReadSession(std::vector<View> views) : views_(std::move(views)) {}

  std::vector<View> views_;  ///< One per shard, at least one.
};

}  // namespace alidade::collection
