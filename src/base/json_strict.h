#pragma once

#include <string_view>

#include "base/json.h"

namespace alidade::base::json {

/// The slow second look at a text that simdjson refused: same language as serde_json, same error
/// words ("EOF while parsing a value at line 1 column 0"), integers beyond 64 bits as floats.
Result<Value> parse_strict(std::string_view text);

/// Keeps the place of the first and the value of the last of repeated keys. O(n log n).
void merge_repeated_keys(Object& object);

}  // namespace alidade::base::json
