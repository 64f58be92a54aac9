#pragma once

#include <compare>
#include <concepts>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

namespace alidade::qdrant::inline v0 {

/// What the user named a point: an unsigned number, or a text (for Qdrant a UUID). A value; numbers order before texts.
class PointId {
 public:
  PointId() = default;
  template <std::unsigned_integral Number>
    requires(!std::same_as<Number, bool>)
  PointId(Number number) : value_(std::uint64_t{number}) {}  // NOLINT: 7u is an id
  /// A negative number stays as its text, which the server refuses.
  template <std::signed_integral Number>
  PointId(Number number) {  // NOLINT: 7 is an id
    if (number < 0) {
      value_ = std::to_string(number);
    } else {
      value_ = static_cast<std::uint64_t>(number);
    }
  }
  PointId(std::string text) : value_(std::move(text)) {}                    // NOLINT
  PointId(std::string_view text) : value_(std::string(text)) {}             // NOLINT
  PointId(const char* text) : value_(std::string(text)) {}                  // NOLINT

  bool is_number() const { return value_.index() == 0; }
  /// Needs is_number().
  std::uint64_t number() const { return std::get<std::uint64_t>(value_); }
  /// Needs !is_number().
  const std::string& text() const { return std::get<std::string>(value_); }
  std::string to_string() const { return is_number() ? std::to_string(number()) : text(); }

  friend bool operator==(const PointId&, const PointId&) = default;
  friend std::strong_ordering operator<=>(const PointId&, const PointId&) = default;

 private:
  std::variant<std::uint64_t, std::string> value_;
};

}  // namespace alidade::qdrant::inline v0
