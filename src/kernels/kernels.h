#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

namespace alidade::kernels {

/// Distances inside the engine: smaller is nearer. kDot is minus the dot product (cosine is kDot
/// over unit rows), kL2 the squared Euclidean distance, kL1 the Manhattan distance.
///
/// No distance is NaN, whatever the values are, so distances can always be compared and sorted. A sum
/// that leaves the floats is worked out again in double, with the same result in every set. What is
/// beyond the largest float there is infinity (the farthest there is) or, under kDot, minus infinity
/// (the nearest there is), as infinite values are. What is no number by the formula (a NaN among the
/// values, infinity times zero, infinity minus infinity) is infinity.
enum class Metric { kDot, kL2, kL1 };
inline constexpr std::size_t kMetricCount = 3;

/// Rows are padded with zeros to a multiple of this many floats, which no metric notices.
inline constexpr std::size_t kPadding = 16;

/// Distances from one vector to many rows.
/// @param query  [dim], any alignment
/// @param rows   [count] addresses of rows [dim], 64-byte aligned
/// @param dim    a multiple of kPadding
/// @param out    [count]
/// Fetches the rows ahead of their turn, so it is also the way to read scattered rows.
using DistancesFunction = void (*)(const float* query,
                                   const float* const* rows,
                                   std::size_t count,
                                   std::size_t dim,
                                   float* out);
/// Distance of two vectors, same conditions.
using DistanceFunction = float (*)(const float* a, const float* b, std::size_t dim);

/// The kernels of one instruction set.
struct KernelSet {
  std::string_view name;  ///< "portable", "avx2", "avx512", "neon".
  DistancesFunction distances[kMetricCount];
  DistanceFunction distance[kMetricCount];
};

/// What this CPU can run, the plainest first.
const std::vector<const KernelSet*>& available_kernels();

/// The set in use: the fastest that the CPU has, or the one that ALD_CPU names (portable, avx2,
/// avx512, neon). Chosen once.
const KernelSet& active_kernels();

}  // namespace alidade::kernels
