// Context: what a point loses in the pairs whose negative is closer.
#include <algorithm>
#include <limits>

#include "query/scoring/examples.h"

namespace alidade::query {

Result<Hits> run_scorer(const Context& kind, const LeafRun& run) {
  const std::size_t pairs = kind.pairs.size();
  const auto score = [=](const Similarities& block, std::span<float> scores) {
    for (std::size_t row = 0; row < block.row_count; ++row) {
      float loss = 0;
      for (std::size_t i = 0; i < pairs; ++i) {
        const float lead = block.to(2 * i)[row] - block.to(2 * i + 1)[row] - std::numeric_limits<float>::epsilon();
        loss += fast_sigmoid(std::min(lead, 0.0F));
      }
      scores[row] = loss;
    }
  };
  return score_by_examples(run, vectors_of(kind), score);
}

}  // namespace alidade::query
