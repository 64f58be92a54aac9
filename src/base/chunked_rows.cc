#include "base/chunked_rows.h"

#include <sys/mman.h>

#include <bit>
#include <new>

namespace alidade::base {
namespace {

constexpr std::size_t kTargetChunkBytes = std::size_t{4} << 20;  // Two huge pages.
constexpr std::uint32_t kMinRowsPerChunk = 64;

std::uint32_t shift_for(std::size_t row_bytes) {
  std::uint32_t rows = kMinRowsPerChunk;
  while (std::size_t{rows} * 2 * row_bytes <= kTargetChunkBytes) rows *= 2;
  return static_cast<std::uint32_t>(std::countr_zero(rows));
}

}  // namespace

void* map_zeroed(std::size_t bytes, bool huge) {
  void* memory = ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (memory == MAP_FAILED) throw std::bad_alloc();
  // Where huge pages are the default, one touched slot or row would cost two megabytes.
  ::madvise(memory, bytes, huge ? MADV_HUGEPAGE : MADV_NOHUGEPAGE);
  return memory;
}

void unmap(void* memory, std::size_t bytes) noexcept { ::munmap(memory, bytes); }

template <typename T>
ChunkedRows<T>::ChunkedRows(std::uint32_t stride)
    : stride_(stride), shift_(shift_for(stride * sizeof(T))), mask_((1U << shift_) - 1) {
  static_assert(sizeof(std::atomic<T*>) == sizeof(T*));
  // Zeroed memory is an array of null pointers on every platform that we build for.
  chunks_ = static_cast<std::atomic<T*>*>(map_zeroed(table_bytes(), false));
}

template <typename T>
ChunkedRows<T>::~ChunkedRows() {
  for (std::uint32_t i = 0; i < chunk_count_.load(); ++i) unmap(chunks_[i].load(), chunk_bytes());
  unmap(chunks_, table_bytes());
}

template <typename T>
void ChunkedRows<T>::ensure(std::uint32_t count) {
  std::uint32_t chunks = chunk_count_.load(std::memory_order_relaxed);
  while ((std::uint64_t{chunks} << shift_) < count) {
    // A small table fills a few small pages only; from the second chunk on huge pages pay.
    chunks_[chunks].store(static_cast<T*>(map_zeroed(chunk_bytes(), chunks > 0)), std::memory_order_release);
    chunk_count_.store(++chunks, std::memory_order_release);
  }
}

template class ChunkedRows<float>;
template class ChunkedRows<std::uint32_t>;
template class ChunkedRows<std::uint8_t>;
template class ChunkedRows<std::uint64_t>;

}  // namespace alidade::base
