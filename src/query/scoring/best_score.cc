// Recommendation by the example that is closest, good or bad.
#include <algorithm>
#include <limits>

#include "query/scoring/examples.h"

namespace alidade::query {

Result<Hits> run_scorer(const BestScore& kind, const LeafRun& run) {
  const std::size_t positives = kind.positive.size(), all = positives + kind.negative.size();
  const auto score = [=](const Similarities& block, std::span<float> scores) {
    constexpr float kNone = -std::numeric_limits<float>::infinity();
    for (std::size_t row = 0; row < block.row_count; ++row) {
      float best = kNone, worst = kNone;
      for (std::size_t i = 0; i < positives; ++i) best = std::max(best, block.to(i)[row]);
      for (std::size_t i = positives; i < all; ++i) worst = std::max(worst, block.to(i)[row]);
      scores[row] = best > worst ? scaled_fast_sigmoid(best) : -scaled_fast_sigmoid(worst);
    }
  };
  return score_by_examples(run, vectors_of(kind), score);
}

}  // namespace alidade::query
