#pragma once

#include <cstdint>

#include "base/chunked_rows.h"

namespace alidade::storage {

/// The f32 rows of one vector name in memory, addressed by point offset. Each row is padded with
/// zeros to a multiple of 16 floats and aligned to 64 bytes. Threads: see base::ChunkedRows.
class VectorRows {
 public:
  explicit VectorRows(std::uint32_t dim) : dim_(dim), rows_((dim + 15) / 16 * 16) {}

  std::uint32_t dim() const { return dim_; }
  /// Floats from one row to the next within a chunk.
  std::uint32_t stride() const { return rows_.stride(); }

  /// The row's floats [stride]; the row must have been made by ensure().
  const float* row(std::uint32_t offset) const { return rows_.row(offset); }
  float* mutable_row(std::uint32_t offset) { return rows_.row(offset); }

  /// Makes rows [0, count) addressable; new ones are zero. Writer only.
  void ensure(std::uint32_t count) { rows_.ensure(count); }
  std::uint32_t rows_per_chunk() const { return rows_.rows_per_chunk(); }
  /// Bytes reserved in chunks (untouched pages are not resident).
  std::uint64_t allocated_bytes() const { return rows_.allocated_bytes(); }

 private:
  std::uint32_t dim_;
  base::ChunkedRows<float> rows_;
};

}  // namespace alidade::storage
