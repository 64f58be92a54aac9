#pragma once

#include <compare>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "base/uuid.h"

namespace alidade::model {

/// What the user named a point: an unsigned integer or a UUID. A text that is neither is named by
/// its UUIDv5 in a fixed namespace, with the text kept beside the row (PointBatch::original_ids).
/// Ordering: all numbers before all UUIDs.
struct PointId {
  enum class Kind : std::uint8_t { kNumber, kUuid };
  Kind kind = Kind::kNumber;
  std::uint64_t high = 0;  // 0 for numbers
  std::uint64_t low = 0;

  static PointId from_number(std::uint64_t number) { return {Kind::kNumber, 0, number}; }
  static PointId from_uuid(const base::Uuid& uuid) { return {Kind::kUuid, uuid.high, uuid.low}; }

  bool is_number() const { return kind == Kind::kNumber; }
  std::uint64_t number() const { return low; }
  base::Uuid uuid() const { return {high, low}; }
  /// Decimal number or hyphenated lower-case UUID.
  std::string to_string() const;

  friend auto operator<=>(const PointId&, const PointId&) = default;
};

/// A point id made from any non-empty text, as the Chroma dialect names records.
struct TextPointId {
  PointId id;
  /// The text itself when it is neither a canonical number nor a canonical UUID, else "".
  std::string original;
};

/// "7" and a canonical UUID are themselves ("007" is not a number, upper-case is no UUID); any other
/// text is hashed to a UUIDv5.
TextPointId point_id_from_text(std::string_view text);

/// The text by which the Chroma dialect knows a point.
std::string text_of_point(const PointId& id, std::string_view original);

}  // namespace alidade::model

template <>
struct std::hash<alidade::model::PointId> {
  std::size_t operator()(const alidade::model::PointId& id) const noexcept {
    // Finaliser of splitmix64 over both words: sequential numbers spread over the table.
    std::uint64_t x = id.low ^ (id.high * 0x9E3779B97F4A7C15ULL) ^ static_cast<std::uint64_t>(id.kind);
    x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9ULL;
    x = (x ^ (x >> 27)) * 0x94D049BB133111EBULL;
    return static_cast<std::size_t>(x ^ (x >> 31));
  }
};
