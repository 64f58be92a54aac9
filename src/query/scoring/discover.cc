// Discovery: the zone that a point lies in by the pairs of the context, then its similarity to the target.
#include "query/scoring/examples.h"

namespace alidade::query {

Result<Hits> run_scorer(const Discover& kind, const LeafRun& run) {
  const std::size_t pairs = kind.context.size();
  const auto score = [=](const Similarities& block, std::span<float> scores) {
    for (std::size_t row = 0; row < block.row_count; ++row) {
      int rank = 0;
      for (std::size_t i = 0; i < pairs; ++i) {
        const float positive = block.to(1 + 2 * i)[row], negative = block.to(2 + 2 * i)[row];
        rank += (positive > negative ? 1 : 0) - (positive < negative ? 1 : 0);
      }
      scores[row] = static_cast<float>(rank) + scaled_fast_sigmoid(block.to(0)[row]);
    }
  };
  return score_by_examples(run, vectors_of(kind), score);
}

}  // namespace alidade::query
