#pragma once

#include <cstdint>
#include <optional>

#include "base/status.h"
#include "observe/op_context.h"
#include "query/filter/filter.h"
#include "query/hits.h"
#include "query/plan.h"
#include "query/run.h"

namespace alidade::query {

/// A leaf on one shard, made ready. Borrows everything.
struct LeafRun {
  const segment::Segment& segment;
  const PlanLeaf& leaf;
  /// The rows that may be hits: live, passing the filters, among the candidates. nullopt = all live rows.
  const std::optional<Selection>& selection;
  const Candidates* candidates;  ///< nullptr = the leaf has no inputs.
  std::uint64_t limit;           ///< At most the number of points.
  const observe::OpContext& context;
  env::MemoryBudget* memory = nullptr;  ///< As in run().

  const base::Bitset& rows() const { return selection ? selection->rows : segment.live(); }
  std::uint64_t row_count() const { return selection ? selection->count : segment.live_count(); }
};

/// @return whether a similarity passes the threshold, which is given as scores are shown. Strict, as the peer.
inline bool passes_threshold(model::Distance distance, float similarity, std::optional<float> threshold) {
  if (!threshold) return true;
  const float shown = model::qdrant_score(distance, similarity);
  return model::smaller_is_better(distance) ? shown < *threshold : shown > *threshold;
}

/// The filters of a leaf as one, made ready; nullopt when it has none.
Result<std::optional<PreparedFilter>> prepared_filter(const segment::Segment& view, const PlanLeaf& leaf);

// Leaves without inputs whose order an index has cost what they return: no selection of all that pass is made.

/// scoring/by_id.cc.
Result<Hits> page_by_id(const segment::Segment& view, const PlanLeaf& leaf, const observe::OpContext& context);
/// Of a leaf that leaves out no points. @return also kInvalidArgument (kNoRangeIndex). scoring/order_by.cc.
Result<Hits> page_by_value(const model::OrderByQuery& kind, const segment::Segment& view, const PlanLeaf& leaf,
                           const observe::OpContext& context);

// One file per kind: <kind>.cc. Each @return at most run.limit hits, best first; the context's error.
Result<Hits> run_scorer(const ById& kind, const LeafRun& run);
Result<Hits> run_scorer(const Nearest& kind, const LeafRun& run);
Result<Hits> run_scorer(const BestScore& kind, const LeafRun& run);
Result<Hits> run_scorer(const SumScores& kind, const LeafRun& run);
Result<Hits> run_scorer(const Discover& kind, const LeafRun& run);
Result<Hits> run_scorer(const Context& kind, const LeafRun& run);
Result<Hits> run_scorer(const Feedback& kind, const LeafRun& run);
/// @return kInvalidArgument (kNoRangeIndex).
Result<Hits> run_scorer(const model::OrderByQuery& kind, const LeafRun& run);
Result<Hits> run_scorer(const Sample& kind, const LeafRun& run);
/// @return kInvalidArgument: a variable without a value, a number that is not finite. kDataLoss, kIo.
Result<Hits> run_scorer(const Formula& kind, const LeafRun& run);

/// The hits of `found` that are the most relevant and the least alike, in the order in which they are taken.
/// scoring/mmr.cc.
Result<Hits> diversify(const Diversify& step, Hits found, Views views, const observe::OpContext& context);

}  // namespace alidade::query
