#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <functional>

namespace alidade::base {

/// A number that cannot be swapped for another kind of number by mistake.
template <typename Tag, typename Rep>
struct StrongNumber {
  using rep = Rep;
  Rep value = 0;

  constexpr StrongNumber() = default;
  constexpr explicit StrongNumber(Rep v) : value(v) {}
  friend constexpr auto operator<=>(StrongNumber, StrongNumber) = default;
  constexpr StrongNumber next() const { return StrongNumber(static_cast<Rep>(value + 1)); }
};

/// Counter of a shard's write operations, as Qdrant's operation_id and point versions show it.
using OpNumber = StrongNumber<struct OpNumberTag, std::uint64_t>;
/// Place of a row in one segment. Append-only: a changed vector takes a new offset.
using PointOffset = StrongNumber<struct PointOffsetTag, std::uint32_t>;
/// Byte position in a log since its beginning.
using LogPosition = StrongNumber<struct LogPositionTag, std::uint64_t>;

}  // namespace alidade::base

template <typename Tag, typename Rep>
struct std::hash<alidade::base::StrongNumber<Tag, Rep>> {
  std::size_t operator()(alidade::base::StrongNumber<Tag, Rep> number) const noexcept {
    return std::hash<Rep>()(number.value);
  }
};
