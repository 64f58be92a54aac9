#include "base/json.h"

#include <array>
#include <charconv>
#include <cmath>

namespace alidade::base::json {

Value::Value(std::uint64_t u) {
  if (u <= static_cast<std::uint64_t>(INT64_MAX)) {
    data_ = static_cast<std::int64_t>(u);
  } else {
    data_ = u;
  }
}

Value::Data Value::copy(const Data& data) {
  return std::visit([]<typename T>(const T& alternative) { return Data(T(alternative)); }, data);
}

double Value::as_double() const {
  if (is_int()) return static_cast<double>(as_int());
  if (is_uint()) return static_cast<double>(as_uint());
  return std::get<double>(data_);
}

const Value* Value::find(std::string_view key) const {
  const auto* object = std::get_if<Object>(&data_);
  if (object == nullptr) return nullptr;
  for (const auto& [name, value] : *object) {
    if (name == key) return &value;
  }
  return nullptr;
}

Value* Value::find(std::string_view key) {
  return const_cast<Value*>(std::as_const(*this).find(key));
}

Value& Value::set(std::string_view key, Value value) {
  if (is_null()) data_ = Object{};
  if (Value* existing = find(key); existing != nullptr) {
    *existing = std::move(value);
    return *existing;
  }
  return as_object().emplace_back(std::string(key), std::move(value)).second;
}

bool Value::erase(std::string_view key) {
  auto* object = std::get_if<Object>(&data_);
  if (object == nullptr) return false;
  return std::erase_if(*object, [&](const Member& member) { return member.first == key; }) > 0;
}

namespace {

// Bytes that may not stand in a JSON string as they are.
constexpr std::array<bool, 256> kNeedsEscape = [] {
  std::array<bool, 256> table{};
  for (std::size_t c = 0; c < 0x20; ++c) table[c] = true;
  table['"'] = true;
  table['\\'] = true;
  return table;
}();

void write_escaped(char c, std::string& out) {
  static constexpr char kHex[] = "0123456789abcdef";
  switch (c) {
    case '"': out += "\\\""; return;
    case '\\': out += "\\\\"; return;
    case '\b': out += "\\b"; return;
    case '\f': out += "\\f"; return;
    case '\n': out += "\\n"; return;
    case '\r': out += "\\r"; return;
    case '\t': out += "\\t"; return;
    default:
      out += "\\u00";
      out += kHex[(c >> 4) & 15];
      out += kHex[c & 15];
  }
}

// Lays out shortest digits as Rust's ryu crate does: plain notation for exponents -5..15 (double)
// or -6..12 (float), otherwise d.ddde-x.
template <typename T>
void write_floating(T value, int max_plain_exponent, std::string& out) {
  if (!std::isfinite(value)) {
    out += "null";
    return;
  }
  if (value == 0) {
    out += std::signbit(value) ? "-0.0" : "0.0";
    return;
  }
  char buffer[64];
  const auto end = std::to_chars(buffer, buffer + sizeof buffer, value, std::chars_format::scientific).ptr;
  std::string_view text(buffer, static_cast<std::size_t>(end - buffer));
  if (text.front() == '-') {
    out += '-';
    text.remove_prefix(1);
  }
  const std::size_t e = text.find('e');
  std::string_view mantissa = text.substr(0, e);
  int exponent = 0;
  const char* digits = text.data() + e + 1;
  if (*digits == '+') ++digits;
  std::from_chars(digits, text.data() + text.size(), exponent);
  char plain[32];
  std::size_t count = 0;
  for (const char c : mantissa) {
    if (c != '.') plain[count++] = c;
  }
  const std::string_view all(plain, count);
  const int length = static_cast<int>(count);
  if (exponent >= 0 && exponent < max_plain_exponent) {
    if (length <= exponent + 1) {
      out += all;
      out.append(static_cast<std::size_t>(exponent + 1 - length), '0');
      out += ".0";
    } else {
      out += all.substr(0, static_cast<std::size_t>(exponent) + 1);
      out += '.';
      out += all.substr(static_cast<std::size_t>(exponent) + 1);
    }
  } else if (exponent < 0 && exponent >= -5) {
    out += "0.";
    out.append(static_cast<std::size_t>(-exponent - 1), '0');
    out += all;
  } else {
    out += mantissa;
    out += 'e';
    out += std::to_string(exponent);
  }
}

}  // namespace

void write_string(std::string_view text, std::string& out) {
  out += '"';
  std::size_t start = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (!kNeedsEscape[static_cast<unsigned char>(text[i])]) continue;
    out.append(text, start, i - start);
    write_escaped(text[i], out);
    start = i + 1;
  }
  out.append(text, start, text.size() - start);
  out += '"';
}

void write_double(double value, std::string& out) { write_floating(value, 16, out); }
void write_float(float value, std::string& out) { write_floating(value, 13, out); }

void write(const Value& value, std::string& out) {
  switch (value.kind()) {
    case Value::Kind::kNull: out += "null"; return;
    case Value::Kind::kBool: out += value.as_bool() ? "true" : "false"; return;
    case Value::Kind::kInt: out += std::to_string(value.as_int()); return;
    case Value::Kind::kUint: out += std::to_string(value.as_uint()); return;
    case Value::Kind::kDouble: write_double(value.as_double(), out); return;
    case Value::Kind::kString: write_string(value.as_string(), out); return;
    case Value::Kind::kArray: {
      out += '[';
      bool first = true;
      for (const Value& item : value.as_array()) {
        if (!first) out += ',';
        first = false;
        write(item, out);
      }
      out += ']';
      return;
    }
    case Value::Kind::kObject: {
      out += '{';
      bool first = true;
      for (const auto& [key, member] : value.as_object()) {
        if (!first) out += ',';
        first = false;
        write_string(key, out);
        out += ':';
        write(member, out);
      }
      out += '}';
      return;
    }
  }
}

std::string to_text(const Value& value) {
  std::string out;
  write(value, out);
  return out;
}

void Writer::separate() {
  if (needs_comma_) out_ += ',';
  needs_comma_ = true;
}

void Writer::open(char bracket) {
  separate();
  out_ += bracket;
  needs_comma_ = false;
}

void Writer::close(char bracket) {
  out_ += bracket;
  needs_comma_ = true;
}

void Writer::key(std::string_view name) {
  separate();
  write_string(name, out_);
  out_ += ':';
  needs_comma_ = false;
}

void Writer::integer(std::int64_t value) {
  char buffer[24];
  const auto end = std::to_chars(buffer, buffer + sizeof buffer, value).ptr;
  raw({buffer, static_cast<std::size_t>(end - buffer)});
}

void Writer::unsigned_integer(std::uint64_t value) {
  char buffer[24];
  const auto end = std::to_chars(buffer, buffer + sizeof buffer, value).ptr;
  raw({buffer, static_cast<std::size_t>(end - buffer)});
}

void Writer::number(double value) {
  separate();
  write_double(value, out_);
}

void Writer::number(float value) {
  separate();
  write_float(value, out_);
}

void Writer::string(std::string_view text) {
  separate();
  write_string(text, out_);
}

void Writer::value(const Value& value) {
  separate();
  write(value, out_);
}

void Writer::raw(std::string_view json) {
  separate();
  out_ += json;
}

void Writer::floats(const float* values, std::size_t count) {
  begin_array();
  for (std::size_t i = 0; i < count; ++i) number(values[i]);
  end_array();
}

}  // namespace alidade::base::json
