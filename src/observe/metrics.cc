#include "observe/metrics.h"

#include <algorithm>
#include <charconv>
#include <cmath>

#include "base/check.h"

namespace alidade::observe {
namespace {

std::string number_text(double value) {
  if (std::isnan(value)) return "NaN";
  if (std::isinf(value)) return value > 0 ? "+Inf" : "-Inf";
  char buffer[32];
  const auto [end, error] = std::to_chars(buffer, buffer + sizeof buffer, value);
  return std::string(buffer, end);
}

void append_escaped(std::string& out, std::string_view text, bool is_label) {
  for (const char c : text) {
    if (c == '\\') {
      out += "\\\\";
    } else if (c == '\n') {
      out += "\\n";
    } else if (c == '"' && is_label) {
      out += "\\\"";
    } else {
      out.push_back(c);
    }
  }
}

std::string_view type_text(MetricType type) {
  switch (type) {
    case MetricType::kCounter:
      return "counter";
    case MetricType::kGauge:
      return "gauge";
    case MetricType::kHistogram:
      return "histogram";
  }
  return "untyped";
}

template <typename Better>
void replace_when(std::atomic<double>& place, double value, Better better) {
  double seen = place.load(std::memory_order_relaxed);
  while (better(value, seen) &&
         !place.compare_exchange_weak(seen, value, std::memory_order_relaxed)) {
  }
}

}  // namespace

void Histogram::observe(double seconds) {
  const auto bound = std::lower_bound(kBounds.begin(), kBounds.end(), seconds);
  buckets_[static_cast<std::size_t>(bound - kBounds.begin())].fetch_add(1,
                                                                        std::memory_order_relaxed);
  sum_.fetch_add(seconds, std::memory_order_relaxed);
  replace_when(min_, seconds, std::less<>());
  replace_when(max_, seconds, std::greater<>());
}

Histogram::Snapshot Histogram::snapshot() const {
  Snapshot snapshot;
  for (std::size_t i = 0; i < buckets_.size(); ++i) {
    snapshot.buckets[i] = buckets_[i].load(std::memory_order_relaxed);
    snapshot.count += snapshot.buckets[i];
  }
  snapshot.sum = sum_.load(std::memory_order_relaxed);
  snapshot.max = max_.load(std::memory_order_relaxed);
  const double min = min_.load(std::memory_order_relaxed);
  snapshot.min = std::isinf(min) ? 0 : min;
  return snapshot;
}

void MetricsText::family(std::string_view name, MetricType type, std::string_view help) {
  name_ = name;
  text_.append("# HELP ").append(name).append(" ");
  append_escaped(text_, help, false);
  text_.append("\n# TYPE ").append(name).append(" ").append(type_text(type)).append("\n");
}

void MetricsText::line(std::string_view suffix, const Labels& labels, std::string_view value) {
  text_.append(name_).append(suffix);
  char separator = '{';
  for (const auto& [key, label] : labels) {
    text_.push_back(separator);
    text_.append(key).append("=\"");
    append_escaped(text_, label, true);
    text_.push_back('"');
    separator = ',';
  }
  if (!labels.empty()) text_.push_back('}');
  text_.append(" ").append(value).append("\n");
}

void MetricsText::sample(const Labels& labels, double value) {
  line("", labels, number_text(value));
}

void MetricsText::sample(const Labels& labels, std::uint64_t value) {
  line("", labels, std::to_string(value));
}

void MetricsText::histogram(const Labels& labels, const Histogram::Snapshot& snapshot) {
  Labels with_bound = labels;
  with_bound.emplace_back("le", "");
  std::uint64_t below = 0;
  for (std::size_t i = 0; i < Histogram::kBounds.size(); ++i) {
    below += snapshot.buckets[i];
    with_bound.back().second = number_text(Histogram::kBounds[i]);
    line("_bucket", with_bound, std::to_string(below));
  }
  with_bound.back().second = "+Inf";
  line("_bucket", with_bound, std::to_string(snapshot.count));
  line("_sum", labels, number_text(snapshot.sum));
  line("_count", labels, std::to_string(snapshot.count));
}

template <typename T>
T& Metrics::find_or_add(Families<T>& families, const MetricName& name, const Labels& labels) {
  auto& family = families.by_name[name.name];
  family.first = name;
  auto& slot = family.second[labels];
  if (!slot) slot = std::make_unique<T>();
  return *slot;
}

Counter& Metrics::counter(const MetricName& name, const Labels& labels) {
  ALD_CHECK(name.type == MetricType::kCounter);
  base::MutexLock lock(mutex_);
  return find_or_add(counters_, name, labels);
}

Gauge& Metrics::gauge(const MetricName& name, const Labels& labels) {
  ALD_CHECK(name.type == MetricType::kGauge);
  base::MutexLock lock(mutex_);
  return find_or_add(gauges_, name, labels);
}

Histogram& Metrics::histogram(const MetricName& name, const Labels& labels) {
  ALD_CHECK(name.type == MetricType::kHistogram);
  base::MutexLock lock(mutex_);
  return find_or_add(histograms_, name, labels);
}

std::vector<std::pair<Labels, Histogram::Snapshot>> Metrics::histograms(
    const MetricName& name) const {
  std::vector<std::pair<Labels, Histogram::Snapshot>> out;
  base::MutexLock lock(mutex_);
  const auto found = histograms_.by_name.find(name.name);
  if (found == histograms_.by_name.end()) return out;
  for (const auto& [labels, histogram] : found->second.second) {
    out.emplace_back(labels, histogram->snapshot());
  }
  return out;
}

std::string Metrics::text() const {
  MetricsText text;
  base::MutexLock lock(mutex_);
  const auto begin = [&text](const MetricName& name) {
    text.family(name.name, name.type, name.help);
  };
  for (const auto& [unused, family] : counters_.by_name) {
    begin(family.first);
    for (const auto& [labels, counter] : family.second) text.sample(labels, counter->value());
  }
  for (const auto& [unused, family] : gauges_.by_name) {
    begin(family.first);
    for (const auto& [labels, gauge] : family.second) text.sample(labels, gauge->value());
  }
  for (const auto& [unused, family] : histograms_.by_name) {
    begin(family.first);
    for (const auto& [labels, histogram] : family.second)
      text.histogram(labels, histogram->snapshot());
  }
  return text.take();
}

}  // namespace alidade::observe
