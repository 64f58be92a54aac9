#pragma once

#include <cstdint>
#include <optional>

#include "index/vector/spaces/code_rows.h"

namespace alidade::index {

/// From this many rows on a sample says something about the rest.
inline constexpr std::uint32_t kMinCodedRows = 1024;

/// What a sample of rows says about them.
struct RowSurvey {
  std::optional<Grid> grid;    ///< The narrowest code that finds the nearest rows; nullopt = none does.
  bool has_unit_rows = false;  ///< Every row has length 1, within a thousandth.
};

/// Looks at the rows below `end`, evenly spread, leaving out those of zeros: rows that have no vector. The same
/// rows give the same answer. A code must find, for some of the rows, all but a hundredth of their ten nearest
/// among the sample within the rows that a search ranks exactly.
/// @param bits 8 or 4: that code or none; 0: above 256 dimensions 4 if it will do, then 8.
RowSurvey survey_rows(const storage::VectorRows& rows, kernels::Metric metric, std::uint32_t end, int bits);

}  // namespace alidade::index
