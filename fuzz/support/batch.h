#pragma once

#include <cmath>
#include <string>

#include "model/point_batch.h"

namespace alidade::fuzz {

/// The batch as text, so that two of them can be compared and the difference be read.
inline std::string text_of_batch(const model::PointBatch& batch) {
  std::string out;
  for (std::size_t i = 0; i < batch.size(); ++i) {
    out += batch.ids[i].to_string();
    if (!batch.original_ids.empty()) out += " original '" + batch.original_ids[i] + "'";
    if (!batch.payloads.empty() && !batch.payloads[i].empty())
      out += " payload " + batch.payloads[i];
    out += '\n';
  }
  for (const model::VectorColumn& column : batch.vectors) {
    out += "vector '" + column.name + "' dim " + std::to_string(column.dim);
    if (column.other_dim) out += " other dim " + std::to_string(*column.other_dim);
    if (column.other_kind) out += " other kind " + std::to_string(static_cast<int>(*column.other_kind));
    out += '\n';
    for (std::size_t i = 0; i < batch.size() && !column.other_dim; ++i) {
      if (!column.has(i)) continue;
      out += std::to_string(i) + ":";
      const model::VectorView view = column.view(i);
      const bool is_sparse = column.kind == model::VectorKind::kSparse;
      const std::size_t numbers = is_sparse ? view.count : std::size_t{view.count} * column.dim;
      for (std::size_t k = 0; k < numbers; ++k) {
        char number[40];
        if (is_sparse) out += " " + std::to_string(view.indices[k]);
        std::snprintf(number, sizeof number, " %a", static_cast<double>(view.values[k]));
        out += number;
      }
      out += '\n';
    }
  }
  return out;
}

}  // namespace alidade::fuzz
