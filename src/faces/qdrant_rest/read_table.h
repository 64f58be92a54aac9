#pragma once

#include <functional>
#include <string_view>

#include "base/status.h"
#include "faces/contract/json.h"
#include "faces/contract/read_json.h"
#include "faces/qdrant_rest/decode_values.h"
#include "faces/qdrant_rest/errors.h"

namespace alidade::faces::qdrant_rest {

// Bodies that are read after their tables, straight from the parsed text.

/// Parses the body and calls read(root) once; the root is valid in the call. Members that stand twice are still there.
/// @return the format error of a text that is no JSON, or what `read` says.
Status with_body(std::string_view body, const std::function<Status(const contract::Json&)>& read);

/// Reads a value after its table. @param rules takes the rules that it breaks. @param account as Reading::count_in().
template <typename S>
Status read_table(const contract::Json& value, const contract::ObjectOf<S>& table, std::string_view place, Rules& rules, S& out,
                  env::MemoryAccount* account = nullptr) {
  auto reading = contract::Reading::careful(&body_refused, rules.all());
  reading.count_in(account);
  return contract::read(value, table, reading, contract::Place(place), out);
}

}  // namespace alidade::faces::qdrant_rest
