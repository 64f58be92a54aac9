#include "core/text.h"

#include <cstdint>

namespace alidade::client::inline v0::core {

std::string percent_encode(std::string_view text) {
  constexpr std::string_view kHex = "0123456789ABCDEF";
  constexpr std::string_view kUnreserved =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";
  const bool only_dots = text.find_first_not_of('.') == std::string_view::npos;
  std::string out;
  out.reserve(text.size());
  for (const char c : text) {
    if (!only_dots && kUnreserved.find(c) != std::string_view::npos) {
      out += c;
    } else {
      const auto byte = static_cast<unsigned char>(c);
      out.append({'%', kHex[byte >> 4], kHex[byte & 15]});
    }
  }
  return out;
}

void append_base64(std::span<const std::byte> bytes, std::string& out) {
  constexpr std::string_view kLetters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  const std::size_t at = out.size();
  out.resize(at + (bytes.size() + 2) / 3 * 4, '=');
  char* to = out.data() + at;
  std::size_t i = 0;
  for (; i + 3 <= bytes.size(); i += 3) {
    const auto word = std::to_integer<std::uint32_t>(bytes[i]) << 16 |
                      std::to_integer<std::uint32_t>(bytes[i + 1]) << 8 |
                      std::to_integer<std::uint32_t>(bytes[i + 2]);
    *to++ = kLetters[word >> 18];
    *to++ = kLetters[word >> 12 & 63];
    *to++ = kLetters[word >> 6 & 63];
    *to++ = kLetters[word & 63];
  }
  if (i == bytes.size()) return;
  const bool two = i + 2 == bytes.size();
  const auto word = std::to_integer<std::uint32_t>(bytes[i]) << 16 |
                    (two ? std::to_integer<std::uint32_t>(bytes[i + 1]) << 8 : 0);
  *to++ = kLetters[word >> 18];
  *to++ = kLetters[word >> 12 & 63];
  if (two) *to = kLetters[word >> 6 & 63];
}

std::string base64(std::string_view bytes) {
  std::string out;
  append_base64(std::as_bytes(std::span(bytes)), out);
  return out;
}

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return out;
}

bool is_header_text(std::string_view text) {
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if ((byte < 0x20 && c != '\t') || byte == 0x7f) return false;
  }
  return true;
}

std::string without(std::string text, std::span<const std::string> secrets) {
  for (const std::string& secret : secrets) {
    if (secret.size() < 4) continue;
    for (std::size_t at = 0; (at = text.find(secret, at)) != std::string::npos; at += 3) {
      text.replace(at, secret.size(), "***");
    }
  }
  return text;
}

}  // namespace alidade::client::inline v0::core
