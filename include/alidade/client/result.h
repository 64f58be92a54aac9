#pragma once

#include <optional>
#include <type_traits>
#include <utility>
#include <variant>

#include "alidade/client/error.h"

namespace alidade::client::inline v0 {

/// A value, or the Error that stands in its way. It has the members of C++23's std::expected that a
/// caller needs; value() throws Exception instead of bad_expected_access.
template <typename T>
class [[nodiscard]] Result {
 public:
  using value_type = T;
  using error_type = Error;

  Result(T value) : data_(std::in_place_index<0>, std::move(value)) {}      // NOLINT: implicit, as expected's
  Result(Error error) : data_(std::in_place_index<1>, std::move(error)) {}  // NOLINT

  bool has_value() const noexcept { return data_.index() == 0; }
  explicit operator bool() const noexcept { return has_value(); }

  /// Throws Exception when there is an error.
  T& value() & { return check(), **this; }
  const T& value() const& { return check(), **this; }
  T&& value() && { return check(), *std::move(*this); }

  // These need a value, or an error, to be there.
  T& operator*() & noexcept { return *std::get_if<0>(&data_); }
  const T& operator*() const& noexcept { return *std::get_if<0>(&data_); }
  T&& operator*() && noexcept { return std::move(*std::get_if<0>(&data_)); }
  T* operator->() noexcept { return std::get_if<0>(&data_); }
  const T* operator->() const noexcept { return std::get_if<0>(&data_); }
  Error& error() & noexcept { return *std::get_if<1>(&data_); }
  const Error& error() const& noexcept { return *std::get_if<1>(&data_); }
  Error&& error() && noexcept { return std::move(*std::get_if<1>(&data_)); }

  template <typename U>
  T value_or(U&& other) const& {
    return has_value() ? **this : static_cast<T>(std::forward<U>(other));
  }

 private:
  void check() const {
    if (!has_value()) throw_error(error());
  }

  std::variant<T, Error> data_;
};

/// Success without a value, or an Error.
template <>
class [[nodiscard]] Result<void> {
 public:
  using value_type = void;
  using error_type = Error;

  Result() = default;
  Result(Error error) : error_(std::move(error)) {}  // NOLINT: implicit, as expected's

  bool has_value() const noexcept { return !error_.has_value(); }
  explicit operator bool() const noexcept { return has_value(); }
  /// Throws Exception when there is an error.
  void value() const {
    if (error_) throw_error(*error_);
  }
  Error& error() & noexcept { return *error_; }
  const Error& error() const& noexcept { return *error_; }
  Error&& error() && noexcept { return *std::move(error_); }

 private:
  std::optional<Error> error_;
};

}  // namespace alidade::client::inline v0
