#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

#include "base/json.h"
#include "observe/log.h"
#include "observe/metrics.h"

namespace alidade::observe {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

TEST(Metrics, AreWrittenInPrometheusForm) {
  Metrics metrics;
  metrics.counter(kOperationsTotal, {{"face", "qdrant_rest"}, {"operation", "x"}, {"code", "kOk"}})
      .add(3);
  metrics.gauge(kConnections).set(2.5);
  metrics.histogram(kOperationSeconds, {{"operation", "x"}}).observe(0.003);
  metrics.histogram(kOperationSeconds, {{"operation", "x"}}).observe(100);
  const std::string text = metrics.text();
  EXPECT_THAT(
      text,
      HasSubstr("# TYPE alidade_operations_total counter\n"
                "alidade_operations_total{face=\"qdrant_rest\",operation=\"x\",code=\"kOk\"} 3\n"));
  EXPECT_THAT(text, HasSubstr("\nalidade_connections 2.5\n"));
  EXPECT_THAT(text,
              HasSubstr("alidade_operation_seconds_bucket{operation=\"x\",le=\"0.002\"} 0\n"));
  EXPECT_THAT(text,
              HasSubstr("alidade_operation_seconds_bucket{operation=\"x\",le=\"0.005\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("alidade_operation_seconds_bucket{operation=\"x\",le=\"+Inf\"} 2\n"));
  EXPECT_THAT(text, HasSubstr("alidade_operation_seconds_count{operation=\"x\"} 2\n"));
}

TEST(Metrics, EscapeLabels) {
  MetricsText text;
  text.family("a", MetricType::kGauge, "one\ntwo");
  text.sample({{"l", "q\"b\\n\n"}}, std::uint64_t{1});
  EXPECT_EQ(text.take(), "# HELP a one\\ntwo\n# TYPE a gauge\na{l=\"q\\\"b\\\\n\\n\"} 1\n");
}

TEST(Metrics, KeepOneMetricPerNameAndLabels) {
  Metrics metrics;
  EXPECT_EQ(&metrics.counter(kOperationsTotal, {{"a", "1"}}),
            &metrics.counter(kOperationsTotal, {{"a", "1"}}));
  EXPECT_NE(&metrics.counter(kOperationsTotal, {{"a", "1"}}),
            &metrics.counter(kOperationsTotal, {{"a", "2"}}));
}

TEST(Metrics, CountFromManyThreads) {
  Metrics metrics;
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&] {
      for (int i = 1; i <= 1000; ++i)
        metrics.histogram(kRestResponses, {{"status", "200"}}).observe(i * 0.001);
    });
  }
  for (auto& thread : threads) thread.join();
  const auto all = metrics.histograms(kRestResponses);
  ASSERT_EQ(all.size(), 1u);
  EXPECT_EQ(all[0].second.count, 4000u);
  EXPECT_DOUBLE_EQ(all[0].second.min, 0.001);
  EXPECT_DOUBLE_EQ(all[0].second.max, 1.0);
  EXPECT_NEAR(all[0].second.sum, 4 * 500.5, 1e-6);
}

TEST(Log, WritesOneJsonObjectPerLine) {
  std::string out;
  Log log(
      LogLevel::kInfo, [] { return std::int64_t{1'700'000'000'000'042}; },
      [&](std::string_view line) { out += line; });
  log.debug("not shown");
  log.info("a \"quoted\"\nline", {{"text", "x\ny"}, {"count", 3}, {"share", 0.5}, {"on", true}});
  ASSERT_EQ(std::count(out.begin(), out.end(), '\n'), 1);
  EXPECT_THAT(out, StartsWith("{\"time\":\"2023-11-14T22:13:20.000042Z\",\"level\":\"info\","));
  const auto value = base::json::parse(out);
  ASSERT_TRUE(value.ok());
  EXPECT_EQ(value->find("message")->as_string(), "a \"quoted\"\nline");
  EXPECT_EQ(value->find("text")->as_string(), "x\ny");
  EXPECT_EQ(value->find("count")->as_int(), 3);
  EXPECT_TRUE(value->find("on")->as_bool());
  log.set_level(LogLevel::kOff);
  log.error("silent");
  EXPECT_EQ(std::count(out.begin(), out.end(), '\n'), 1);
}

TEST(Log, KnowsItsLevels) {
  EXPECT_EQ(log_level_from("trace"), LogLevel::kTrace);
  EXPECT_EQ(log_level_from("off"), LogLevel::kOff);
  EXPECT_EQ(log_level_from("?"), LogLevel::kInfo);
}

}  // namespace
}  // namespace alidade::observe
