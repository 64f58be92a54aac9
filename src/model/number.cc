#include "model/number.h"

#include <cmath>
#include <concepts>
#include <type_traits>
#include <utility>

namespace alidade::model {
namespace {

constexpr std::weak_ordering reversed(std::weak_ordering order) { return 0 <=> order; }

std::weak_ordering compare_exactly(double a, double b) {
  if (std::isnan(a) || std::isnan(b)) return std::isnan(a) <=> std::isnan(b);
  return a < b ? std::weak_ordering::less
               : (a > b ? std::weak_ordering::greater : std::weak_ordering::equivalent);
}

// The whole part of the float is compared as an integer, which the float's range allows; then what
// is left of it decides.
template <std::integral Integer>
std::weak_ordering compare_exactly(Integer a, double b) {
  constexpr double kLow = std::is_signed_v<Integer> ? -0x1p63 : 0;
  constexpr double kHigh = std::is_signed_v<Integer> ? 0x1p63 : 0x1p64;  // One above the largest.
  if (std::isnan(b) || b >= kHigh) return std::weak_ordering::less;
  if (b < kLow) return std::weak_ordering::greater;
  const double whole = std::floor(b);
  const auto integer = static_cast<Integer>(whole);
  if (a != integer) return a <=> integer;
  return whole == b ? std::weak_ordering::equivalent : std::weak_ordering::less;
}

template <std::integral Integer>
std::weak_ordering compare_exactly(double a, Integer b) {
  return reversed(compare_exactly(b, a));
}

std::weak_ordering compare_exactly(std::integral auto a, std::integral auto b) {
  if (std::cmp_less(a, b)) return std::weak_ordering::less;
  return std::cmp_equal(a, b) ? std::weak_ordering::equivalent : std::weak_ordering::greater;
}

}  // namespace

std::weak_ordering compare(const Number& a, const Number& b) {
  return std::visit([](auto x, auto y) { return compare_exactly(x, y); }, a, b);
}

std::optional<Number> number_of(const base::json::Value& value) {
  if (value.is_int()) return Number(value.as_int());
  if (value.is_uint()) return Number(value.as_uint());
  if (value.is_double()) return Number(value.as_double());
  return std::nullopt;
}

}  // namespace alidade::model
