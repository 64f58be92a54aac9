#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/bitset.h"
#include "model/point_id.h"

namespace alidade::model {

/// The dense vectors of one name for a batch of points.
struct DenseColumn {
  std::string name;               ///< "" is the unnamed vector.
  std::uint32_t dim = 0;          ///< Of the first row that is present; 0 when none is.
  /// [present.count() × dim] row-major. Rows that are absent take no room: one long vector among many
  /// points must not cost the product of both.
  std::vector<float> values;
  base::Bitset present;  ///< [n]
  /// [n], where in `values` each present row stands; empty: row i is the i-th.
  std::vector<std::uint32_t> places;
  /// Set by add_row() when a row's length differs from dim: the first such length. The batch is
  /// then refused by whoever checks it; nothing else may read it.
  std::optional<std::uint32_t> other_dim;

  /// Which row of `values` holds row i, which is present.
  std::size_t place(std::size_t i) const { return places.empty() ? i : places[i]; }
  const float* row(std::size_t i) const { return values.data() + place(i) * dim; }
  /// Makes room ahead for about `rows` rows of `dim` values, within bounds: the first row of a request
  /// may be far longer than the others.
  void reserve_rows(std::size_t rows);
  /// Sets row i (rows may be set in any order, and again; the column grows as needed).
  void set_row(std::size_t i, const float* row_values, std::uint32_t row_dim);
};

/// Points as they were decoded: columns that are checked, logged and applied without another copy.
/// Sparse and multi vectors will be further column kinds beside `vectors`.
struct PointBatch {
  std::vector<PointId> ids;                 ///< [n]
  std::vector<std::string> original_ids;    ///< [n] or empty; "" where the id is itself (see PointId)
  std::vector<DenseColumn> vectors;         ///< one per vector name that occurs
  /// Compact JSON object texts, [n] or empty; "" = the request gave no payload for this point.
  std::vector<std::string> payloads;

  std::size_t size() const { return ids.size(); }
  /// The column of that name, made when missing.
  DenseColumn& column(const std::string& name);
  const DenseColumn* find_column(const std::string& name) const;
};

}  // namespace alidade::model
