#pragma once

#include <algorithm>
#include <limits>

namespace alidade::storage {

// The length that a Cosine row was given with is kept in one float. Rows of large floats are longer
// than the largest float, at most 256 times (65,536 values): of such a length minus a 65,536th is kept.
inline constexpr double kLongNormUnit = 65536.0;

/// What is kept of a length; a finite number.
inline float norm_to_keep(double norm) {
  return norm <= double{std::numeric_limits<float>::max()} ? static_cast<float>(norm)
                                                           : static_cast<float>(-norm / kLongNormUnit);
}

/// The value that a row of unit length and a kept length were made from.
inline float original_value(float unit_value, float kept_norm) {
  if (kept_norm >= 0) return unit_value * kept_norm;
  constexpr double kLargest = std::numeric_limits<float>::max();
  return static_cast<float>(std::clamp(double{unit_value} * -double{kept_norm} * kLongNormUnit, -kLargest, kLargest));
}

}  // namespace alidade::storage
