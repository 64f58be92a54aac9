#include <arm_neon.h>

#include <cfloat>

#include "kernels/distance/distance.h"

namespace alidade::kernels {
namespace {

template <Metric metric>
inline float32x4_t step(float32x4_t sum, const float* a, const float* b) {
  const float32x4_t x = vld1q_f32(a), y = vld1q_f32(b);
  if constexpr (metric == Metric::kDot) return vfmaq_f32(sum, x, y);
  const float32x4_t difference = vsubq_f32(x, y);
  if constexpr (metric == Metric::kL2) return vfmaq_f32(sum, difference, difference);
  return vaddq_f32(sum, vabsq_f32(difference));
}

template <Metric metric>
float one(const float* a, const float* b, std::size_t dim) {
  // Four sums hide the latency of the additions; dim is a multiple of kPadding, which is four registers.
  float32x4_t s0 = vdupq_n_f32(0), s1 = s0, s2 = s0, s3 = s0;
  for (std::size_t i = 0; i < dim; i += 16) {
    s0 = step<metric>(s0, a + i, b + i);
    s1 = step<metric>(s1, a + i + 4, b + i + 4);
    s2 = step<metric>(s2, a + i + 8, b + i + 8);
    s3 = step<metric>(s3, a + i + 12, b + i + 12);
  }
  return vaddvq_f32(vaddq_f32(vaddq_f32(s0, s1), vaddq_f32(s2, s3)));
}

#include "kernels/distance/batch.inc"

}  // namespace

const KernelSet& neon_kernels() {
  static constexpr KernelSet kSet = make_set("neon");
  return kSet;
}

}  // namespace alidade::kernels
