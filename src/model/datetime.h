#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace alidade::model {

/// Microseconds since 1970 (UTC) of an RFC 3339 text and its usual variants: a space for the T,
/// a zone of hours only ("+02") or without colon, no zone (= UTC), minutes only, a date only.
/// Finer fractions are cut off. @return nullopt for anything else.
std::optional<std::int64_t> parse_datetime_us(std::string_view text);

}  // namespace alidade::model
