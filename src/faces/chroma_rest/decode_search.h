#pragma once

#include <string_view>

#include "base/status.h"

namespace alidade::faces::chroma_rest {

// Bodies of routes that a single node of the peer refuses; their mistakes are refused first.

/// @param rules the first broken rule that is looked at only after the collection was found.
Status check_search_shape(std::string_view body, Status& rules);
Status check_attach_shape(std::string_view body);
Status check_detach_shape(std::string_view body);

}  // namespace alidade::faces::chroma_rest
