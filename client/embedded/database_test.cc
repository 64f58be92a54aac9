// The embedded engine through the clients of both dialects, and beside a server on the same folder.

#include "alidade/embedded.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <filesystem>
#include <future>
#include <thread>

#include "alidade/chroma.h"
#include "alidade/embed.h"
#include "alidade/qdrant.h"
#include "app/serve.h"
#include "env/env.h"

namespace alidade::embedded {
namespace {

using chroma::CallOptions;
using chroma::Collection;
using chroma::Include;
using chroma::Key;
using chroma::Metadata;
using std::chrono::milliseconds;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

class EmbeddedTest : public ::testing::Test {
 protected:
  EmbeddedTest() {
    std::string pattern = ::testing::TempDir() + "embeddedXXXXXX";
    folder_ = ::mkdtemp(pattern.data());
  }
  ~EmbeddedTest() override { std::filesystem::remove_all(folder_); }

  std::string data() const { return folder_ + "/data"; }
  Database open(Options options = {}) const { return Database::open(data(), std::move(options)).value(); }

  std::string folder_;
};

chroma::Records books() {
  return {.ids = {"moby", "dune", "emma"},
          .embeddings = {{1, 0}, {0, 1}, {1, 1}},
          .documents = {"A captain hunts a whale.", "A boy inherits a desert.", std::nullopt},
          .uris = {},
          .metadatas = {Metadata{{"year", 1851}, {"ratio", 2.0}}, Metadata{{"year", 1965}}, std::nullopt}};
}

// A server on the same folder, whose Chroma port is asked for by the system.
class Served {
 public:
  explicit Served(const std::string& data) : log_(observe::LogLevel::kOff, [] { return std::int64_t{0}; }) {
    app::Settings settings;
    settings.data = data;
    settings.chroma_port = 0;
    settings.qdrant_port = std::nullopt;
    settings.grpc_port = std::nullopt;
    server_ = app::Server::start(settings, env::posix_env(), log_);
  }
  const Status status() const { return server_.status(); }
  std::string url() const {
    return "http://127.0.0.1:" + std::to_string((*server_)->addresses().front().port);
  }

 private:
  observe::Log log_;
  alidade::Result<std::unique_ptr<app::Server>> server_ = Status(StatusCode::kInternal, "not started");
};

TEST_F(EmbeddedTest, HasTheInterfaceOfTheChromaClient) {
  const auto client = embedded::open(data()).value();
  const Collection collection =
      client.create_collection("books", {.metadata = Metadata{{"kind", "novel"}}}).value();
  collection.add(books()).value();
  EXPECT_EQ(collection.count().value(), 3u);

  const auto near = collection.query({.embeddings = {{1.0F, 0.1F}}, .n_results = 2}).value();
  EXPECT_THAT(near.ids, ElementsAre(ElementsAre("moby", "emma")));
  EXPECT_EQ(near.documents->at(0).at(0), "A captain hunts a whale.");
  EXPECT_NEAR(*near.distances->at(0).at(0), 0.01, 1e-6);

  const std::vector<float> matrix = {1, 0, 0, 1};
  for (const auto& vectors : {chroma::Embeddings({{1, 0}, {0, 1}}), chroma::Embeddings::borrow(matrix, 2)}) {
    const auto both = collection.query({.embeddings = vectors, .n_results = 1, .where = Key("year") > 0}).value();
    EXPECT_THAT(both.ids, ElementsAre(ElementsAre("moby"), ElementsAre("dune")));
  }
  EXPECT_EQ(collection.query({.embeddings = {{1, 0}, {1}}}).error().kind, ErrorKind::kInvalidArgument);
  EXPECT_EQ(collection.query({.embeddings = {{1, 0, 0}}}).error().kind, ErrorKind::kRejected);
  const auto none = collection.query({.embeddings = {}});
  EXPECT_TRUE(none && none->ids.empty());

  const auto late = collection.get({.where = Key("year") > 1900, .include = std::vector{Include::kMetadatas}}).value();
  EXPECT_THAT(late.ids, ElementsAre("dune"));
  EXPECT_EQ(late.metadatas->at(0), (Metadata{{"year", 1965}}));
  EXPECT_FALSE(late.documents);
  EXPECT_EQ(collection.remove({.ids = std::vector<std::string>{"moby"}}).value(), 1u);
  EXPECT_EQ(client.get_collection("books")->count().value(), 2u);
}

TEST_F(EmbeddedTest, RefusesInTheWordsOfTheServer) {
  const auto client = open().chroma();
  const auto missing = client.get_collection("nobody");
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().kind, ErrorKind::kNotFound);
  EXPECT_EQ(missing.error().status, 404);
  EXPECT_EQ(missing.error().name, "NotFoundError");
  EXPECT_THAT(missing.error().message, HasSubstr("nobody"));
  EXPECT_EQ(missing.error().attempts, 1);
  const auto reset = client.reset();
  EXPECT_EQ(reset.error().kind, ErrorKind::kPermissionDenied);
}

TEST_F(EmbeddedTest, ResetsWhereItIsAllowed) {
  const auto client = open({.allow_reset = true}).chroma();
  client.create_collection("books").value();
  client.reset().value();
  EXPECT_EQ(client.count_collections().value(), 0u);
}

TEST_F(EmbeddedTest, BothDialectsSeeTheSameRecords) {
  const Database database = open();
  const auto points = database.qdrant();
  points.create_collection("books", {.vectors = qdrant::VectorParams{.size = 2, .distance = qdrant::Distance::kDot}}).value();
  auto books = points.collection("books");
  books.upsert(std::vector<qdrant::Point>{{.id = 1, .vectors = std::vector<float>{1, 0}},
                                          {.id = 2, .vectors = std::vector<float>{0, 1}}}).value();
  const auto near = books.query({.query = qdrant::Query(std::vector<float>{1, 0}), .limit = 1}).value();
  ASSERT_EQ(near.size(), 1u);
  EXPECT_EQ(near[0].id, qdrant::PointId(1));
  EXPECT_EQ(database.chroma().get_collection("books")->count().value(), 2u);
  EXPECT_THAT(points.list_collections().value(), ElementsAre("books"));
}

TEST_F(EmbeddedTest, KeepsWhatItWroteAndClosesWithTheLastClient) {
  {
    const auto client = embedded::open(data()).value();
    client.create_collection("books")->add(books()).value();
  }
  const auto again = embedded::open(data());
  ASSERT_TRUE(again) << again.error().to_text();
  const auto peek = again->get_collection("books")->peek().value();
  EXPECT_THAT(peek.ids, ElementsAre("moby", "dune", "emma"));
  EXPECT_THAT(peek.embeddings->at(2), ElementsAre(1, 1));
  EXPECT_EQ(peek.metadatas->at(0), (Metadata{{"year", 1851}, {"ratio", 2.0}}));
}

TEST_F(EmbeddedTest, AFolderHasOneOwner) {
  const Database first = open();
  const auto second = Database::open(data());
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().kind, ErrorKind::kUnavailable);
  EXPECT_EQ(second.error().name, "DataFolderInUse");
  EXPECT_THAT(second.error().message, HasSubstr(data()));
  EXPECT_EQ(Served(data()).status().code(), StatusCode::kAlreadyExists);
  first.close().value();
  EXPECT_TRUE(Database::open(data()));
}

TEST_F(EmbeddedTest, TheServerReadsWhatItWroteAndTheOtherWayRound) {
  {
    const auto client = open().chroma();
    client.create_collection("books", {.metadata = Metadata{{"kind", "novel"}}})->add(books()).value();
  }
  {
    const Served server(data());
    ASSERT_TRUE(server.status().ok()) << server.status().message();
    chroma::ClientOptions options;
    options.endpoint = server.url();
    options.connection.proxy = "none";
    const auto client = chroma::Client::make(options).value();
    const Collection collection = client.get_collection("books").value();
    EXPECT_EQ(collection.metadata(), (Metadata{{"kind", "novel"}}));
    EXPECT_THAT(collection.get()->ids, ElementsAre("moby", "dune", "emma"));
    collection.upsert({.ids = {"solaris"}, .embeddings = {{0.5F, 0.5F}}, .documents = {"An ocean thinks."}}).value();
    EXPECT_EQ(Database::open(data()).error().name, "DataFolderInUse");
  }
  const auto found = open().chroma().get_collection("books")->get({.where_document = chroma::WhereDocument::contains("ocean")}).value();
  EXPECT_THAT(found.ids, ElementsAre("solaris"));
}

TEST_F(EmbeddedTest, RefusesFoldersThatCannotBe) {
  EXPECT_EQ(Database::open("").error().kind, ErrorKind::kInvalidArgument);
  EXPECT_EQ(Database::open(std::string_view("a\0b", 3)).error().kind, ErrorKind::kInvalidArgument);
  EXPECT_EQ(Database::open("/proc/nowhere/data").error().kind, ErrorKind::kServer);
  EXPECT_EQ(Database::open(data(), {.threads = 100'000}).error().kind, ErrorKind::kInvalidArgument);
}

TEST_F(EmbeddedTest, CallsAfterTheEndSayThatItIsClosed) {
  const Database database = open();
  const auto client = database.chroma();
  const Collection collection = client.create_collection("books").value();
  database.close().value();
  database.close().value();
  const auto late = collection.count();
  ASSERT_FALSE(late);
  EXPECT_EQ(late.error().kind, ErrorKind::kUnavailable);
  EXPECT_EQ(late.error().name, "DatabaseClosed");
  EXPECT_EQ(late.error().attempts, 1);
}

TEST_F(EmbeddedTest, DeadlinesAndStopsEndCalls) {
  const Collection collection = open().chroma().create_collection("books").value();
  std::stop_source stopped;
  stopped.request_stop();
  EXPECT_EQ(collection.count({.stop = stopped.get_token()}).error().kind, ErrorKind::kCancelled);
  EXPECT_EQ(collection.count(CallOptions::within(milliseconds(0))).error().kind, ErrorKind::kTimeout);

  // A batch of searches that takes far longer than anybody waits for it.
  constexpr std::size_t kRows = 4000, kDim = 64;
  std::vector<float> values(kRows * kDim);
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = static_cast<float>((i * 2654435761u) % 1000) / 1000;
  std::vector<std::string> ids;
  for (std::size_t i = 0; i < kRows; ++i) ids.push_back(std::to_string(i));
  collection.add({.ids = ids, .embeddings = chroma::Embeddings::borrow(values, kDim)}).value();
  const auto many = [&] {
    return chroma::QueryRequest{.embeddings = chroma::Embeddings::borrow(values, kDim), .n_results = 500};
  };
  const auto start = std::chrono::steady_clock::now();
  EXPECT_EQ(collection.query(many(), CallOptions::within(milliseconds(30))).error().kind, ErrorKind::kTimeout);
  std::stop_source later;
  std::jthread stopper([&] {
    std::this_thread::sleep_for(milliseconds(30));
    later.request_stop();
  });
  EXPECT_EQ(collection.query(many(), {.stop = later.get_token()}).error().kind, ErrorKind::kCancelled);
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(10));
}

TEST_F(EmbeddedTest, ThreadsShareItAndCloseWaitsForThem) {
  const Database database = open();
  const Collection collection = database.chroma().create_collection("books").value();
  std::atomic<int> written = 0, refused = 0;
  {
    std::vector<std::jthread> threads;
    for (int thread = 0; thread < 4; ++thread) {
      threads.emplace_back([&, thread] {
        for (int i = 0; i < 200; ++i) {
          const std::string id = std::to_string(thread) + "-" + std::to_string(i);
          const auto done = collection.upsert({.ids = {id}, .embeddings = {{static_cast<float>(i), 1}}});
          if (!done) {
            EXPECT_EQ(done.error().name, "DatabaseClosed") << done.error().to_text();
            ++refused;
            return;
          }
          ++written;
          const auto near = collection.query({.embeddings = {{static_cast<float>(i), 1}}, .n_results = 1});
          EXPECT_TRUE(!near || near->ids.at(0).size() == 1u);
        }
      });
    }
    while (written < 40) std::this_thread::sleep_for(milliseconds(1));
    database.close().value();
  }
  EXPECT_GT(refused, 0);
  // Every write that was answered is there.
  EXPECT_EQ(open().chroma().get_collection("books")->count().value(), static_cast<std::uint64_t>(written));
}

TEST_F(EmbeddedTest, RunsInTheBackgroundAndOutlivesItsDatabase) {
  std::future<Result<std::uint64_t>> count;
  {
    const Collection collection = embedded::open(data())->create_collection("books").value();
    collection.add(books()).value();
    count = collection.run_async([](const Collection& c) { return c.count(); });
  }
  EXPECT_EQ(count.get().value(), 3u);
}

TEST_F(EmbeddedTest, BulkLoadsAndEmbedsLikeTheOthers) {
  const auto client = open().chroma();
  const Collection collection = client.create_collection("books").value();
  const auto embedder =
      embed::Embedder::make({.provider = embed::Provider::kHashing, .dimensions = 16}).value();
  const auto vectors = embedder.embed_documents(std::vector<std::string>{"red apple", "green pear"}).value();
  std::size_t next = 0;
  const auto report = chroma::bulk_load(collection, [&]() -> std::optional<chroma::Record> {
    if (next == 2) return std::nullopt;
    const auto row = vectors.row(next);
    return chroma::Record{.id = std::to_string(next++), .embedding = {row.begin(), row.end()}};
  });
  EXPECT_TRUE(report.ok());
  const auto near = collection.query({.embeddings = {embedder.embed_query("red apple").value()}, .n_results = 1}).value();
  EXPECT_THAT(near.ids, ElementsAre(ElementsAre("0")));
}

TEST_F(EmbeddedTest, TellsItsLog) {
  std::mutex mutex;
  std::string lines;
  {
    const auto client = open({.log = [&](std::string_view line) {
                                const std::lock_guard lock(mutex);
                                lines += line;
                              },
                              .log_level = client::LogLevel::kDebug}).chroma();
    client.create_collection("books").value();
  }
  EXPECT_THAT(lines, HasSubstr("\"message\""));
}

}  // namespace
}  // namespace alidade::embedded
