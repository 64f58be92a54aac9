#pragma once

#include <cstdint>

#include "model/point_id.h"
#include "query/plan.h"

namespace alidade::query {

/// Where a point stands in the random order of a sample: the smaller, the earlier.
std::uint64_t sample_key(const Sample& sample, const model::PointId& id);

}  // namespace alidade::query
