#include "faces/chroma_rest/body_reader.h"

#include <algorithm>
#include <limits>

#include "base/json_strict.h"

namespace alidade::faces::chroma_rest {

namespace json = base::json;

namespace {

/// Rust's {:?} of a string.
std::string debug_text(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    switch (c) {
      case '"': out += "\\\""; break;
      case '\\': out += "\\\\"; break;
      case '\n': out += "\\n"; break;
      case '\r': out += "\\r"; break;
      case '\t': out += "\\t"; break;
      case '\0': out += "\\0"; break;
      default: out += c;
    }
  }
  return out + '"';
}

/// A float in a refusal: like JSON, but with a sign in the exponent ("1.8446744073709552e+19").
std::string float_text(double value) {
  std::string text;
  json::write_double(value, text);
  const std::size_t e = text.find('e');
  if (e != std::string::npos && text[e + 1] != '-') text.insert(e + 1, "+");
  return text;
}

std::string number_text(const json::Value& number) {
  if (number.is_double()) return "floating point `" + float_text(number.as_double()) + "`";
  return "integer `" + json::to_text(number) + "`";
}

std::string one_of(std::span<const std::string_view> words) {
  std::string out = words.size() > 2 ? "one of " : "";
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (i > 0) out += words.size() == 2 ? " or " : ", ";
    out.append("`").append(words[i]).append("`");
  }
  return out;
}

}  // namespace

// Structs, lists, maps. -----------------------------------------------------------------------

bool BodyReader::read_struct(std::string_view name, Style style, std::span<const Field> fields) {
  switch (peek()) {
    case '{': return read_struct_map(name, style, fields);
    case '[':
      if (style != Style::kFlattened) return read_struct_list(name, fields);
      [[fallthrough]];
    default: return refuse_type("struct " + std::string(name));
  }
}

bool BodyReader::read_struct_map(std::string_view, Style style, std::span<const Field> fields) {
  if (!enter()) return false;
  std::vector<bool> seen(fields.size(), false);
  bool more = false;
  std::string key;
  for (bool ok = first_key(more); more || !ok; ok = next_key(more)) {
    if (!ok || !read_key(key)) return false;
    const auto field = std::find_if(fields.begin(), fields.end(), [&key](const Field& candidate) {
      return candidate.name == key || (!candidate.alias.empty() && candidate.alias == key);
    });
    const bool known = field != fields.end();
    const auto index = static_cast<std::size_t>(field - fields.begin());
    if (known && seen[index]) return refuse("duplicate field `" + std::string(field->name) + "`");
    path_.push_back(key);
    if (known) {
      seen[index] = true;
    } else if (style == Style::kStrict) {
      std::vector<std::string_view> names;
      for (const Field& candidate : fields) names.push_back(candidate.name);
      return refuse("unknown field `" + key + "`, " +
                    (names.empty() ? "there are no fields" : "expected " + one_of(names)));
    }
    skip_space();
    if (at_ >= text_.size()) return syntax("EOF while parsing an object", Place::kHere);
    if (text_[at_] != ':') return syntax("expected `:`", Place::kNext);
    ++at_;
    json::Value dropped;
    const bool read = known                        ? field->read(*this)
                      : style == Style::kFlattened ? read_value(dropped)
                                                   : skip_value();
    if (!read) return false;
    path_.pop_back();
  }
  leave();
  for (std::size_t i = 0; i < fields.size(); ++i) {
    if (!seen[i] && fields[i].need == Need::kRequired) {
      return refuse("missing field `" + std::string(fields[i].name) + "`");
    }
  }
  return true;
}

bool BodyReader::read_struct_list(std::string_view name, std::span<const Field> fields) {
  if (!enter()) return false;
  ++at_;
  for (std::size_t i = 0; i < fields.size(); ++i) {
    bool more = false;
    if (!list_continues(i == 0, more)) return false;
    if (!more) {
      const auto rest = fields.subspan(i);
      if (std::all_of(rest.begin(), rest.end(),
                      [](const Field& field) { return field.need == Need::kDefault; })) {
        leave();
        return true;
      }
      return refuse("invalid length " + std::to_string(i) + ", expected struct " + std::string(name) +
                    " with " + std::to_string(fields.size()) +
                    (fields.size() == 1 ? " element" : " elements"));
    }
    path_.push_back("[" + std::to_string(i) + "]");
    if (!fields[i].read(*this)) return false;
    path_.pop_back();
  }
  if (peek() != ']') return syntax("trailing characters", Place::kNext);
  ++at_;
  leave();
  return true;
}

bool BodyReader::read_list(const std::function<bool(BodyReader&)>& element) {
  if (peek() != '[') return refuse_type("a sequence");
  if (!enter()) return false;
  ++at_;
  bool more = false;
  for (std::size_t i = 0;; ++i) {
    if (!list_continues(i == 0, more)) return false;
    if (!more) break;
    path_.push_back("[" + std::to_string(i) + "]");
    if (!element(*this)) return false;
    path_.pop_back();
  }
  leave();
  return true;
}

bool BodyReader::read_map(
    const std::function<bool(BodyReader&, const std::string& key)>& member) {
  if (peek() != '{') return refuse_type("a map");
  if (!enter()) return false;
  bool more = false;
  std::string key;
  for (bool ok = first_key(more); more || !ok; ok = next_key(more)) {
    if (!ok || !read_key(key)) return false;
    path_.push_back(key);
    skip_space();
    if (at_ >= text_.size()) return syntax("EOF while parsing an object", Place::kHere);
    if (text_[at_] != ':') return syntax("expected `:`", Place::kNext);
    ++at_;
    if (!member(*this, key)) return false;
    path_.pop_back();
  }
  leave();
  return true;
}

bool BodyReader::read_option(const std::function<bool(BodyReader&)>& read) {
  if (peek() == 'n') return read_word("null");
  return read(*this);
}

// Scalars. ------------------------------------------------------------------------------------

bool BodyReader::read_string(std::string& out) {
  if (peek() != '"') return refuse_type("a string");
  return read_raw_string(out);
}

bool BodyReader::read_bool(bool& out) {
  const char next = peek();
  if (next != 't' && next != 'f') return refuse_type("a boolean");
  out = next == 't';
  return read_word(out ? "true" : "false");
}

bool BodyReader::read_u32(std::uint32_t& out) {
  std::uint64_t wide = 0;
  if (!read_unsigned(std::numeric_limits<std::uint32_t>::max(), "u32", wide)) return false;
  out = static_cast<std::uint32_t>(wide);
  return true;
}

bool BodyReader::read_usize(std::uint64_t& out) {
  return read_unsigned(std::numeric_limits<std::uint64_t>::max(), "usize", out);
}

bool BodyReader::read_unsigned(std::uint64_t limit, std::string_view expected, std::uint64_t& out) {
  const char next = peek();
  if (next != '-' && !is_digit(next)) return refuse_type(expected);
  json::Value number;
  if (!read_number(number)) return false;
  const std::string wanted = ", expected " + std::string(expected);
  if (number.is_double()) return refuse("invalid type: " + number_text(number) + wanted);
  const bool fits = number.is_uint() ? number.as_uint() <= limit
                                     : number.as_int() >= 0 &&
                                           static_cast<std::uint64_t>(number.as_int()) <= limit;
  if (!fits) return refuse("invalid value: " + number_text(number) + wanted);
  out = number.is_uint() ? number.as_uint() : static_cast<std::uint64_t>(number.as_int());
  return true;
}

bool BodyReader::read_f64(double& out) {
  const char next = peek();
  if (next != '-' && !is_digit(next)) return refuse_type("f64");
  json::Value number;
  if (!read_number(number)) return false;
  out = number.as_double();
  return true;
}

bool BodyReader::read_f32(float& out) {
  const char next = peek();
  if (next != '-' && !is_digit(next)) return refuse_type("f32");
  json::Value number;
  if (!read_number(number)) return false;
  out = static_cast<float>(number.as_double());
  return true;
}

bool BodyReader::read_variant(std::span<const std::string_view> words, std::size_t& out) {
  if (peek() != '"') return refuse_syntax_here("expected value");
  std::string word;
  if (!read_raw_string(word)) return false;
  const auto found = std::find(words.begin(), words.end(), word);
  if (found == words.end()) {
    return refuse("unknown variant `" + word + "`, expected " + one_of(words));
  }
  out = static_cast<std::size_t>(found - words.begin());
  return true;
}

bool BodyReader::read_tagged(std::span<const std::string_view> words,
                             const std::function<bool(BodyReader&, std::size_t)>& value) {
  if (peek() != '{') return refuse_syntax_here("expected value");
  if (!enter()) return false;
  bool more = false;
  if (!first_key(more)) return false;
  if (!more) return syntax("expected value", Place::kHere);
  std::string word;
  if (!read_key(word)) return false;
  const auto found = std::find(words.begin(), words.end(), word);
  if (found == words.end()) {
    return refuse("unknown variant `" + word + "`, expected " + one_of(words));
  }
  path_.push_back(word);
  if (peek() != ':') return syntax("expected `:`", Place::kNext);
  ++at_;
  if (!value(*this, static_cast<std::size_t>(found - words.begin()))) return false;
  path_.pop_back();
  if (peek() != '}') return syntax("expected value", Place::kHere);
  ++at_;
  leave();
  return true;
}

bool BodyReader::read_value(json::Value& out) {
  switch (peek()) {
    case 'n': out = nullptr; return read_word("null");
    case 't': out = true; return read_word("true");
    case 'f': out = false; return read_word("false");
    case '"': {
      std::string text;
      if (!read_raw_string(text)) return false;
      out = std::move(text);
      return true;
    }
    case '[': {
      json::Array items;
      if (!read_list([&items](BodyReader& reader) {
            return reader.read_value(items.emplace_back());
          })) {
        return false;
      }
      out = std::move(items);
      return true;
    }
    case '{': return read_object_value(out);
    default:
      if (at_ < text_.size() && (text_[at_] == '-' || is_digit(text_[at_]))) return read_number(out);
      return refuse_syntax_here("expected value");
  }
}

bool BodyReader::read_object_value(json::Value& out) {
  json::Object members;
  if (!read_map([&members](BodyReader& reader, const std::string& key) {
        return reader.read_value(members.emplace_back(key, nullptr).second);
      })) {
    return false;
  }
  json::merge_repeated_keys(members);
  out = std::move(members);
  return true;
}

// Mistakes. -----------------------------------------------------------------------------------

bool BodyReader::refuse(std::string_view message) { return fail(false, message, at_); }

bool BodyReader::refuse_late(std::string_view message) {
  const char next = peek();
  return fail(false, message, at_ + (next == '}' || next == ']' ? 1 : 0));
}

bool BodyReader::refuse_untagged(std::string_view enumeration) {
  return refuse_late("data did not match any variant of untagged enum " + std::string(enumeration));
}

bool BodyReader::refuse_syntax_here(std::string_view message) {
  skip_space();
  return at_ >= text_.size() ? syntax("EOF while parsing a value", Place::kHere)
                             : syntax(message, Place::kNext);
}

bool BodyReader::refuse_type(std::string_view expected) {
  const std::string wanted = ", expected " + std::string(expected);
  const char next = peek();
  if (next == '[') return refuse("invalid type: sequence" + wanted);
  if (next == '{') return refuse("invalid type: map" + wanted);
  if (next == '"') {
    std::string text;
    if (!read_raw_string(text)) return false;
    return refuse("invalid type: string " + debug_text(text) + wanted);
  }
  json::Value value;
  if (!read_value(value)) return false;
  if (value.is_null()) return refuse("invalid type: null" + wanted);
  if (value.is_bool()) {
    return refuse(std::string("invalid type: boolean `") + (value.as_bool() ? "true`" : "false`") +
                  wanted);
  }
  return refuse("invalid type: " + number_text(value) + wanted);
}

bool BodyReader::syntax(std::string_view message, Place place) {
  return fail(true, message, std::min(at_ + (place == Place::kNext ? 1 : 0), text_.size()));
}

bool BodyReader::fail(bool is_syntax, std::string_view message, std::size_t offset) {
  if (failed_) return false;
  failed_ = true;
  is_syntax_ = is_syntax;
  std::string path;
  for (const std::string& step : path_) {
    if (!path.empty() && !step.starts_with('[')) path += '.';
    path += step;
  }
  const std::string_view before = text_.substr(0, offset);
  const auto line = 1 + std::count(before.begin(), before.end(), '\n');
  const std::size_t line_start = before.rfind('\n');
  const std::size_t column = line_start == std::string_view::npos ? offset : offset - line_start - 1;
  message_ = (path.empty() ? std::string() : path + ": ") + std::string(message) + " at line " +
             std::to_string(line) + " column " + std::to_string(column);
  return false;
}

Status BodyReader::finish() {
  if (!failed_) {
    skip_space();
    if (at_ < text_.size()) syntax("trailing characters", Place::kNext);
  }
  if (!failed_) return {};
  if (is_syntax_) {
    return invalid_argument("Failed to parse the request body as JSON: " + message_);
  }
  return Status(StatusCode::kUnprocessable,
                "Failed to deserialize the JSON body into the target type: " + message_);
}

}  // namespace alidade::faces::chroma_rest
