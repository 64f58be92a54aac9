// The façade that throws: values where the other has a Result, exceptions where it has an Error.

#include "alidade/qdrant/throwing.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "testing/stub_server.h"

namespace alidade::qdrant {
namespace {

using client::testing::StubServer;

std::string body_of(const std::string& result) { return R"({"result":)" + result + R"(,"status":"ok","time":0})"; }

class QdrantThrowing : public ::testing::Test {
 protected:
  throwing::Client client() const {
    ClientOptions options{.url = server_.url()};
    options.connection.proxy = "none";
    return throwing::Client(std::move(options));
  }
  void answer(const std::string& result) { server_.push(StubServer::answer(200, body_of(result))); }

  StubServer server_;
};

TEST_F(QdrantThrowing, ValuesComeAsTheyAre) {
  const throwing::Collection books = client().collection("books");
  answer(R"({"count":3})");
  EXPECT_EQ(books.count(), 3u);
  answer(R"({"points":[{"id":1,"version":0,"score":0.5}]})");
  EXPECT_EQ(books.query({.query = Query::sample()}).at(0).score, 0.5);
  answer("[]");
  EXPECT_TRUE(books.snapshots().list().empty());
  answer(R"({"collections":[{"name":"books"}]})");
  EXPECT_THAT(client().list_collections(), ::testing::ElementsAre("books"));
  answer(R"({"points":[{"id":1},{"id":2}],"next_page_offset":3})");
  answer(R"({"points":[{"id":3}]})");
  std::vector<PointId> ids;
  for (const Record& record : books.scroll({.limit = 2})) ids.push_back(record.id);
  EXPECT_THAT(ids, ::testing::ElementsAre(PointId(1), PointId(2), PointId(3)));
}

TEST_F(QdrantThrowing, ErrorsAreThrown) {
  const throwing::Collection books = client().collection("books");
  server_.set_handler([](const StubServer::Request&) {
    return StubServer::answer(404, R"({"status":{"error":"Not found: no books"},"time":0})");
  });
  try {
    (void)books.info();
    FAIL() << "nothing was thrown";
  } catch (const client::Exception& exception) {
    EXPECT_EQ(exception.error().kind, ErrorKind::kNotFound);
    EXPECT_THAT(exception.what(), ::testing::HasSubstr("no books"));
  }
  EXPECT_THROW((void)books.upload(std::vector<Point>{{.id = 1, .vectors = DenseVector{1}}}), client::Exception);
  EXPECT_THROW((void)books.snapshots().create(), client::Exception);
  EXPECT_THROW(
      {
        for (const Record& record : books.scroll()) (void)record.id;
      },
      client::Exception);
  EXPECT_THROW(throwing::Client(ClientOptions{.url = "ftp://x"}), client::Exception);
}

}  // namespace
}  // namespace alidade::qdrant
