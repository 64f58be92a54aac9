#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "query/scoring/leaf_run.h"
#include "query/scoring/vectors_of.h"

namespace alidade::query {

/// x / (1 + |x|): between -1 and 1.
float fast_sigmoid(float x);
/// The same between 0 and 1.
float scaled_fast_sigmoid(float x);

/// Similarities of a block of rows to the vectors of a query.
struct Similarities {
  const float* values = nullptr;  ///< [distinct vectors × stride]
  std::size_t stride = 0;
  std::size_t row_count = 0;
  const std::uint32_t* places = nullptr;  ///< Of each vector among the distinct ones.

  /// @return [row_count]
  const float* to(std::size_t vector) const { return values + places[vector] * stride; }
};
/// Computes the scores of a block. @param scores [row_count]
using ScoreBlock = std::function<void(const Similarities&, std::span<float> scores)>;

/// Scores rows by their similarities to several vectors: all that may be hits, exactly. The scores are shown as they
/// are; higher is better, ties by offset.
Result<Hits> score_by_examples(const LeafRun& run, std::span<const model::VectorValue* const> vectors, const ScoreBlock& score);

/// The vectors of a kind in the order of for_each_vector().
template <typename Kind>
std::vector<const model::VectorValue*> vectors_of(const Kind& kind) {
  std::vector<const model::VectorValue*> vectors;
  for_each_vector(kind, [&](const model::VectorValue& vector) { vectors.push_back(&vector); });
  return vectors;
}

}  // namespace alidade::query
