#include "model/vector_value.h"

#include <algorithm>
#include <numeric>

namespace alidade::model {
namespace {

const float* numbers_of(const std::vector<float>& values) { return values.empty() ? kNoNumbers : values.data(); }

}  // namespace

Status wrong_kind(VectorKind given, const std::string& name) {
  const char* const kind = given == VectorKind::kMulti ? "multi" : "sparse";
  return Status(StatusCode::kInvalidArgument, std::string("Conversion between ") + kind + " and regular vectors failed",
                ErrorKind::kSparseConversion, {name});
}

std::size_t number_count(const VectorValue& value) {
  if (const auto* sparse = std::get_if<SparseVector>(&value)) return sparse->values.size();
  if (const auto* multi = std::get_if<MultiVector>(&value)) return multi->values.size();
  return std::get<std::vector<float>>(value).size();
}

void sort_places(SparseVector& vector) {
  if (std::is_sorted(vector.indices.begin(), vector.indices.end())) return;
  std::vector<std::uint32_t> order(vector.indices.size());
  std::iota(order.begin(), order.end(), 0U);
  std::stable_sort(order.begin(), order.end(),
                   [&](std::uint32_t a, std::uint32_t b) { return vector.indices[a] < vector.indices[b]; });
  SparseVector sorted;
  sorted.indices.reserve(order.size());
  sorted.values.reserve(order.size());
  for (const std::uint32_t i : order) {
    sorted.indices.push_back(vector.indices[i]);
    sorted.values.push_back(vector.values[i]);
  }
  vector = std::move(sorted);
}

VectorView view_of(const VectorValue& value) {
  if (const auto* sparse = std::get_if<SparseVector>(&value)) {
    return {numbers_of(sparse->values), sparse->indices.data(), static_cast<std::uint32_t>(sparse->values.size()), 0};
  }
  if (const auto* multi = std::get_if<MultiVector>(&value)) {
    return {numbers_of(multi->values), nullptr, static_cast<std::uint32_t>(multi->row_count()), multi->dim};
  }
  return {numbers_of(std::get<std::vector<float>>(value)), nullptr, 1, 0};
}

VectorValue value_of(VectorKind kind, const VectorView& view, std::uint32_t dim) {
  switch (kind) {
    case VectorKind::kDense: return std::vector<float>(view.values, view.values + dim);
    case VectorKind::kSparse:
      return SparseVector{{view.indices, view.indices + view.count}, {view.values, view.values + view.count}};
    case VectorKind::kMulti: break;
  }
  MultiVector multi;
  multi.dim = dim;
  multi.values.reserve(std::size_t{view.count} * dim);
  for (std::size_t row = 0; row < view.count; ++row) {
    const float* const first = view.values + row * view.stride;
    multi.values.insert(multi.values.end(), first, first + dim);
  }
  return multi;
}

}  // namespace alidade::model
