#pragma once

#include <cstdint>
#include <vector>

#include "base/bitset.h"
#include "index/vector/neighbour.h"
#include "index/vector/spaces/code_rows.h"
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

/// The same, and the heap holds the same afterwards, but rows that have codes are estimated by them first, and
/// only those that may be among the nearest are read. @param codes of `rows`; nullptr = none.
Status scan_by_codes(const CodeRows* codes,
                     const storage::VectorRows& rows,
                     kernels::Metric metric,
                     const PaddedQuery& query,
                     std::uint32_t first,
                     std::uint32_t end,
                     const base::Bitset* wanted,
                     const base::Bitset& present,
                     NearestHeap& nearest,
                     const observe::OpContext& context);
/// Of fewer rows the preparation would cost more than it saves.
inline constexpr std::uint32_t kMinRowsByCodes = 64;

/// Gives every row its exact distance, and sorts, nearest first.
void rank_exactly(const storage::VectorRows& rows,
                  kernels::Metric metric,
                  const PaddedQuery& query,
                  std::vector<Neighbour>& found);

}  // namespace alidade::index
