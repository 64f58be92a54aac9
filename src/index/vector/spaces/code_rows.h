#pragma once

#include <atomic>
#include <cmath>
#include <cstdint>

#include "base/chunked_rows.h"
#include "kernels/codes.h"
#include "kernels/kernels.h"
#include "storage/vectors/rows.h"

namespace alidade::index {

/// One grid for all numbers of all rows: a code c stands for (c - zero) x step, zero being the middle. Without a
/// factor per row, distances are whole numbers from the codes to the front of a walk (the idea of the uniform
/// codes of zvec; scalar quantisation otherwise). What lies outside of the grid is cut off at its ends.
struct Grid {
  int bits = 8;            ///< 8: c is 1 to 255. 4: 0 to 15.
  float step = 1;          ///< From 1e-15 to 1e15.
  float half_square = 0;   ///< About the largest |x|^2 / 2 of the rows; only the squared Euclidean distance asks.
  /// Rows whose codes are off by more are outliers: they take no part in max_error().
  float largest_error = INFINITY;

  float zero() const { return bits == 8 ? 128.0F : 7.5F; }
};

/// Codes of f32 rows under the same numbers, made in order. Derived: they are never written to a file.
///
/// Threads: one at a time encodes; rows below row_count() may be read by any thread meanwhile.
class CodeRows {
 public:
  /// `rows` is borrowed. At most kernels::kMaxCodeDim dimensions; not for kL1.
  CodeRows(const storage::VectorRows& rows, kernels::Metric metric, const Grid& grid);

  /// Encodes the rows from row_count() to `end`, which must not change any more. Throws std::bad_alloc: then
  /// nothing has changed.
  void encode_to(std::uint32_t end);

  std::uint32_t row_count() const { return row_count_.load(std::memory_order_acquire); }
  const std::uint8_t* row(std::uint32_t i) const { return codes_.row(i); }
  /// |x|^2 / 2 of the f32 row, at most the largest float; only for kL2.
  float half_square(std::uint32_t i) const { return *half_squares_.row(i); }
  const float* half_square_address(std::uint32_t i) const { return half_squares_.row(i); }

  const Grid& grid() const { return grid_; }
  kernels::Metric metric() const { return metric_; }
  const storage::VectorRows& rows() const { return rows_; }
  std::size_t row_bytes() const { return codes_.stride(); }
  std::size_t padded_dim() const { return grid_.bits == 8 ? row_bytes() : 2 * row_bytes(); }
  /// The largest |x - x^|, of all rows but outliers, and |x^| so far, x^ being what the codes stand for.
  float max_error() const { return max_error_.load(std::memory_order_acquire); }
  float max_length() const { return max_length_.load(std::memory_order_acquire); }
  /// Rows that their codes tell little about: what must not miss them looks at the f32 rows.
  bool is_outlier(std::uint32_t i) const { return error_class(i) == kOutlierClass; }
  /// What the codes of a row are off by, in steps: |x - x^| is at most largest_error_of() its class.
  std::uint8_t error_class(std::uint32_t i) const { return *error_classes_.row(i); }
  static constexpr std::uint8_t kErrorClasses = 64, kOutlierClass = 255;  ///< Classes are below the first.
  float largest_error_of(std::uint8_t error_class) const;
  std::uint32_t outlier_count() const { return outlier_count_.load(std::memory_order_acquire); }
  /// The outliers by number, ascending; n is below outlier_count().
  std::uint32_t outlier(std::uint32_t n) const { return *outliers_.row(n); }
  /// |x - x^| of a row, rounded up; infinity when it is no number.
  float error_of(std::uint32_t i) const;
  std::uint64_t memory_bytes() const {
    return codes_.allocated_bytes() + half_squares_.allocated_bytes() + error_classes_.allocated_bytes();
  }

 private:
  void encode(std::uint32_t i, std::uint8_t* buffer);
  void measure(std::uint32_t i, const std::uint8_t* codes);
  std::uint8_t class_of(float error) const;

  const storage::VectorRows& rows_;
  const kernels::Metric metric_;
  const Grid grid_;
  const kernels::CodeKernels& kernels_ = kernels::active_code_kernels();
  base::ChunkedRows<std::uint8_t> codes_;
  base::ChunkedRows<float> half_squares_;
  base::ChunkedRows<std::uint8_t> error_classes_;
  base::ChunkedRows<std::uint32_t> outliers_;
  std::atomic<std::uint32_t> row_count_ = 0;
  std::atomic<std::uint32_t> outlier_count_ = 0;
  std::atomic<float> max_error_ = 0;
  std::atomic<float> max_length_ = 0;
};

}  // namespace alidade::index
