#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace alidade::base {

/// 128 bits of a UUID, most significant byte first in both words.
struct Uuid {
  std::uint64_t high = 0;
  std::uint64_t low = 0;

  /// Hyphenated lower-case form, 36 characters.
  std::string to_string() const;
  std::array<std::uint8_t, 16> bytes() const;
  static Uuid from_bytes(const std::array<std::uint8_t, 16>& bytes);

  /// Accepts the hyphenated, simple (32 digits), braced-hyphenated and `urn:uuid:` forms, digits of
  /// either case, as Rust's uuid crate does.
  static std::optional<Uuid> parse(std::string_view text);
  /// Only the canonical form: hyphenated and lower-case.
  static std::optional<Uuid> parse_canonical(std::string_view text);

  /// RFC 4122 version 5 (SHA-1 of namespace and name).
  static Uuid version5(const Uuid& name_space, std::string_view name);
  /// Version 4 from 128 random bits.
  static Uuid version4(std::uint64_t random_high, std::uint64_t random_low);

  friend auto operator<=>(const Uuid&, const Uuid&) = default;
};

}  // namespace alidade::base

template <>
struct std::hash<alidade::base::Uuid> {
  std::size_t operator()(const alidade::base::Uuid& uuid) const noexcept {
    return static_cast<std::size_t>((uuid.high * 0x9E3779B97F4A7C15ULL) ^ uuid.low);
  }
};
