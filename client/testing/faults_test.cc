// A read of each client, of Chroma, of Qdrant and of embedders, against a server that does everything wrong: the same fault is
// the same kind of error for all of them, and what passes is tried again.

#include <gtest/gtest.h>

#include <functional>
#include <string>

#include "alidade/chroma.h"
#include "alidade/embed.h"
#include "alidade/qdrant.h"
#include "testing/stub_server.h"

namespace alidade::client::testing {
namespace {

using std::chrono::milliseconds;

struct Limits {
  std::string url;
  int max_retries = 0;
  milliseconds timeout{5000};
  std::size_t max_response_bytes = 1 << 20;

  template <class Options>
  void apply(Options& options) const {
    options.connection.proxy = "none";
    options.connection.request_timeout = timeout;
    options.connection.max_response_bytes = max_response_bytes;
    options.connection.max_redirects = 3;
    options.retry = {.max_retries = max_retries, .min_delay = milliseconds(1), .max_delay = milliseconds(1), .jitter = false};
  }
};

struct Caller {
  const char* name;
  /// A good answer, and what of it comes back.
  std::string answer;
  std::string value;
  std::function<Result<std::string>(const Limits&, const CallOptions&)> call;
};

Result<std::string> chroma_version(const Limits& limits, const CallOptions& call) {
  chroma::ClientOptions options{.endpoint = limits.url};
  limits.apply(options);
  return chroma::Client::make(std::move(options)).value().version(call);
}

Result<std::string> qdrant_collections(const Limits& limits, const CallOptions& call) {
  qdrant::ClientOptions options{.url = limits.url};
  limits.apply(options);
  const auto names = qdrant::Client::make(std::move(options)).value().list_collections(call);
  if (!names) return names.error();
  return names->at(0);
}

Result<std::string> embedded_text(const Limits& limits, const CallOptions& call) {
  embed::EmbedderOptions options{.provider = embed::Provider::kTei, .url = limits.url, .normalize = false};
  limits.apply(options);
  const auto vector = embed::Embedder::make(std::move(options)).value().embed_query("words", call);
  if (!vector) return vector.error();
  return std::to_string(static_cast<int>(vector->at(1)));
}

class Faults : public ::testing::TestWithParam<Caller> {
 protected:
  Limits limits() const { return {.url = server_.url()}; }
  static Result<std::string> ask(const Limits& limits, const CallOptions& call = {}) { return GetParam().call(limits, call); }
  static ErrorKind kind(const Limits& limits) {
    const auto answer = ask(limits);
    return answer ? ErrorKind() : answer.error().kind;
  }
  static StubServer::Step good() { return StubServer::answer(200, GetParam().answer); }
  void expect_good(const Limits& limits) {
    const auto answer = ask(limits);
    ASSERT_TRUE(answer) << answer.error().to_text();
    EXPECT_EQ(*answer, GetParam().value);
  }

  StubServer server_;
};

TEST_P(Faults, AGoodAnswerIsRead) {
  server_.push(good());
  expect_good(limits());
}

TEST_P(Faults, ASlowAnswerIsATimeout) {
  server_.push(StubServer::slow(good(), milliseconds(3000)));
  Limits hasty = limits();
  hasty.timeout = milliseconds(80);
  EXPECT_EQ(kind(hasty), ErrorKind::kTimeout);
  server_.push(StubServer::slow(good(), milliseconds(3000)));
  EXPECT_EQ(ask(limits(), CallOptions::within(milliseconds(80))).error().kind, ErrorKind::kTimeout);
}

TEST_P(Faults, ABrokenConnectionIsTriedAgain) {
  server_.push(StubServer::reset());
  server_.push(StubServer::truncated(GetParam().answer, GetParam().answer.size() + 10));
  Limits patient = limits();
  EXPECT_EQ(kind(patient), ErrorKind::kTransport);
  EXPECT_EQ(kind(patient), ErrorKind::kTransport);
  server_.push(StubServer::reset());
  server_.push(StubServer::truncated(GetParam().answer, GetParam().answer.size() + 10));
  server_.push(good());
  patient.max_retries = 2;
  expect_good(patient);
  EXPECT_EQ(server_.requests().size(), 5u);
}

TEST_P(Faults, RefusalsThatPassAreTriedAgain) {
  server_.push(StubServer::answer(429, "{}", {{"Retry-After", "0"}}));
  server_.push(StubServer::answer(503));
  server_.push(StubServer::answer(500, "<html>broken</html>"));
  server_.push(good());
  Limits patient = limits();
  patient.max_retries = 3;
  expect_good(patient);
  EXPECT_EQ(server_.requests().size(), 4u);
  // A server that wants more patience than that is not waited for.
  server_.push(StubServer::answer(429, "{}", {{"Retry-After", "86400"}}));
  const auto refused = ask(patient);
  EXPECT_EQ(refused.error().kind, ErrorKind::kRateLimited);
  EXPECT_EQ(refused.error().attempts, 1);
}

TEST_P(Faults, RefusalsHaveTheKindsOfTheirStatus) {
  for (const auto& [status, expected] : {std::pair{400, ErrorKind::kRejected}, {401, ErrorKind::kUnauthenticated},
                                         {404, ErrorKind::kNotFound}, {500, ErrorKind::kServer}, {501, ErrorKind::kUnimplemented}}) {
    // No JSON, no text: whatever stands in the way of the server may say it.
    for (const char* body : {"", "<html></html>", "{\"error\":[1]}"}) {
      server_.push(StubServer::answer(status, body));
      const auto answer = ask(limits());
      EXPECT_EQ(answer.error().kind, expected) << status << ' ' << body;
      EXPECT_EQ(answer.error().status, status);
    }
  }
}

TEST_P(Faults, WrongJsonIsABadAnswer) {
  std::string deep(3000, '[');
  for (const std::string& body : {std::string(), std::string("{"), std::string("nul"), std::string("\xff\xfe"), std::string("[[]]"),
                                  std::string("{\"result\":7}"), std::string("[[1,\"x\"]]"), deep}) {
    server_.push(StubServer::answer(200, body));
    EXPECT_EQ(kind(limits()), ErrorKind::kBadAnswer) << body;
  }
}

TEST_P(Faults, AHugeAnswerIsCutOff) {
  Limits small = limits();
  small.max_response_bytes = 1000;
  server_.push(StubServer::answer(200, std::string(100000, ' ') + GetParam().answer));
  EXPECT_EQ(kind(small), ErrorKind::kTooLarge);
  server_.push(StubServer::chunked(200, std::vector<std::string>(100, std::string(1000, ' '))));
  EXPECT_EQ(kind(small), ErrorKind::kTooLarge);
}

TEST_P(Faults, AnswersInPartsAreReadWhole) {
  std::vector<std::string> bytes;
  for (const char c : GetParam().answer) bytes.emplace_back(1, c);
  server_.push(StubServer::chunked(200, bytes));
  expect_good(limits());
  server_.push(StubServer::until_close(GetParam().answer));
  expect_good(limits());
}

TEST_P(Faults, RedirectsAreFollowedAndEnd) {
  server_.push(StubServer::answer(307, "", {{"Location", "/elsewhere"}}));
  server_.push(StubServer::answer(308, "", {{"Location", server_.url() + "/there"}}));
  server_.push(good());
  expect_good(limits());
  const auto asked = server_.requests();
  EXPECT_EQ(asked.at(2).target, "/there");
  EXPECT_EQ(asked.at(2).method, asked.at(0).method);
  EXPECT_EQ(asked.at(2).body, asked.at(0).body);
  for (int i = 0; i < 4; ++i) server_.push(StubServer::answer(307, "", {{"Location", "/round"}}));
  EXPECT_EQ(kind(limits()), ErrorKind::kRedirect);
}

INSTANTIATE_TEST_SUITE_P(
    Clients, Faults,
    ::testing::Values(Caller{"Chroma", "\"1.2.3\"", "1.2.3", chroma_version},
                      Caller{"Qdrant", R"({"result":{"collections":[{"name":"books"}]},"status":"ok","time":0.1})", "books",
                             qdrant_collections},
                      Caller{"Embedder", "[[1.0,2.0]]", "2", embedded_text}),
    [](const auto& one) { return std::string(one.param.name); });

}  // namespace
}  // namespace alidade::client::testing
