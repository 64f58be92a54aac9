#include "embedded_c/failure.h"

#include <simdjson.h>

#include <algorithm>
#include <cstddef>
#include <cstring>

namespace alidade::embedded_c {
namespace {

// Cuts where a character begins.
void copy_text(std::string_view text, char* out, std::size_t size) noexcept {
  std::size_t length = std::min(text.size(), size - 1);
  if (length < text.size()) {
    while (length > 0 && (static_cast<unsigned char>(text[length]) & 0xC0U) == 0x80U) --length;
  }
  std::memcpy(out, text.data(), length);
  out[length] = '\0';
}

ald_status fill(ald_error* error, ald_status status, int http_status, std::string_view name,
                std::string_view message) noexcept {
  if (error == nullptr || error->struct_size < sizeof(ald_error)) return status;
  error->status = status;
  error->http_status = http_status;
  copy_text(name, error->name, sizeof error->name);
  copy_text(message, error->message, sizeof error->message);
  return status;
}

}  // namespace

Failure failure(ald_status status, std::string message) {
  return {.status = status, .http_status = 0, .name = {}, .message = std::move(message)};
}

ald_status report(ald_error* error, const Failure& failure) noexcept {
  return fill(error, failure.status, failure.http_status, failure.name, failure.message);
}

ald_status report_ok(ald_error* error) noexcept { return fill(error, ALD_OK, 0, "", ""); }

ald_status report_no_memory(ald_error* error) noexcept {
  return fill(error, ALD_OUT_OF_MEMORY, 0, "", "there is no memory for this call");
}

Outcome check_text(const char* text, std::string_view name) {
  const auto refuse = [name](ald_status status, std::string_view what) {
    return failure(status, std::string(name) + std::string(what));
  };
  if (text == nullptr) return refuse(ALD_INVALID_ARGUMENT, " is NULL");
  const std::size_t size = ::strnlen(text, ALD_MAX_BYTES);
  if (size == ALD_MAX_BYTES) return refuse(ALD_TOO_LARGE, " is longer than ALD_MAX_BYTES");
  if (!simdjson::validate_utf8(text, size)) return refuse(ALD_INVALID_ARGUMENT, " is not valid UTF-8");
  return std::nullopt;
}

extern "C" const char* ald_status_text(ald_status status) {
  static constexpr const char* kTexts[] = {
      "ok",        "invalid argument", "invalid handle", "closed",   "in use", "timeout",       "cancelled", "too large",
      "no memory", "not found",        "already exists", "rejected", "busy",   "unimplemented", "damaged",   "i/o error",
      "internal error"};
  static_assert(sizeof kTexts / sizeof *kTexts == ALD_INTERNAL + 1);
  return status < 0 || status > ALD_INTERNAL ? "unknown status" : kTexts[status];
}

}  // namespace alidade::embedded_c
