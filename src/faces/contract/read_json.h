#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "faces/contract/json.h"
#include "faces/contract/reading.h"
#include "faces/contract/type.h"

namespace alidade::faces::contract {

/// Reads a JSON value after its type.
/// @param out what the type is in memory. Its content is unspecified after a refusal.
/// @return the first format error; with the fast policy any refusal, and reading.is_doubtful() then says
///         whether a value that was read may be one that the careful policy sees otherwise.
Status read(const Json& value, const Type& type, Reading& reading, const Place& place, void* out);

template <typename S>
Status read(const Json& value, const ObjectOf<S>& object, Reading& reading, const Place& place, S& out) {
  return read(value, ref(object), reading, place, &out);
}

/// Collects the words of a struct that are refused where they stand (Of::but_not), as read() does: for a struct that
/// came from a message.
/// @param broken gets "path: rule" of each.
void find_refused_words(const Type& type, const void* value, const Place& place, std::vector<std::string>& broken);

/// Looks for a field that stands twice in a struct, as far as the peer reads the body into structs.
/// @return the name of the first one, or "".
std::string_view repeated_field(const Json& value, const Type& type);

}  // namespace alidade::faces::contract
