#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/json.h"

namespace alidade::model {

/// A path into a payload: `a.b`, `a[].b`, `a[3]`, `"key with . in it".c`, `""` (the empty key).
/// Grammar: dot segments of letters (any script), digits, `_` and `-`, or quoted; each may be
/// followed by any number of `[]` (any element) and `[n]` (one element). Between quotes stands
/// anything but a quote, the empty key included; there are no escapes.
struct JsonPath {
  struct AnyElement {
    friend bool operator==(AnyElement, AnyElement) = default;
  };
  struct Element {
    std::uint64_t index;
    friend bool operator==(Element, Element) = default;
  };
  using Step = std::variant<std::string, AnyElement, Element>;  // a key, `[]`, `[n]`

  std::vector<Step> steps;

  /// @return nullopt when the text is no path (empty, leading `[`, `..`, a sign outside quotes).
  static std::optional<JsonPath> parse(std::string_view text);
  /// A path of one literal key, whatever characters it has (Chroma metadata keys).
  static JsonPath of_key(std::string_view key) { return {{Step(std::string(key))}}; }
  /// The text form; quotes a key only where needed.
  std::string to_string() const;

  friend bool operator==(const JsonPath&, const JsonPath&) = default;
};

/// Calls visit for every value that the path reaches. `a.b` does not enter arrays (write `a[].b`);
/// `a[]` of a scalar reaches nothing.
/// @return the number of values reached.
std::size_t visit_path(const base::json::Value& root,
                       const JsonPath& path,
                       const std::function<void(const base::json::Value&)>& visit);

/// The values that the path reaches, borrowed from root.
std::vector<const base::json::Value*> values_at(const base::json::Value& root, const JsonPath& path);

}  // namespace alidade::model
