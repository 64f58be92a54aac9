#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "alidade/version.h"

namespace alidade::client::inline v0 {

enum class LogLevel : std::uint8_t { kTrace, kDebug, kInfo, kWarning, kError };

ALIDADE_API std::string_view to_text(LogLevel level);

/// One thing that happened to a request. Holds no header and no body; keys, tokens and the user part of
/// a URL are replaced by "***" wherever they would stand. Valid during the hook only.
struct LogEvent {
  LogLevel level = LogLevel::kDebug;
  /// "request", "answer", "retry" or "failure".
  std::string_view event = {};
  /// Name of the client's method ("collection_query").
  std::string_view operation = {};
  std::string_view method = {};
  std::string_view url = {};
  /// 0 while there is no answer.
  int status = 0;
  /// 1 for the first.
  int attempt = 0;
  std::chrono::microseconds elapsed{0};
  /// How long the client waits before it tries again ("retry" only).
  std::chrono::milliseconds delay{0};
  std::string_view message = {};
};

/// Called on the thread that makes the request, by several threads at a time; must not throw.
using Logger = std::function<void(const LogEvent&)>;

/// Receives the measures. Called by several threads at a time; must not throw.
class ALIDADE_API Metrics {
 public:
  virtual ~Metrics();
  /// One answer was read whole. @param status its HTTP status, 0 when none came.
  virtual void record_latency(std::string_view operation, int status, double latency_ms) = 0;
  /// A request is about to be sent again.
  virtual void count_retry(std::string_view operation) = 0;
};

/// Metrics kept in the process: a histogram `<prefix>_request_latency_ms` by operation and status, and a
/// counter `<prefix>_retry_count` by operation. Thread-safe.
class ALIDADE_API LatencyMetrics final : public Metrics {
 public:
  /// Upper bounds of the buckets, in milliseconds; one more counts what is above.
  static constexpr std::array<double, 14> kBounds = {0.5, 1, 2.5, 5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10000};
  struct Histogram {
    std::array<std::uint64_t, kBounds.size() + 1> counts{};
    std::uint64_t count = 0;
    double sum_ms = 0;
  };
  struct Snapshot {
    std::map<std::pair<std::string, int>, Histogram> latency;
    std::map<std::string, std::uint64_t> retries;
  };

  explicit LatencyMetrics(std::string prefix = "chroma_client");
  ~LatencyMetrics() override;
  LatencyMetrics(const LatencyMetrics&) = delete;
  LatencyMetrics& operator=(const LatencyMetrics&) = delete;

  void record_latency(std::string_view operation, int status, double latency_ms) override;
  void count_retry(std::string_view operation) override;

  Snapshot snapshot() const;
  /// The text format of Prometheus.
  std::string to_prometheus() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

struct Hooks {
  Logger logger = {};
  /// Events below it are not made.
  LogLevel log_level = LogLevel::kDebug;
  std::shared_ptr<Metrics> metrics = {};
};

}  // namespace alidade::client::inline v0
