#include "net/url.h"

#include <cstddef>
#include <cstdint>

namespace alidade::net {
namespace {

int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

/// Length of the sequence a lead byte opens, 0 when it opens none.
std::size_t sequence_length(unsigned char lead) {
  if (lead < 0x80) return 1;
  if (lead >= 0xC2 && lead <= 0xDF) return 2;
  if (lead >= 0xE0 && lead <= 0xEF) return 3;
  if (lead >= 0xF0 && lead <= 0xF4) return 4;
  return 0;
}

/// Bounds of the second byte, which rule out overlong forms, surrogates and what is above U+10FFFF.
bool is_second_byte(unsigned char lead, unsigned char second) {
  const unsigned char low = lead == 0xE0 ? 0xA0 : lead == 0xF0 ? 0x90 : 0x80;
  const unsigned char high = lead == 0xED ? 0x9F : lead == 0xF4 ? 0x8F : 0xBF;
  return second >= low && second <= high;
}

struct Sequence {
  std::size_t length = 1;  // Of what is whole, or of what is to be replaced as one.
  bool is_whole = false;
};

/// What begins at `at`. Looks at four bytes at most.
Sequence sequence_at(std::string_view text, std::size_t at) {
  const auto byte = [text](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const std::size_t wanted = sequence_length(byte(at));
  std::size_t length = 1;
  while (length < wanted && at + length < text.size()) {
    const unsigned char next = byte(at + length);
    const bool follows = length == 1 ? is_second_byte(byte(at), next) : (next & 0xC0) == 0x80;
    if (!follows) break;
    ++length;
  }
  return {.length = length, .is_whole = length == wanted};
}

/// The character that the text at `at` stands for, and how many bytes it takes there.
std::pair<char, std::size_t> decoded_at(std::string_view text, std::size_t at, Plus plus) {
  if (text[at] == '%' && at + 2 < text.size()) {
    const int high = hex_value(text[at + 1]);
    const int low = hex_value(text[at + 2]);
    if (high >= 0 && low >= 0) return {static_cast<char>(high * 16 + low), 3};
  }
  return {text[at] == '+' && plus == Plus::kIsSpace ? ' ' : text[at], 1};
}

}  // namespace

std::string percent_decode(std::string_view text, Plus plus) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size();) {
    const auto [c, length] = decoded_at(text, i, plus);
    out.push_back(c);
    i += length;
  }
  return out;
}

bool decodes_to(std::string_view text, std::string_view plain) {
  for (const char wanted : plain) {
    if (text.empty()) return false;
    const auto [c, length] = decoded_at(text, 0, Plus::kIsPlus);
    if (c != wanted) return false;
    text.remove_prefix(length);
  }
  return text.empty();
}

bool is_utf8(std::string_view text) {
  for (std::size_t i = 0; i < text.size();) {
    const Sequence sequence = sequence_at(text, i);
    if (!sequence.is_whole) return false;
    i += sequence.length;
  }
  return true;
}

std::string to_valid_utf8(std::string text) {
  if (is_utf8(text)) return text;
  std::string out;
  for (std::size_t i = 0; i < text.size();) {
    const Sequence sequence = sequence_at(text, i);
    if (sequence.is_whole) {
      out.append(text, i, sequence.length);
    } else {
      out += "\xEF\xBF\xBD";
    }
    i += sequence.length;
  }
  return out;
}

const std::string* QueryParameters::find(std::string_view name) const {
  const std::string* found = nullptr;
  for (const auto& [key, value] : pairs_) {
    if (key == name) found = &value;
  }
  return found;
}

QueryParameters parse_query(std::string_view query) {
  std::vector<QueryParameters::Pair> pairs;
  while (!query.empty()) {
    const std::size_t end = query.find('&');
    const std::string_view item = query.substr(0, end);
    query.remove_prefix(end == std::string_view::npos ? query.size() : end + 1);
    if (item.empty()) continue;
    const std::size_t equals = item.find('=');
    std::string value;
    if (equals != std::string_view::npos) {
      value = percent_decode(item.substr(equals + 1), Plus::kIsSpace);
    }
    pairs.emplace_back(percent_decode(item.substr(0, equals), Plus::kIsSpace), std::move(value));
  }
  return QueryParameters(std::move(pairs));
}

}  // namespace alidade::net
