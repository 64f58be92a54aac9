// The small parts of the core: results, JSON, encodings, the back-off, worker threads.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <cmath>
#include <limits>

#include "alidade/client/json.h"
#include "alidade/client/workers.h"
#include "core/json_writer.h"
#include "core/retry.h"
#include "core/text.h"
#include "core/url.h"

namespace alidade::client::core {
namespace {

using std::chrono::milliseconds;

TEST(Result, HoldsAValueOrAnError) {
  const Result<int> good = 7;
  EXPECT_EQ(good.value(), 7);
  const Result<int> bad = Error{.kind = ErrorKind::kNotFound, .status = 404, .name = "NotFoundError", .message = "no x",
                                .request_id = "r1", .attempts = 2};
  EXPECT_FALSE(bad);
  EXPECT_EQ(bad.value_or(1), 1);
  try {
    (void)bad.value();
    FAIL();
  } catch (const Exception& error) {
    EXPECT_STREQ(error.what(), "not found (404 NotFoundError): no x [2 attempts] [request r1]");
    EXPECT_EQ(error.error(), bad.error());
  }
  EXPECT_THROW(Result<void>(Error{}).value(), Exception);
  EXPECT_NO_THROW(Result<void>().value());
}

TEST(Json, KeepsNumbersKindsAndOrder) {
  const std::string text =
      R"({"b":1,"a":1.0,"c":[null,true,"q\"\\\n\u0001é"],"d":{},"e":18446744073709551615,"f":-1e-7,"g":9007199254740993})";
  const auto json = Json::parse(text);
  ASSERT_TRUE(json) << json.error().to_text();
  EXPECT_EQ(json->find("b")->kind(), Json::Kind::kInt);
  EXPECT_EQ(json->find("a")->kind(), Json::Kind::kDouble);
  EXPECT_EQ(json->find("e")->kind(), Json::Kind::kUint);
  EXPECT_EQ(json->find("none"), nullptr);
  EXPECT_EQ(Json::parse(json->to_text()).value(), *json);
  EXPECT_EQ(json->to_text(), R"({"b":1,"a":1.0,"c":[null,true,"q\"\\\n\u0001é"],"d":{},"e":18446744073709551615,)"
                             R"("f":-1e-07,"g":9007199254740993})");
}

TEST(Json, RefusesWhatIsNone) {
  for (const std::string text : {"", "{", "nul", "[1,]", "{\"a\":1}x", "\xff", "\"\xff\"", "NaN"}) {
    const auto json = Json::parse(text);
    ASSERT_FALSE(json) << text;
    EXPECT_EQ(json.error().kind, ErrorKind::kBadAnswer);
  }
  const auto nested = [](std::size_t depth) { return std::string(depth, '[') + std::string(depth, ']'); };
  EXPECT_TRUE(Json::parse(nested(127)));
  EXPECT_FALSE(Json::parse(nested(200)));
  EXPECT_FALSE(Json::parse(nested(100000)));
}

TEST(Json, BuildsDocuments) {
  Json json;
  json.set("a", 1u).set("not used", 1);
  json.set("b", Json::Array{1.5, "x", nullptr}).push_back(true);
  json.set("c", std::numeric_limits<double>::infinity());
  EXPECT_EQ(json.to_text(), R"({"a":{"not used":1},"b":[1.5,"x",null,true],"c":null})");
  EXPECT_EQ(Json(std::uint64_t{5}), Json(5));
}

TEST(JsonWriter, WritesFloatsThatReadBack) {
  const std::vector<float> values = {0.1F, -1.17549435e-38F, 3.4028235e38F, 1.0F, 0.0F, -2.5e-10F, 16777217.0F};
  std::string out;
  JsonWriter(out).floats(values);
  const auto json = Json::parse(out);
  ASSERT_TRUE(json) << out;
  for (std::size_t i = 0; i < values.size(); ++i) {
    EXPECT_EQ(static_cast<float>((*json->if_array())[i].number_or(NAN)), values[i]);
  }
  out.clear();
  JsonWriter(out).floats({});
  EXPECT_EQ(out, "[]");
  out.clear();
  const std::vector<float> odd = {NAN, 1, -0.0F};
  JsonWriter(out).floats(odd);
  EXPECT_EQ(out, "[null,1,-0.0]");
  out.clear();
  JsonWriter(out).base64_floats(std::vector<float>{1.0F});
  EXPECT_EQ(out, "\"AACAPw==\"");
}

TEST(Text, Encodes) {
  EXPECT_EQ(percent_encode("a b/c?é"), "a%20b%2Fc%3F%C3%A9");
  EXPECT_EQ(percent_encode(".."), "%2E%2E");
  EXPECT_EQ(percent_encode("a..b"), "a..b");
  EXPECT_EQ(base64(""), "");
  EXPECT_EQ(base64("a"), "YQ==");
  EXPECT_EQ(base64("ab"), "YWI=");
  EXPECT_EQ(base64("abc"), "YWJj");
  const std::vector<std::string> secrets = {"key1", "x"};
  EXPECT_EQ(without("a key1key1 x", secrets), "a ****** x");
}

TEST(Url, ParsesEndpoints) {
  const auto origin = [](std::string_view url) {
    const auto endpoint = parse_endpoint(url);
    return endpoint ? endpoint->origin + "|" + endpoint->prefix : "bad";
  };
  EXPECT_EQ(origin("http://localhost:8000"), "http://localhost:8000|");
  EXPECT_EQ(origin("HTTPS://Example.com:443/"), "https://example.com|");
  EXPECT_EQ(origin("https://x/a/b//"), "https://x|/a/b");
  EXPECT_EQ(origin("host:9000"), "http://host:9000|");
  EXPECT_EQ(origin("http://[::1]:8000"), "http://[::1]:8000|");
  EXPECT_EQ(origin("http://x:99999"), "bad");
  EXPECT_EQ(origin("://"), "bad");
  EXPECT_EQ(parse_endpoint("http://u%40:p%3a@h")->password, "p:");
}

TEST(Retry, WaitsTwiceAsLongEachTime) {
  RetryOptions options;
  options.jitter = false;
  EXPECT_EQ(backoff(options, 0, 0.5), milliseconds(200));
  EXPECT_EQ(backoff(options, 1, 0.5), milliseconds(400));
  EXPECT_EQ(backoff(options, 2, 0.5), milliseconds(800));
  EXPECT_EQ(backoff(options, 1000000, 0.5), milliseconds(5000));
  options.jitter = true;
  EXPECT_EQ(backoff(options, 0, 0), milliseconds(200));
  EXPECT_EQ(backoff(options, 0, 0.5), milliseconds(300));
  options.min_delay = milliseconds(-5);
  EXPECT_EQ(backoff(options, 3, 0.5), milliseconds(0));
}

TEST(Retry, ReadsRetryAfter) {
  const auto now = std::chrono::system_clock::from_time_t(784111777);  // Sun, 06 Nov 1994 08:49:37 GMT
  EXPECT_EQ(parse_retry_after(" 3 ", now), milliseconds(3000));
  EXPECT_EQ(parse_retry_after("0", now), milliseconds(0));
  EXPECT_EQ(parse_retry_after("Sun, 06 Nov 1994 08:49:47 GMT", now), milliseconds(10000));
  EXPECT_EQ(parse_retry_after("Sun, 06 Nov 1994 08:49:27 GMT", now), milliseconds(0));
  EXPECT_GT(parse_retry_after("Sun, 06 Nov 8000 08:49:47 GMT", now), milliseconds(1000000));
  EXPECT_EQ(parse_retry_after("", now), std::nullopt);
  EXPECT_EQ(parse_retry_after("soon", now), std::nullopt);
  EXPECT_EQ(parse_retry_after("-1", now), std::nullopt);
  EXPECT_GT(parse_retry_after("99999999999999999999999", now), milliseconds(1000000));
}

TEST(Workers, RunTasksForFuturesAndCallbacks) {
  Workers workers(2);
  auto seven = workers.run([] { return 7; });
  EXPECT_EQ(seven.get(), 7);
  std::promise<int> promise;
  workers.run([] { return 8; }, [&](int value) { promise.set_value(value); });
  EXPECT_EQ(promise.get_future().get(), 8);
}

TEST(Workers, TheEndWaitsForTasks) {
  std::atomic<int> done = 0;
  {
    Workers workers(3, 2);
    for (int i = 0; i < 100; ++i) workers.submit([&] { ++done; });
  }
  EXPECT_EQ(done, 100);
}

TEST(Workers, ATaskMayBeTheLastOwner) {
  std::promise<void> promise;
  auto future = promise.get_future();
  {
    auto workers = std::make_shared<Workers>(1);
    auto go = std::make_shared<std::promise<void>>();
    workers->submit([workers, wait = go->get_future().share(), &promise]() mutable {
      wait.get();
      workers.reset();
      promise.set_value();
    });
    workers.reset();
    go->set_value();
  }
  EXPECT_EQ(future.wait_for(std::chrono::seconds(30)), std::future_status::ready);
}

}  // namespace
}  // namespace alidade::client::core
