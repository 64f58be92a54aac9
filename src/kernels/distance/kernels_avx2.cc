#include <immintrin.h>

#include <cfloat>

#include "kernels/distance/distance.h"

namespace alidade::kernels {
namespace {

inline float horizontal_sum(__m256 v) {
  __m128 sum = _mm_add_ps(_mm256_castps256_ps128(v), _mm256_extractf128_ps(v, 1));
  sum = _mm_add_ps(sum, _mm_movehl_ps(sum, sum));
  sum = _mm_add_ss(sum, _mm_shuffle_ps(sum, sum, 1));
  return _mm_cvtss_f32(sum);
}

template <Metric metric>
inline __m256 step(__m256 sum, const float* a, const float* b) {
  const __m256 x = _mm256_loadu_ps(a), y = _mm256_loadu_ps(b);
  if constexpr (metric == Metric::kDot) return _mm256_fmadd_ps(x, y, sum);
  const __m256 difference = _mm256_sub_ps(x, y);
  if constexpr (metric == Metric::kL2) return _mm256_fmadd_ps(difference, difference, sum);
  const __m256 sign = _mm256_set1_ps(-0.0F);
  return _mm256_add_ps(sum, _mm256_andnot_ps(sign, difference));
}

template <Metric metric>
float one(const float* a, const float* b, std::size_t dim) {
  // Four sums hide the latency of the additions (4 cycles, two per cycle).
  __m256 s0 = _mm256_setzero_ps(), s1 = s0, s2 = s0, s3 = s0;
  std::size_t i = 0;
  for (; i + 32 <= dim; i += 32) {
    s0 = step<metric>(s0, a + i, b + i);
    s1 = step<metric>(s1, a + i + 8, b + i + 8);
    s2 = step<metric>(s2, a + i + 16, b + i + 16);
    s3 = step<metric>(s3, a + i + 24, b + i + 24);
  }
  if (i < dim) {  // 16 left: dim is a multiple of kPadding.
    s0 = step<metric>(s0, a + i, b + i);
    s1 = step<metric>(s1, a + i + 8, b + i + 8);
  }
  return horizontal_sum(_mm256_add_ps(_mm256_add_ps(s0, s1), _mm256_add_ps(s2, s3)));
}

#include "kernels/distance/batch.inc"

}  // namespace

const KernelSet& avx2_kernels() {
  static constexpr KernelSet kSet = make_set("avx2");
  return kSet;
}

}  // namespace alidade::kernels
