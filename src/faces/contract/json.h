#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "base/json.h"

namespace simdjson::dom {
class element;
}

namespace alidade::faces::contract {

/// A look at one value of a JSON document, whichever of the two parsers made it: our own document, or
/// simdjson's, whose objects still have the members that stand twice. Small, borrowed, cheap to copy;
/// valid as long as the document is.
class Json {
 public:
  using Kind = base::json::Value::Kind;

  Json(const base::json::Value& value) : value_(&value) {}  // NOLINT: implicit, it is the same value
  static Json of(const simdjson::dom::element& element);

  Kind kind() const;
  bool is_null() const { return kind() == Kind::kNull; }
  bool is_bool() const { return kind() == Kind::kBool; }
  /// A 64-bit integer with a sign; those above 2^63-1 are is_uint().
  bool is_int() const { return kind() == Kind::kInt; }
  bool is_uint() const { return kind() == Kind::kUint; }
  bool is_double() const { return kind() == Kind::kDouble; }
  bool is_number() const { return is_int() || is_uint() || is_double(); }
  bool is_string() const { return kind() == Kind::kString; }
  bool is_array() const { return kind() == Kind::kArray; }
  bool is_object() const { return kind() == Kind::kObject; }

  // Each of these needs the matching kind.
  bool as_bool() const;
  std::int64_t as_int() const;
  std::uint64_t as_uint() const;
  /// Any number as a double.
  double as_double() const;
  std::string_view as_string() const;

  /// The integer when it is none below 0, else nullopt.
  std::optional<std::uint64_t> unsigned_integer() const;
  /// Length of an array.
  std::size_t size() const;
  /// A copy that does not borrow.
  base::json::Value document() const;
  /// The (first) member of that name; nullopt when there is none or this is no object.
  std::optional<Json> find(std::string_view key) const;

 private:
  friend class Members;
  friend class Items;
  using Pair = std::array<std::uintptr_t, 2>;  // A simdjson element or iterator is two words.

  explicit Json(Pair words) : words_(words) {}

  const base::json::Value* value_ = nullptr;
  Pair words_{};
};

/// Goes over the members of an object in the order of the text.
///   Members members(object); std::string_view key; Json value = object;
///   while (members.next(key, value)) …
class Members {
 public:
  /// @param object of kind object.
  explicit Members(const Json& object);
  bool next(std::string_view& key, Json& value);

 private:
  const base::json::Member* member_ = nullptr;
  const base::json::Member* last_ = nullptr;
  bool is_element_ = false;
  Json::Pair at_{};
  Json::Pair end_{};
};

/// Goes over the values of an array.
class Items {
 public:
  /// @param array of kind array.
  explicit Items(const Json& array);
  bool next(Json& value);

 private:
  const base::json::Value* item_ = nullptr;
  const base::json::Value* last_ = nullptr;
  bool is_element_ = false;
  Json::Pair at_{};
  Json::Pair end_{};
};

}  // namespace alidade::faces::contract
