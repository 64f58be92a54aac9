#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"

namespace alidade::app {

/// One leaf of a YAML file.
struct ConfigEntry {
  std::string key;   // Its path, joined with dots: "service.http_port".
  std::string text;  // A list is ["a", "b"].
  bool is_null = false;
  int line = 0;  // From 1.
};

/// Flattens a YAML document into its leaves, in the order of the file.
/// @param name how the file is called in messages.
/// @return kInvalidArgument with file and line when the text is no YAML map, repeats a key or nests
///         too deep.
Result<std::vector<ConfigEntry>> parse_config(std::string_view text, const std::string& name);

}  // namespace alidade::app
