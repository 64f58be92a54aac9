// The one call that every client is made of, against a server that misbehaves as told.

#include "core/http_client.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <thread>

#include "testing/stub_server.h"

namespace alidade::client::core {
namespace {

using std::chrono::milliseconds;
using testing::StubServer;
using Clock = std::chrono::steady_clock;

class HttpClientTest : public ::testing::Test {
 protected:
  HttpSettings settings() const {
    HttpSettings settings;
    settings.endpoint = server_.url();
    settings.user_agent = "stub test";
    settings.connection.proxy = "none";
    settings.retry.min_delay = settings.retry.max_delay = milliseconds(1);
    settings.retry.jitter = false;
    settings.read_error = [](const HttpResponse& response, Error& error) { error.message = response.body; };
    return settings;
  }

  static Result<HttpResponse> send(const HttpSettings& settings, Call call, const CallOptions& options = {}) {
    auto client = HttpClient::make(settings);
    EXPECT_TRUE(client) << client.error().to_text();
    call.operation = "test";
    if (call.path.empty()) call.path = "/x";
    return (*client)->send(call, options);
  }

  Result<HttpResponse> get(const CallOptions& options = {}) const { return send(settings(), {}, options); }
  Result<HttpResponse> post(const CallOptions& options = {}) const {
    return send(settings(), {.method = "POST", .body = "{\"a\":1}"}, options);
  }

  StubServer server_;
};

TEST_F(HttpClientTest, SendsMethodPathQueryBodyAndHeaders) {
  auto with = settings();
  with.endpoint += "/prefix/";
  with.headers = {{"X-Key", "secret", true}, {"X-Empty", "", false}};
  CallOptions options;
  options.headers = {{"traceparent", "00-1-2-03", false}};
  const auto answer = send(with, {.method = "PUT", .path = "/a%20b", .query = "n=1", .body = "[1]"}, options);
  ASSERT_TRUE(answer) << answer.error().to_text();
  EXPECT_EQ(answer->status, 200);
  EXPECT_EQ(answer->header("content-type"), "application/json");
  const auto request = server_.requests().at(0);
  EXPECT_EQ(request.method, "PUT");
  EXPECT_EQ(request.target, "/prefix/a%20b?n=1");
  EXPECT_EQ(request.body, "[1]");
  EXPECT_EQ(request.header("x-key"), "secret");
  EXPECT_TRUE(request.headers.contains("x-empty"));
  EXPECT_EQ(request.header("user-agent"), "stub test");
  EXPECT_EQ(request.header("content-type"), "application/json");
  EXPECT_EQ(request.header("traceparent"), "00-1-2-03");
  EXPECT_FALSE(request.headers.contains("expect"));
}

TEST_F(HttpClientTest, EveryMethodArrivesAsItself) {
  for (const std::string_view method : {"GET", "DELETE", "PATCH", "POST", "PUT"}) {
    ASSERT_TRUE(send(settings(), {.method = method})) << method;
    EXPECT_EQ(server_.requests().back().method, method);
    EXPECT_EQ(server_.requests().back().body, "");
  }
  ASSERT_TRUE(send(settings(), {.method = "DELETE", .body = "[2]"}));
  EXPECT_EQ(server_.requests().back().body, "[2]");
}

TEST_F(HttpClientTest, KeepsTheConnection) {
  const auto client = HttpClient::make(settings());
  for (int i = 0; i < 5; ++i) ASSERT_TRUE((*client)->send({.operation = "test", .path = "/"}, {}));
  EXPECT_EQ(server_.connections(), 1);
}

TEST_F(HttpClientTest, IdleConnectionsAreBoundedAndGrowOld) {
  auto with = settings();
  with.connection.max_idle_connections = 0;
  const auto client = HttpClient::make(with);
  for (int i = 0; i < 3; ++i) ASSERT_TRUE((*client)->send({.operation = "test", .path = "/"}, {}));
  EXPECT_EQ(server_.connections(), 3);
}

TEST_F(HttpClientTest, NoMoreConnectionsThanAllowed) {
  auto with = settings();
  with.connection.max_connections = 2;
  server_.set_handler([](const auto&) { return StubServer::slow(StubServer::answer(200), milliseconds(5)); });
  const auto client = HttpClient::make(with);
  std::vector<std::thread> threads;
  std::atomic<int> good = 0;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&] { good += (*client)->send({.operation = "test", .path = "/"}, {}).has_value(); });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(good, 8);
  EXPECT_LE(server_.connections(), 2);
}

TEST_F(HttpClientTest, GetIsTriedAgainAfterServerErrors) {
  server_.push(StubServer::answer(500, "no"));
  server_.push(StubServer::answer(503, "no"));
  EXPECT_TRUE(get());
  EXPECT_EQ(server_.requests().size(), 3u);
}

TEST_F(HttpClientTest, GetIsTriedAgainAfterABrokenConnection) {
  server_.push(StubServer::reset());
  server_.push(StubServer::truncated("{", 100));
  EXPECT_TRUE(get());
  EXPECT_EQ(server_.requests().size(), 3u);
}

TEST_F(HttpClientTest, EveryMethodIsTriedAgainWhenRateLimited) {
  server_.push(StubServer::answer(429, "slow down"));
  EXPECT_TRUE(post());
  EXPECT_EQ(server_.requests().size(), 2u);
  EXPECT_EQ(server_.requests()[1].body, "{\"a\":1}");
}

TEST_F(HttpClientTest, PostIsNotTriedAgainAfterServerErrors) {
  for (const int status : {500, 502, 503, 504}) {
    server_.push(StubServer::answer(status, "no"));
    const auto answer = post();
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().status, status);
    EXPECT_EQ(answer.error().attempts, 1);
    EXPECT_EQ(answer.error().message, "no");
  }
  EXPECT_EQ(server_.requests().size(), 4u);
}

TEST_F(HttpClientTest, PostIsNeverSentTwiceWhenTheConnectionBreaks) {
  const auto client = HttpClient::make(settings());
  const Call call{.operation = "test", .method = "POST", .path = "/", .body = "{}"};
  ASSERT_TRUE((*client)->send(call, {}));
  // The second request goes over the kept connection, which breaks after it was read.
  server_.push(StubServer::reset());
  const auto answer = (*client)->send(call, {});
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().kind, ErrorKind::kTransport) << answer.error().to_text();
  EXPECT_EQ(server_.requests().size(), 2u);
}

TEST_F(HttpClientTest, ARepeatablePostIsTriedAgain) {
  server_.push(StubServer::answer(500));
  server_.push(StubServer::reset());
  EXPECT_TRUE(send(settings(), {.method = "POST", .body = "{}", .repeat = Repeat::kSafe}));
  EXPECT_EQ(server_.requests().size(), 3u);
}

TEST_F(HttpClientTest, OtherRefusalsAreFinal) {
  for (const int status : {400, 401, 403, 404, 409, 412, 422, 501, 507}) {
    server_.push(StubServer::answer(status, "because", {{"chroma-trace-id", "t" + std::to_string(status)}}));
    const auto answer = get();
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().kind, kind_of_status(status));
    EXPECT_EQ(answer.error().request_id, "t" + std::to_string(status));
    EXPECT_EQ(answer.error().attempts, 1);
  }
}

TEST_F(HttpClientTest, GivesUpAfterMaxRetries) {
  server_.set_handler([](const auto&) { return StubServer::answer(500, "always"); });
  const auto answer = get();
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().kind, ErrorKind::kServer);
  EXPECT_EQ(answer.error().attempts, 4);
  EXPECT_EQ(server_.requests().size(), 4u);
}

TEST_F(HttpClientTest, RetryAfterStretchesTheWait) {
  server_.push(StubServer::answer(429, "later", {{"Retry-After", "1"}}));
  const auto started = Clock::now();
  EXPECT_TRUE(post());
  EXPECT_GE(Clock::now() - started, milliseconds(950));
}

TEST_F(HttpClientTest, ALongRetryAfterIsNotWaitedFor) {
  server_.push(StubServer::answer(429, "tomorrow", {{"Retry-After", "86400"}}));
  const auto answer = post();
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().kind, ErrorKind::kRateLimited);
  EXPECT_EQ(server_.requests().size(), 1u);
}

TEST_F(HttpClientTest, ADeadlineEndsASlowAnswer) {
  server_.set_handler([](const auto&) { return StubServer::slow(StubServer::answer(200), std::chrono::seconds(60)); });
  const auto started = Clock::now();
  const auto answer = get(CallOptions::within(milliseconds(50)));
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().kind, ErrorKind::kTimeout);
  EXPECT_LT(Clock::now() - started, std::chrono::seconds(20));
}

TEST_F(HttpClientTest, ADeadlineEndsTheRetries) {
  auto with = settings();
  with.retry.min_delay = with.retry.max_delay = std::chrono::seconds(60);
  server_.push(StubServer::answer(500, "no"));
  const auto answer = send(with, {}, CallOptions::within(std::chrono::seconds(5)));
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().kind, ErrorKind::kServer);
  EXPECT_EQ(answer.error().attempts, 1);
}

TEST_F(HttpClientTest, ARequestTimeoutIsTriedAgainForGet) {
  auto with = settings();
  with.connection.request_timeout = milliseconds(200);
  server_.push(StubServer::slow(StubServer::answer(200), std::chrono::seconds(60)));
  EXPECT_TRUE(send(with, {}));
}

TEST_F(HttpClientTest, AStopTokenEndsACallAtOnce) {
  server_.set_handler([](const auto&) { return StubServer::slow(StubServer::answer(200), std::chrono::seconds(60)); });
  std::stop_source source;
  CallOptions options;
  options.stop = source.get_token();
  auto answer = std::async(std::launch::async, [&] { return get(options); });
  while (server_.requests().empty()) std::this_thread::yield();
  const auto stopped = Clock::now();
  source.request_stop();
  const auto error = answer.get();
  ASSERT_FALSE(error);
  EXPECT_EQ(error.error().kind, ErrorKind::kCancelled);
  EXPECT_LT(Clock::now() - stopped, milliseconds(700));
}

TEST_F(HttpClientTest, AStopTokenEndsAWaitForARetry) {
  auto with = settings();
  with.retry.min_delay = with.retry.max_delay = std::chrono::seconds(60);
  server_.push(StubServer::answer(429));
  std::stop_source source;
  CallOptions options;
  options.stop = source.get_token();
  auto answer = std::async(std::launch::async, [&] { return send(with, {.method = "POST", .body = "1"}, options); });
  while (server_.requests().empty()) std::this_thread::yield();
  source.request_stop();
  const auto result = answer.get();
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().kind, ErrorKind::kCancelled);
  EXPECT_EQ(result.error().attempts, 1);
}

TEST_F(HttpClientTest, ReadsChunkedAndUnboundedBodies) {
  server_.push(StubServer::chunked(200, {"{\"a\"", ":", "1}"}));
  server_.push(StubServer::until_close("{\"b\":2}"));
  EXPECT_EQ(get()->body, "{\"a\":1}");
  EXPECT_EQ(get()->body, "{\"b\":2}");
}

TEST_F(HttpClientTest, AHugeAnswerIsCutOff) {
  auto with = settings();
  with.connection.max_response_bytes = 1000;
  server_.push(StubServer::answer(200, std::string(1001, 'x')));
  const auto answer = send(with, {});
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().kind, ErrorKind::kTooLarge);
  server_.push(StubServer::answer(200, std::string(1000, 'x')));
  EXPECT_TRUE(send(with, {}));
}

TEST_F(HttpClientTest, NothingListens) {
  auto with = settings();
  with.retry.max_retries = 0;
  {
    const StubServer gone;
    with.endpoint = gone.url();
  }
  const auto answer = send(with, {});
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().kind, ErrorKind::kConnection);
  EXPECT_EQ(answer.error().status, 0);
}

TEST_F(HttpClientTest, TlsToAPlainServerIsATlsError) {
  auto with = settings();
  with.endpoint = "https://127.0.0.1:" + std::to_string(server_.port());
  with.connection.request_timeout = std::chrono::seconds(5);
  server_.set_handler([](const auto&) { return StubServer::until_close("no"); });
  with.connection.connect_timeout = milliseconds(300);
  with.retry.max_retries = 0;
  const auto answer = send(with, {});
  ASSERT_FALSE(answer);
  EXPECT_NE(answer.error().kind, ErrorKind::kBadAnswer);
}

TEST_F(HttpClientTest, FollowsRedirectsWithinTheServer) {
  auto with = settings();
  with.headers = {{"X-Key", "secret", true}};
  server_.push(StubServer::answer(307, "", {{"Location", "/elsewhere?x=1"}}));
  ASSERT_TRUE(send(with, {.method = "POST", .body = "{}"}));
  const auto request = server_.requests().at(1);
  EXPECT_EQ(request.target, "/elsewhere?x=1");
  EXPECT_EQ(request.method, "POST");
  EXPECT_EQ(request.body, "{}");
  EXPECT_EQ(request.header("x-key"), "secret");
}

TEST_F(HttpClientTest, CredentialsDoNotFollowToAnotherServer) {
  StubServer other;
  auto with = settings();
  with.headers = {{"X-Key", "secret", true}, {"Authorization", "Bearer token", false}, {"X-Open", "1", false}};
  server_.push(StubServer::answer(302, "", {{"Location", other.url() + "/there"}}));
  ASSERT_TRUE(send(with, {}));
  const auto request = other.requests().at(0);
  EXPECT_EQ(request.target, "/there");
  EXPECT_FALSE(request.headers.contains("x-key"));
  EXPECT_FALSE(request.headers.contains("authorization"));
  EXPECT_EQ(request.header("x-open"), "1");
}

TEST_F(HttpClientTest, RedirectsThatAreNotFollowed) {
  const auto refused = [&](StubServer::Step step, std::string_view method) {
    server_.push(std::move(step));
    const auto answer = send(settings(), {.method = method, .body = method == "POST" ? "{}" : ""});
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().kind, ErrorKind::kRedirect) << answer.error().to_text();
  };
  refused(StubServer::answer(302, "", {{"Location", "/there"}}), "POST");
  refused(StubServer::answer(302, ""), "GET");
  refused(StubServer::answer(302, "", {{"Location", "file:///etc/passwd"}}), "GET");
  refused(StubServer::answer(304, ""), "GET");
  server_.set_handler([](const auto&) { return StubServer::answer(301, "", {{"Location", "/again"}}); });
  const auto answer = get();
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().kind, ErrorKind::kRedirect);
}

TEST_F(HttpClientTest, KeysReachNoLogAndNoErrorText) {
  auto with = settings();
  with.endpoint.insert(with.endpoint.find("//") + 2, "user:passw0rd@");
  with.headers = {{"X-Key", "topsecretkey", true}, {"Authorization", "Bearer tokentoken", true}};
  with.hooks.log_level = LogLevel::kTrace;
  std::vector<std::string> lines;
  with.hooks.logger = [&](const LogEvent& event) {
    lines.push_back(std::string(event.event) + " " + std::string(event.operation) + " " + std::string(event.url) + " " +
                    std::to_string(event.status) + " " + std::string(event.message));
  };
  server_.push(StubServer::answer(429));
  server_.push(StubServer::answer(400, "bad key topsecretkey or tokentoken or passw0rd"));
  const auto answer = send(with, {.path = "/q", .query = "api=topsecretkey"});
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().message, "bad key *** or *** or ***");
  ASSERT_THAT(lines, ::testing::SizeIs(6));
  EXPECT_THAT(lines[2], ::testing::HasSubstr("retry test"));
  EXPECT_THAT(lines[5], ::testing::HasSubstr("failure test"));
  for (const std::string& line : lines) {
    for (const std::string secret : {"topsecretkey", "tokentoken", "passw0rd", "user"}) {
      EXPECT_THAT(line, ::testing::Not(::testing::HasSubstr(secret)));
    }
  }
}

TEST_F(HttpClientTest, MeasuresAnswersAndRetries) {
  auto with = settings();
  const auto metrics = std::make_shared<LatencyMetrics>("stub_client");
  with.hooks.metrics = metrics;
  server_.push(StubServer::answer(500));
  ASSERT_TRUE(send(with, {}));
  const auto seen = metrics->snapshot();
  EXPECT_EQ(seen.latency.at({"test", 500}).count, 1u);
  EXPECT_EQ(seen.latency.at({"test", 200}).count, 1u);
  EXPECT_EQ(seen.retries.at("test"), 1u);
  const std::string text = metrics->to_prometheus();
  EXPECT_THAT(text, ::testing::HasSubstr("stub_client_retry_count{operation=\"test\"} 1"));
  EXPECT_THAT(text, ::testing::HasSubstr(
                        "stub_client_request_latency_ms_bucket{operation=\"test\",status_code=\"200\",le=\"+Inf\"} 1"));
}

TEST_F(HttpClientTest, WrongSettingsAreErrorsOfTheirOwn) {
  const auto kind = [](HttpSettings with) {
    const auto client = HttpClient::make(std::move(with));
    return client ? std::string("good") : std::string(to_text(client.error().kind));
  };
  for (const std::string endpoint : {"", "ftp://x", "http://", "http://x/?a=1", "http://x/#a", "http://a b"}) {
    auto with = settings();
    with.endpoint = endpoint;
    EXPECT_EQ(kind(with), "invalid argument") << endpoint;
  }
  auto with = settings();
  with.headers = {{"X-Key", "a\r\nEvil: 1", true}};
  EXPECT_EQ(kind(with), "invalid argument");
  with.headers = {{"X Key", "a", true}};
  EXPECT_EQ(kind(with), "invalid argument");
  CallOptions options;
  options.headers = {{"a", "b\nc", false}};
  EXPECT_FALSE(get(options));
  EXPECT_TRUE(server_.requests().empty());
}

TEST_F(HttpClientTest, BasicAuthenticationFromTheUrl) {
  auto with = settings();
  with.endpoint.insert(with.endpoint.find("//") + 2, "user:pa%20ss@");
  ASSERT_TRUE(send(with, {}));
  EXPECT_EQ(server_.requests().at(0).header("authorization"), "Basic dXNlcjpwYSBzcw==");
}

TEST_F(HttpClientTest, GoesThroughAProxy) {
  auto with = settings();
  with.endpoint = "http://alidade.invalid:1234";
  with.connection.proxy = server_.url();
  ASSERT_TRUE(send(with, {}));
  EXPECT_EQ(server_.requests().at(0).target, "http://alidade.invalid:1234/x");
}

TEST_F(HttpClientTest, AsksForCompressedAnswersWhenTold) {
  auto with = settings();
  ASSERT_TRUE(send(with, {}));
  EXPECT_FALSE(server_.requests().at(0).headers.contains("accept-encoding"));
  with.connection.accept_compressed = true;
  ASSERT_TRUE(send(with, {}));
  EXPECT_THAT(server_.requests().at(1).header("accept-encoding"), ::testing::HasSubstr("gzip"));
  // "{}" packed by gzip.
  const std::string packed("\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03\xab\xae\x05\x00\x43\xbf\xa6\xa3\x02\x00\x00\x00", 22);
  server_.push(StubServer::answer(200, packed, {{"Content-Encoding", "gzip"}}));
  EXPECT_EQ(send(with, {})->body, "{}");
}

TEST_F(HttpClientTest, ManyThreadsShareOneClient) {
  const auto client = HttpClient::make(settings());
  std::atomic<int> good = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&] {
      for (int n = 0; n < 25; ++n) good += (*client)->send({.operation = "test", .path = "/"}, {}).has_value();
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(good, 200);
  EXPECT_LE(server_.connections(), 8);
}

}  // namespace
}  // namespace alidade::client::core
