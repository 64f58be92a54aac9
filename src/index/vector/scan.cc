#include "index/vector/scan.h"

#include <algorithm>

namespace alidade::index {
namespace {

constexpr std::size_t kBatch = 64;
constexpr std::uint32_t kWordsPerCheck = 64;  // Of rows that nobody wants, mostly.
constexpr std::size_t kScannedFloatsPerCheck = std::size_t{1} << 20;  // About a hundred microseconds.

}  // namespace

Status scan(const storage::VectorRows& rows,
            kernels::Metric metric,
            const PaddedQuery& query,
            std::uint32_t first,
            std::uint32_t end,
            const base::Bitset* wanted,
            const base::Bitset& present,
            NearestHeap& nearest,
            const observe::OpContext& context) {
  const auto distances = kernels::active_kernels().distances[static_cast<std::size_t>(metric)];
  const float* addresses[kBatch];
  std::uint32_t offsets[kBatch];
  float found[kBatch];
  std::size_t count = 0, floats = 0;
  const auto flush = [&] {
    distances(query.data(), addresses, count, query.padded_dim(), found);
    floats += count * query.padded_dim();
    const std::size_t n = count;
    for (std::size_t i = 0; i < n; ++i) {
      if (found[i] <= nearest.bound()) nearest.offer({found[i], offsets[i]});
    }
    count = 0;
  };
  end = std::min<std::uint32_t>(end, static_cast<std::uint32_t>(present.size()));
  if (wanted != nullptr) end = std::min<std::uint32_t>(end, static_cast<std::uint32_t>(wanted->size()));
  if (first >= end) return {};
  ALD_RETURN_IF_ERROR(context.check());
  for (std::uint32_t word = first / 64; word <= (end - 1) / 64; ++word) {
    if (word % kWordsPerCheck == 0 || floats >= kScannedFloatsPerCheck) {
      ALD_RETURN_IF_ERROR(context.check());
      floats = 0;
    }
    std::uint64_t bits = present.word(word);
    if (wanted != nullptr) bits &= wanted->word(word);
    if (word == first / 64) bits &= ~std::uint64_t{0} << (first % 64);
    if (word == (end - 1) / 64 && end % 64 != 0) bits &= ~(~std::uint64_t{0} << (end % 64));
    for (; bits != 0; bits &= bits - 1) {
      const std::uint32_t offset = word * 64 + static_cast<std::uint32_t>(std::countr_zero(bits));
      offsets[count] = offset;
      addresses[count] = rows.row(offset);
      if (++count == kBatch) flush();
    }
  }
  flush();
  return {};
}

}  // namespace alidade::index
