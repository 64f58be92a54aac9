#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <variant>

#include "base/json.h"

namespace alidade::model {

/// A number as it came: integers are not rounded to doubles.
using Number = std::variant<double, std::int64_t, std::uint64_t>;

/// Compares by value, exactly, whatever the kinds are (2^53 + 1 is above 2^53.0). NaN is equal to
/// itself and above every other number, so that an order of numbers is always one.
std::weak_ordering compare(const Number& a, const Number& b);

/// nullopt when the value is no number.
std::optional<Number> number_of(const base::json::Value& value);

}  // namespace alidade::model
