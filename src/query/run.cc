#include "query/run.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "env/memory_account.h"
#include "query/filter/filter.h"
#include "query/fusion/fusion.h"
#include "query/scoring/leaf_run.h"
#include "query/scoring/sample.h"

namespace alidade::query {
namespace {

using base::PointOffset;
using observe::OpContext;
using segment::Segment;

// About 1 ms of looking up points.
constexpr std::size_t kPointsPerCheck = 4096;

// Rows that may be hits. ----------------------------------------------------------------------

Status leave_out(const std::vector<model::PointId>& ids, const Segment& view, const OpContext& context, Selection& selection) {
  for (std::size_t i = 0; i < ids.size(); ++i) {
    if (i % kPointsPerCheck == 0) ALD_RETURN_IF_ERROR(context.check());
    const auto offset = view.find(ids[i]);
    if (!offset || !selection.rows.test(offset->value)) continue;
    selection.rows.reset(offset->value);
    --selection.count;
  }
  return {};
}

/// nullopt = all live rows.
Result<std::optional<Selection>> select(const Segment& view, const PlanLeaf& leaf, const Candidates* candidates, const OpContext& context) {
  std::optional<Selection> selection;
  ALD_ASSIGN(const auto prepared, prepared_filter(view, leaf));
  if (prepared) {
    ALD_ASSIGN(selection, prepared->select(context));
  }
  if (!selection && (!leaf.excluded.empty() || candidates != nullptr)) selection = Selection{view.live(), view.live_count()};
  for (const auto& ids : leaf.excluded) ALD_RETURN_IF_ERROR(leave_out(*ids, view, context, *selection));
  if (candidates != nullptr) {
    selection->rows &= candidates->rows;
    selection->count = selection->rows.count();
  }
  return selection;
}

// Merging. ------------------------------------------------------------------------------------

/// Whether a hit of one shard comes before one of another.
bool comes_before(const PlanLeaf& leaf, Views views, const Hit& a, const Hit& b) {
  const auto id_of = [&](const Hit& hit) { return views[hit.shard]->id(hit.offset); };
  if (std::holds_alternative<ById>(leaf.scorer)) return id_of(a) < id_of(b);
  if (const auto* sample = std::get_if<Sample>(&leaf.scorer)) {
    return sample_key(*sample, id_of(a)) < sample_key(*sample, id_of(b));
  }
  if (const auto* order = std::get_if<model::OrderByQuery>(&leaf.scorer)) {
    const bool ascending = order->order.direction == model::Direction::Kind::kAscending;
    return ascending ? *a.order_value < *b.order_value : *b.order_value < *a.order_value;
  }
  return a.score > b.score;
}

RankedList ranked(const Hits& list) {
  RankedList ranks;
  ranks.reserve(list.points.size());
  for (const Hit& hit : list.points) {
    const bool is_similarity = list.score_kind == model::ScoreKind::kSimilarity;
    ranks.push_back({hit.at(), is_similarity ? model::qdrant_score(list.distance, hit.score) : hit.score});
  }
  return ranks;
}

// Running. ------------------------------------------------------------------------------------

class Run {
 public:
  Run(Views views, const OpContext& context, env::MemoryBudget* memory) : views_(views), context_(context), memory_(memory) {}

  Result<Hits> node(const PlanNode& node) const {
    ALD_RETURN_IF_ERROR(context_.check());
    return std::visit([&](const auto& one) { return step(one, node.inputs); }, node.step);
  }

 private:
  Result<Hits> step(const PlanLeaf& leaf, const std::vector<PlanNode>& inputs) const {
    std::vector<Candidates> candidates;
    env::MemoryAccount account(memory_);
    if (!inputs.empty()) {
      ALD_ASSIGN(candidates, candidates_of(inputs, std::holds_alternative<Formula>(leaf.scorer), account));
    }
    std::vector<Hits> lists;
    for (std::uint32_t shard = 0; shard < views_.size(); ++shard) {
      ALD_ASSIGN(Hits list, run_leaf(*views_[shard], leaf, inputs.empty() ? nullptr : &candidates[shard], context_, memory_));
      for (Hit& hit : list.points) hit.shard = shard;
      lists.push_back(std::move(list));
    }
    return merge(leaf, views_, std::move(lists));
  }

  Result<Hits> step(const Fuse& fuse, const std::vector<PlanNode>& inputs) const {
    Fusion fusion = std::visit([](const auto& kind) { return Fusion(kind); }, fuse.fusion);
    for (const PlanNode& input : inputs) {  // No two lists are held at a time.
      ALD_ASSIGN(const Hits list, node(input));
      fusion.add(ranked(list));
    }
    Hits hits;
    for (const FusedHit& hit : fusion.take()) {
      // Nothing reaches a threshold that is not a number.
      if (fuse.score_threshold && !(hit.score >= *fuse.score_threshold)) continue;
      if (hits.points.size() == fuse.limit) break;
      hits.points.push_back({hit.at.offset, hit.score, std::nullopt, true, hit.at.shard});
    }
    return hits;
  }

  Result<Hits> step(const Diversify& diverse, const std::vector<PlanNode>& inputs) const {
    ALD_ASSIGN(Hits found, node(inputs.front()));
    return diversify(diverse, std::move(found), views_, context_);
  }

  /// By shard. The scores of all lists are held at a time, each as long as its limit: they are counted.
  Result<std::vector<Candidates>> candidates_of(const std::vector<PlanNode>& inputs, bool with_scores,
                                                env::MemoryAccount& account) const {
    std::vector<Candidates> candidates;
    if (with_scores) ALD_RETURN_IF_ERROR(account.add(views_.size() * inputs.size() * sizeof(ScoresByRow)));
    for (const Segment* view : views_) {
      candidates.push_back({base::Bitset(view->row_count()), {}});
      if (with_scores) candidates.back().scores.resize(inputs.size());
    }
    for (std::size_t i = 0; i < inputs.size(); ++i) {
      ALD_ASSIGN(const Hits list, node(inputs[i]));
      // Lists that grow one by one take up to twice what is in them.
      if (with_scores) ALD_RETURN_IF_ERROR(account.add(2 * list.points.size() * sizeof(ScoresByRow::value_type)));
      for (const FusedHit& hit : ranked(list)) {
        Candidates& there = candidates[hit.at.shard];
        there.rows.set(hit.at.offset.value);
        if (with_scores) there.scores[i].emplace_back(hit.at.offset, hit.score);
      }
      for (Candidates& there : candidates) {
        if (with_scores) std::sort(there.scores[i].begin(), there.scores[i].end());
      }
    }
    return candidates;
  }

  const Views views_;
  const OpContext& context_;
  env::MemoryBudget* const memory_;
};

}  // namespace

Result<Hits> run_leaf(const Segment& view, const PlanLeaf& leaf, const Candidates* candidates, const OpContext& context,
                      env::MemoryBudget* memory) {
  if (candidates == nullptr && std::holds_alternative<ById>(leaf.scorer)) return page_by_id(view, leaf, context);
  const auto* order = std::get_if<model::OrderByQuery>(&leaf.scorer);
  if (order != nullptr && candidates == nullptr && leaf.excluded.empty()) return page_by_value(*order, view, leaf, context);
  ALD_ASSIGN(const std::optional<Selection> selection, select(view, leaf, candidates, context));
  // No list needs more hits than there are points, whatever a client asks for.
  const LeafRun run{view, leaf, selection, candidates, std::min(leaf.limit, view.live_count()), context, memory};
  return std::visit([&](const auto& scorer) { return run_scorer(scorer, run); }, leaf.scorer);
}

Hits merge(const PlanLeaf& leaf, Views views, std::vector<Hits> lists) {
  if (lists.size() == 1) return std::move(lists.front());
  Hits merged;
  for (Hits& list : lists) {
    merged.score_kind = list.score_kind;
    merged.vector_name = list.vector_name;
    merged.distance = list.distance;
    merged.points.insert(merged.points.end(), list.points.begin(), list.points.end());
  }
  // Ties stay in the order of the shards.
  std::stable_sort(merged.points.begin(), merged.points.end(),
                   [&](const Hit& a, const Hit& b) { return comes_before(leaf, views, a, b); });
  if (merged.points.size() > leaf.limit) merged.points.resize(leaf.limit);
  return merged;
}

Result<Hits> run(const Plan& plan, Views views, const OpContext& context, env::MemoryBudget* memory) {
  return Run(views, context, memory).node(plan.root);
}

}  // namespace alidade::query
