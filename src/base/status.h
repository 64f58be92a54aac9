#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <utility>
#include <vector>

namespace alidade::base {

enum class StatusCode {
#define ALD_ERROR_CODE(name, number) name = number,
#include "base/error_codes.def"
#undef ALD_ERROR_CODE
};

enum class ErrorKind {
#define ALD_ERROR_KIND(name) name,
#include "base/error_kinds.def"
#undef ALD_ERROR_KIND
};

/// "kNotFound" and so on; for logs.
std::string_view status_code_name(StatusCode code);

/// The outcome of an operation: a code from one closed list, a message for people, and optionally
/// what exactly was wrong (ErrorKind with its arguments), which a face words as its peer does.
/// Cheap to copy (one pointer); ok carries no allocation. Immutable, so safe to share.
class [[nodiscard]] Status {
 public:
  Status() = default;  // ok
  Status(StatusCode code, std::string message);
  Status(StatusCode code, std::string message, ErrorKind kind, std::vector<std::string> args);

  static Status ok_status() { return Status(); }

  bool ok() const { return rep_ == nullptr; }
  StatusCode code() const { return rep_ ? rep_->code : StatusCode::kOk; }
  const std::string& message() const;
  ErrorKind kind() const { return rep_ ? rep_->kind : ErrorKind::kNone; }
  /// Argument i of the kind, or "" when there is none.
  const std::string& arg(std::size_t i) const;

  /// The same status with `context: ` before its message.
  Status with_context(std::string_view context) const;
  /// "kNotFound: message".
  std::string to_string() const;

  /// For the rare place where a failure is fine to drop; say why beside the call.
  void ignore() const {}

 private:
  struct Rep {
    StatusCode code;
    std::string message;
    ErrorKind kind;
    std::vector<std::string> args;
  };
  std::shared_ptr<const Rep> rep_;
};

/// A value or the Status that says why there is none.
template <typename T>
class [[nodiscard]] Result {
 public:
  using value_type = T;
  Result(T value) : rep_(std::move(value)) {}                              // NOLINT: implicit by design
  Result(Status status) : rep_(tl::make_unexpected(std::move(status))) {}  // NOLINT

  bool ok() const { return rep_.has_value(); }
  explicit operator bool() const { return ok(); }
  const T& value() const& { return *rep_; }
  T& value() & { return *rep_; }
  T&& value() && { return std::move(*rep_); }
  const T& operator*() const& { return *rep_; }
  T& operator*() & { return *rep_; }
  T&& operator*() && { return std::move(*rep_); }
  const T* operator->() const { return &*rep_; }
  T* operator->() { return &*rep_; }
  Status status() const { return ok() ? Status() : rep_.error(); }
  void ignore() const {}

 private:
  tl::expected<T, Status> rep_;
};

inline Status invalid_argument(std::string message) {
  return Status(StatusCode::kInvalidArgument, std::move(message));
}
inline Status not_found(std::string message) {
  return Status(StatusCode::kNotFound, std::move(message));
}
inline Status data_loss(std::string message) {
  return Status(StatusCode::kDataLoss, std::move(message));
}
inline Status internal_error(std::string message) {
  return Status(StatusCode::kInternal, std::move(message));
}
inline Status unimplemented(std::string message) {
  return Status(StatusCode::kUnimplemented, std::move(message));
}

}  // namespace alidade::base

namespace alidade {
using base::ErrorKind;
using base::Result;
using base::Status;
using base::StatusCode;
using base::data_loss;
using base::internal_error;
using base::invalid_argument;
using base::not_found;
using base::unimplemented;
}  // namespace alidade

#define ALD_CONCAT_INNER(a, b) a##b
#define ALD_CONCAT(a, b) ALD_CONCAT_INNER(a, b)

/// Returns from the enclosing function when the expression's Status is not ok.
#define ALD_RETURN_IF_ERROR(expression)                                  \
  do {                                                                   \
    if (::alidade::base::Status ald_status = (expression); !ald_status.ok()) { \
      return ald_status;                                                 \
    }                                                                    \
  } while (false)

/// ALD_ASSIGN(const auto x, f()): x is the value of the Result, or its Status is returned.
#define ALD_ASSIGN(declaration, expression) \
  ALD_ASSIGN_INNER(ALD_CONCAT(ald_result_, __LINE__), declaration, expression)
#define ALD_ASSIGN_INNER(result, declaration, expression) \
  auto result = (expression);                             \
  if (!result.ok()) return result.status();               \
  declaration = std::move(result).value()
