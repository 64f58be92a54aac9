#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "model/filter.h"

namespace alidade::faces::chroma_rest {

// Bodies of routes that a single node of the peer refuses; their mistakes are refused first.

/// What one search needs of the collection.
struct NeededIndexes {
  std::optional<model::Filter> filter;
  std::vector<std::string> sparse_keys;  ///< Ranked by a sparse vector, in the peer's order.
};

struct SearchBody {
  std::vector<NeededIndexes> searches;
  Status rules;  ///< The broken rules that are looked at only after the collection was found.
};
/// @return kInvalidArgument or kUnprocessable for a wrong shape; the latter also for a bad pattern.
Result<SearchBody> read_search(std::string_view body);
Status check_attach_shape(std::string_view body);
Status check_detach_shape(std::string_view body);

}  // namespace alidade::faces::chroma_rest
