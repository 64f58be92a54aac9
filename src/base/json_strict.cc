// A recursive-descent JSON reader that follows serde_json 1.0: the same refusals in the same words.
#include "base/json_strict.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <numeric>

#include <fmt/format.h>

namespace alidade::base::json {
namespace {

class Reader {
 public:
  explicit Reader(std::string_view text) : text_(text) {}

  Result<Value> read_document() {
    ALD_ASSIGN(Value value, read_value(0));
    skip_space();
    if (at_ < text_.size()) return error_at("trailing characters", at_ + 1);
    return value;
  }

 private:
  // serde_json names the byte it was looking at; at the end of the text, the last byte.
  Status error_at(std::string_view what, std::size_t consumed) const {
    std::size_t line = 1, column = 0;
    for (std::size_t i = 0; i < consumed && i < text_.size(); ++i) {
      ++column;
      if (text_[i] == '\n') {
        ++line;
        column = 0;
      }
    }
    return invalid_argument(fmt::format("{} at line {} column {}", what, line, column));
  }
  Status error_peek(std::string_view what) const { return error_at(what, at_ + 1); }
  Status error_here(std::string_view what) const { return error_at(what, at_); }

  void skip_space() {
    while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\n' || text_[at_] == '\t' ||
                                  text_[at_] == '\r')) {
      ++at_;
    }
  }
  bool at_end() const { return at_ >= text_.size(); }

  Result<Value> read_value(int depth) {
    skip_space();
    if (at_end()) return error_here("EOF while parsing a value");
    switch (text_[at_]) {
      case 'n': return read_word("null", Value());
      case 't': return read_word("true", Value(true));
      case 'f': return read_word("false", Value(false));
      case '"': {
        ALD_ASSIGN(std::string text, read_string());
        return Value(std::move(text));
      }
      case '[': return depth >= kMaxDepth ? Result<Value>(error_peek("recursion limit exceeded"))
                                          : read_array(depth + 1);
      case '{': return depth >= kMaxDepth ? Result<Value>(error_peek("recursion limit exceeded"))
                                          : read_object(depth + 1);
      default: break;
    }
    if (text_[at_] == '-' || (text_[at_] >= '0' && text_[at_] <= '9')) return read_number();
    return error_peek("expected value");
  }

  Result<Value> read_word(std::string_view word, Value value) {
    for (const char c : word) {
      if (at_end()) return error_here("EOF while parsing a value");
      if (text_[at_] != c) return error_peek("expected ident");
      ++at_;
    }
    return value;
  }

  Result<Value> read_array(int depth) {
    ++at_;
    Array array;
    skip_space();
    if (!at_end() && text_[at_] == ']') {
      ++at_;
      return Value(std::move(array));
    }
    while (true) {
      skip_space();
      if (at_end()) return error_here("EOF while parsing a list");
      if (text_[at_] == ']') return error_peek("trailing comma");
      ALD_ASSIGN(Value item, read_value(depth));
      array.push_back(std::move(item));
      skip_space();
      if (at_end()) return error_here("EOF while parsing a list");
      if (text_[at_] == ']') break;
      if (text_[at_] != ',') return error_peek("expected `,` or `]`");
      ++at_;
    }
    ++at_;
    return Value(std::move(array));
  }

  Result<Value> read_object(int depth) {
    ++at_;
    Object object;
    skip_space();
    if (!at_end() && text_[at_] == '}') {
      ++at_;
      return Value(std::move(object));
    }
    while (true) {
      skip_space();
      if (at_end()) return error_here("EOF while parsing an object");
      if (text_[at_] == '}') return error_peek("trailing comma");
      if (text_[at_] != '"') return error_peek("key must be a string");
      ALD_ASSIGN(std::string key, read_string());
      skip_space();
      if (at_end()) return error_here("EOF while parsing an object");
      if (text_[at_] != ':') return error_peek("expected `:`");
      ++at_;
      ALD_ASSIGN(Value value, read_value(depth));
      object.emplace_back(std::move(key), std::move(value));
      skip_space();
      if (at_end()) return error_here("EOF while parsing an object");
      if (text_[at_] == '}') break;
      if (text_[at_] != ',') return error_peek("expected `,` or `}`");
      ++at_;
    }
    ++at_;
    merge_repeated_keys(object);
    return Value(std::move(object));
  }

  Result<std::string> read_string() {
    ++at_;
    std::string out;
    while (true) {
      if (at_end()) return error_here("EOF while parsing a string");
      const auto c = static_cast<unsigned char>(text_[at_]);
      if (c == '"') break;
      if (c < 0x20) {
        return error_at("control character (\\u0000-\\u001F) found while parsing a string", at_ + 1);
      }
      if (c == '\\') {
        ALD_RETURN_IF_ERROR(read_escape(out));
        continue;
      }
      const std::size_t length = utf8_length(at_);
      if (length == 0) return error_peek("invalid unicode code point");
      out.append(text_, at_, length);
      at_ += length;
    }
    ++at_;
    return out;
  }

  Status read_escape(std::string& out) {
    ++at_;
    if (at_end()) return error_here("EOF while parsing a string");
    const char c = text_[at_++];
    switch (c) {
      case '"': out += '"'; return {};
      case '\\': out += '\\'; return {};
      case '/': out += '/'; return {};
      case 'b': out += '\b'; return {};
      case 'f': out += '\f'; return {};
      case 'n': out += '\n'; return {};
      case 'r': out += '\r'; return {};
      case 't': out += '\t'; return {};
      case 'u': return read_unicode_escape(out);
      default: return error_here("invalid escape");
    }
  }

  Status read_unicode_escape(std::string& out) {
    ALD_ASSIGN(std::uint32_t code, read_hex4());
    if (code >= 0xDC00 && code <= 0xDFFF) return error_here("lone leading surrogate in hex escape");
    if (code >= 0xD800 && code <= 0xDBFF) {
      if (at_ + 1 >= text_.size()) return error_at("EOF while parsing a string", text_.size());
      if (text_[at_] != '\\') return error_peek("unexpected end of hex escape");
      if (text_[at_ + 1] != 'u') return error_at("unexpected end of hex escape", at_ + 2);
      at_ += 2;
      ALD_ASSIGN(const std::uint32_t low, read_hex4());
      if (low < 0xDC00 || low > 0xDFFF) return error_here("lone leading surrogate in hex escape");
      code = 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00);
    }
    append_utf8(code, out);
    return {};
  }

  Result<std::uint32_t> read_hex4() {
    if (at_ + 4 > text_.size()) return error_at("EOF while parsing a string", text_.size());
    std::uint32_t code = 0;
    const char* end = text_.data() + at_ + 4;
    const auto [stop, error] = std::from_chars(text_.data() + at_, end, code, 16);
    at_ += 4;
    if (error != std::errc() || stop != end) return error_here("invalid escape");
    return code;
  }

  static void append_utf8(std::uint32_t code, std::string& out) {
    if (code < 0x80) {
      out += static_cast<char>(code);
    } else if (code < 0x800) {
      out += static_cast<char>(0xC0 | (code >> 6));
      out += static_cast<char>(0x80 | (code & 0x3F));
    } else if (code < 0x10000) {
      out += static_cast<char>(0xE0 | (code >> 12));
      out += static_cast<char>(0x80 | ((code >> 6) & 0x3F));
      out += static_cast<char>(0x80 | (code & 0x3F));
    } else {
      out += static_cast<char>(0xF0 | (code >> 18));
      out += static_cast<char>(0x80 | ((code >> 12) & 0x3F));
      out += static_cast<char>(0x80 | ((code >> 6) & 0x3F));
      out += static_cast<char>(0x80 | (code & 0x3F));
    }
  }

  // Bytes of the UTF-8 sequence at `i`, or 0 when it is none (overlong forms and surrogates are none).
  std::size_t utf8_length(std::size_t i) const {
    const auto byte = [&](std::size_t k) {
      return k < text_.size() ? static_cast<unsigned char>(text_[k]) : 0u;
    };
    const auto follows = [&](std::size_t k) { return (byte(k) & 0xC0) == 0x80; };
    const unsigned c = byte(i);
    if (c < 0x80) return 1;
    if (c >= 0xC2 && c <= 0xDF) return follows(i + 1) ? 2 : 0;
    if (c >= 0xE0 && c <= 0xEF) {
      if (!follows(i + 1) || !follows(i + 2)) return 0;
      if (c == 0xE0 && byte(i + 1) < 0xA0) return 0;
      if (c == 0xED && byte(i + 1) > 0x9F) return 0;
      return 3;
    }
    if (c >= 0xF0 && c <= 0xF4) {
      if (!follows(i + 1) || !follows(i + 2) || !follows(i + 3)) return 0;
      if (c == 0xF0 && byte(i + 1) < 0x90) return 0;
      if (c == 0xF4 && byte(i + 1) > 0x8F) return 0;
      return 4;
    }
    return 0;
  }

  bool digit_here() const { return !at_end() && text_[at_] >= '0' && text_[at_] <= '9'; }

  Result<Value> read_number() {
    const std::size_t start = at_;
    if (text_[at_] == '-') ++at_;
    if (at_end()) return error_here("EOF while parsing a value");
    if (!digit_here()) return error_peek("invalid number");
    if (text_[at_] == '0') {
      ++at_;
      if (digit_here()) return error_peek("invalid number");
    } else {
      while (digit_here()) ++at_;
    }
    bool integer = true;
    if (!at_end() && text_[at_] == '.') {
      integer = false;
      ++at_;
      ALD_RETURN_IF_ERROR(read_digits());
    }
    if (!at_end() && (text_[at_] == 'e' || text_[at_] == 'E')) {
      integer = false;
      ++at_;
      if (!at_end() && (text_[at_] == '+' || text_[at_] == '-')) ++at_;
      ALD_RETURN_IF_ERROR(read_digits());
    }
    return make_number(text_.substr(start, at_ - start), integer);
  }

  Status read_digits() {
    if (at_end()) return error_here("EOF while parsing a value");
    if (!digit_here()) return error_peek("invalid number");
    while (digit_here()) ++at_;
    return {};
  }

  Result<Value> make_number(std::string_view digits, bool integer) {
    const char* begin = digits.data();
    const char* end = begin + digits.size();
    if (integer && digits != "-0") {
      std::int64_t i = 0;
      if (std::from_chars(begin, end, i).ec == std::errc()) return Value(i);
      std::uint64_t u = 0;
      if (digits[0] != '-' && std::from_chars(begin, end, u).ec == std::errc()) return Value(u);
    }
    double number = 0;
    const auto parsed = std::from_chars(begin, end, number);
    if (parsed.ec == std::errc::result_out_of_range) {
      // Too small reads as zero, too large is refused.
      number = std::strtod(std::string(digits).c_str(), nullptr);
      if (!std::isfinite(number)) return error_here("number out of range");
    }
    return Value(number);
  }

  std::string_view text_;
  std::size_t at_ = 0;
};

// Up to here looking at every pair is faster than sorting.
constexpr std::size_t kFewMembers = 16;

bool has_repeated_key(const Object& object) {
  for (std::size_t i = 1; i < object.size(); ++i) {
    for (std::size_t k = 0; k < i; ++k) {
      if (object[k].first == object[i].first) return true;
    }
  }
  return false;
}

}  // namespace

Result<Value> parse_strict(std::string_view text) { return Reader(text).read_document(); }

void merge_repeated_keys(Object& object) {
  if (object.size() <= kFewMembers && !has_repeated_key(object)) return;
  std::vector<std::size_t> order(object.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    return object[a].first < object[b].first;
  });
  std::vector<bool> drop(object.size(), false);
  bool repeated = false;
  for (std::size_t i = 0; i < order.size();) {
    std::size_t last = i;
    while (last + 1 < order.size() && object[order[last + 1]].first == object[order[i]].first) ++last;
    if (last > i) {
      object[order[i]].second = std::move(object[order[last]].second);
      for (std::size_t k = i + 1; k <= last; ++k) drop[order[k]] = true;
      repeated = true;
    }
    i = last + 1;
  }
  if (!repeated) return;
  Object kept;
  for (std::size_t i = 0; i < object.size(); ++i) {
    if (!drop[i]) kept.push_back(std::move(object[i]));
  }
  object = std::move(kept);
}

}  // namespace alidade::base::json
