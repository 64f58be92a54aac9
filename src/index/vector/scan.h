#pragma once

#include <cstdint>

#include "base/bitset.h"
#include "index/vector/neighbour.h"
#include "kernels/kernels.h"
#include "observe/op_context.h"
#include "storage/vectors/rows.h"

namespace alidade::index {

/// Offers every row of [first, end) that is in `wanted` (nullptr = all) and in `present` to the
/// heap, by exact distance. Looks at the context about every 100 microseconds.
/// @return kCancelled or kDeadlineExceeded when the context says so.
Status scan(const storage::VectorRows& rows,
            kernels::Metric metric,
            const PaddedQuery& query,
            std::uint32_t first,
            std::uint32_t end,
            const base::Bitset* wanted,
            const base::Bitset& present,
            NearestHeap& nearest,
            const observe::OpContext& context);

}  // namespace alidade::index
