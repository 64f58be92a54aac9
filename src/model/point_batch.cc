#include "model/point_batch.h"

#include <algorithm>
#include <numeric>

namespace alidade::model {

void VectorColumn::reserve_rows(std::size_t rows) {
  constexpr std::size_t kMaxReservedValues = std::size_t{1} << 24;
  values.reserve(std::min(rows * dim, kMaxReservedValues));
}

/// @return whether the row may be stored beside the others.
bool VectorColumn::begin_row(std::size_t i, VectorKind row_kind, std::uint32_t row_dim) {
  if (present.size() == 0) kind = row_kind;
  if (present.size() <= i) present.resize(i + 1);
  if (kind == VectorKind::kDense && row_kind == VectorKind::kMulti) to_multi();
  if (row_kind != kind) {
    if (!other_kind) other_kind = row_kind;
    return false;
  }
  if (dim == 0) dim = row_dim;
  if (row_dim != dim) {
    if (!other_dim) other_dim = row_dim;
    return false;
  }
  return true;
}

void VectorColumn::give_place(std::size_t i, std::size_t next) {
  if (places.empty() && next != i) {
    places.resize(next);
    std::iota(places.begin(), places.end(), 0U);
  }
  if (next != i || !places.empty()) {
    if (places.size() <= i) places.resize(i + 1);
    places[i] = static_cast<std::uint32_t>(next);
  }
  present.set(i);
}

void VectorColumn::to_multi() {
  if (kind != VectorKind::kDense) return;
  kind = VectorKind::kMulti;
  ends.clear();
  for (std::size_t end = dim; dim != 0 && end <= values.size(); end += dim) ends.push_back(end);
}

void VectorColumn::set_row(std::size_t i, const float* row_values, std::uint32_t row_dim) {
  if (present.size() > 0 && kind == VectorKind::kMulti) return set_multi(i, {row_dim, {row_values, row_values + row_dim}});
  if (!begin_row(i, VectorKind::kDense, row_dim)) return;
  if (present.test(i)) {
    std::copy_n(row_values, dim, values.data() + place(i) * dim);
    return;
  }
  const std::size_t next = dim == 0 ? i : values.size() / dim;
  values.insert(values.end(), row_values, row_values + dim);
  give_place(i, next);
}

// A row that is set again takes a new place; what was at the old one is not looked at any more.

void VectorColumn::set_sparse(std::size_t i, SparseVector vector) {
  if (!begin_row(i, VectorKind::kSparse, 0)) return;
  sort_places(vector);
  indices.insert(indices.end(), vector.indices.begin(), vector.indices.end());
  values.insert(values.end(), vector.values.begin(), vector.values.end());
  ends.push_back(values.size());
  give_place(i, ends.size() - 1);
}

void VectorColumn::set_multi(std::size_t i, const MultiVector& vector) {
  if (!begin_row(i, VectorKind::kMulti, vector.dim)) return;
  values.insert(values.end(), vector.values.begin(), vector.values.end());
  ends.push_back(values.size());
  give_place(i, ends.size() - 1);
}

void VectorColumn::set(std::size_t i, VectorValue value) {
  switch (kind_of(value)) {
    case VectorKind::kDense: {
      const auto& dense = std::get<std::vector<float>>(value);
      return set_row(i, dense.data(), static_cast<std::uint32_t>(dense.size()));
    }
    case VectorKind::kSparse: return set_sparse(i, std::get<SparseVector>(std::move(value)));
    case VectorKind::kMulti: return set_multi(i, std::get<MultiVector>(value));
  }
}

VectorView VectorColumn::view(std::size_t i) const {
  const std::size_t at = place(i);
  if (kind == VectorKind::kDense) return {dim == 0 ? kNoNumbers : values.data() + at * dim, nullptr, 1, 0};
  const std::uint64_t first = at == 0 ? 0 : ends[at - 1], count = ends[at] - first;
  const float* const numbers = count == 0 ? kNoNumbers : values.data() + first;
  if (kind == VectorKind::kSparse) return {numbers, indices.data() + first, static_cast<std::uint32_t>(count), 0};
  return {numbers, nullptr, dim == 0 ? 0 : static_cast<std::uint32_t>(count / dim), dim};
}

VectorColumn& PointBatch::column(const std::string& name) {
  for (VectorColumn& existing : vectors) {
    if (existing.name == name) return existing;
  }
  VectorColumn& made = vectors.emplace_back();
  made.name = name;
  return made;
}

const VectorColumn* PointBatch::find_column(const std::string& name) const {
  for (const VectorColumn& existing : vectors) {
    if (existing.name == name) return &existing;
  }
  return nullptr;
}

}  // namespace alidade::model
