#include "model/point_batch.h"

#include <algorithm>

namespace alidade::model {

void DenseColumn::set_row(std::size_t i, const float* row_values, std::uint32_t row_dim) {
  if (present.size() <= i) present.resize(i + 1);
  if (dim == 0) dim = row_dim;
  if (row_dim != dim) {
    if (!other_dim) other_dim = row_dim;
    return;
  }
  if (values.size() < (i + 1) * dim) values.resize((i + 1) * dim);
  std::copy_n(row_values, dim, values.data() + i * dim);
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
