#pragma once

#include <chrono>
#include <optional>
#include <stop_token>
#include <string_view>

#include "alidade/client/options.h"

namespace alidade::client::inline v0::core {

/// The wait before retry number `retry` (0 for the first): min_delay × 2^retry, at most max_delay, and with
/// jitter up to as much again. @param random in [0, 1).
std::chrono::milliseconds backoff(const RetryOptions& options, int retry, double random);

/// What a Retry-After header asks for: seconds, or a date. Nothing when it is neither; a date that has
/// passed is zero.
std::optional<std::chrono::milliseconds> parse_retry_after(std::string_view value,
                                                           std::chrono::system_clock::time_point now);

/// In [0, 1); a generator of its own for each thread.
double random_fraction();

/// Sleeps. @return false when `stop` was set, at once.
bool sleep_for(std::chrono::milliseconds time, const std::stop_token& stop);

}  // namespace alidade::client::inline v0::core
