#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "base/chunked_rows.h"
#include "model/vector_value.h"

namespace alidade::storage {

/// The sparse vectors or multivectors of one vector name in memory, by point offset. Each is written once and never
/// moves. Rows of a multivector are padded with zeros to a multiple of 16 floats and aligned to 64 bytes, like those of
/// VectorRows. Threads: one writer; a row may be read by anyone who learned of its number through a synchronising
/// operation.
class ValueRows {
 public:
  /// @param dim  of the rows of a multivector
  ValueRows(model::VectorKind kind, std::uint32_t dim);

  model::VectorKind kind() const { return kind_; }
  std::uint32_t dim() const { return dim_; }
  /// Makes rows [0, count) addressable; new ones hold no vector.
  void ensure(std::uint32_t count) { places_.ensure(count); }
  /// Copies the vector into a row that holds none. Throws std::bad_alloc: it still holds none.
  void put(std::uint32_t row, const model::VectorView& vector);
  /// Without values where the row holds none.
  model::VectorView row(std::uint32_t row) const;
  std::uint64_t memory_bytes() const { return places_.allocated_bytes() + block_bytes_; }

 private:
  struct alignas(64) Line {
    float words[16];
  };

  float* allocate(std::size_t words);

  const model::VectorKind kind_;
  const std::uint32_t dim_;
  const std::uint32_t stride_;
  base::ChunkedRows<std::uint64_t> places_;  // Address and count.
  // Writer.
  std::vector<std::unique_ptr<Line[]>> blocks_;
  std::size_t last_size_ = 0, free_ = 0;  // Words of the last block, and those at its end that are free.
  std::uint64_t block_bytes_ = 0;
};

}  // namespace alidade::storage
