#include "index/vector/spaces/choose_code.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <vector>

#include "index/vector/spaces/f32_space.h"
#include "index/vector/spaces/grid_space.h"

namespace alidade::index {
namespace {

// A code of fewer numbers would not be shorter than a cache line, and hardly shorter than the row.
constexpr std::uint32_t kMinCodedDim = 64;
// 4 bits keep the order of near rows only where many dimensions average their errors: measured on real rows, at
// 384 dimensions recall .99 needs no more work than with 8 bits; at 128 it is never reached.
constexpr std::uint32_t kMinFourBitDim = 257;
constexpr std::uint32_t kSampleRows = 2048;
constexpr std::uint32_t kScaleRows = 512;
constexpr std::uint32_t kQueries = 32;
constexpr std::uint32_t kNearest = 10;
constexpr double kFoundShare = 0.99;
// Beyond them a grid does not cut off what matters (8 bits), or is finest where most numbers are (4 bits).
constexpr double kEightBitQuantile = 0.99998;
constexpr double kFourBitQuantile = 0.99;

/// Rows of the sample, copied: a space wants them by number.
struct Sample {
  explicit Sample(std::uint32_t dim) : rows(dim) {}
  storage::VectorRows rows;
  std::uint32_t count = 0;
};

double square_of(const float* row, std::uint32_t dim) {
  double square = 0;
  for (std::uint32_t k = 0; k < dim; ++k) square += double{row[k]} * double{row[k]};
  return square;
}

void take_sample(const storage::VectorRows& from, std::uint32_t end, Sample& sample, RowSurvey& survey,
                 double& largest_square) {
  const std::uint32_t wanted = std::min(end, kSampleRows);
  sample.rows.ensure(wanted);
  survey.has_unit_rows = true;
  for (std::uint64_t i = 0; i < wanted; ++i) {
    const float* row = from.row(static_cast<std::uint32_t>(i * end / wanted));
    const double square = square_of(row, from.dim());
    if (square == 0) continue;
    survey.has_unit_rows &= std::fabs(square - 1) < 2e-3;
    if (!(square < 1e30)) continue;  // No code can hold it.
    largest_square = std::max(largest_square, square);
    std::copy_n(row, from.dim(), sample.rows.mutable_row(sample.count++));
  }
  survey.has_unit_rows &= sample.count > 0;
}

float quantile_of_magnitudes(const Sample& sample, double quantile) {
  const std::uint32_t rows = std::min(sample.count, kScaleRows);
  std::vector<float> magnitudes;
  magnitudes.reserve(std::size_t{rows} * sample.rows.dim());
  for (std::uint64_t i = 0; i < rows; ++i) {
    const float* row = sample.rows.row(static_cast<std::uint32_t>(i * sample.count / rows));
    for (std::uint32_t k = 0; k < sample.rows.dim(); ++k) magnitudes.push_back(std::fabs(row[k]));
  }
  const auto at = static_cast<std::ptrdiff_t>(quantile * static_cast<double>(magnitudes.size() - 1));
  std::nth_element(magnitudes.begin(), magnitudes.begin() + at, magnitudes.end());
  return magnitudes[static_cast<std::size_t>(at)];
}

template <CodeSpace Space>
std::vector<std::uint32_t> nearest_rows(const Space& space, const float* query, std::uint32_t self, std::size_t count) {
  typename Space::Query ready;
  space.prepare(query, ready);
  std::vector<std::uint32_t> rows(space.row_count());
  std::iota(rows.begin(), rows.end(), 0U);
  std::vector<std::uint32_t> keys(rows.size());
  space.keys(ready, rows, keys.data());
  std::erase(rows, self);
  count = std::min(count, rows.size());
  std::partial_sort(rows.begin(), rows.begin() + static_cast<std::ptrdiff_t>(count), rows.end(),
                    [&](std::uint32_t a, std::uint32_t b) { return keys[a] != keys[b] ? keys[a] < keys[b] : a < b; });
  rows.resize(count);
  return rows;
}

template <int kBits>
bool finds_neighbours(const Sample& sample, const CodeRows& codes, kernels::Metric metric) {
  const GridSpace<kBits> coded(codes);
  const F32Space exact(sample.rows, metric, sample.count);
  std::size_t found = 0, wanted = 0;
  for (std::uint64_t q = 0; q < kQueries; ++q) {
    const auto self = static_cast<std::uint32_t>(q * sample.count / kQueries);
    const float* query = sample.rows.row(self);
    const auto truth = nearest_rows(exact, query, self, kNearest);
    const auto seen = nearest_rows(coded, query, self, std::size_t{kNearest} * GridSpace<kBits>::rerank_factor());
    wanted += truth.size();
    for (const std::uint32_t row : truth) found += std::find(seen.begin(), seen.end(), row) != seen.end() ? 1 : 0;
  }
  return static_cast<double>(found) >= kFoundShare * static_cast<double>(wanted);
}

/// What no more than one in a hundred rows' codes are off by, and a fifth.
float usual_error(const Sample& sample, const CodeRows& codes) {
  std::vector<float> errors;
  errors.reserve(sample.count);
  for (std::uint32_t i = 0; i < sample.count; ++i) errors.push_back(codes.error_of(i));
  const auto at = errors.begin() + static_cast<std::ptrdiff_t>((errors.size() - 1) * 99 / 100);
  std::nth_element(errors.begin(), at, errors.end());
  return *at * 1.2F;
}

std::optional<Grid> choose_grid(const Sample& sample, kernels::Metric metric, int bits, float half_square) {
  const float largest = quantile_of_magnitudes(sample, bits == 8 ? kEightBitQuantile : kFourBitQuantile);
  Grid grid{.bits = bits, .step = bits == 8 ? largest / 127 : 2 * largest / 15, .half_square = half_square};
  // Its square and the inverse of that are floats with room to spare.
  if (!(grid.step > 1e-15F) || !(grid.step < 1e15F)) return std::nullopt;
  CodeRows codes(sample.rows, metric, grid);
  codes.encode_to(sample.count);
  const bool good = bits == 8 ? finds_neighbours<8>(sample, codes, metric) : finds_neighbours<4>(sample, codes, metric);
  if (!good) return std::nullopt;
  grid.largest_error = usual_error(sample, codes);
  return grid;
}

}  // namespace

RowSurvey survey_rows(const storage::VectorRows& rows, kernels::Metric metric, std::uint32_t end, int bits) {
  RowSurvey survey;
  Sample sample(rows.dim());
  double largest_square = 0;
  take_sample(rows, end, sample, survey, largest_square);
  // Manhattan distances are no scalar products; they are walked over the rows.
  const bool has_codes = metric != kernels::Metric::kL1 && rows.dim() <= kernels::kMaxCodeDim &&
                         (bits != 0 || rows.dim() >= kMinCodedDim);
  if (!has_codes || sample.count < kMinCodedRows / 2) return survey;
  const auto half_square = static_cast<float>(largest_square / 2);
  if (bits == 4 || (bits == 0 && rows.dim() >= kMinFourBitDim)) {
    survey.grid = choose_grid(sample, metric, 4, half_square);
  }
  if (!survey.grid && bits != 4) survey.grid = choose_grid(sample, metric, 8, half_square);
  return survey;
}

}  // namespace alidade::index
