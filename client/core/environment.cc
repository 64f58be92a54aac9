#include "core/environment.h"

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <optional>
#include <string_view>
#include <utility>

namespace alidade::client::inline v0::core {
namespace {

Result<std::optional<int>> number(const char* name) {
  const std::string text = environment_or(name, "");
  if (text.empty()) return std::optional<int>();
  constexpr int kDayMs = 24 * 3600 * 1000;
  int value = 0;
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (failure != std::errc() || end != text.data() + text.size() || value < 0 || value > kDayMs) {
    Error error;
    error.kind = ErrorKind::kInvalidArgument;
    error.message = std::string(name) + ": expected a whole number from 0 to 86400000, got '" + text + "'";
    return error;
  }
  return std::optional<int>(value);
}

}  // namespace

std::string environment_or(const char* name, std::string otherwise) {
  const char* value = std::getenv(name);
  return value == nullptr || *value == '\0' ? std::move(otherwise) : std::string(value);
}

Result<void> read_environment(RetryOptions& retry, ConnectionOptions& connection) {
  const auto max_retries = number("MAX_RETRIES");
  if (!max_retries) return max_retries.error();
  const auto delay = number("RETRY_DELAY_MS");
  if (!delay) return delay.error();
  const auto connect = number("CONNECTION_TIMEOUT_MS");
  if (!connect) return connect.error();
  const auto request = number("REQUEST_TIMEOUT_MS");
  if (!request) return request.error();
  if (*max_retries) retry.max_retries = **max_retries;
  if (*delay) {
    retry.min_delay = std::chrono::milliseconds(**delay);
    retry.max_delay = std::max(retry.max_delay, retry.min_delay);
  }
  if (*connect) connection.connect_timeout = std::chrono::milliseconds(**connect);
  if (*request) connection.request_timeout = std::chrono::milliseconds(**request);
  return {};
}

}  // namespace alidade::client::inline v0::core
