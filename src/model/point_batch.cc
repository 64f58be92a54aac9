#include "model/point_batch.h"

#include <algorithm>
#include <numeric>

namespace alidade::model {

void DenseColumn::reserve_rows(std::size_t rows) {
  constexpr std::size_t kMaxReservedValues = std::size_t{1} << 24;
  values.reserve(std::min(rows * dim, kMaxReservedValues));
}

void DenseColumn::set_row(std::size_t i, const float* row_values, std::uint32_t row_dim) {
  if (present.size() <= i) present.resize(i + 1);
  if (dim == 0) dim = row_dim;
  if (row_dim != dim) {
    if (!other_dim) other_dim = row_dim;
    return;
  }
  if (present.test(i)) {
    std::copy_n(row_values, dim, values.data() + place(i) * dim);
    return;
  }
  const std::size_t next = dim == 0 ? i : values.size() / dim;
  if (places.empty() && next != i) {
    places.resize(next);
    std::iota(places.begin(), places.end(), 0U);
  }
  if (next != i || !places.empty()) {
    if (places.size() <= i) places.resize(i + 1);
    places[i] = static_cast<std::uint32_t>(next);
  }
  values.insert(values.end(), row_values, row_values + dim);
  present.set(i);
}

DenseColumn& PointBatch::column(const std::string& name) {
  for (DenseColumn& existing : vectors) {
    if (existing.name == name) return existing;
  }
  DenseColumn& made = vectors.emplace_back();
  made.name = name;
  return made;
}

const DenseColumn* PointBatch::find_column(const std::string& name) const {
  for (const DenseColumn& existing : vectors) {
    if (existing.name == name) return &existing;
  }
  return nullptr;
}

}  // namespace alidade::model
