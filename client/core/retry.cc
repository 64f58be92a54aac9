#include "core/retry.h"

#include <curl/curl.h>

#include <algorithm>
#include <charconv>
#include <condition_variable>
#include <mutex>
#include <random>
#include <string>

namespace alidade::client::inline v0::core {
namespace {

// Of a wait, in seconds. A year is as good as for ever, and far from the ends of the clock.
constexpr std::int64_t kLongest = 365 * 24 * 3600;

}  // namespace

std::chrono::milliseconds backoff(const RetryOptions& options, int retry, double random) {
  const auto shortest = static_cast<double>(std::max<std::int64_t>(options.min_delay.count(), 0));
  const auto longest = static_cast<double>(std::max<std::int64_t>(options.max_delay.count(), 0));
  double delay = shortest;
  for (int i = 0; i < retry && delay < longest; ++i) delay *= 2;
  delay = std::min(delay, longest);
  if (options.jitter) delay += delay * random;
  return std::chrono::milliseconds(static_cast<std::int64_t>(delay));
}

std::optional<std::chrono::milliseconds> parse_retry_after(std::string_view value,
                                                           std::chrono::system_clock::time_point now) {
  while (value.starts_with(' ') || value.starts_with('\t')) value.remove_prefix(1);
  while (value.ends_with(' ') || value.ends_with('\t')) value.remove_suffix(1);
  if (value.empty()) return std::nullopt;
  if (value.find_first_not_of("0123456789") == std::string_view::npos) {
    std::int64_t seconds = 0;
    const auto parsed = std::from_chars(value.data(), value.data() + value.size(), seconds);
    if (parsed.ec != std::errc()) seconds = kLongest;
    return std::chrono::seconds(std::min(seconds, kLongest));
  }
  const time_t date = curl_getdate(std::string(value).c_str(), nullptr);
  if (date < 0) return std::nullopt;
  // In seconds: a clock of nanoseconds ends with the year 2262, a date need not.
  const auto until = static_cast<std::int64_t>(date) - static_cast<std::int64_t>(std::chrono::system_clock::to_time_t(now));
  return std::chrono::seconds(std::clamp<std::int64_t>(until, 0, kLongest));
}

double random_fraction() {
  thread_local std::minstd_rand generator{std::random_device{}()};
  return std::uniform_real_distribution<double>(0, 1)(generator);
}

bool sleep_for(std::chrono::milliseconds time, const std::stop_token& stop) {
  std::mutex mutex;
  std::condition_variable_any never;
  std::unique_lock lock(mutex);
  never.wait_for(lock, stop, time, [] { return false; });
  return !stop.stop_requested();
}

}  // namespace alidade::client::inline v0::core
