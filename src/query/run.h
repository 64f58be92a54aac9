#pragma once

#include <span>
#include <vector>

#include "base/bitset.h"
#include "base/status.h"
#include "observe/op_context.h"
#include "query/hits.h"
#include "query/plan.h"

namespace alidade::query {

/// The states that a query runs on, one per shard. Borrowed; they do not change.
using Views = std::span<const segment::Segment* const>;

/// What the inputs of a leaf found in one shard.
struct Candidates {
  base::Bitset rows;
  /// Per input the scores as they are shown, by row. Only where the leaf computes with them.
  std::vector<std::vector<std::pair<base::PointOffset, float>>> scores;
};

/// Runs a leaf on one shard: at most leaf.limit hits of it, best first.
/// @param candidates nullptr = all rows of the shard.
Result<Hits> run_leaf(const segment::Segment& view,
                      const PlanLeaf& leaf,
                      const Candidates* candidates,
                      const observe::OpContext& context);

/// One list of those that a leaf found in each shard, in the order of the views.
Hits merge(const PlanLeaf& leaf, Views views, std::vector<Hits> lists);

/// Runs the plan: inputs first, one after the other. At most the limit of its root.
Result<Hits> run(const Plan& plan, Views views, const observe::OpContext& context);

}  // namespace alidade::query
