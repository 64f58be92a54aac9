// Relevance feedback, Qdrant's naive strategy: the target, moved by what was judged better than something else.
#include <cmath>
#include <vector>

#include "observe/row_check.h"
#include "query/scoring/examples.h"

namespace alidade::query {
namespace {

/// What each example counts: c · Σ gap^b over those judged worse, minus the same over those judged better, which is the
/// sum over pairs of the strategy put in order of examples.
Result<std::vector<float>> weights_of(const Feedback& kind, const observe::OpContext& context) {
  std::vector<float> weights;
  observe::RowCheck check(context);
  for (const Feedback::Item& item : kind.items) {
    double weight = 0;
    for (const Feedback::Item& other : kind.items) {
      ALD_RETURN_IF_ERROR(check.next());
      const double gap = double{item.score} - double{other.score};
      if (gap != 0) weight += std::copysign(std::pow(std::abs(gap), double{kind.b}), gap);
    }
    weights.push_back(static_cast<float>(weight * double{kind.c}));
  }
  return weights;
}

}  // namespace

Result<Hits> run_scorer(const Feedback& kind, const LeafRun& run) {
  ALD_ASSIGN(const std::vector<float> weights, weights_of(kind, run.context));
  const float a = kind.a;
  const auto score = [&](const Similarities& block, std::span<float> scores) {
    for (std::size_t row = 0; row < block.row_count; ++row) scores[row] = a * block.to(0)[row];
    for (std::size_t i = 0; i < weights.size(); ++i) {
      const float* const similarities = block.to(1 + i);
      for (std::size_t row = 0; row < block.row_count; ++row) scores[row] += weights[i] * similarities[row];
    }
  };
  return score_by_examples(run, vectors_of(kind), score);
}

}  // namespace alidade::query
