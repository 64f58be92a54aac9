#include "core/json_writer.h"

#include <array>
#include <bit>
#include <charconv>
#include <cmath>
#include <cstddef>

#include "core/text.h"

namespace alidade::client::inline v0::core {

namespace {

void append_quoted(std::string_view text, std::string& out) {
  constexpr std::string_view kHex = "0123456789abcdef";
  out += '"';
  std::size_t clean = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    if (byte >= 0x20 && byte != '"' && byte != '\\') continue;
    out.append(text.substr(clean, i - clean));
    clean = i + 1;
    switch (byte) {
      case '"': out += "\\\""; break;
      case '\\': out += "\\\\"; break;
      case '\n': out += "\\n"; break;
      case '\r': out += "\\r"; break;
      case '\t': out += "\\t"; break;
      default: out.append({'\\', 'u', '0', '0', kHex[byte >> 4], kHex[byte & 15]});
    }
  }
  out.append(text.substr(clean));
  out += '"';
}

template <typename Number>
void append_real(Number value, std::string& out) {
  if (!std::isfinite(value)) {
    out += "null";
    return;
  }
  std::array<char, 32> buffer;
  const auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value).ptr;
  const std::string_view text(buffer.data(), static_cast<std::size_t>(end - buffer.data()));
  out += text;
  if (text.find_first_of(".e") == std::string_view::npos) out += ".0";
}

template <typename Number>
void append_integer(Number value, std::string& out) {
  std::array<char, 24> buffer;
  const auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value).ptr;
  out.append(buffer.data(), end);
}

}  // namespace

void JsonWriter::open(char bracket) {
  separate();
  out_ += bracket;
  needs_comma_ = false;
}

void JsonWriter::close(char bracket) {
  out_ += bracket;
  needs_comma_ = true;
}

void JsonWriter::separate() {
  if (needs_comma_) out_ += ',';
  needs_comma_ = true;
}

void JsonWriter::key(std::string_view name) {
  separate();
  append_quoted(name, out_);
  out_ += ':';
  needs_comma_ = false;
}

void JsonWriter::raw(std::string_view json) {
  separate();
  out_ += json;
}

void JsonWriter::integer(std::int64_t value) {
  separate();
  append_integer(value, out_);
}

void JsonWriter::unsigned_integer(std::uint64_t value) {
  separate();
  append_integer(value, out_);
}

void JsonWriter::number(double value) {
  separate();
  append_real(value, out_);
}

void JsonWriter::number(float value) {
  separate();
  append_real(value, out_);
}

void JsonWriter::string(std::string_view text) {
  separate();
  append_quoted(text, out_);
}

void JsonWriter::floats(std::span<const float> values) {
  separate();
  // At most 16 characters a number: "-1.17549435e-38" and its comma.
  const std::size_t at = out_.size();
  out_.resize(at + 2 + values.size() * 16);
  char* to = out_.data() + at;
  *to++ = '[';
  for (const float value : values) {
    if (!std::isfinite(value)) {
      for (const char c : std::string_view("null,")) *to++ = c;
      continue;
    }
    to = std::to_chars(to, to + 15, value).ptr;
    // "-0" is an integer that few parsers keep, and that ours takes the careful way.
    if (value == 0 && std::signbit(value)) *to++ = '.', *to++ = '0';
    *to++ = ',';
  }
  if (!values.empty()) --to;
  *to++ = ']';
  out_.resize(static_cast<std::size_t>(to - out_.data()));
}

void JsonWriter::base64_floats(std::span<const float> values) {
  static_assert(std::endian::native == std::endian::little);
  separate();
  out_ += '"';
  append_base64(std::as_bytes(values), out_);
  out_ += '"';
}

void JsonWriter::value(const Json& value) {
  switch (value.kind()) {
    case Json::Kind::kNull: return null();
    case Json::Kind::kBool: return boolean(*value.if_bool());
    case Json::Kind::kInt: return integer(*value.if_int());
    case Json::Kind::kUint: return unsigned_integer(*value.if_uint());
    case Json::Kind::kDouble: return number(*value.if_double());
    case Json::Kind::kString: return string(*value.if_string());
    case Json::Kind::kArray:
      begin_array();
      for (const Json& element : *value.if_array()) this->value(element);
      return end_array();
    case Json::Kind::kObject:
      begin_object();
      for (const auto& [name, member] : *value.if_object()) {
        key(name);
        this->value(member);
      }
      return end_object();
  }
}

}  // namespace alidade::client::inline v0::core
