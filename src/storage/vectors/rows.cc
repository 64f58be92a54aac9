#include "storage/vectors/rows.h"

#include <sys/mman.h>

#include <bit>
#include <new>

#include "base/check.h"

namespace alidade::storage {
namespace {

constexpr std::size_t kTargetChunkBytes = std::size_t{2} << 20;  // One huge page.
constexpr std::uint32_t kMinRowsPerChunk = 64;

// Anonymous zeroed memory: resident only where touched.
void* map_zeroed(std::size_t bytes) {
  void* memory = ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (memory == MAP_FAILED) throw std::bad_alloc();
  return memory;
}

std::uint32_t rows_shift(std::size_t row_bytes) {
  std::uint32_t rows = kMinRowsPerChunk;
  while (std::size_t{rows} * 2 * row_bytes <= kTargetChunkBytes * 2) rows *= 2;
  return static_cast<std::uint32_t>(std::countr_zero(rows));
}

}  // namespace

VectorRows::VectorRows(std::uint32_t dim)
    : dim_(dim),
      stride_((dim + 15) / 16 * 16),
      chunk_shift_(rows_shift(std::size_t{stride_} * sizeof(float))),
      chunk_mask_((1U << chunk_shift_) - 1) {
  static_assert(sizeof(std::atomic<float*>) == sizeof(float*));
  const std::size_t slots = (std::size_t{1} << 32) >> chunk_shift_;
  // Zeroed memory is an array of null atomics on every platform that we build for.
  chunks_ = static_cast<std::atomic<float*>*>(map_zeroed(slots * sizeof(float*)));
}

VectorRows::~VectorRows() {
  const std::size_t chunk_bytes = (std::size_t{1} << chunk_shift_) * stride_ * sizeof(float);
  for (std::uint32_t i = 0; i < chunk_count_; ++i) ::munmap(chunks_[i].load(), chunk_bytes);
  ::munmap(chunks_, ((std::size_t{1} << 32) >> chunk_shift_) * sizeof(float*));
}

void VectorRows::ensure(std::uint32_t count) {
  const std::size_t chunk_bytes = (std::size_t{1} << chunk_shift_) * stride_ * sizeof(float);
  while ((std::uint64_t{chunk_count_} << chunk_shift_) < count) {
    void* chunk = map_zeroed(chunk_bytes);
    // A small collection fills a few small pages only; from the second chunk on the rows are worth
    // huge pages, which make random rows 1.3 to 2 times cheaper.
    if (chunk_count_ > 0) ::madvise(chunk, chunk_bytes, MADV_HUGEPAGE);
    chunks_[chunk_count_].store(static_cast<float*>(chunk), std::memory_order_release);
    ++chunk_count_;
    allocated_bytes_ += chunk_bytes;
  }
}

}  // namespace alidade::storage
