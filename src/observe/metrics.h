#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/mutex.h"
#include "observe/metric_names.h"

namespace alidade::observe {

/// Name and value of each label, in the order they are written.
using Labels = std::vector<std::pair<std::string, std::string>>;

class Counter {
 public:
  void add(std::uint64_t count = 1) { value_.fetch_add(count, std::memory_order_relaxed); }
  std::uint64_t value() const { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<std::uint64_t> value_{0};
};

class Gauge {
 public:
  void set(double value) { value_.store(value, std::memory_order_relaxed); }
  double value() const { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<double> value_{0};
};

/// Durations in seconds, in buckets from half a millisecond to ten seconds.
class Histogram {
 public:
  static constexpr std::array<double, 14> kBounds = {0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05,
                                                     0.1,    0.2,   0.5,   1,     2,    5,    10};
  struct Snapshot {
    std::array<std::uint64_t, kBounds.size() + 1>
        buckets{};  // Not cumulative; the last is the rest.
    std::uint64_t count = 0;
    double sum = 0;
    double min = 0;  // 0 while the count is.
    double max = 0;
  };

  void observe(double seconds);
  Snapshot snapshot() const;

 private:
  std::array<std::atomic<std::uint64_t>, kBounds.size() + 1> buckets_{};
  std::atomic<double> sum_{0};
  std::atomic<double> min_{std::numeric_limits<double>::infinity()};
  std::atomic<double> max_{0};
};

/// Writes the Prometheus text format (version 0.0.4), family by family.
class MetricsText {
 public:
  void family(std::string_view name, MetricType type, std::string_view help);
  void sample(const Labels& labels, double value);
  void sample(const Labels& labels, std::uint64_t value);
  void histogram(const Labels& labels, const Histogram::Snapshot& snapshot);
  std::string take() { return std::move(text_); }

 private:
  void line(std::string_view suffix, const Labels& labels, std::string_view value);

  std::string name_;
  std::string text_;
};

inline constexpr std::string_view kMetricsContentType = "text/plain; charset=utf-8";

/// All counters, gauges and histograms of the process. Any thread. What is returned lives as long
/// as this; hot paths keep the reference.
class Metrics {
 public:
  Counter& counter(const MetricName& name, const Labels& labels = {});
  Gauge& gauge(const MetricName& name, const Labels& labels = {});
  Histogram& histogram(const MetricName& name, const Labels& labels = {});

  /// The histograms of one name with their labels, ordered by label values: for a face that shows
  /// them under its peer's names.
  std::vector<std::pair<Labels, Histogram::Snapshot>> histograms(const MetricName& name) const;

  /// Everything, ordered by name and labels.
  std::string text() const;

 private:
  template <typename T>
  using Family = std::map<Labels, std::unique_ptr<T>>;
  template <typename T>
  struct Families {
    std::map<std::string_view, std::pair<MetricName, Family<T>>> by_name;
  };
  template <typename T>
  T& find_or_add(Families<T>& families, const MetricName& name, const Labels& labels);

  mutable base::Mutex mutex_;
  Families<Counter> counters_ ALD_GUARDED_BY(mutex_);
  Families<Gauge> gauges_ ALD_GUARDED_BY(mutex_);
  Families<Histogram> histograms_ ALD_GUARDED_BY(mutex_);
};

}  // namespace alidade::observe
