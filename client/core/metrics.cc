#include <algorithm>
#include <array>
#include <charconv>
#include <mutex>

#include "alidade/client/hooks.h"

namespace alidade::client::inline v0 {

std::string_view to_text(LogLevel level) {
  constexpr std::array<std::string_view, 5> kNames = {"trace", "debug", "info", "warning", "error"};
  return kNames[static_cast<std::size_t>(level)];
}

Metrics::~Metrics() = default;

struct LatencyMetrics::State {
  std::string prefix;
  mutable std::mutex mutex;
  Snapshot snapshot;  // Guarded by mutex.
};

LatencyMetrics::LatencyMetrics(std::string prefix) : state_(std::make_unique<State>()) {
  state_->prefix = std::move(prefix);
}

LatencyMetrics::~LatencyMetrics() = default;

void LatencyMetrics::record_latency(std::string_view operation, int status, double latency_ms) {
  const auto bucket = std::lower_bound(kBounds.begin(), kBounds.end(), latency_ms) - kBounds.begin();
  const std::lock_guard lock(state_->mutex);
  Histogram& histogram = state_->snapshot.latency[{std::string(operation), status}];
  ++histogram.counts[static_cast<std::size_t>(bucket)];
  ++histogram.count;
  histogram.sum_ms += latency_ms;
}

void LatencyMetrics::count_retry(std::string_view operation) {
  const std::lock_guard lock(state_->mutex);
  ++state_->snapshot.retries[std::string(operation)];
}

LatencyMetrics::Snapshot LatencyMetrics::snapshot() const {
  const std::lock_guard lock(state_->mutex);
  return state_->snapshot;
}

namespace {

std::string number(double value) {
  std::array<char, 32> buffer;
  return {buffer.data(), std::to_chars(buffer.data(), buffer.data() + buffer.size(), value).ptr};
}

}  // namespace

std::string LatencyMetrics::to_prometheus() const {
  const Snapshot now = snapshot();
  const std::string latency = state_->prefix + "_request_latency_ms";
  const std::string retries = state_->prefix + "_retry_count";
  std::string out = "# TYPE " + latency + " histogram\n";
  for (const auto& [key, histogram] : now.latency) {
    const std::string labels = "operation=\"" + key.first + "\",status_code=\"" + std::to_string(key.second) + "\"";
    std::uint64_t below = 0;
    for (std::size_t i = 0; i < histogram.counts.size(); ++i) {
      below += histogram.counts[i];
      const std::string bound = i < kBounds.size() ? number(kBounds[i]) : "+Inf";
      out += latency + "_bucket{" + labels + ",le=\"" + bound + "\"} " + std::to_string(below) + "\n";
    }
    out += latency + "_sum{" + labels + "} " + number(histogram.sum_ms) + "\n";
    out += latency + "_count{" + labels + "} " + std::to_string(histogram.count) + "\n";
  }
  out += "# TYPE " + retries + " counter\n";
  for (const auto& [operation, count] : now.retries) {
    out += retries + "{operation=\"" + operation + "\"} " + std::to_string(count) + "\n";
  }
  return out;
}

}  // namespace alidade::client::inline v0
