#pragma once

#include "kernels/kernels.h"
#include "model/distance.h"

namespace alidade::segment {

/// How rows are compared under a distance; cosine rows are of unit length.
inline kernels::Metric metric_of(model::Distance distance) {
  switch (distance) {
    case model::Distance::kCosine:
    case model::Distance::kDot: return kernels::Metric::kDot;
    case model::Distance::kEuclid: return kernels::Metric::kL2;
    case model::Distance::kManhattan: return kernels::Metric::kL1;
  }
  return kernels::Metric::kDot;
}

}  // namespace alidade::segment
