#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "alidade/client/result.h"

namespace alidade::client::inline v0 {

/// A JSON document as a value. Members keep their order, and integers stay apart from floats: 1 is not
/// 1.0. Used where a server's format is open (payloads, configurations); everything else has types.
class ALIDADE_API Json {
 public:
  using Array = std::vector<Json>;
  using Member = std::pair<std::string, Json>;
  using Object = std::vector<Member>;
  enum class Kind : std::uint8_t { kNull, kBool, kInt, kUint, kDouble, kString, kArray, kObject };

  Json() = default;
  Json(std::nullptr_t) {}                                        // NOLINT: implicit, like a literal
  Json(bool value) : data_(value) {}                             // NOLINT
  Json(int value) : data_(std::int64_t{value}) {}                // NOLINT
  Json(unsigned value) : data_(std::int64_t{value}) {}           // NOLINT
  Json(long value) : data_(std::int64_t{value}) {}               // NOLINT
  Json(long long value) : data_(std::int64_t{value}) {}          // NOLINT
  Json(unsigned long value) { set_unsigned(value); }             // NOLINT: kInt when it fits
  Json(unsigned long long value) { set_unsigned(value); }        // NOLINT
  Json(float value) : data_(double{value}) {}                    // NOLINT
  Json(double value) : data_(value) {}                           // NOLINT
  Json(const char* text) : data_(std::string(text)) {}           // NOLINT
  Json(std::string_view text) : data_(std::string(text)) {}      // NOLINT
  Json(std::string text) : data_(std::move(text)) {}             // NOLINT
  Json(Array array) : data_(std::move(array)) {}                 // NOLINT
  Json(Object object) : data_(std::move(object)) {}              // NOLINT

  static Json array() { return Json(Array{}); }
  static Json object() { return Json(Object{}); }

  /// Reads one document of UTF-8 text, up to 127 levels deep.
  /// @return kBadAnswer when the text is no JSON, nests deeper, or holds an integer beyond 64 bits.
  static Result<Json> parse(std::string_view text);
  /// The compact form. A double reads back to the same bits and always shows a fraction or an exponent
  /// ("1.0"); one that is not finite becomes null.
  std::string to_text() const;
  void append_to(std::string& out) const;

  Kind kind() const { return static_cast<Kind>(data_.index()); }
  bool is_null() const { return kind() == Kind::kNull; }
  bool is_bool() const { return kind() == Kind::kBool; }
  bool is_integer() const { return kind() == Kind::kInt || kind() == Kind::kUint; }
  bool is_number() const { return is_integer() || kind() == Kind::kDouble; }
  bool is_string() const { return kind() == Kind::kString; }
  bool is_array() const { return kind() == Kind::kArray; }
  bool is_object() const { return kind() == Kind::kObject; }

  // nullptr when it is of another kind.
  const bool* if_bool() const { return std::get_if<bool>(&data_); }
  const std::int64_t* if_int() const { return std::get_if<std::int64_t>(&data_); }
  const std::uint64_t* if_uint() const { return std::get_if<std::uint64_t>(&data_); }
  const double* if_double() const { return std::get_if<double>(&data_); }
  const std::string* if_string() const { return std::get_if<std::string>(&data_); }
  const Array* if_array() const { return std::get_if<Array>(&data_); }
  Array* if_array() { return std::get_if<Array>(&data_); }
  const Object* if_object() const { return std::get_if<Object>(&data_); }
  Object* if_object() { return std::get_if<Object>(&data_); }

  /// Any number as a double, `otherwise` when it is none.
  double number_or(double otherwise) const;

  /// The member of that name; nullptr when there is none or this is no object.
  const Json* find(std::string_view key) const;
  Json* find(std::string_view key);
  /// Sets or appends a member. Anything but an object turns into an object first.
  Json& set(std::string_view key, Json value);
  /// Appends an element. Anything but an array turns into an array first.
  Json& push_back(Json value);

  friend bool operator==(const Json&, const Json&) = default;

 private:
  void set_unsigned(std::uint64_t value);

  std::variant<std::monostate, bool, std::int64_t, std::uint64_t, double, std::string, Array, Object> data_;
};

}  // namespace alidade::client::inline v0
