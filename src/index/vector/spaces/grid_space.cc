#include "index/vector/spaces/grid_space.h"

#include <algorithm>
#include <array>
#include <cfloat>
#include <cmath>
#include <cstring>

namespace alidade::index {
namespace {

// Keys lie around it: products are below 2^29 on either side (kernels::kMaxCodeDim), squares below 2^29 above.
constexpr std::uint32_t kMiddle = std::uint32_t{1} << 30;
constexpr float kLargestSquareKey = 536870912.0F;
// Of a scale: beyond it the query is nothing beside the rows, and the numbers would leave the floats.
constexpr float kLargestScale = 1e15F;
constexpr std::size_t kGridBatch = 64;

float largest_finite(const float* values, std::size_t count) {
  float largest = 0;
  for (std::size_t i = 0; i < count; ++i) {
    const float magnitude = std::fabs(values[i]);
    largest = magnitude > largest && magnitude <= FLT_MAX ? magnitude : largest;
  }
  return largest;
}

}  // namespace

/// What follows from the sum of the numbers, and from the scale that they were rounded with.
template <int kBits>
void GridSpace<kBits>::set_numbers(float scale, std::int64_t sum, Query& query) const {
  const std::int64_t from_middle = kBits == 8 ? 128 * sum : 15 * sum / 2;
  query.base = static_cast<std::uint32_t>(std::int64_t{kMiddle} + from_middle);
  // Never zero, which a huge query comes near: keys are divided by it.
  query.unit = std::max(scale / rows_.grid().step, FLT_MIN);
}

template <int kBits>
void GridSpace<kBits>::prepare(const float* values, Query& query) const {
  const std::uint32_t dim = rows_.rows().dim();
  query.values = values;
  query.lines.resize(rows_.padded_dim() / 64);
  const int limit = kBits == 8 ? kernels_.query_limit8 : 127;
  const float largest = largest_finite(values, dim);
  float scale = largest > 0 ? std::min(static_cast<float>(limit) / largest, kLargestScale) : 1.0F;
  if (rows_.metric() == kernels::Metric::kL2) {
    // The squares of the rows must fit the keys, too.
    const float half_square = std::max(rows_.grid().half_square, FLT_MIN);
    scale = std::min(scale, kLargestSquareKey / 4 / half_square * rows_.grid().step);
    double square = 0;
    for (std::uint32_t k = 0; k < dim; ++k) square += double{values[k]} * double{values[k]};
    query.square = static_cast<float>(std::min(square, double{FLT_MAX}));
  }
  const std::int64_t sum = kernels_.round(
      values, dim, {scale, 0, static_cast<float>(-limit), static_cast<float>(limit)}, query.numbers());
  std::memset(query.numbers() + dim, 0, rows_.padded_dim() - dim);
  set_numbers(scale, sum, query);
}

template <int kBits>
void GridSpace<kBits>::prepare_row(std::uint32_t row, Query& query) const {
  const std::uint8_t* codes = rows_.row(row);
  query.values = nullptr;
  query.lines.resize(rows_.padded_dim() / 64);
  float scale = 1 / rows_.grid().step;
  std::int64_t sum = 0;
  if constexpr (kBits == 4) {
    // In halves of a step, which are whole. Behind the row the codes are 0.
    const std::size_t beyond = rows_.padded_dim() - rows_.rows().dim();
    sum = kernels_.widen4(codes, rows_.row_bytes(), query.numbers()) + 15 * static_cast<std::int64_t>(beyond);
    std::memset(query.numbers() + rows_.rows().dim(), 0, beyond);
    scale *= 2;
  } else {
    sum = kernels_.widen8(codes, rows_.row_bytes(), query.numbers());
    if (kernels_.query_limit8 != 127) scale /= 2;
  }
  if (rows_.metric() == kernels::Metric::kL2) query.square = 2 * rows_.half_square(row);
  set_numbers(scale, sum, query);
}

template <int kBits>
void GridSpace<kBits>::keys(const Query& query, std::span<const std::uint32_t> rows, std::uint32_t* keys) const {
  const auto dots = kBits == 8 ? kernels_.dots8 : kernels_.dots4;
  std::array<const std::uint8_t*, kGridBatch> addresses;
  std::array<std::int32_t, kGridBatch> sums;
  const bool has_squares = rows_.metric() == kernels::Metric::kL2;
  for (std::size_t first = 0; first < rows.size(); first += kGridBatch) {
    const std::size_t count = std::min(kGridBatch, rows.size() - first);
    for (std::size_t i = 0; i < count; ++i) {
      addresses[i] = rows_.row(rows[first + i]);
      if (has_squares) __builtin_prefetch(rows_.half_square_address(rows[first + i]));
    }
    dots(query.numbers(), addresses.data(), count, rows_.row_bytes(), sums.data());
    for (std::size_t i = 0; i < count; ++i) keys[first + i] = query.base - static_cast<std::uint32_t>(sums[i]);
    if (!has_squares) continue;
    for (std::size_t i = 0; i < count; ++i) {
      const float square = rows_.half_square(rows[first + i]) * query.unit;
      keys[first + i] += static_cast<std::uint32_t>(std::min(square, kLargestSquareKey));
    }
  }
}

template <int kBits>
float GridSpace<kBits>::distance(const Query& query, std::uint32_t key) const {
  const float product = static_cast<float>(static_cast<std::int32_t>(key - kMiddle)) / query.unit;
  if (rows_.metric() == kernels::Metric::kDot) return product;
  return std::max(0.0F, query.square + 2 * product);
}

/// With q = v/t + e_q and x = x^ + e_x, |q x - v/t x^| is at most |q| |e_x| + |e_q| |x^|, and the floats of the
/// exact distance round: 2e-6 sqrt(dim) of |q| |x|. Twice that for kL2, whose key is rounded by one more.
template <int kBits>
float GridSpace<kBits>::error_bound(const Query& query, float row_error) const {
  if (query.values == nullptr) return INFINITY;
  const std::uint32_t dim = rows_.rows().dim();
  const double back = 1.0 / (double{query.unit} * double{rows_.grid().step});  // 1 / t.
  double length = 0, error = 0;
  for (std::uint32_t k = 0; k < dim; ++k) {
    const double q = query.values[k], e = q - query.numbers()[k] * back;
    length += q * q;
    error += e * e;
  }
  length = std::sqrt(length);
  error = std::sqrt(error);
  const double max_error = rows_.max_error(), max_length = rows_.max_length();
  // Where a float overflows, distances are equal that the estimates tell apart; where it underflows, they are off by
  // the smallest float per product.
  if (!((length + max_length + max_error) * (length + max_length + max_error) < 1e38)) return INFINITY;
  const double underflow = 3e-45 * double{static_cast<float>(dim)};
  const double rounding = underflow + 2e-6 * std::sqrt(double{static_cast<float>(dim)}) * (length + 1e-30) * (max_length + max_error);
  double bound = length * double{row_error} + error * max_length + rounding + 8.0 / double{query.unit};
  if (rows_.metric() == kernels::Metric::kL2) {
    const double largest = (max_length + max_error) * (max_length + max_error);
    // A square too large for the keys has no bound.
    if (largest / 2 * double{query.unit} >= double{kLargestSquareKey}) return INFINITY;
    bound = 2 * bound + 4e-6 * std::sqrt(double{static_cast<float>(dim)}) * (largest + length * length);
  }
  return bound < double{FLT_MAX} ? static_cast<float>(bound) : INFINITY;
}

template <int kBits>
std::uint32_t GridSpace<kBits>::keys_within(const Query& query, float distance) const {
  const double scale = rows_.metric() == kernels::Metric::kL2 ? 0.5 : 1.0;
  const double keys = double{distance} * scale * double{query.unit} * (1 + 1e-6) + 8;
  return keys < 4e9 ? static_cast<std::uint32_t>(keys) : 0xFFFFFFFFU;
}

template <int kBits>
std::uint32_t GridSpace<kBits>::last_key(const Query& query, float distance) const {
  const bool is_square = rows_.metric() == kernels::Metric::kL2;
  const double product = is_square ? (double{distance} - double{query.square}) / 2 : double{distance};
  const double key = double{kMiddle} + product * double{query.unit};
  const double rounded_up = key + 1e-6 * std::fabs(key - double{kMiddle}) + 8;
  if (!(rounded_up < 4e9)) return 0xFFFFFFFFU;
  return rounded_up < 0 ? 0 : static_cast<std::uint32_t>(rounded_up);
}

template class GridSpace<8>;
template class GridSpace<4>;

}  // namespace alidade::index
