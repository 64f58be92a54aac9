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
  for (const model::DenseColumn& column : batch.vectors) {
    out += "vector '" + column.name + "' dim " + std::to_string(column.dim);
    if (column.other_dim) out += " other dim " + std::to_string(*column.other_dim);
    out += '\n';
    for (std::size_t i = 0; i < batch.size() && !column.other_dim; ++i) {
      if (i >= column.present.size() || !column.present.test(i)) continue;
      out += std::to_string(i) + ":";
      for (std::size_t k = 0; k < column.dim; ++k) {
        char number[40];
        std::snprintf(number, sizeof number, " %a", static_cast<double>(column.row(i)[k]));
        out += number;
      }
      out += '\n';
    }
  }
  return out;
}

}  // namespace alidade::fuzz
