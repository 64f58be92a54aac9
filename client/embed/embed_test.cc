// Requests to each provider, what is made of their answers, and what happens when they refuse.

#include "alidade/embed.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <cmath>
#include <cstdlib>
#include <mutex>

#include "testing/stub_server.h"

namespace alidade::embed {
namespace {

using client::Json;
using client::testing::StubServer;
using std::chrono::milliseconds;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

/// {"embeddings":[{"values":[…]},…]} with one vector for each request of a Gemini batch; its first value is the length of
/// the text.
std::string gemini_answer(const std::string& body) {
  Json list = Json::array();
  const Json requests = Json::parse(body).value();
  for (const Json& request : *requests.find("requests")->if_array()) {
    const std::string& text = *request.find("content")->find("parts")->if_array()->front().find("text")->if_string();
    Json values = Json::array();
    values.push_back(static_cast<double>(text.size()));
    values.push_back(0.0);
    Json one;
    one.set("values", std::move(values));
    list.push_back(std::move(one));
  }
  Json answer;
  answer.set("embeddings", std::move(list));
  return answer.to_text();
}

class EmbedTest : public ::testing::Test {
 protected:
  EmbedderOptions options(Provider provider = Provider::kGemini) const {
    EmbedderOptions options{.provider = provider, .url = server_.url(), .api_key = "the-key", .normalize = false};
    if (provider == Provider::kGemini) options.dimensions = 2;
    options.connection.proxy = "none";
    options.retry.min_delay = options.retry.max_delay = milliseconds(1);
    options.retry.jitter = false;
    return options;
  }
  static Embedder make(EmbedderOptions options) { return Embedder::make(std::move(options)).value(); }
  StubServer::Request last() const { return server_.requests().back(); }
  void answer(const std::string& body, int status = 200) { server_.push(StubServer::answer(status, body)); }
  void answer_all() {
    server_.set_handler([](const StubServer::Request& request) {
      return StubServer::answer(200, gemini_answer(request.body));
    });
  }

  StubServer server_;
};

TEST_F(EmbedTest, GeminiSingleForm) {
  answer(R"({"embedding":{"values":[3,4]}})");
  auto with = options();
  with.normalize = true;
  const auto vector = make(with).embed_query("hello");
  ASSERT_TRUE(vector) << vector.error().to_text();
  // Only the full size has unit length at Gemini, so it is made here.
  EXPECT_THAT(*vector, ElementsAre(0.6F, 0.8F));
  EXPECT_EQ(last().target, "/v1beta/models/gemini-embedding-001:embedContent");
  EXPECT_EQ(last().header("x-goog-api-key"), "the-key");
  EXPECT_EQ(last().body,
            R"({"model":"models/gemini-embedding-001","content":{"parts":[{"text":"hello"}]},)"
            R"("taskType":"RETRIEVAL_QUERY","outputDimensionality":2})");
}

TEST_F(EmbedTest, GeminiBatchHasTitlesAndTasks) {
  answer_all();
  auto with = options();
  with.model = "models/gemini-embedding-001";
  with.document_task = "CLUSTERING";
  const std::vector<Input> inputs = {{"a", "T"}, {"bb"}};
  const auto vectors = make(with).embed(inputs, InputKind::kDocument);
  ASSERT_TRUE(vectors) << vectors.error().to_text();
  EXPECT_EQ(vectors->size(), 2u);
  EXPECT_EQ(vectors->row(1)[0], 2);
  EXPECT_EQ(last().target, "/v1beta/models/gemini-embedding-001:batchEmbedContents");
  EXPECT_EQ(last().body,
            R"({"requests":[{"model":"models/gemini-embedding-001","content":{"parts":[{"text":"a"}]},)"
            R"("taskType":"CLUSTERING","title":"T","outputDimensionality":2},)"
            R"({"model":"models/gemini-embedding-001","content":{"parts":[{"text":"bb"}]},"taskType":"CLUSTERING",)"
            R"("outputDimensionality":2}]})");
}

TEST_F(EmbedTest, SecondGenerationOfGeminiHasTheTaskInTheText) {
  answer(R"({"embedding":{"values":[1,2]}})");
  auto with = options();
  with.model = "gemini-embedding-2";
  ASSERT_TRUE(make(with).embed_one({"x", "T"}, InputKind::kDocument));
  EXPECT_THAT(last().body, HasSubstr(R"("text":"title: T | text: x")"));
  EXPECT_THAT(last().body, Not(HasSubstr("taskType")));
  answer(R"({"embedding":{"values":[1,2]}})");
  ASSERT_TRUE(make(with).embed_query("x"));
  EXPECT_THAT(last().body, HasSubstr(R"("text":"task: search result | query: x")"));
}

TEST_F(EmbedTest, ARequestHoldsAHundredTextsAtMost) {
  answer_all();
  auto with = options();
  with.batch_size = 1000;
  std::vector<std::string> texts;
  for (std::size_t i = 0; i < 250; ++i) texts.emplace_back(i + 1, 'x');
  const auto vectors = make(with).embed_documents(texts);
  ASSERT_TRUE(vectors) << vectors.error().to_text();
  EXPECT_EQ(server_.requests().size(), 3u);
  // Sent by several threads, and in order all the same.
  for (std::size_t i = 0; i < 250; ++i) ASSERT_EQ(vectors->row(i)[0], static_cast<float>(i + 1));
}

TEST_F(EmbedTest, NoTextsNoRequest) {
  const auto vectors = make(options()).embed_documents({});
  ASSERT_TRUE(vectors);
  EXPECT_EQ(vectors->size(), 0u);
  EXPECT_TRUE(server_.requests().empty());
}

TEST_F(EmbedTest, RefusalsThatPassAreTriedAgain) {
  for (const int status : {408, 429, 500, 503}) answer("{}", status);
  server_.push(StubServer::reset());
  answer(R"({"embedding":{"values":[1,2]}})");
  auto with = options();
  with.retry.max_retries = 5;
  EXPECT_TRUE(make(with).embed_query("x"));
  EXPECT_EQ(server_.requests().size(), 6u);
}

TEST_F(EmbedTest, TheDelayInGeminisBodyIsObeyed) {
  answer(R"({"error":{"code":429,"message":"Resource has been exhausted (e.g. check quota).","status":"RESOURCE_EXHAUSTED",
    "details":[{"@type":"type.googleapis.com/google.rpc.RetryInfo","retryDelay":"0.4s"}]}})",
         429);
  answer(R"({"embedding":{"values":[1,2]}})");
  const auto start = std::chrono::steady_clock::now();
  ASSERT_TRUE(make(options()).embed_query("x"));
  // Header fields know whole seconds.
  EXPECT_GE(std::chrono::steady_clock::now() - start, milliseconds(950));
  // Longer than one waits: the refusal comes back at once.
  answer(R"({"error":{"code":429,"message":"later","status":"RESOURCE_EXHAUSTED","details":[{"retryDelay":"3600s"}]}})", 429);
  const auto refused = make(options()).embed_query("x");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, ErrorKind::kRateLimited);
  EXPECT_EQ(refused.error().name, "RESOURCE_EXHAUSTED");
  EXPECT_EQ(refused.error().attempts, 1);
}

TEST_F(EmbedTest, TheProvidersTextComesBackWithoutTheKey) {
  answer(R"({"error":{"code":400,"message":"API key not valid: the-key","status":"INVALID_ARGUMENT"}})", 400);
  const auto vectors = make(options()).embed_documents(std::vector<std::string>{"x"});
  ASSERT_FALSE(vectors);
  EXPECT_EQ(vectors.error().kind, ErrorKind::kRejected);
  EXPECT_EQ(vectors.error().status, 400);
  EXPECT_THAT(vectors.error().message, HasSubstr("texts 0 to 0: API key not valid"));
  EXPECT_THAT(vectors.error().to_text(), Not(HasSubstr("the-key")));
  EXPECT_EQ(server_.requests().size(), 1u);
}

TEST_F(EmbedTest, AKeyOfTheBodyIsNotRepeatedEither) {
  answer(R"({"error":"unknown token the-key"})", 401);
  EXPECT_EQ(make(options(Provider::kQdrantInference)).embed_query("x").error().message, "unknown token ***");
}

TEST_F(EmbedTest, ARequestThatIsTooLargeIsHalved) {
  server_.set_handler([](const StubServer::Request& request) {
    const std::string answer = gemini_answer(request.body);
    if (Json::parse(answer).value().find("embeddings")->if_array()->size() > 3) return StubServer::answer(413, "{}");
    return StubServer::answer(200, answer);
  });
  const std::vector<std::string> texts = {"1", "22", "333", "4444", "55555", "666666", "7777777"};
  const auto vectors = make(options()).embed_documents(texts);
  ASSERT_TRUE(vectors) << vectors.error().to_text();
  for (std::size_t i = 0; i < texts.size(); ++i) EXPECT_EQ(vectors->row(i)[0], static_cast<float>(i + 1));
  // 7, 3, 4, 2, 2.
  EXPECT_EQ(server_.requests().size(), 5u);
}

TEST_F(EmbedTest, OneTextThatIsTooLargeIsAnError) {
  answer(R"({"error":{"message":"too long"}})", 413);
  const auto vectors = make(options()).embed_documents(std::vector<std::string>{"x"});
  EXPECT_EQ(vectors.error().status, 413);
  EXPECT_EQ(server_.requests().size(), 1u);
}

TEST_F(EmbedTest, WhatFailsIsListedAndTheRestIsThere) {
  server_.set_handler([](const StubServer::Request& request) {
    if (request.body.find("\"text\":\"bad\"") != std::string::npos) {
      return StubServer::answer(400, R"({"error":{"message":"bad text"}})");
    }
    return StubServer::answer(200, gemini_answer(request.body));
  });
  auto with = options();
  with.batch_size = 2;
  const std::vector<Input> inputs = {{"a"}, {"bb"}, {"bad"}, {"dddd"}, {"eeeee"}};
  const PartialEmbeddings partial = make(with).embed_each(inputs, InputKind::kDocument);
  ASSERT_EQ(partial.failed.size(), 1u);
  EXPECT_EQ(partial.failed[0].first, 2u);
  EXPECT_EQ(partial.failed[0].count, 2u);
  EXPECT_THAT(partial.failed[0].error.message, HasSubstr("bad text"));
  EXPECT_EQ(partial.embeddings.row(1)[0], 2);
  EXPECT_EQ(partial.embeddings.row(2)[0], 0);
  EXPECT_EQ(partial.embeddings.row(4)[0], 5);
  EXPECT_FALSE(make(with).embed(inputs, InputKind::kDocument));
}

TEST_F(EmbedTest, WrongAnswersAreErrors) {
  const std::vector<std::string> texts = {"a", "b"};
  for (const char* body :
       {"", "[]", "{}", R"({"embeddings":[]})", R"({"embeddings":[{"values":[1,2]}]})",
        R"({"embeddings":[{"values":[1,2]},{"values":[1,2]},{"values":[1,2]}]})",
        R"({"embeddings":[{"values":[1,2]},{"values":[1]}]})", R"({"embeddings":[{"values":[]},{"values":[]}]})",
        R"({"embeddings":[{"values":[1,null]},{"values":[1,2]}]})", R"({"embeddings":[{"values":[1,1e39]},{"values":[1,2]}]})",
        R"({"embeddings":[{"values":"no"},{"values":[1,2]}]})", R"({"embeddings":[{"value":[1,2]},{"values":[1,2]}]})",
        R"({"embeddings":[{"values":[1,2,3]},{"values":[1,2,3]}]})"}) {
    answer(body);
    const auto vectors = make(options()).embed_documents(texts);
    ASSERT_FALSE(vectors) << body;
    EXPECT_EQ(vectors.error().kind, ErrorKind::kBadAnswer) << body;
  }
}

TEST_F(EmbedTest, OpenAiIsSortedByIndexAndReadsBase64) {
  // 1.0 and 2.0 as little-endian floats.
  answer(R"({"data":[{"index":1,"embedding":[3,4]},{"index":0,"embedding":"AACAPwAAAEA="}],"usage":{"total_tokens":7}})");
  auto with = options(Provider::kOpenAi);
  with.dimensions = 2;
  const auto vectors = make(with).embed_documents(std::vector<std::string>{"a", "b"});
  ASSERT_TRUE(vectors) << vectors.error().to_text();
  EXPECT_THAT(vectors->values, ElementsAre(1, 2, 3, 4));
  EXPECT_EQ(vectors->tokens, 7u);
  EXPECT_EQ(last().target, "/embeddings");
  EXPECT_EQ(last().header("authorization"), "Bearer the-key");
  EXPECT_EQ(last().body,
            R"({"model":"text-embedding-3-small","input":["a","b"],"encoding_format":"base64","dimensions":2})");
  for (const char* body : {R"({"data":[{"index":0,"embedding":[1]},{"index":0,"embedding":[1]}]})",
                           R"({"data":[{"index":2,"embedding":[1]},{"index":0,"embedding":[1]}]})",
                           R"({"data":[{"embedding":[1]},{"embedding":[1]}]})",
                           R"({"data":[{"index":0,"embedding":"AAA"},{"index":1,"embedding":[1]}]})"}) {
    answer(body);
    EXPECT_EQ(make(options(Provider::kOpenAi)).embed_documents(std::vector<std::string>{"a", "b"}).error().kind,
              ErrorKind::kBadAnswer)
        << body;
  }
}

TEST_F(EmbedTest, AzureTakesItsKeyInAHeaderOfItsOwn) {
  answer(R"({"data":[{"index":0,"embedding":[1]}]})");
  auto with = options(Provider::kOpenAi);
  with.key_header = "api-key";
  with.extra = Json(Json::Object{{"encoding_format", "float"}, {"user", "me"}});
  ASSERT_TRUE(make(with).embed_query("x"));
  EXPECT_EQ(last().header("api-key"), "the-key");
  EXPECT_EQ(last().header("authorization"), "");
  EXPECT_THAT(last().body, HasSubstr(R"("encoding_format":"float","user":"me")"));
}

TEST_F(EmbedTest, TooManyTokensAreHalvedToo) {
  answer(R"({"error":{"message":"maximum request size is 300000 tokens per request.","type":"max_tokens_per_request",
    "code":"max_tokens_per_request"}})",
         400);
  answer(R"({"data":[{"index":0,"embedding":[1]}]})");
  answer(R"({"data":[{"index":0,"embedding":[2]}]})");
  const auto vectors = make(options(Provider::kOpenAi)).embed_documents(std::vector<std::string>{"a", "b"});
  ASSERT_TRUE(vectors) << vectors.error().to_text();
  EXPECT_THAT(vectors->values, ElementsAre(1, 2));
}

TEST_F(EmbedTest, TheOtherProviders) {
  struct Case {
    Provider provider;
    std::string answer, target, document_body, query_part;
    std::uint64_t tokens;
  };
  const std::vector<Case> cases = {
      {Provider::kOllama, R"({"embeddings":[[1,2]],"prompt_eval_count":3})", "/api/embed",
       R"({"model":"nomic-embed-text","input":["search_document: x"],"truncate":false})",
       R"("input":["search_query: x"])", 3},
      {Provider::kCohere, R"({"embeddings":{"float":[[1,2]]},"meta":{"billed_units":{"input_tokens":4}}})", "/v2/embed",
       R"({"model":"embed-v4.0","texts":["x"],"input_type":"search_document","embedding_types":["float"],"truncate":"NONE"})",
       R"("input_type":"search_query")", 4},
      {Provider::kJina, R"({"data":[{"index":0,"embedding":[1,2]}],"usage":{"total_tokens":5}})", "/embeddings",
       R"({"model":"jina-embeddings-v3","input":["x"],"task":"retrieval.passage","normalized":false})",
       R"("task":"retrieval.query")", 5},
      {Provider::kVoyage, R"({"data":[{"index":0,"embedding":[1,2]}],"usage":{"total_tokens":6}})", "/embeddings",
       R"({"model":"voyage-3.5","input":["x"],"input_type":"document","truncation":false})", R"("input_type":"query")", 6},
      {Provider::kTei, R"([[1,2]])", "/embed", R"({"inputs":["x"],"normalize":false,"truncate":false})",
       R"("inputs":["x"])", 0},
      {Provider::kQdrantInference, R"({"embeddings":[[1,2]],"usage":{"models":{}}})", "/",
       R"({"inputs":[{"data":"x","data_type":"text","model":"sentence-transformers/all-minilm-l6-v2"}],)"
       R"("inference":"update","token":"the-key"})",
       R"("inference":"search")", 0},
  };
  for (const Case& one : cases) {
    SCOPED_TRACE(to_text(one.provider));
    const Embedder embedder = make(options(one.provider));
    answer(one.answer);
    const auto vectors = embedder.embed_documents(std::vector<std::string>{"x"});
    ASSERT_TRUE(vectors) << vectors.error().to_text();
    EXPECT_THAT(vectors->values, ElementsAre(1, 2));
    EXPECT_EQ(vectors->tokens, one.tokens);
    EXPECT_EQ(last().target, one.target);
    EXPECT_EQ(last().body, one.document_body);
    answer(one.answer);
    ASSERT_TRUE(embedder.embed_query("x"));
    EXPECT_THAT(last().body, HasSubstr(one.query_part));
  }
}

TEST_F(EmbedTest, EachFormOfARefusalIsRead) {
  for (const auto& [body, message] : std::vector<std::pair<std::string, std::string>>{
           {R"({"error":"model not found"})", "model not found"},
           {R"({"error":"batch size 40 > 32","error_type":"Validation"})", "batch size 40 > 32"},
           {R"({"message":"invalid api token"})", "invalid api token"},
           {R"({"detail":"Unauthorized"})", "Unauthorized"},
           {R"({"detail":[{"msg":"field required"}]})", R"([{"msg":"field required"}])"},
           {"<html>no</html>", "<html>no</html>"},
           {"", "HTTP status 400"}}) {
    answer(body, 400);
    const auto vector = make(options(Provider::kTei)).embed_query("x");
    EXPECT_EQ(vector.error().message, message);
  }
}

TEST_F(EmbedTest, WhatCannotWorkIsRefusedBeforeItIsSent) {
  auto without_key = options();
  without_key.api_key.clear();
  EXPECT_THAT(Embedder::make(without_key).error().message, HasSubstr("GOOGLE_API_KEY"));
  EXPECT_EQ(Embedder::make({.provider = Provider::kQdrantInference}).error().kind, ErrorKind::kInvalidArgument);
  auto wrong_url = options();
  wrong_url.url = "ftp://x";
  EXPECT_FALSE(Embedder::make(wrong_url));
  const std::vector<Input> titled = {{"x", "T"}};
  EXPECT_EQ(make(options(Provider::kCohere)).embed(titled, InputKind::kDocument).error().kind,
            ErrorKind::kInvalidArgument);
  EXPECT_TRUE(server_.requests().empty());
}

TEST_F(EmbedTest, ACallCanBeStopped) {
  std::stop_source stop;
  server_.set_handler([stop](const StubServer::Request&) {  // Its own: it may run when the test has ended.
    stop.request_stop();
    return StubServer::slow(StubServer::answer(200, "{}"), milliseconds(5000));
  });
  CallOptions call;
  call.stop = stop.get_token();
  EXPECT_EQ(make(options()).embed_query("x", call).error().kind, ErrorKind::kCancelled);
  EXPECT_EQ(make(options()).embed_query("x", CallOptions::within(milliseconds(-1))).error().kind, ErrorKind::kTimeout);
}

TEST_F(EmbedTest, NoHookEverSeesTheKey) {
  answer("{}", 503);
  answer(R"({"embedding":{"values":[1,2]}})");
  std::mutex mutex;
  std::string all;
  auto with = options();
  with.hooks.log_level = client::LogLevel::kTrace;
  with.hooks.logger = [&](const client::LogEvent& event) {
    const std::lock_guard lock(mutex);
    all += std::string(event.event) + " " + std::string(event.url) + " " + std::string(event.message) + "\n";
  };
  ASSERT_TRUE(make(with).embed_query("x"));
  EXPECT_THAT(all, HasSubstr("retry"));
  EXPECT_THAT(all, Not(HasSubstr("the-key")));
}

TEST(EmbedHashing, SharesWordsSharesDirection) {
  const Embedder hashing = Embedder::make({.provider = Provider::kHashing, .dimensions = 256}).value();
  const auto vectors =
      hashing.embed_documents(std::vector<std::string>{"the navigator reads the stars", "a recipe for bread", ""}).value();
  ASSERT_EQ(vectors.dimensions, 256u);
  const auto query = hashing.embed_query("Stars of a navigator").value();
  const auto dot = [&](std::size_t row) {
    double sum = 0;
    for (std::size_t i = 0; i < 256; ++i) sum += double{query[i]} * double{vectors.row(row)[i]};
    return sum;
  };
  EXPECT_GT(dot(0), 0.3);
  EXPECT_GT(dot(0), dot(1) + 0.2);
  EXPECT_EQ(dot(2), 0);
  // The same on every machine: what is stored today is found tomorrow.
  EXPECT_EQ(hashing.embed_query("Stars of a navigator").value(), query);
}

TEST(EmbedProviders, NamesAreFoundAgain) {
  for (const char* name : {"gemini", "openai", "ollama", "cohere", "jina", "voyage", "tei", "qdrant", "hashing"}) {
    ASSERT_TRUE(provider_named(name)) << name;
    EXPECT_EQ(to_text(*provider_named(name)), name);
  }
  EXPECT_FALSE(provider_named("x"));
}

class EmbedEnvironment : public ::testing::Test {
 protected:
  static constexpr const char* kNames[] = {"GOOGLE_API_KEY", "GEMINI_API_KEY",        "GOOGLE_GEMINI_BASE_URL",
                                           "MAX_RETRIES",    "RETRY_DELAY_MS",        "CONNECTION_TIMEOUT_MS",
                                           "OPENAI_API_KEY", "REQUEST_TIMEOUT_MS"};
  void SetUp() override {
    for (const char* name : kNames) unsetenv(name);
  }
  void TearDown() override { SetUp(); }
};

TEST_F(EmbedEnvironment, DefaultsAreThoseOfTheGuide) {
  const auto options = EmbedderOptions::from_environment().value();
  EXPECT_EQ(options.batch_size, 100u);
  EXPECT_EQ(options.retry.max_retries, 3);
  EXPECT_EQ(options.retry.min_delay, milliseconds(1000));
  EXPECT_EQ(options.connection.connect_timeout, milliseconds(30000));
  EXPECT_EQ(options.connection.request_timeout, milliseconds(60000));
  EXPECT_EQ(options.connection.max_idle_connections, 10u);
  EXPECT_EQ(options.connection.idle_timeout, std::chrono::seconds(90));
  EXPECT_EQ(options.connection.tcp_keepalive, std::chrono::seconds(60));
  EXPECT_EQ(options.api_key, "");
}

TEST_F(EmbedEnvironment, VariablesChangeThem) {
  setenv("GEMINI_API_KEY", "second", 1);
  EXPECT_EQ(EmbedderOptions::from_environment().value().api_key, "second");
  setenv("GOOGLE_API_KEY", "first", 1);
  setenv("GOOGLE_GEMINI_BASE_URL", "http://x", 1);
  setenv("MAX_RETRIES", "7", 1);
  setenv("RETRY_DELAY_MS", "40000", 1);
  setenv("CONNECTION_TIMEOUT_MS", "5", 1);
  setenv("REQUEST_TIMEOUT_MS", "6", 1);
  const auto options = EmbedderOptions::from_environment().value();
  EXPECT_EQ(options.api_key, "first");
  EXPECT_EQ(options.url, "http://x");
  EXPECT_EQ(options.retry.max_retries, 7);
  EXPECT_EQ(options.retry.min_delay, milliseconds(40000));
  EXPECT_EQ(options.retry.max_delay, milliseconds(40000));
  EXPECT_EQ(options.connection.connect_timeout, milliseconds(5));
  EXPECT_EQ(options.connection.request_timeout, milliseconds(6));
  setenv("OPENAI_API_KEY", "other", 1);
  EXPECT_EQ(EmbedderOptions::from_environment(Provider::kOpenAi).value().api_key, "other");
  for (const char* wrong : {"-1", "x", "3 ", "99999999999"}) {
    setenv("MAX_RETRIES", wrong, 1);
    const auto refused = EmbedderOptions::from_environment();
    ASSERT_FALSE(refused) << wrong;
    EXPECT_THAT(refused.error().message, HasSubstr("MAX_RETRIES"));
  }
}

TEST_F(EmbedTest, FuturesAndCallbacksRunTheSameCalls) {
  answer_all();
  const Embedder gemini = make(options());
  auto future = gemini.run_async([](const Embedder& e) { return e.embed_documents(std::vector<std::string>{"four", "to"}); });
  std::promise<std::size_t> called;
  gemini.run_async([](const Embedder& e) { return e.embed_documents(std::vector<std::string>{"three"}); },
                   [&](Result<Embeddings> rows) { called.set_value(rows ? rows->size() : 0); });
  EXPECT_THAT(future.get().value().values, ElementsAre(4, 0, 2, 0));
  EXPECT_EQ(called.get_future().get(), 1u);
  // Nobody keeps the embedder: the task does.
  auto alone = make(EmbedderOptions{.provider = Provider::kHashing}).run_async([](const Embedder& e) {
    return e.embed_query("words");
  });
  EXPECT_TRUE(alone.get());
}

TEST_F(EmbedTest, TheFacadeThrows) {
  answer_all();
  const throwing::Embedder gemini(options());
  EXPECT_THAT(gemini.embed_documents(std::vector<std::string>{"four"}).row(0), ElementsAre(4, 0));
  server_.push(StubServer::answer(403, R"({"error":{"message":"no","status":"PERMISSION_DENIED"}})"));
  try {
    (void)gemini.embed_query("x");
    FAIL() << "nothing was thrown";
  } catch (const client::Exception& exception) {
    EXPECT_EQ(exception.error().name, "PERMISSION_DENIED");
  }
  auto without_key = options();
  without_key.api_key = "";
  EXPECT_THROW(throwing::Embedder{without_key}, client::Exception);
}

}  // namespace
}  // namespace alidade::embed
