#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "base/status.h"

namespace alidade::base::json {

class Value;
using Array = std::vector<Value>;
/// Members in the order of the text. parse() keeps the place of the first and the value of the last
/// of repeated keys, as serde_json's map does.
using Member = std::pair<std::string, Value>;
using Object = std::vector<Member>;

/// A JSON document of our own: ordered objects, and integers kept apart from floats (1 is not 1.0).
/// Non-negative integers are kInt up to 2^63-1 and kUint above; integers beyond 64 bits are floats.
class Value {
 public:
  enum class Kind { kNull, kBool, kInt, kUint, kDouble, kString, kArray, kObject };

  Value() = default;
  Value(std::nullptr_t) {}                             // NOLINT: implicit, like a literal
  Value(bool b) : data_(b) {}                          // NOLINT
  Value(int i) : data_(std::int64_t{i}) {}             // NOLINT
  Value(std::int64_t i) : data_(i) {}                  // NOLINT
  Value(std::uint64_t u);                              // NOLINT: kInt when it fits
  Value(double d) : data_(d) {}                        // NOLINT
  Value(const char* text) : data_(std::string(text)) {}  // NOLINT
  Value(std::string_view text) : data_(std::string(text)) {}  // NOLINT
  Value(std::string text) : data_(std::move(text)) {}  // NOLINT
  Value(Array array) : data_(std::move(array)) {}      // NOLINT
  Value(Object object) : data_(std::move(object)) {}   // NOLINT
  // The alternative is copied before there is a variant of it: gcc 12 destroys a variant whose copy
  // ran out of memory with an index that nobody wrote.
  Value(const Value& other) : data_(copy(other.data_)) {}
  Value(Value&&) noexcept = default;
  Value& operator=(const Value& other) { return *this = Value(other); }
  Value& operator=(Value&&) noexcept = default;
  ~Value() = default;

  Kind kind() const { return static_cast<Kind>(data_.index()); }
  bool is_null() const { return kind() == Kind::kNull; }
  bool is_bool() const { return kind() == Kind::kBool; }
  bool is_int() const { return kind() == Kind::kInt; }
  bool is_uint() const { return kind() == Kind::kUint; }
  bool is_integer() const { return is_int() || is_uint(); }
  bool is_double() const { return kind() == Kind::kDouble; }
  bool is_number() const { return is_integer() || is_double(); }
  bool is_string() const { return kind() == Kind::kString; }
  bool is_array() const { return kind() == Kind::kArray; }
  bool is_object() const { return kind() == Kind::kObject; }

  // Each of these needs the matching kind.
  bool as_bool() const { return std::get<bool>(data_); }
  std::int64_t as_int() const { return std::get<std::int64_t>(data_); }
  std::uint64_t as_uint() const { return std::get<std::uint64_t>(data_); }
  /// Any number as a double.
  double as_double() const;
  const std::string& as_string() const { return std::get<std::string>(data_); }
  std::string& as_string() { return std::get<std::string>(data_); }
  const Array& as_array() const { return std::get<Array>(data_); }
  Array& as_array() { return std::get<Array>(data_); }
  const Object& as_object() const { return std::get<Object>(data_); }
  Object& as_object() { return std::get<Object>(data_); }

  /// The member of that name, or nullptr (also when this is no object).
  const Value* find(std::string_view key) const;
  Value* find(std::string_view key);
  /// Sets or appends a member; a null turns into an object first.
  Value& set(std::string_view key, Value value);
  /// Removes a member; @return whether there was one.
  bool erase(std::string_view key);

  friend bool operator==(const Value&, const Value&) = default;

 private:
  using Data = std::variant<std::monostate, bool, std::int64_t, std::uint64_t, double, std::string, Array, Object>;

  static Data copy(const Data& data);

  Data data_;
};

/// Depth that the peers refuse: a document may nest 127 levels.
inline constexpr int kMaxDepth = 127;

/// Parses one JSON document (UTF-8, RFC 8259).
/// @return kInvalidArgument with serde_json's words ("expected value at line 1 column 1") when the
///         text is no JSON, nests deeper than kMaxDepth or holds a number out of range.
Result<Value> parse(std::string_view text);

/// Whether "-0" stands in the text as a number without fraction and exponent (or in a string behind one of
/// `[,:`, where a true does no harm). serde_json and parse() read it as the float -0.0, simdjson as the integer 0.
bool has_negative_integer_zero(std::string_view text);

/// Appends the compact form: no spaces, floats as the shortest text that reads back to the same
/// double and always with a fraction or an exponent ("1.0"), non-finite as null.
void write(const Value& value, std::string& out);
std::string to_text(const Value& value);

/// Appends `text` quoted and escaped.
void write_string(std::string_view text, std::string& out);
/// Shortest text of the double, serde_json's layout ("1.0", "1e-7", "1e16"); non-finite is "null".
void write_double(double value, std::string& out);
/// Same for a float: the shortest text that reads back to the same f32.
void write_float(float value, std::string& out);

/// Writes JSON front to back into a string, with commas placed by itself.
///   Writer w(out); w.begin_object(); w.key("id"); w.integer(7); w.end_object();
class Writer {
 public:
  explicit Writer(std::string& out) : out_(out) {}

  void begin_object() { open('{'); }
  void end_object() { close('}'); }
  void begin_array() { open('['); }
  void end_array() { close(']'); }
  void key(std::string_view name);
  void null() { raw("null"); }
  void boolean(bool value) { raw(value ? "true" : "false"); }
  void integer(std::int64_t value);
  void unsigned_integer(std::uint64_t value);
  void number(double value);
  void number(float value);
  void string(std::string_view text);
  void value(const Value& value);
  /// Text that is JSON already.
  void raw(std::string_view json);
  /// A flat list of floats: the hot case of vectors.
  void floats(const float* values, std::size_t count);

 private:
  void open(char bracket);
  void close(char bracket);
  void separate();

  std::string& out_;
  bool needs_comma_ = false;
};

}  // namespace alidade::base::json
