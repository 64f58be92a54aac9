#pragma once

#include <charconv>
#include <cmath>
#include <string>
#include <string_view>

namespace alidade::query::formula {

/// A number as the peer's refusals show it: the shortest digits that read back to it, never an exponent.
template <typename T>
std::string shown(T value) {
  if (std::isnan(value)) return "NaN";
  if (std::isinf(value)) return value > 0 ? "inf" : "-inf";
  if (value == 0) return std::signbit(value) ? "-0" : "0";
  char text[64];
  const auto end = std::to_chars(text, text + sizeof text, std::abs(value), std::chars_format::scientific).ptr;
  const std::string_view shortest(text, static_cast<std::size_t>(end - text));  // "d.ddde+xx"
  const std::size_t e = shortest.find('e');
  std::string digits(shortest.substr(0, 1));
  if (e > 1) digits += shortest.substr(2, e - 2);
  const bool is_small = shortest[e + 1] == '-';
  std::size_t exponent = 0;
  std::from_chars(text + e + 2, end, exponent);
  std::string out = value < 0 ? "-" : "";
  if (is_small) return out + "0." + std::string(exponent - 1, '0') + digits;
  if (digits.size() <= exponent + 1) return out + digits + std::string(exponent + 1 - digits.size(), '0');
  return out + digits.substr(0, exponent + 1) + "." + digits.substr(exponent + 1);
}

}  // namespace alidade::query::formula
