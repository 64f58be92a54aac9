#pragma once

#include <string>
#include <string_view>

#include "faces/contract/json.h"

namespace alidade::faces::contract {

// How serde, with which both peers read JSON, names a value that it did not expect.

/// serde_json says "invalid type: integer `1`, expected a string"; serde_value, which the peer reads the
/// inside of a field condition with, "Invalid type integer `1`. Expected a string".
enum class Wording { kJson, kValue };

std::string invalid_type(const Json& value, std::string_view expected, Wording wording = Wording::kJson);
std::string invalid_value(const Json& value, std::string_view expected, Wording wording = Wording::kJson);
std::string missing_field(std::string_view name, Wording wording = Wording::kJson);

/// serde_value's Debug form of a value: "Seq([U64(1)])".
std::string debug_form(const Json& value);
/// Rust's Display of an f64: shortest digits, never an exponent.
std::string rust_number(double value);

/// The bounds of a number: none, one or both. A value outside is a broken rule, not a format error.
struct Bounds {
  bool has_smallest = false;
  bool has_largest = false;
  double smallest = 0;
  double largest = 0;
  /// What is said instead of "value 0 invalid, must be 1 or larger".
  std::string_view words = {};

  constexpr bool any() const { return has_smallest || has_largest; }
};

/// A number as bounds judge and show it.
struct Number {
  double value = 0;
  std::string text;
  bool is_float = false;

  static Number of(std::uint64_t value);
  static Number of(double value);
};

/// @return what is wrong, or "" for a number within the bounds.
std::string bounds_problem(const Number& number, const Bounds& bounds);

}  // namespace alidade::faces::contract
