#include "faces/contract/words.h"

#include <charconv>
#include <cmath>

namespace alidade::faces::contract {
namespace {

// Rust's Debug of a str.
std::string rust_quoted(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    switch (c) {
      case '"': out += "\\\""; break;
      case '\\': out += "\\\\"; break;
      case '\n': out += "\\n"; break;
      case '\r': out += "\\r"; break;
      case '\t': out += "\\t"; break;
      default: out += c;
    }
  }
  return out + "\"";
}

// A float in a refusal: like JSON, but with a sign in the exponent ("1.8446744073709552e+19").
std::string refused_float(double value) {
  std::string text;
  base::json::write_double(value, text);
  const std::size_t e = text.find('e');
  if (e != std::string::npos && text[e + 1] != '-') text.insert(e + 1, "+");
  return text;
}

std::string unexpected(const Json& value) {
  using JsonKind = Json::Kind;
  switch (value.kind()) {
    case JsonKind::kNull: return "null";
    case JsonKind::kBool: return value.as_bool() ? "boolean `true`" : "boolean `false`";
    case JsonKind::kInt: return "integer `" + std::to_string(value.as_int()) + "`";
    case JsonKind::kUint: return "integer `" + std::to_string(value.as_uint()) + "`";
    case JsonKind::kDouble: return "floating point `" + refused_float(value.as_double()) + "`";
    case JsonKind::kString: return "string " + rust_quoted(value.as_string());
    case JsonKind::kArray: return "sequence";
    case JsonKind::kObject: return "map";
  }
  return "";
}

std::string refusal(std::string_view json_lead, std::string_view value_lead, const Json& value,
                    std::string_view expected, Wording wording) {
  const bool json = wording == Wording::kJson;
  const std::string what = !json && value.is_null() ? "unit value" : unexpected(value);
  return std::string(json ? json_lead : value_lead) + what + (json ? ", expected " : ". Expected ") +
         std::string(expected);
}

std::string shown(double bound, bool is_float) {
  return is_float ? Number::of(bound).text : std::to_string(static_cast<std::uint64_t>(bound));
}

}  // namespace

std::string invalid_type(const Json& value, std::string_view expected, Wording wording) {
  return refusal("invalid type: ", "Invalid type ", value, expected, wording);
}

std::string invalid_value(const Json& value, std::string_view expected, Wording wording) {
  return refusal("invalid value: ", "Invalid value ", value, expected, wording);
}

std::string missing_field(std::string_view name, Wording wording) {
  if (wording == Wording::kValue) return "Missing field " + std::string(name);
  return "missing field `" + std::string(name) + "`";
}

std::string debug_form(const Json& value) {
  using JsonKind = Json::Kind;
  switch (value.kind()) {
    case JsonKind::kNull: return "Unit";
    case JsonKind::kBool: return value.as_bool() ? "Bool(true)" : "Bool(false)";
    case JsonKind::kInt: return (value.as_int() < 0 ? "I64(" : "U64(") + std::to_string(value.as_int()) + ")";
    case JsonKind::kUint: return "U64(" + std::to_string(value.as_uint()) + ")";
    case JsonKind::kDouble: return "F64(" + refused_float(value.as_double()) + ")";
    case JsonKind::kString: return "String(" + rust_quoted(value.as_string()) + ")";
    case JsonKind::kArray:
    case JsonKind::kObject: break;
  }
  std::string out;
  Json item = value;
  if (value.is_array()) {
    for (Items items(value); items.next(item);) out += (out.empty() ? "" : ", ") + debug_form(item);
    return "Seq([" + out + "])";
  }
  std::string_view key;
  for (Members members(value); members.next(key, item);) {
    out += (out.empty() ? "" : ", ") + ("String(" + rust_quoted(key) + ")") + ": " + debug_form(item);
  }
  return "Map({" + out + "})";
}

std::string rust_number(double value) {
  std::string text;
  base::json::write_double(value, text);
  const std::size_t e = text.find('e');
  if (e == std::string::npos) {
    if (text.ends_with(".0")) text.resize(text.size() - 2);
    return text;
  }
  const bool negative = text.front() == '-';
  int exponent = 0;
  std::from_chars(text.data() + e + 1, text.data() + text.size(), exponent);
  std::string digits;
  for (const char c : text.substr(0, e)) {
    if (c >= '0' && c <= '9') digits += c;
  }
  // digits is d or dddd with the point after the first; write_double only leaves large or small ones.
  if (exponent > 0) {
    const auto whole = static_cast<std::size_t>(exponent) + 1;
    if (digits.size() > 1 && digits.ends_with('0')) digits.pop_back();  // "1.0e25"
    if (digits.size() < whole) digits.append(whole - digits.size(), '0');
  } else {
    digits = "0." + std::string(static_cast<std::size_t>(-exponent - 1), '0') + digits;
  }
  return (negative ? "-" : "") + digits;
}

Number Number::of(std::uint64_t value) { return {static_cast<double>(value), std::to_string(value), false}; }

Number Number::of(double value) {
  std::string text;
  base::json::write_double(value, text);
  return {value, std::isnan(value) ? "NaN" : text, true};
}

std::string bounds_problem(const Number& number, const Bounds& bounds) {
  // Written so that NaN is outside.
  const bool fits = !(bounds.has_smallest && !(number.value >= bounds.smallest)) &&
                    !(bounds.has_largest && !(number.value <= bounds.largest));
  if (fits) return "";
  if (!bounds.words.empty()) return std::string(bounds.words);
  const std::string value = "value " + number.text + " invalid, must be ";
  const std::string smallest = shown(bounds.smallest, number.is_float);
  const std::string largest = shown(bounds.largest, number.is_float);
  if (!bounds.has_largest) return value + smallest + " or larger";
  if (!bounds.has_smallest) return value + largest + " or smaller";
  return value + "from " + smallest + " to " + largest;
}

}  // namespace alidade::faces::contract
