// Rescoring by a formula over the payload and the scores that the inputs gave.
#include "query/formula/formula.h"

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include "query/scoring/leaf_run.h"

namespace alidade::query {
namespace {

using base::PointOffset;

/// Scores of the inputs, sorted by row.
using ScoresByRow = std::vector<std::vector<std::pair<PointOffset, float>>>;

class RowInputs final : public formula::Inputs {
 public:
  RowInputs(const segment::Segment& segment, const ScoresByRow& scores, const std::vector<PreparedFilter>& conditions,
            PointOffset row)
      : segment_(segment), scores_(scores), conditions_(conditions), row_(row) {}

  std::optional<float> score(std::size_t list) const override {
    if (list >= scores_.size()) return std::nullopt;
    const auto& scores = scores_[list];
    const auto found = std::lower_bound(scores.begin(), scores.end(), row_,
                                        [](const auto& entry, PointOffset row) { return entry.first < row; });
    if (found == scores.end() || found->first != row_) return std::nullopt;
    return found->second;
  }

  Result<bool> passes(std::size_t condition) const override { return conditions_[condition].matches(row_); }

  Result<const base::json::Value*> payload() const override {
    if (!payload_) {
      ALD_ASSIGN(payload_, segment_.payload(row_));
    }
    return &*payload_;
  }

 private:
  const segment::Segment& segment_;
  const ScoresByRow& scores_;
  const std::vector<PreparedFilter>& conditions_;
  const PointOffset row_;
  mutable std::optional<base::json::Value> payload_;
};

}  // namespace

Result<Hits> run_scorer(const Formula& kind, const LeafRun& run) {
  ScoresByRow scores = run.candidates->scores;
  for (auto& list : scores) std::sort(list.begin(), list.end());
  std::vector<PreparedFilter> conditions;
  for (const model::Filter& condition : kind.program->conditions) {
    ALD_ASSIGN(auto prepared, PreparedFilter::prepare(condition, run.segment));
    conditions.push_back(std::move(prepared));
  }
  std::vector<std::pair<float, PointOffset>> scored;
  const base::Bitset& rows = run.rows();
  for (std::size_t i = rows.find_next(0); i < rows.size(); i = rows.find_next(i + 1)) {
    ALD_RETURN_IF_ERROR(run.context.check());  // A formula may be as long as a body.
    const PointOffset row(static_cast<std::uint32_t>(i));
    ALD_ASSIGN(const float score, formula::evaluate(*kind.program, RowInputs(run.segment, scores, conditions, row)));
    if (!run.leaf.score_threshold || score >= *run.leaf.score_threshold) scored.emplace_back(score, row);
  }
  const std::size_t count = std::min<std::size_t>(scored.size(), run.limit);
  std::partial_sort(scored.begin(), scored.begin() + static_cast<std::ptrdiff_t>(count), scored.end(),
                    [](const auto& a, const auto& b) { return a.first != b.first ? a.first > b.first : a.second < b.second; });
  Hits hits;
  for (std::size_t i = 0; i < count; ++i) hits.points.push_back({scored[i].second, scored[i].first, std::nullopt, true});
  return hits;
}

}  // namespace alidade::query
