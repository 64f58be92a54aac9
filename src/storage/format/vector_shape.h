#pragma once

#include <cstdint>

#include "storage/point_store.h"

namespace alidade::storage {

// What a file says of a vector beside name and dimension: 1 where norms are kept, and the kind 256-fold.

inline std::uint32_t shape_of(const VectorSpec& spec) {
  return (static_cast<std::uint32_t>(spec.kind) << 8) | (spec.keeps_norm ? 1U : 0U);
}
/// @return false for a shape that this build does not know.
inline bool set_shape(std::uint32_t shape, VectorSpec& spec) {
  const std::uint32_t kind = shape >> 8;
  if ((shape & 0xFF) > 1 || kind > static_cast<std::uint32_t>(model::VectorKind::kMulti)) return false;
  spec.keeps_norm = (shape & 1) != 0;
  spec.kind = static_cast<model::VectorKind>(kind);
  return true;
}

}  // namespace alidade::storage
