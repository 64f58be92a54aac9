#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/bitset.h"
#include "model/point_id.h"
#include "model/vector_value.h"

namespace alidade::model {

/// The vectors of one name for a batch of points, all of one kind.
struct VectorColumn {
  std::string name;                         ///< "" is the unnamed vector.
  VectorKind kind = VectorKind::kDense;     ///< Of the first row that was set.
  /// Of the first row that is present: its length, or that of the rows of a multivector; 0 for sparse ones.
  std::uint32_t dim = 0;
  /// Dense: [present.count() × dim] row-major, others: one row's numbers behind the other's. Rows that are absent take
  /// no room: one long vector among many points must not cost the product of both.
  std::vector<float> values;
  std::vector<std::uint32_t> indices;  ///< Sparse: [values], ascending within a row.
  std::vector<std::uint64_t> ends;     ///< Sparse and multi: by place, where the row ends in `values`.
  base::Bitset present;                ///< [n]
  /// [n], the place of each present row among all rows of `values`; empty: row i has the i-th.
  std::vector<std::uint32_t> places;
  /// Set when a row differs from the first one, by the first that does; it is not stored. The batch is then refused by
  /// whoever checks it; nothing else may read it.
  std::optional<std::uint32_t> other_dim;
  std::optional<VectorKind> other_kind;

  /// Which row of `values` holds row i, which is present.
  std::size_t place(std::size_t i) const { return places.empty() ? i : places[i]; }
  bool has(std::size_t i) const { return i < present.size() && present.test(i); }
  /// Of a dense column.
  const float* row(std::size_t i) const { return values.data() + place(i) * dim; }
  /// Row i, which is present.
  VectorView view(std::size_t i) const;
  /// Makes room ahead for about `rows` dense rows of `dim` values, within bounds: the first row of a request
  /// may be far longer than the others.
  void reserve_rows(std::size_t rows);
  // Each sets row i (rows may be set in any order, and again; the column grows as needed).
  void set_row(std::size_t i, const float* row_values, std::uint32_t row_dim);
  void set_sparse(std::size_t i, SparseVector vector);
  void set_multi(std::size_t i, const MultiVector& vector);
  void set(std::size_t i, VectorValue value);
  /// Each dense row becomes a multivector of one row. Rows of both kinds may be set: the column becomes one of
  /// multivectors with the first of them.
  void to_multi();

 private:
  bool begin_row(std::size_t i, VectorKind row_kind, std::uint32_t row_dim);
  void give_place(std::size_t i, std::size_t next);
};

/// Points as they were decoded: columns that are checked, logged and applied without another copy.
struct PointBatch {
  std::vector<PointId> ids;                 ///< [n]
  std::vector<std::string> original_ids;    ///< [n] or empty; "" where the id is itself (see PointId)
  std::vector<VectorColumn> vectors;        ///< one per vector name that occurs
  /// Compact JSON object texts, [n] or empty; "" = the request gave no payload for this point.
  std::vector<std::string> payloads;

  std::size_t size() const { return ids.size(); }
  /// The column of that name, made when missing.
  VectorColumn& column(const std::string& name);
  const VectorColumn* find_column(const std::string& name) const;
};

}  // namespace alidade::model
