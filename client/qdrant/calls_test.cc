// The calls of the Qdrant client against a server that answers as told.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <cstdlib>
#include <list>
#include <ranges>

#include "alidade/qdrant.h"
#include "testing/stub_server.h"

namespace alidade::qdrant {
namespace {

using client::testing::StubServer;
using std::chrono::milliseconds;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::string ok(const std::string& result) { return R"({"result":)" + result + R"(,"status":"ok","time":0.001})"; }

class QdrantCalls : public ::testing::Test {
 protected:
  Client client(const std::string& key = {}) const {
    ClientOptions options{.url = server_.url(), .api_key = key};
    options.connection.proxy = "none";
    options.retry.min_delay = options.retry.max_delay = milliseconds(1);
    options.retry.jitter = false;
    return Client::make(std::move(options)).value();
  }
  Collection books() const { return client().collection("my books"); }
  void answer(const std::string& result) { server_.push(StubServer::answer(200, ok(result))); }
  StubServer::Request last() const { return server_.requests().back(); }

  StubServer server_;
};

TEST_F(QdrantCalls, KeyAndNameGoWhereTheyBelong) {
  answer("true");
  ASSERT_TRUE(client("secret").create_collection("a/b", {.vectors = VectorParams{.size = 2}}));
  EXPECT_EQ(last().method, "PUT");
  EXPECT_EQ(last().target, "/collections/a%2Fb");
  EXPECT_EQ(last().header("api-key"), "secret");
  EXPECT_EQ(last().body, R"({"vectors":{"size":2,"distance":"Cosine"}})");
}

TEST_F(QdrantCalls, TheEnvironmentNamesTheServer) {
  setenv("QDRANT_URL", server_.url().c_str(), 1);
  setenv("QDRANT_API_KEY", "from-environment", 1);
  setenv("MAX_RETRIES", "9", 1);
  const auto options = ClientOptions::from_environment();
  for (const char* name : {"QDRANT_URL", "QDRANT_API_KEY", "MAX_RETRIES"}) unsetenv(name);
  ASSERT_TRUE(options);
  EXPECT_EQ(options->retry.max_retries, 9);
  answer(R"({"collections":[]})");
  ASSERT_TRUE(Client::make(*options).value().list_collections());
  EXPECT_EQ(last().header("api-key"), "from-environment");
}

TEST_F(QdrantCalls, TheServersRefusalComesBackWhole) {
  server_.push(StubServer::answer(
      404, R"({"status":{"error":"Not found: Collection `x` doesn't exist!"},"time":0.0})"));
  const auto info = books().info();
  ASSERT_FALSE(info);
  EXPECT_EQ(info.error().kind, ErrorKind::kNotFound);
  EXPECT_EQ(info.error().status, 404);
  EXPECT_EQ(info.error().message, "Not found: Collection `x` doesn't exist!");
  EXPECT_EQ(info.error().attempts, 1);
  // Authentication answers in plain text; the key is not repeated.
  server_.push(StubServer::answer(401, "Invalid API key or JWT: secret-key"));
  const auto refused = client("secret-key").list_collections();
  EXPECT_EQ(refused.error().kind, ErrorKind::kUnauthenticated);
  EXPECT_THAT(refused.error().message, HasSubstr("Invalid API key or JWT"));
  EXPECT_THAT(refused.error().to_text(), ::testing::Not(HasSubstr("secret-key")));
}

TEST_F(QdrantCalls, ReadsAreTriedAgainAndCreationsAreNot) {
  server_.push(StubServer::answer(503, "{}"));
  server_.push(StubServer::reset());
  answer(R"({"count":7})");
  const auto count = books().count(field("a") == 1);
  ASSERT_TRUE(count) << count.error().to_text();
  EXPECT_EQ(*count, 7u);
  EXPECT_EQ(last().body, R"({"filter":{"must":[{"key":"a","match":{"value":1}}]},"exact":true})");
  EXPECT_EQ(server_.requests().size(), 3u);
  server_.push(StubServer::answer(503, "{}"));
  const auto created = client().create_collection("x", {});
  EXPECT_EQ(created.error().kind, ErrorKind::kUnavailable);
  EXPECT_EQ(server_.requests().size(), 4u);
}

TEST_F(QdrantCalls, WhatIsNotImplementedIsToldAtOnce) {
  server_.push(StubServer::answer(501, R"({"status":{"error":"not yet"},"time":0})"));
  const auto hits = books().query({.query = Query::sample()});
  EXPECT_EQ(hits.error().kind, ErrorKind::kUnimplemented);
  EXPECT_EQ(server_.requests().size(), 1u);
}

TEST_F(QdrantCalls, WritesSayHowTheyAreMade) {
  answer(R"({"operation_id":4,"status":"acknowledged"})");
  const auto done = books().upsert({Point{.id = 1, .vectors = DenseVector{1, 0.5F}, .payload = Json(Json::Object{{"a", 1}})}},
                                   {.wait = false,
                                    .ordering = WriteOrdering::kStrong,
                                    .timeout_s = 3,
                                    .shard_key = ShardKeySelector(7),
                                    .update_filter = field("a") == 1,
                                    .mode = UpdateMode::kUpdateOnly});
  ASSERT_TRUE(done) << done.error().to_text();
  EXPECT_EQ(done->operation_id, 4u);
  EXPECT_EQ(done->status, UpdateStatus::kAcknowledged);
  EXPECT_EQ(last().target, "/collections/my%20books/points?wait=false&ordering=strong&timeout=3");
  EXPECT_EQ(last().body,
            R"({"points":[{"id":1,"vector":[1.0,0.5],"payload":{"a":1}}],"shard_key":7,)"
            R"("update_filter":{"must":[{"key":"a","match":{"value":1}}]},"update_mode":"update_only"})");
  answer(R"({"operation_id":5,"status":"completed"})");
  ASSERT_TRUE(books().set_payload(Filter(field("a") == 1), Json(Json::Object{{"b", 2}}), "in",
                                  {.shard_key = ShardKeySelector(std::string("k"))}));
  EXPECT_EQ(last().method, "POST");
  EXPECT_EQ(last().body,
            R"({"filter":{"must":[{"key":"a","match":{"value":1}}]},"payload":{"b":2},"key":"in","shard_key":["k"]})");
  answer(R"([{"operation_id":6,"status":"completed"},{"operation_id":7,"status":"wait_timeout"}])");
  const auto both = books().update({Change::clear_payload(std::vector<PointId>{1}), Change::remove(std::vector<PointId>{2})});
  ASSERT_TRUE(both);
  EXPECT_EQ(both->at(1).status, UpdateStatus::kWaitTimeout);
  EXPECT_EQ(last().body, R"({"operations":[{"clear_payload":{"points":[1]}},{"delete":{"points":[2]}}]})");
}

TEST_F(QdrantCalls, EveryFormOfAPointIsRead) {
  answer(R"({"points":[
    {"id":7,"version":3,"score":0.5,"payload":{"a":[1,null]},"vector":[1,2.5]},
    {"id":"c4fe77e4-1f84-4dd5-9a9b-0c4c0b6c3b5a","version":0,"score":null,"vector":
      {"d":[0.5],"s":{"indices":[3],"values":[2]},"m":[[1,2],[3,4]]},"order_value":5,"shard_key":"eu"}]})");
  const auto hits = books().query({.query = Query::sample()}, {.consistency = "all", .timeout_s = 2});
  ASSERT_TRUE(hits) << hits.error().to_text();
  EXPECT_EQ(last().target, "/collections/my%20books/points/query?consistency=all&timeout=2");
  ASSERT_EQ(hits->size(), 2u);
  EXPECT_EQ(hits->at(0).id, PointId(7));
  EXPECT_EQ(hits->at(0).version, 3u);
  EXPECT_EQ(hits->at(0).score, 0.5);
  EXPECT_THAT(hits->at(0).vectors.dense(), ElementsAre(1, 2.5F));
  EXPECT_EQ(hits->at(0).payload.to_text(), R"({"a":[1,null]})");
  const ScoredPoint& second = hits->at(1);
  EXPECT_EQ(second.id.text(), "c4fe77e4-1f84-4dd5-9a9b-0c4c0b6c3b5a");
  EXPECT_THAT(second.vectors.dense("d"), ElementsAre(0.5F));
  EXPECT_EQ(*second.vectors.find("s"), Vector(SparseVector{{3}, {2}}));
  EXPECT_EQ(*second.vectors.find("m"), Vector(MultiVector{{{1, 2}, {3, 4}}}));
  EXPECT_EQ(second.vectors.find("x"), nullptr);
  EXPECT_EQ(second.order_value, Json(5));
  EXPECT_EQ(second.shard_key, Json("eu"));
}

TEST_F(QdrantCalls, AnswersOfAnotherFormAreErrors) {
  for (const std::string& body :
       {std::string("{"), std::string("[]"), ok("{}"), ok(R"({"points":3})"), ok(R"({"points":[{"score":1}]})"),
        ok(R"({"points":[{"id":1.5,"score":1}]})"), ok(R"({"points":[{"id":1,"score":"x"}]})"),
        ok(R"({"points":[{"id":1,"score":1,"vector":["x"]}]})"), ok(R"({"points":[{"id":1,"score":1,"vector":{"a":{}}}]})"),
        ok(R"({"points":[{"id":1,"score":1,"vector":{"a":{"indices":[-1],"values":[1]}}}]})")}) {
    server_.push(StubServer::answer(200, body));
    const auto hits = books().query({.query = Query::sample()});
    ASSERT_FALSE(hits) << body;
    EXPECT_EQ(hits.error().kind, ErrorKind::kBadAnswer) << body;
    EXPECT_EQ(hits.error().status, 200);
  }
}

TEST_F(QdrantCalls, TheOtherReads) {
  answer(R"({"status":"green","optimizer_status":{"error":"full"},"warnings":[{"message":"w"}],"points_count":3,
    "indexed_vectors_count":2,"segments_count":1,"config":{"params":{}},
    "payload_schema":{"a":{"data_type":"integer","points":3,"params":{"lookup":true}}},"created_at":"now"})");
  const auto info = books().info().value();
  EXPECT_EQ(info.status, CollectionStatus::kGreen);
  EXPECT_EQ(info.optimizer_status, "full");
  EXPECT_THAT(info.warnings, ElementsAre("w"));
  EXPECT_EQ(info.points_count, 3u);
  EXPECT_EQ(info.payload_schema.at("a").type, "integer");
  EXPECT_EQ(*info.raw.find("created_at"), Json("now"));
  answer(R"({"groups":[{"id":"x","hits":[{"id":1,"version":0,"score":1.0}],"lookup":{"id":9,"payload":{"n":1}}}]})");
  const auto groups = books().query_groups({.query = {.query = Query::sample()}, .group_by = "g"}).value();
  EXPECT_EQ(groups.at(0).id, Json("x"));
  EXPECT_EQ(groups.at(0).lookup->id, PointId(9));
  answer(R"([{"points":[]},{"points":[{"id":1,"version":0,"score":1.0}]}])");
  const auto lists = books().query_batch({{.query = Query::sample()}, {.query = Query::sample()}}).value();
  EXPECT_EQ(lists.at(1).size(), 1u);
  EXPECT_THAT(last().body, HasSubstr(R"({"searches":[{"query":)"));
  answer(R"({"hits":[{"value":"a","count":2},{"value":true,"count":1}]})");
  EXPECT_EQ(books().facet({.key = "k"}).value().at(1).value, Json(true));
  answer(R"({"pairs":[{"a":1,"b":2,"score":0.5}]})");
  EXPECT_EQ(books().matrix_pairs({.sample = 10}).value().at(0).b, PointId(2));
  answer(R"({"offsets_row":[0],"offsets_col":[1],"scores":[0.5],"ids":[1,2]})");
  EXPECT_THAT(books().matrix_offsets({}).value().ids, ElementsAre(PointId(1), PointId(2)));
  answer(R"({"aliases":[{"alias_name":"a","collection_name":"c"}]})");
  EXPECT_THAT(client().list_aliases().value(), ElementsAre(Alias{"a", "c"}));
  answer(R"({"collections":[{"name":"a"},{"name":"b"}]})");
  EXPECT_THAT(client().list_collections().value(), ElementsAre("a", "b"));
  server_.push(StubServer::answer(200, R"({"title":"t","version":"1.20.0"})"));
  EXPECT_EQ(client().version().value().version, "1.20.0");
  answer(R"({"exists":true})");
  EXPECT_FALSE(client().ensure_collection("x", {}).value());
  answer(R"({"peers":1})");
  EXPECT_EQ(client().request("GET", "/cluster").value(), Json(Json::Object{{"peers", 1}}));
}

TEST_F(QdrantCalls, AScrollGoesThroughItsPages) {
  answer(R"({"points":[{"id":1,"payload":{}},{"id":2}],"next_page_offset":3})");
  answer(R"({"points":[],"next_page_offset":4})");
  answer(R"({"points":[{"id":4}],"next_page_offset":null})");
  std::vector<PointId> ids;
  for (const Result<Record>& record : books().scroll({.limit = 2, .filter = field("a") == 1})) {
    ASSERT_TRUE(record) << record.error().to_text();
    ids.push_back(record->id);
  }
  EXPECT_THAT(ids, ElementsAre(PointId(1), PointId(2), PointId(4)));
  EXPECT_THAT(server_.requests().at(1).body, HasSubstr(R"("limit":2,"offset":3,)"));
}

TEST_F(QdrantCalls, AScrollEndsWithTheErrorOfAPage) {
  answer(R"({"points":[{"id":1}],"next_page_offset":2})");
  server_.push(StubServer::answer(403, R"({"status":{"error":"Forbidden: no"},"time":0})"));
  std::vector<bool> came;
  for (const Result<Record>& record : books().scroll()) came.push_back(record.has_value());
  EXPECT_THAT(came, ElementsAre(true, false));
  for (const Result<Record>& record : books().scroll({.order_by = OrderBy{.key = "a"}})) {
    EXPECT_EQ(record.error().kind, ErrorKind::kInvalidArgument);
  }
}

TEST_F(QdrantCalls, AScrollThatDoesNotMoveOnEnds) {
  server_.set_handler([](const StubServer::Request&) {
    return StubServer::answer(200, ok(R"({"points":[{"id":1}],"next_page_offset":1})"));
  });
  std::vector<bool> came;
  for (const Result<Record>& record : books().scroll()) came.push_back(record.has_value());
  EXPECT_THAT(came, ElementsAre(true, true, false));
}

TEST_F(QdrantCalls, FuturesAndCallbacksRunTheSameCalls) {
  server_.set_handler([](const StubServer::Request&) { return StubServer::answer(200, ok(R"({"count":1})")); });
  const Client shared = client();
  const Collection all = shared.collection("x");
  auto future = all.run_async([](const Collection& c) { return c.count(); });
  std::promise<std::uint64_t> called;
  all.run_async([](const Collection& c) { return c.count(); },
                [&](Result<std::uint64_t> count) { called.set_value(count.value_or(0)); });
  auto list = shared.run_async([](const Client& c) { return c.collection("x").count(); });
  EXPECT_EQ(list.get().value(), 1u);
  EXPECT_EQ(future.get().value(), 1u);
  EXPECT_EQ(called.get_future().get(), 1u);
}

std::vector<Point> many_points(std::uint64_t count) {
  std::vector<Point> points;
  for (std::uint64_t i = 0; i < count; ++i) points.push_back({.id = i, .vectors = DenseVector{1}});
  return points;
}

TEST_F(QdrantCalls, AnUploadSendsBatchesAtATimeAndTellsOfEach) {
  std::atomic<int> running{0};
  std::atomic<int> most{0};
  server_.set_handler([&](const StubServer::Request&) {
    const int now = ++running;
    for (int seen = most; now > seen && !most.compare_exchange_weak(seen, now);) {
    }
    std::this_thread::sleep_for(milliseconds(20));
    --running;
    return StubServer::answer(200, ok(R"({"operation_id":1,"status":"completed"})"));
  });
  std::vector<std::uint64_t> firsts;
  UploadProgress last_seen;
  UploadOptions options{.batch_points = 10, .parallel = 2, .write = {.wait = false}};
  options.on_batch = [&](const UploadBatch& batch, const UploadProgress& progress) {
    EXPECT_TRUE(batch.result);
    firsts.push_back(batch.first);
    EXPECT_GT(progress.points_sent, last_seen.points_sent);
    last_seen = progress;
  };
  const UploadReport report = books().upload(many_points(95), options);
  EXPECT_TRUE(report.ok());
  EXPECT_EQ(report.progress.points_sent, 95u);
  EXPECT_EQ(report.progress.batches_done, 10u);
  EXPECT_EQ(last_seen.points_sent, 95u);
  std::sort(firsts.begin(), firsts.end());
  EXPECT_THAT(firsts, ElementsAre(0, 10, 20, 30, 40, 50, 60, 70, 80, 90));
  EXPECT_EQ(most, 2);
  EXPECT_THAT(last().target, HasSubstr("wait=false"));
}

TEST_F(QdrantCalls, AnUploadTakesNoMoreThanItCanSend) {
  std::promise<void> go;
  auto gate = go.get_future().share();
  server_.set_handler([gate](const StubServer::Request&) {
    gate.wait();
    return StubServer::answer(200, ok(R"({"operation_id":1,"status":"completed"})"));
  });
  std::atomic<std::uint64_t> taken{0};
  auto counted = std::views::iota(std::uint64_t{0}, std::uint64_t{1000}) | std::views::transform([&](std::uint64_t i) {
                   ++taken;
                   return Point{.id = i, .vectors = DenseVector{1}};
                 });
  const Collection target = books();
  std::thread upload([&] { EXPECT_TRUE(target.upload(counted, {.batch_points = 10, .parallel = 2}).ok()); });
  // Two batches on their way, two that wait, one that is being filled.
  std::this_thread::sleep_for(milliseconds(100));
  EXPECT_LE(taken, 50u);
  go.set_value();
  upload.join();
  EXPECT_EQ(taken, 1000u);
}

TEST_F(QdrantCalls, AFailedBatchEndsTheUploadUnlessToldOtherwise) {
  const auto refuse_second = [](const StubServer::Request& request) {
    if (request.body.find("\"id\":10,") != std::string::npos) {
      return StubServer::answer(400, R"({"status":{"error":"Wrong input: bad"},"time":0})");
    }
    return StubServer::answer(200, ok(R"({"operation_id":1,"status":"completed"})"));
  };
  server_.set_handler(refuse_second);
  UploadReport report = books().upload(many_points(1000), {.batch_points = 10, .parallel = 1});
  ASSERT_FALSE(report.ok());
  EXPECT_EQ(report.failed.front().first, 10u);
  EXPECT_EQ(report.failed.front().count, 10u);
  EXPECT_EQ(report.failed.front().result.error().message, "Wrong input: bad");
  EXPECT_EQ(report.progress.points_sent, 10u);
  for (std::size_t i = 1; i < report.failed.size(); ++i) {
    EXPECT_EQ(report.failed[i].result.error().kind, ErrorKind::kCancelled);
  }
  report = books().upload(std::list<Point>(), {});
  EXPECT_TRUE(report.ok());
  report = books().upload(many_points(100), {.batch_points = 10, .parallel = 2, .stop_at_failure = false});
  EXPECT_EQ(report.failed.size(), 1u);
  EXPECT_EQ(report.progress.points_sent, 90u);
  EXPECT_EQ(report.progress.points_failed, 10u);
}

TEST_F(QdrantCalls, AStopEndsAnUpload) {
  std::stop_source stop;
  server_.set_handler([stop](const StubServer::Request&) {  // Its own: it may run when the test has ended.
    stop.request_stop();
    return StubServer::slow(StubServer::answer(200, ok(R"({"operation_id":1,"status":"completed"})")), milliseconds(5000));
  });
  CallOptions call;
  call.stop = stop.get_token();
  const UploadReport report = books().upload(many_points(1000), {.batch_points = 10, .stop_at_failure = false}, call);
  EXPECT_FALSE(report.ok());
  EXPECT_EQ(report.failed.front().result.error().kind, ErrorKind::kCancelled);
  EXPECT_LT(report.progress.elapsed, milliseconds(4000));
}

}  // namespace
}  // namespace alidade::qdrant
