#include "index/vector/spaces/code_rows.h"

#include <algorithm>
#include <cfloat>
#include <cmath>
#include <cstring>
#include <vector>

namespace alidade::index {
namespace {

std::uint32_t row_bytes_for(std::uint32_t dim, int bits) {
  const auto block = static_cast<std::uint32_t>(bits == 8 ? kernels::kCodeBlock : 2 * kernels::kCodeBlock);
  const std::uint32_t padded = (dim + block - 1) / block * block;
  return bits == 8 ? padded : padded / 2;
}

}  // namespace

CodeRows::CodeRows(const storage::VectorRows& rows, kernels::Metric metric, const Grid& grid)
    : rows_(rows),
      metric_(metric),
      grid_(grid),
      codes_(row_bytes_for(rows.dim(), grid.bits)),
      half_squares_(1),
      error_classes_(1),
      outliers_(1) {}

void CodeRows::encode_to(std::uint32_t end) {
  const std::uint32_t first = row_count_.load(std::memory_order_relaxed);
  if (end <= first) return;
  codes_.ensure(end);
  if (metric_ == kernels::Metric::kL2) half_squares_.ensure(end);
  error_classes_.ensure(end);
  outliers_.ensure(outlier_count_.load(std::memory_order_relaxed) + (end - first));
  std::vector<std::uint8_t> buffer(padded_dim());
  for (std::uint32_t i = first; i < end; ++i) encode(i, buffer.data());
  row_count_.store(end, std::memory_order_release);
}

/// @param buffer [padded_dim()]
void CodeRows::encode(std::uint32_t i, std::uint8_t* buffer) {
  const float* values = rows_.row(i);
  const std::uint32_t dim = rows_.dim();
  auto* signed_codes = reinterpret_cast<std::int8_t*>(buffer);
  if (grid_.bits == 8) {
    kernels_.round(values, dim, {1 / grid_.step, 0, -127, 127}, signed_codes);
    std::memset(buffer + dim, 0, padded_dim() - dim);
    for (std::size_t k = 0; k < padded_dim(); ++k) buffer[k] = static_cast<std::uint8_t>(buffer[k] ^ 0x80U);
    std::memcpy(codes_.row(i), buffer, padded_dim());
  } else {
    kernels_.round(values, dim, {1 / grid_.step, grid_.zero(), 0, 15}, signed_codes);
    std::memset(buffer + dim, 0, padded_dim() - dim);
    kernels::pack_nibbles(buffer, row_bytes(), codes_.row(i));
  }
  measure(i, buffer);
}

namespace {

// Rounded up, so that a bound holds. No number is no bound.
float root_up(double square) {
  return square < 1e70 ? std::nextafter(static_cast<float>(std::sqrt(square)), INFINITY) : INFINITY;
}

/// Sums over a row of what its codes stand for.
struct Sums {
  double error = 0, square = 0, coded = 0;
};
Sums sums_of(const float* values, const std::uint8_t* codes, std::uint32_t dim, const Grid& grid) {
  Sums sums;
  for (std::uint32_t k = 0; k < dim; ++k) {
    const double coded = (double{static_cast<float>(codes[k])} - double{grid.zero()}) * double{grid.step};
    const double x = values[k];
    sums.error += (x - coded) * (x - coded);
    sums.square += x * x;
    sums.coded += coded * coded;
  }
  return sums;
}

}  // namespace

/// @param codes of the row, a byte each.
void CodeRows::measure(std::uint32_t i, const std::uint8_t* codes) {
  const Sums sums = sums_of(rows_.row(i), codes, rows_.dim(), grid_);
  if (metric_ == kernels::Metric::kL2) {
    const double half = sums.square / 2;
    *half_squares_.row(i) = half < double{FLT_MAX} ? static_cast<float>(half) : FLT_MAX;  // Also for no number.
  }
  const float error = root_up(sums.error);
  if (error > grid_.largest_error) {
    *error_classes_.row(i) = kOutlierClass;
    const std::uint32_t count = outlier_count_.load(std::memory_order_relaxed);
    *outliers_.row(count) = i;
    outlier_count_.store(count + 1, std::memory_order_release);
  } else {
    *error_classes_.row(i) = class_of(error);
    max_error_.store(std::max(max_error_.load(std::memory_order_relaxed), error), std::memory_order_release);
  }
  max_length_.store(std::max(max_length_.load(std::memory_order_relaxed), root_up(sums.coded)),
                    std::memory_order_release);
}

/// Equal steps up to the largest error; where that is not known everything is in the last class.
float CodeRows::largest_error_of(std::uint8_t error_class) const {
  const float end = grid_.largest_error * static_cast<float>(error_class + 1) / static_cast<float>(kErrorClasses);
  return error_class + 1 >= kErrorClasses ? max_error() : std::min(end, max_error());
}

std::uint8_t CodeRows::class_of(float error) const {
  if (!std::isfinite(grid_.largest_error)) return kErrorClasses - 1;
  std::uint8_t found = 0;
  while (found + 1 < kErrorClasses && grid_.largest_error * static_cast<float>(found + 1) / static_cast<float>(kErrorClasses) < error) ++found;
  return found;
}

float CodeRows::error_of(std::uint32_t i) const {
  std::vector<std::uint8_t> codes(row(i), row(i) + row_bytes());
  if (grid_.bits == 4) {
    codes.resize(padded_dim());
    kernels::unpack_nibbles(row(i), row_bytes(), codes.data());
  }
  return root_up(sums_of(rows_.row(i), codes.data(), rows_.dim(), grid_).error);
}

}  // namespace alidade::index
