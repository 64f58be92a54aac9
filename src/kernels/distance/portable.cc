#include <cfloat>
#include <cmath>

#include "kernels/distance/distance.h"

namespace alidade::kernels {
namespace {

// Eight sums side by side: the compiler may then use whatever the plain target has.
constexpr std::size_t kLanes = 8;

template <Metric metric>
float one(const float* a, const float* b, std::size_t dim) {
  float sums[kLanes] = {};
  for (std::size_t i = 0; i < dim; i += kLanes) {
    for (std::size_t lane = 0; lane < kLanes; ++lane) {
      const float x = a[i + lane], y = b[i + lane];
      if constexpr (metric == Metric::kDot) sums[lane] += x * y;
      if constexpr (metric == Metric::kL2) sums[lane] += (x - y) * (x - y);
      if constexpr (metric == Metric::kL1) sums[lane] += std::fabs(x - y);
    }
  }
  float total = 0;
  for (const float sum : sums) total += sum;
  return total;
}

#include "kernels/distance/batch.inc"

}  // namespace

const KernelSet& portable_kernels() {
  static constexpr KernelSet kSet = make_set("portable");
  return kSet;
}

}  // namespace alidade::kernels
