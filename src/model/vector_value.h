#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "base/status.h"

namespace alidade::model {

/// What a vector is made of. The values are those on disk: append new ones at the end only.
enum class VectorKind : std::uint8_t { kDense, kSparse, kMulti };

/// Values at some of the places of a vector.
struct SparseVector {
  std::vector<std::uint32_t> indices;
  std::vector<float> values;  ///< [indices]

  friend bool operator==(const SparseVector&, const SparseVector&) = default;
};
/// Several rows of one length.
struct MultiVector {
  std::uint32_t dim = 0;
  std::vector<float> values;  ///< [row_count × dim], row-major

  std::size_t row_count() const { return dim == 0 ? 0 : values.size() / dim; }
  friend bool operator==(const MultiVector&, const MultiVector&) = default;
};
/// The alternatives are in the order of VectorKind.
using VectorValue = std::variant<std::vector<float>, SparseVector, MultiVector>;

inline VectorKind kind_of(const VectorValue& value) { return static_cast<VectorKind>(value.index()); }
/// What Qdrant says of a vector of that kind where another one is stored.
Status wrong_kind(VectorKind given, const std::string& name);
/// How many numbers it holds.
std::size_t number_count(const VectorValue& value);
/// Puts the places into ascending order, as vectors are stored.
void sort_places(SparseVector& vector);

/// A vector that lies somewhere else; good as long as that does. Its kind, and the length of its rows, are known to
/// whoever has it.
struct VectorView {
  const float* values = nullptr;           ///< nullptr: there is no vector. Never nullptr for one without numbers.
  const std::uint32_t* indices = nullptr;  ///< Of a sparse vector, [count], ascending.
  std::uint32_t count = 0;                 ///< Dense: 1; sparse: numbers; multi: rows.
  std::uint32_t stride = 0;                ///< Multi: floats from one row to the next.

  explicit operator bool() const { return values != nullptr; }
};
VectorView view_of(const VectorValue& value);
/// @param dim  of a dense vector and of the rows of a multivector
VectorValue value_of(VectorKind kind, const VectorView& view, std::uint32_t dim);

/// The vector without a number, for VectorView::values.
inline constexpr float kNoNumbers[1] = {};

}  // namespace alidade::model
