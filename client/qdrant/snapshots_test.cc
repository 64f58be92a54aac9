// Snapshots against a server that answers as told: what is sent, and where the bytes go.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <regex>

#include "alidade/qdrant.h"
#include "testing/stub_server.h"

namespace alidade::qdrant {
namespace {

using client::BodySink;
using client::BodySource;
using client::testing::StubServer;
using std::chrono::milliseconds;
using ::testing::HasSubstr;

std::string answer_of(const std::string& result) { return R"({"result":)" + result + R"(,"status":"ok","time":0.1})"; }

std::string content_of(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

class QdrantSnapshots : public ::testing::Test {
 protected:
  QdrantSnapshots() : folder_(std::filesystem::temp_directory_path() / ("alidade-snapshots-" + std::to_string(server_.port()))) {
    std::filesystem::create_directories(folder_);
  }
  ~QdrantSnapshots() override { std::filesystem::remove_all(folder_); }

  Client client() const {
    ClientOptions options{.url = server_.url()};
    options.connection.proxy = "none";
    options.retry.min_delay = options.retry.max_delay = milliseconds(1);
    options.retry.jitter = false;
    return Client::make(std::move(options)).value();
  }
  Snapshots books() const { return client().collection("my books").snapshots(); }
  void answer(const std::string& result) { server_.push(StubServer::answer(200, answer_of(result))); }
  std::string path(const char* name) const { return folder_ / name; }
  StubServer::Request last() const { return server_.requests().back(); }
  std::string last_call() const { return last().method + " " + last().target; }

  StubServer server_;
  std::filesystem::path folder_;
};

TEST_F(QdrantSnapshots, AreMadeListedAndDeleted) {
  answer(R"({"name":"a b.snapshot","creation_time":"2026-01-02T03:04:05","size":77,"checksum":"ab"})");
  const auto made = books().create();
  ASSERT_TRUE(made) << made.error().to_text();
  EXPECT_EQ(last_call(), "POST /collections/my%20books/snapshots?wait=true");
  EXPECT_EQ(made->name, "a b.snapshot");
  EXPECT_EQ(made->creation_time, "2026-01-02T03:04:05");
  EXPECT_EQ(made->size_bytes, 77u);
  EXPECT_EQ(made->checksum, "ab");
  // 202 holds no result.
  server_.push(StubServer::answer(202, R"({"status":"accepted","time":0})"));
  EXPECT_TRUE(books().start_create());
  EXPECT_EQ(last_call(), "POST /collections/my%20books/snapshots?wait=false");
  answer(R"([{"name":"x","size":1},{"name":"y","creation_time":null,"size":2,"checksum":null}])");
  const auto all = client().snapshots().list();
  ASSERT_TRUE(all) << all.error().to_text();
  EXPECT_EQ(last_call(), "GET /snapshots");
  EXPECT_EQ(all->at(1).name, "y");
  EXPECT_EQ(all->at(1).checksum, "");
  answer("true");
  EXPECT_TRUE(client().collection("c").shard_snapshots(3).remove("a/b").value());
  EXPECT_EQ(last_call(), "DELETE /collections/c/shards/3/snapshots/a%2Fb?wait=true");
  for (const char* other : {"{}", "[{}]", "3"}) {
    answer(other);
    EXPECT_EQ(books().list().error().kind, ErrorKind::kBadAnswer) << other;
  }
}

TEST_F(QdrantSnapshots, ALostAnswerIsNotASecondSnapshot) {
  server_.push(StubServer::answer(503, "{}"));
  EXPECT_EQ(books().create().error().kind, ErrorKind::kUnavailable);
  server_.push(StubServer::reset());
  EXPECT_EQ(books().create().error().kind, ErrorKind::kTransport);
  EXPECT_EQ(server_.requests().size(), 2u);
}

TEST_F(QdrantSnapshots, AFileTakesItsNameWhenItIsWhole) {
  const std::string bytes(300'000, 'x');
  server_.push(StubServer::answer(200, bytes + "end"));
  const auto size = books().download("s", path("whole"));
  ASSERT_TRUE(size) << size.error().to_text();
  EXPECT_EQ(last_call(), "GET /collections/my%20books/snapshots/s");
  EXPECT_EQ(*size, bytes.size() + 3);
  EXPECT_EQ(content_of(path("whole")), bytes + "end");
  // What is there stays until the new one is whole; a download that breaks off begins anew.
  server_.push(StubServer::truncated("half", 100));
  server_.push(StubServer::answer(200, "again"));
  EXPECT_EQ(books().download("s", path("whole")).value(), 5u);
  EXPECT_EQ(content_of(path("whole")), "again");
  server_.push(StubServer::answer(404, R"({"status":{"error":"Not found: Snapshot"},"time":0})"));
  const auto missing = books().download("s", path("whole"));
  EXPECT_EQ(missing.error().kind, ErrorKind::kNotFound);
  EXPECT_EQ(missing.error().message, "Not found: Snapshot");
  EXPECT_EQ(content_of(path("whole")), "again");
  EXPECT_FALSE(std::filesystem::exists(path("whole.part")));
  EXPECT_EQ(books().download("s", path("no/such/folder")).error().kind, ErrorKind::kInvalidArgument);
}

TEST_F(QdrantSnapshots, ASinkGetsTheBytesOnce) {
  server_.push(StubServer::truncated("half", 100));
  std::string got;
  const auto broken = books().download("s", BodySink{.write = [&](std::string_view part) {
    got += part;
    return true;
  }});
  EXPECT_EQ(broken.error().kind, ErrorKind::kTransport);
  EXPECT_EQ(got, "half");
  EXPECT_EQ(server_.requests().size(), 1u);
  server_.push(StubServer::answer(200, "unwanted"));
  const auto ended = books().download("s", BodySink{.write = [](std::string_view) { return false; }});
  EXPECT_EQ(ended.error().kind, ErrorKind::kCancelled);
  // Before the first byte it is tried again as any GET.
  server_.push(StubServer::answer(503, "{}"));
  server_.push(StubServer::chunked(200, {"a", "b"}));
  got.clear();
  EXPECT_EQ(client().collection("c").shard_snapshots(0).stream(BodySink{.write = [&](std::string_view part) {
    got += part;
    return true;
  }}).value(), 2u);
  EXPECT_EQ(last_call(), "GET /collections/c/shards/0/snapshot");
  EXPECT_EQ(got, "ab");
  EXPECT_EQ(books().stream({}).error().kind, ErrorKind::kInvalidArgument);
}

TEST_F(QdrantSnapshots, ADownloadMayBeLongerThanAnAnswer) {
  ClientOptions options{.url = server_.url()};
  options.connection.proxy = "none";
  options.connection.max_response_bytes = 1000;
  server_.push(StubServer::answer(200, std::string(5000, 'x')));
  const auto collection = Client::make(options).value().collection("c");
  EXPECT_EQ(collection.snapshots().download("s", path("large")).value(), 5000u);
}

TEST_F(QdrantSnapshots, AreRecoveredFromAPlace) {
  answer("true");
  ASSERT_TRUE(books().recover("file:///a.snapshot", {.priority = SnapshotPriority::kReplica, .checksum = "ff", .api_key = "k"}));
  EXPECT_EQ(last_call(), "PUT /collections/my%20books/snapshots/recover?wait=true");
  EXPECT_EQ(last().body, R"({"location":"file:///a.snapshot","priority":"replica","checksum":"ff","api_key":"k"})");
  server_.push(StubServer::answer(202, "{}"));
  ASSERT_TRUE(books().recover("http://other/s", {.wait = false}));
  EXPECT_EQ(last().body, R"({"location":"http://other/s"})");
  EXPECT_EQ(client().snapshots().recover("x").error().kind, ErrorKind::kInvalidArgument);
  server_.push(StubServer::answer(501, R"({"status":{"error":"snapshots are not implemented"},"time":0})"));
  EXPECT_EQ(books().recover("file:///a").error().kind, ErrorKind::kUnimplemented);
}

TEST_F(QdrantSnapshots, AFileIsSentAsAForm) {
  const std::string bytes(700'000, 'y');
  std::ofstream(path("mine"), std::ios::binary) << bytes << '\0' << "end";
  answer("true");
  const auto sent = books().upload(path("mine"), {.priority = SnapshotPriority::kSnapshot, .checksum = "aa"});
  ASSERT_TRUE(sent) << sent.error().to_text();
  EXPECT_EQ(last_call(), "POST /collections/my%20books/snapshots/upload?wait=true&priority=snapshot&checksum=aa");
  std::smatch found;
  const std::string type = last().header("content-type");
  ASSERT_TRUE(std::regex_match(type, found, std::regex("multipart/form-data; boundary=([\\w-]+)"))) << type;
  const std::string boundary = found[1];
  EXPECT_EQ(last().body, "--" + boundary +
                             "\r\nContent-Disposition: form-data; name=\"snapshot\"; filename=\"snapshot\"\r\n"
                             "Content-Type: application/octet-stream\r\n\r\n" +
                             bytes + std::string(1, '\0') + "end\r\n--" + boundary + "--\r\n");
  EXPECT_EQ(books().upload(path("none")).error().kind, ErrorKind::kInvalidArgument);
  EXPECT_EQ(client().snapshots().upload(path("mine")).error().kind, ErrorKind::kInvalidArgument);
}

TEST_F(QdrantSnapshots, ASourceIsReadAnewForEachAttempt) {
  const std::string bytes = "0123456789";
  const BodySource source{.size_bytes = bytes.size(), .read = [&](std::uint64_t offset, std::span<char> room) {
                            const std::size_t count = std::min<std::size_t>({room.size(), bytes.size() - offset, 3});
                            std::copy_n(bytes.data() + offset, count, room.data());
                            return count;
                          }};
  server_.push(StubServer::answer(429, "{}"));
  answer("true");
  ASSERT_TRUE(books().upload(source));
  EXPECT_EQ(server_.requests().size(), 2u);
  EXPECT_THAT(last().body, HasSubstr("\r\n\r\n0123456789\r\n--"));
  const BodySource short_of_its_word{.size_bytes = 10, .read = [](std::uint64_t, std::span<char>) { return std::size_t{0}; }};
  const auto failed = books().upload(short_of_its_word);
  EXPECT_EQ(failed.error().kind, ErrorKind::kInvalidArgument) << failed.error().to_text();
}

TEST_F(QdrantSnapshots, ACallMayHaveMoreTimeThanTheOthers) {
  ClientOptions options{.url = server_.url()};
  options.connection.proxy = "none";
  options.connection.request_timeout = milliseconds(50);
  options.retry.max_retries = 0;
  const auto snapshots = Client::make(options).value().collection("c").snapshots();
  const auto slow = [&] {
    server_.push(StubServer::slow(StubServer::answer(200, answer_of(R"({"name":"x","size":1})")), milliseconds(200)));
  };
  slow();
  EXPECT_EQ(snapshots.create().error().kind, ErrorKind::kTimeout);
  slow();
  CallOptions call;
  call.request_timeout = milliseconds(0);
  EXPECT_TRUE(snapshots.create(call));
}

}  // namespace
}  // namespace alidade::qdrant
