// The characters of BodyReader: strings, numbers, brackets and commas, with serde_json's words.
#include <charconv>
#include <cmath>
#include <cstdlib>

#include "faces/chroma_rest/body_reader.h"
#include "net/url.h"

namespace alidade::faces::chroma_rest {

namespace json = base::json;

namespace {

void append_utf8(unsigned code, std::string& out) {
  const auto put = [&out](unsigned byte) { out += static_cast<char>(byte); };
  if (code < 0x80) {
    put(code);
  } else if (code < 0x800) {
    put(0xC0 | (code >> 6));
    put(0x80 | (code & 0x3F));
  } else if (code < 0x10000) {
    put(0xE0 | (code >> 12));
    put(0x80 | ((code >> 6) & 0x3F));
    put(0x80 | (code & 0x3F));
  } else {
    put(0xF0 | (code >> 18));
    put(0x80 | ((code >> 12) & 0x3F));
    put(0x80 | ((code >> 6) & 0x3F));
    put(0x80 | (code & 0x3F));
  }
}

}  // namespace

bool BodyReader::read_number(json::Value& out) {
  const std::size_t from = at_;
  if (text_[at_] == '-') ++at_;
  const auto next_is_digit = [this] { return at_ < text_.size() && is_digit(text_[at_]); };
  const auto bad = [this] {
    return at_ >= text_.size() ? syntax("EOF while parsing a value", Place::kHere)
                               : syntax("invalid number", Place::kNext);
  };
  if (!next_is_digit()) return bad();
  if (text_[at_++] == '0') {
    if (next_is_digit()) return bad();
  } else {
    while (next_is_digit()) ++at_;
  }
  bool integral = true;
  if (at_ < text_.size() && text_[at_] == '.') {
    integral = false;
    ++at_;
    if (!next_is_digit()) return bad();
    while (next_is_digit()) ++at_;
  }
  if (at_ < text_.size() && (text_[at_] == 'e' || text_[at_] == 'E')) {
    integral = false;
    ++at_;
    if (at_ < text_.size() && (text_[at_] == '+' || text_[at_] == '-')) ++at_;
    if (!next_is_digit()) return bad();
    while (next_is_digit()) ++at_;
  }
  const char* first = text_.data() + from;
  const char* last = text_.data() + at_;
  if (integral) {
    std::int64_t small = 0;
    std::uint64_t large = 0;
    // "-0" is a float, as in serde_json.
    const bool minus_zero = last - first == 2 && first[0] == '-' && first[1] == '0';
    if (!minus_zero && std::from_chars(first, last, small).ec == std::errc()) {
      out = small;
      return true;
    }
    if (*first != '-' && std::from_chars(first, last, large).ec == std::errc()) {
      out = large;
      return true;
    }
  }
  double value = 0;
  const auto parsed = std::from_chars(first, last, value);
  if (parsed.ec == std::errc::result_out_of_range) {
    // Too small is zero, too large is refused; from_chars leaves the value alone in both cases.
    value = std::strtod(std::string(first, last).c_str(), nullptr);
  }
  if (!std::isfinite(value)) return syntax("number out of range", Place::kHere);
  out = value;
  return true;
}

// Characters. ---------------------------------------------------------------------------------

char BodyReader::peek() {
  skip_space();
  return at_ < text_.size() ? text_[at_] : '\0';
}

void BodyReader::skip_space() {
  while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\n' || text_[at_] == '\t' ||
                                text_[at_] == '\r')) {
    ++at_;
  }
}

bool BodyReader::read_word(std::string_view word) {
  for (const char c : word) {
    if (at_ >= text_.size()) return syntax("EOF while parsing a value", Place::kHere);
    if (text_[at_++] != c) return syntax("expected ident", Place::kHere);
  }
  return true;
}

bool BodyReader::read_raw_string(std::string& out) {
  out.clear();
  ++at_;
  while (true) {
    const std::size_t from = at_;
    while (at_ < text_.size() && text_[at_] != '"' && text_[at_] != '\\' &&
           static_cast<unsigned char>(text_[at_]) >= 0x20) {
      ++at_;
    }
    out.append(text_, from, at_ - from);
    if (at_ >= text_.size()) return syntax("EOF while parsing a string", Place::kHere);
    const char c = text_[at_++];
    if (c == '"') {
      return net::is_utf8(out) || syntax("invalid unicode code point", Place::kHere);
    }
    if (c != '\\') {
      return syntax("control character (\\u0000-\\u001F) found while parsing a string", Place::kHere);
    }
    if (!read_escape(out)) return false;
  }
}

bool BodyReader::read_escape(std::string& out) {
  if (at_ >= text_.size()) return syntax("EOF while parsing a string", Place::kHere);
  switch (text_[at_++]) {
    case '"': out += '"'; return true;
    case '\\': out += '\\'; return true;
    case '/': out += '/'; return true;
    case 'b': out += '\b'; return true;
    case 'f': out += '\f'; return true;
    case 'n': out += '\n'; return true;
    case 'r': out += '\r'; return true;
    case 't': out += '\t'; return true;
    case 'u': break;
    default: return syntax("invalid escape", Place::kHere);
  }
  unsigned code = 0;
  if (!read_hex(code)) return false;
  if (code >= 0xDC00 && code <= 0xDFFF) {
    return syntax("lone leading surrogate in hex escape", Place::kHere);
  }
  if (code >= 0xD800 && code <= 0xDBFF) {
    for (const char expected : {'\\', 'u'}) {
      if (at_ >= text_.size()) return syntax("EOF while parsing a string", Place::kHere);
      if (text_[at_++] != expected) return syntax("unexpected end of hex escape", Place::kHere);
    }
    unsigned low = 0;
    if (!read_hex(low)) return false;
    if (low < 0xDC00 || low > 0xDFFF) {
      return syntax("lone leading surrogate in hex escape", Place::kHere);
    }
    code = 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00);
  }
  append_utf8(code, out);
  return true;
}

bool BodyReader::read_hex(unsigned& out) {
  if (text_.size() - at_ < 4) {
    at_ = text_.size();
    return syntax("EOF while parsing a string", Place::kHere);
  }
  const char* first = text_.data() + at_;
  const auto parsed = std::from_chars(first, first + 4, out, 16);
  at_ += 4;
  if (parsed.ec != std::errc() || parsed.ptr != first + 4) {
    return syntax("invalid escape", Place::kHere);
  }
  return true;
}

// Containers, character by character. ---------------------------------------------------------

bool BodyReader::enter() {
  if (++depth_ > json::kMaxDepth) return syntax("recursion limit exceeded", Place::kNext);
  return true;
}

bool BodyReader::first_key(bool& more) {
  ++at_;
  more = false;
  switch (peek()) {
    case '"': more = true; return true;
    case '}': ++at_; return true;
    default:
      return at_ >= text_.size() ? syntax("EOF while parsing an object", Place::kHere)
                                 : syntax("key must be a string", Place::kNext);
  }
}

bool BodyReader::next_key(bool& more) {
  more = false;
  switch (peek()) {
    case '}': ++at_; return true;
    case ',': break;
    default:
      return at_ >= text_.size() ? syntax("EOF while parsing an object", Place::kHere)
                                 : syntax("expected `,` or `}`", Place::kNext);
  }
  ++at_;
  switch (peek()) {
    case '"': more = true; return true;
    case '}': return syntax("trailing comma", Place::kNext);
    default:
      return at_ >= text_.size() ? syntax("EOF while parsing a value", Place::kHere)
                                 : syntax("key must be a string", Place::kNext);
  }
}

bool BodyReader::read_key(std::string& key) {
  skip_space();
  return read_raw_string(key);
}

bool BodyReader::list_continues(bool first, bool& more) {
  more = false;
  const char next = peek();
  if (next == ']') {
    ++at_;
    return true;
  }
  if (at_ >= text_.size()) return syntax("EOF while parsing a list", Place::kHere);
  more = true;
  if (first) return true;
  if (next != ',') return syntax("expected `,` or `]`", Place::kNext);
  ++at_;
  if (peek() == ']') return syntax("trailing comma", Place::kNext);
  if (at_ >= text_.size()) return syntax("EOF while parsing a value", Place::kHere);
  return true;
}

bool BodyReader::skip_value() {
  // An ignored value has no path below its key and may nest to any depth.
  const std::size_t path_size = path_.size();
  std::string open;
  std::string text;
  json::Value number;
  while (true) {
    const char next = peek();
    bool more = true;
    if (next == '{' || next == '[') {
      open += next;
      if (next == '[') ++at_;
      if (!(next == '{' ? first_key(more) : list_continues(true, more))) return false;
    } else {
      const bool read = next == '"'                   ? read_raw_string(text)
                        : next == 'n'                 ? read_word("null")
                        : next == 't'                 ? read_word("true")
                        : next == 'f'                 ? read_word("false")
                        : next == '-' || is_digit(next) ? read_number(number)
                                                      : refuse_syntax_here("expected value");
      if (!read) return false;
      more = false;
      if (open.empty()) return true;
      if (!(open.back() == '{' ? next_key(more) : list_continues(false, more))) return false;
    }
    while (!more) {
      open.pop_back();
      if (open.empty()) return true;
      if (!(open.back() == '{' ? next_key(more) : list_continues(false, more))) return false;
    }
    if (open.back() == '{') {
      if (!read_key(text)) return false;
      if (peek() != ':') return syntax("expected `:`", Place::kNext);
      ++at_;
    }
    path_.resize(path_size);
  }
}

}  // namespace alidade::faces::chroma_rest
