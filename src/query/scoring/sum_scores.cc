// Recommendation by the similarities to all examples.
#include "query/scoring/examples.h"

namespace alidade::query {

Result<Hits> run_scorer(const SumScores& kind, const LeafRun& run) {
  const std::size_t positives = kind.positive.size(), all = positives + kind.negative.size();
  const auto score = [=](const Similarities& block, std::span<float> scores) {
    for (std::size_t row = 0; row < block.row_count; ++row) {
      float good = 0, bad = 0;
      for (std::size_t i = 0; i < positives; ++i) good += block.to(i)[row];
      for (std::size_t i = positives; i < all; ++i) bad += block.to(i)[row];
      scores[row] = good - bad;
    }
  };
  return score_by_examples(run, vectors_of(kind), score);
}

}  // namespace alidade::query
