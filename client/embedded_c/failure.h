#pragma once

#include <cstdint>
#include <exception>
#include <new>
#include <optional>
#include <string>
#include <string_view>

#include "alidade/alidade.h"

namespace alidade::embedded_c {

/// Why a call of the C interface fails.
struct Failure {
  ald_status status = ALD_INTERNAL;
  int http_status = 0;
  std::string name = {};
  std::string message = {};
};
/// Nothing when the call succeeded.
using Outcome = std::optional<Failure>;

Failure failure(ald_status status, std::string message);

/// Fills the caller's error, as far as it goes, and its status.
/// @param error may be nullptr.
ald_status report(ald_error* error, const Failure& failure) noexcept;
ald_status report_ok(ald_error* error) noexcept;
ald_status report_no_memory(ald_error* error) noexcept;

/// The edge of the C interface: runs the call, and turns whatever it throws into a status.
template <typename Work>
ald_status guarded(ald_error* error, Work work) noexcept {
  try {
    const Outcome failed = work();
    return failed ? report(error, *failed) : report_ok(error);
  } catch (const std::bad_alloc&) {
    return report_no_memory(error);
  } catch (const std::exception& escaped) {
    try {
      return report(error, failure(ALD_INTERNAL, escaped.what()));
    } catch (...) {
      return report_no_memory(error);
    }
  } catch (...) {
    return report_no_memory(error);
  }
}

/// Whether a struct of the caller is at least as large as its first version.
template <typename Struct>
Outcome check_size(const Struct& given, std::string_view name) {
  if (given.struct_size >= sizeof(Struct)) return std::nullopt;
  return failure(ALD_INVALID_ARGUMENT, std::string(name) + ": struct_size is not set (use its _INIT macro)");
}

/// Whether a text is there, is UTF-8, and not longer than a call may bring.
Outcome check_text(const char* text, std::string_view name);

}  // namespace alidade::embedded_c
