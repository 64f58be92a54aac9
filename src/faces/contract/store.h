#pragma once

#include <algorithm>
#include <cstdint>
#include <limits>

namespace alidade::faces::contract {

/// Puts a number into an unsigned member of 1, 4 or 8 bytes; one that is too large for it fills it up.
inline void store_unsigned(std::uint64_t number, std::uint8_t bytes, void* out) {
  const auto at_most = [number](std::uint64_t largest) { return std::min(number, largest); };
  switch (bytes) {
    case 1:
      *static_cast<std::uint8_t*>(out) =
          static_cast<std::uint8_t>(at_most(std::numeric_limits<std::uint8_t>::max()));
      break;
    case 4:
      *static_cast<std::uint32_t*>(out) =
          static_cast<std::uint32_t>(at_most(std::numeric_limits<std::uint32_t>::max()));
      break;
    default: *static_cast<std::uint64_t*>(out) = number;
  }
}

/// The number in an unsigned member of 1, 4 or 8 bytes.
inline std::uint64_t load_unsigned(std::uint8_t bytes, const void* member) {
  switch (bytes) {
    case 1: return *static_cast<const std::uint8_t*>(member);
    case 4: return *static_cast<const std::uint32_t*>(member);
    default: return *static_cast<const std::uint64_t*>(member);
  }
}

}  // namespace alidade::faces::contract
