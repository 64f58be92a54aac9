#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "base/bitset.h"
#include "base/bytes.h"
#include "base/json.h"

namespace alidade::index {

/// Calls visit for the elements of a list, or for the value itself: lists are opened one level.
template <typename Visit>
void for_each_element(const base::json::Value& value, Visit&& visit) {
  if (!value.is_array()) {
    visit(value);
    return;
  }
  for (const base::json::Value& element : value.as_array()) visit(element);
}

/// Whether some element of some value passes.
template <typename Test>
bool any_element(const std::vector<const base::json::Value*>& values, Test&& test) {
  bool found = false;
  for (const base::json::Value* value : values) {
    for_each_element(*value, [&](const base::json::Value& element) { found = found || test(element); });
    if (found) return true;
  }
  return false;
}

/// Null, or a list with a null.
inline bool holds_null(const base::json::Value& value) {
  if (!value.is_array()) return value.is_null();
  const auto& array = value.as_array();
  return std::any_of(array.begin(), array.end(), [](const auto& item) { return item.is_null(); });
}

/// Neither null nor [].
inline bool is_filled(const base::json::Value& value) {
  return value.is_array() ? !value.as_array().empty() : !value.is_null();
}

/// Sets the bit when the set reaches so far: callers size it to the rows they know.
inline void select_row(base::Bitset& rows, std::uint32_t row) {
  if (row < rows.size()) rows.set(row);
}

/// An integer that a payload value stands for, as integer indexes see it: 5.0 is 5.
std::optional<std::int64_t> integer_of(const base::json::Value& value);

void write_bits(const base::Bitset& bits, base::ByteWriter& out);
Result<base::Bitset> read_bits(base::ByteReader& in);

}  // namespace alidade::index
