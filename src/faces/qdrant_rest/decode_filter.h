#pragma once

#include <optional>
#include <string>

#include "faces/qdrant_rest/decode_values.h"
#include "model/filter.h"

namespace alidade::faces::qdrant_rest {

/// Reads a filter after its table (faces/qdrant/filter.h).
/// @param path where the filter stands in the body, for the texts of broken rules
///        ("scroll_request.filter").
Result<model::Filter> read_filter(const Value& value, const std::string& path, Rules& rules);

/// Same; null is no filter.
Result<std::optional<model::Filter>> read_optional_filter(const Value& value,
                                                          const std::string& path,
                                                          Rules& rules);

}  // namespace alidade::faces::qdrant_rest
