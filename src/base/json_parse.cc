#include <simdjson.h>

#include "base/json.h"
#include "base/json_strict.h"

namespace alidade::base::json {
namespace {

// Bodies above this get a parser of their own, so that a thread does not keep its memory.
constexpr std::size_t kKeptParserLimitBytes = 1 << 20;

// Objects with more members than this are checked for repeated keys through a sorted copy.
constexpr std::size_t kLinearDuplicateLimit = 16;

/// @param has_zero set when an integer 0 was met.
Value convert(const simdjson::dom::element& element, bool& has_zero);

void append_member(Object& object, std::string_view key, Value value) {
  for (Member& member : object) {
    if (member.first == key) {
      member.second = std::move(value);
      return;
    }
  }
  object.emplace_back(std::string(key), std::move(value));
}

Value convert_object(const simdjson::dom::object& source, bool& has_zero) {
  Object object;
  object.reserve(source.size());
  for (const auto field : source) {
    if (object.size() < kLinearDuplicateLimit) {
      append_member(object, field.key, convert(field.value, has_zero));
    } else {
      object.emplace_back(std::string(field.key), convert(field.value, has_zero));
    }
  }
  if (object.size() > kLinearDuplicateLimit) merge_repeated_keys(object);
  return object;
}

Value convert(const simdjson::dom::element& element, bool& has_zero) {
  using Type = simdjson::dom::element_type;
  switch (element.type()) {
    case Type::NULL_VALUE: return nullptr;
    case Type::BOOL: return element.get_bool().value_unsafe();
    case Type::INT64: {
      const std::int64_t value = element.get_int64().value_unsafe();
      if (value == 0) has_zero = true;
      return value;
    }
    case Type::UINT64: return element.get_uint64().value_unsafe();
    case Type::DOUBLE: return element.get_double().value_unsafe();
    case Type::STRING: return element.get_string().value_unsafe();
    case Type::ARRAY: {
      Array array;
      const auto source = element.get_array().value_unsafe();
      array.reserve(source.size());
      for (const auto item : source) array.push_back(convert(item, has_zero));
      return array;
    }
    case Type::OBJECT: return convert_object(element.get_object().value_unsafe(), has_zero);
  }
  return nullptr;
}

}  // namespace

Result<Value> parse(std::string_view text) {
  static thread_local simdjson::dom::parser kept(kKeptParserLimitBytes);
  simdjson::dom::parser own;
  simdjson::dom::parser& parser = text.size() < kKeptParserLimitBytes ? kept : own;
  simdjson::error_code error =
      parser.allocate(text.size() < 1024 ? 1024 : text.size(), static_cast<std::size_t>(kMaxDepth));
  simdjson::dom::element root;
  if (error == simdjson::SUCCESS) error = parser.parse(text.data(), text.size()).get(root);
  // Integers beyond 64 bits, which the peers read as floats, and every refusal go to the slow
  // parser: it decides, and it words the error.
  if (error != simdjson::SUCCESS) return parse_strict(text);
  bool has_zero = false;
  Value value = convert(root, has_zero);
  if (has_zero && has_negative_integer_zero(text)) return parse_strict(text);
  return value;
}

bool has_negative_integer_zero(std::string_view text) {
  for (std::size_t at = text.find("-0"); at != std::string_view::npos; at = text.find("-0", at + 2)) {
    const char next = at + 2 < text.size() ? text[at + 2] : ' ';
    if (next == '.' || next == 'e' || next == 'E' || (next >= '0' && next <= '9')) continue;  // Most of a vector's.
    // A number begins behind one of these; "1.2-0" in a string is common.
    const std::size_t before = at == 0 ? std::string_view::npos : text.find_last_not_of(" \t\r\n", at - 1);
    if (before == std::string_view::npos || text[before] == '[' || text[before] == ',' || text[before] == ':') return true;
  }
  return false;
}

}  // namespace alidade::base::json
