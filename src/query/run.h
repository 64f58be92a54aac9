#pragma once

#include <span>
#include <utility>
#include <vector>

#include "base/bitset.h"
#include "base/status.h"
#include "env/memory_budget.h"
#include "observe/op_context.h"
#include "query/hits.h"
#include "query/plan.h"

namespace alidade::query {

/// The states that a query runs on, one per shard. Borrowed; they do not change.
using Views = std::span<const segment::Segment* const>;

/// The scores of one list, sorted by row.
using ScoresByRow = std::vector<std::pair<base::PointOffset, float>>;

/// What the inputs of a leaf found in one shard.
struct Candidates {
  base::Bitset rows;
  /// Per input the scores as they are shown. Only where the leaf computes with them.
  std::vector<ScoresByRow> scores;
};

/// Runs a leaf on one shard: at most leaf.limit hits of it, best first.
/// @param candidates nullptr = all rows of the shard.
/// @param memory borrowed, as in run().
Result<Hits> run_leaf(const segment::Segment& view,
                      const PlanLeaf& leaf,
                      const Candidates* candidates,
                      const observe::OpContext& context,
                      env::MemoryBudget* memory = nullptr);

/// One list of those that a leaf found in each shard, in the order of the views.
Hits merge(const PlanLeaf& leaf, Views views, std::vector<Hits> lists);

/// Runs the plan: inputs first, one after the other. At most the limit of its root.
/// @param memory what is held beside the hits counts here, where it can be larger than they are; nullptr = not counted.
/// @return kResourceExhausted when it does not fit; what the steps say.
Result<Hits> run(const Plan& plan, Views views, const observe::OpContext& context, env::MemoryBudget* memory = nullptr);

}  // namespace alidade::query
