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

class RowInputs final : public formula::Inputs {
 public:
  RowInputs(const LeafRun& run, const std::vector<PreparedFilter>& conditions, PointOffset row)
      : run_(run), scores_(run.candidates->scores), conditions_(conditions), row_(row) {}

  std::optional<float> score(std::size_t list) const override {
    if (list >= scores_.size()) return std::nullopt;
    const auto& scores = scores_[list];
    const auto found = std::lower_bound(scores.begin(), scores.end(), row_,
                                        [](const auto& entry, PointOffset row) { return entry.first < row; });
    if (found == scores.end() || found->first != row_) return std::nullopt;
    return found->second;
  }

  // A formula may have as many conditions and variables as a body holds, and a payload may be long: each is a moment
  // to look whether somebody waits.
  Result<bool> passes(std::size_t condition) const override {
    ALD_RETURN_IF_ERROR(run_.context.check());
    return conditions_[condition].matches(row_);
  }

  Result<const base::json::Value*> payload() const override {
    ALD_RETURN_IF_ERROR(run_.context.check());
    if (!payload_) {
      ALD_ASSIGN(payload_, run_.segment.payload(row_));
    }
    return &*payload_;
  }

 private:
  const LeafRun& run_;
  const std::vector<ScoresByRow>& scores_;
  const std::vector<PreparedFilter>& conditions_;
  const PointOffset row_;
  mutable std::optional<base::json::Value> payload_;
};

}  // namespace

Result<Hits> run_scorer(const Formula& kind, const LeafRun& run) {
  std::vector<PreparedFilter> conditions;
  for (const model::Filter& condition : kind.program->conditions) {
    ALD_RETURN_IF_ERROR(run.context.check());
    ALD_ASSIGN(auto prepared, PreparedFilter::prepare(condition, run.segment));
    conditions.push_back(std::move(prepared));
  }
  std::vector<std::pair<float, PointOffset>> scored;
  const base::Bitset& rows = run.rows();
  for (std::size_t i = rows.find_next(0); i < rows.size(); i = rows.find_next(i + 1)) {
    ALD_RETURN_IF_ERROR(run.context.check());  // A formula may be as long as a body.
    const PointOffset row(static_cast<std::uint32_t>(i));
    ALD_ASSIGN(const float score, formula::evaluate(*kind.program, RowInputs(run, conditions, row)));
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
