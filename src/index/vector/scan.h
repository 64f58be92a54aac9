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

/// A ranked scan over 4 bits looks at so many rows per wanted one, and at so many at least.
inline constexpr std::size_t kRankedPerWanted = 5, kLeastRanked = 50;

/// What is promised of rows that are not read.
enum class ScanKind {
  kExact,   ///< That they are not among the nearest.
  kRanked,  ///< That their codes say so. Of 8 bits the same; of 4 bits much cheaper, and hardly ever wrong.
};

/// The same, but rows that have codes are estimated by them first, and only those that may be among the nearest are
/// read. With kExact the heap holds the very same afterwards, over any codes. @param codes of `rows`; nullptr = none.
Status scan_by_codes(ScanKind kind,
                     const CodeRows* codes,
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
