#include <immintrin.h>

#include <cfloat>

#include "kernels/distance/distance.h"

namespace alidade::kernels {
namespace {

template <Metric metric>
inline __m512 step(__m512 sum, const float* a, const float* b) {
  const __m512 x = _mm512_loadu_ps(a), y = _mm512_loadu_ps(b);
  if constexpr (metric == Metric::kDot) return _mm512_fmadd_ps(x, y, sum);
  const __m512 difference = _mm512_sub_ps(x, y);
  if constexpr (metric == Metric::kL2) return _mm512_fmadd_ps(difference, difference, sum);
  return _mm512_add_ps(sum, _mm512_abs_ps(difference));
}

template <Metric metric>
float one(const float* a, const float* b, std::size_t dim) {
  __m512 s0 = _mm512_setzero_ps(), s1 = s0, s2 = s0, s3 = s0;
  std::size_t i = 0;
  for (; i + 64 <= dim; i += 64) {
    s0 = step<metric>(s0, a + i, b + i);
    s1 = step<metric>(s1, a + i + 16, b + i + 16);
    s2 = step<metric>(s2, a + i + 32, b + i + 32);
    s3 = step<metric>(s3, a + i + 48, b + i + 48);
  }
  for (; i < dim; i += 16) s0 = step<metric>(s0, a + i, b + i);
  return _mm512_reduce_add_ps(_mm512_add_ps(_mm512_add_ps(s0, s1), _mm512_add_ps(s2, s3)));
}

#include "kernels/distance/batch.inc"

}  // namespace

const KernelSet& avx512_kernels() {
  static constexpr KernelSet kSet = make_set("avx512");
  return kSet;
}

}  // namespace alidade::kernels
