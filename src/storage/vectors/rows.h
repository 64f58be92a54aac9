#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

namespace alidade::storage {

/// The f32 rows of one vector name in memory, addressed by point offset.
///
/// Rows lie in chunks of a power of two that never move, so a row's address stays valid for the
/// life of the object and readers need no lock: a row may be read by anyone who learned of its
/// offset through a synchronising operation (the shard's lock, an acquire load of a row count).
/// Each row is padded with zeros to a multiple of 16 floats and aligned to 64 bytes.
class VectorRows {
 public:
  explicit VectorRows(std::uint32_t dim);
  ~VectorRows();
  VectorRows(const VectorRows&) = delete;
  VectorRows& operator=(const VectorRows&) = delete;

  std::uint32_t dim() const { return dim_; }
  /// Floats from one row to the next within a chunk.
  std::uint32_t stride() const { return stride_; }

  /// The row's floats [dim]; the row must have been made by ensure().
  const float* row(std::uint32_t offset) const {
    return chunks_[offset >> chunk_shift_].load(std::memory_order_relaxed) +
           std::size_t{offset & chunk_mask_} * stride_;
  }
  float* mutable_row(std::uint32_t offset) { return const_cast<float*>(row(offset)); }

  /// Makes rows [0, count) addressable; new ones are zero. Writer only.
  void ensure(std::uint32_t count);
  std::uint32_t rows_per_chunk() const { return chunk_mask_ + 1; }
  /// Bytes reserved in chunks (untouched pages are not resident).
  std::uint64_t allocated_bytes() const { return allocated_bytes_; }

 private:
  // Constant after construction.
  std::uint32_t dim_;
  std::uint32_t stride_;
  std::uint32_t chunk_shift_;
  std::uint32_t chunk_mask_;
  // Writer only.
  std::uint32_t chunk_count_ = 0;
  std::uint64_t allocated_bytes_ = 0;
  // Slots are written once, by the writer. The table is mapped lazily: an empty collection pays
  // for no page of it.
  std::atomic<float*>* chunks_;
};

}  // namespace alidade::storage
