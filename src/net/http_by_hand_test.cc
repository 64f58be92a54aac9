// Requests as shells, health checks and old clients write them, over a socket.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <thread>

#include "net/test_client.h"

namespace alidade::net {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::StartsWith;
using test::Client;
using test::echo_listener;
using test::start;

TEST(HttpByHand, AnswersLineFeedsAndEmptyLinesInEveryCut) {
  const auto server = start(echo_listener());
  const std::string first = "\r\n\nGET /1 HTTP/1.1\nHost: x\n\n";
  const std::string second = "\nPOST /2 HTTP/1.1\r\nContent-Length: 4\n\n\n\r\n\n";
  const std::string third = "\r\n\n\r\nGET /3 HTTP/1.0\n\n";
  const std::string all = first + second + third;
  for (std::size_t cut = 0; cut <= all.size(); ++cut) {
    Client client(server->port(0));
    client.send(all.substr(0, cut));
    std::this_thread::yield();
    client.send(all.substr(cut));
    EXPECT_THAT(client.read_answer(), AllOf(StartsWith("HTTP/1.1 200"), EndsWith("GET /1? []")));
    EXPECT_THAT(client.read_answer(), EndsWith("POST /2? [\n\r\n\n]"));  // Bodies stay as they are.
    EXPECT_THAT(client.read_all(), AllOf(StartsWith("HTTP/1.0 200"), EndsWith("GET /3? []")));
  }
}

TEST(HttpByHand, ReadsAStrayLineFeedBetweenRequestsThatWaitForEachOther) {
  const auto server = start(echo_listener());
  Client client(server->port(0));
  for (int i = 0; i < 3; ++i) {
    client.send("GET /again HTTP/1.1\r\n\r\n");
    EXPECT_THAT(client.read_answer(), StartsWith("HTTP/1.1 200"));
    client.send(i % 2 == 0 ? "\n" : "\r\n");
  }
}

TEST(HttpByHand, ReadsChunksWhoseSizeEndsInALineFeed) {
  const auto server = start(echo_listener());
  Client client(server->port(0));
  client.send("POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n3\na\nb\r\n0\n\r\n\n");
  EXPECT_THAT(client.read_answer(), EndsWith("[a\nb]"));
  client.send("GET /next HTTP/1.1\r\n\r\n");
  EXPECT_THAT(client.read_answer(), EndsWith("GET /next? []"));
}

TEST(HttpByHand, AsksForTheBodyWhateverTheCaseOfExpect) {
  const auto server = start(echo_listener());
  Client client(server->port(0));
  client.send("POST / HTTP/1.1\nExpect: 100-Continue\nContent-Length: 2\n\n");
  EXPECT_EQ(client.read_answer(), "HTTP/1.1 100 Continue\r\n\r\n");
  client.send("ok");
  EXPECT_THAT(client.read_answer(), EndsWith("[ok]"));
}

TEST(HttpByHand, ReadsNoSecondRequestOutOfADoubtfulOne) {
  const auto server = start(echo_listener());
  const std::string hidden = "GET /hidden HTTP/1.1\r\n\r\n";
  for (const std::string doubtful : {
           "POST / HTTP/1.1\r\nContent-Length: 0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
           "POST / HTTP/1.1\r\nTransfer-Encoding: xchunked\r\n\r\n",
           "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n",
           "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\n",
           "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n0;a\n\r\n",
           "GET / HTTP/1.1\r\nA: b\rContent-Length: 30\r\n\r\n",
           "GET / HTTP/1.1\r\nA: b\r\n Content-Length: 30\r\n\r\n",
       }) {
    Client client(server->port(0));
    client.send(doubtful + hidden);
    client.close_sending();
    const std::string answer = client.read_all();
    EXPECT_THAT(answer, AllOf(StartsWith("HTTP/1.1 400"), HasSubstr("connection: close")))
        << doubtful;
    EXPECT_EQ(answer.find("HTTP/1.1 200"), std::string::npos) << doubtful;
  }
}

TEST(HttpByHand, TellsWhatIsTooLongBeforeTheRestComes) {
  const auto server = start(echo_listener());
  Client line(server->port(0));
  line.send("GET /" + std::string(64 * 1024, 'a'));
  EXPECT_THAT(line.read_answer(), StartsWith("HTTP/1.1 414"));
  Client lines(server->port(0));
  std::string many = "GET / HTTP/1.1\r\n";
  for (int i = 0; i < 200; ++i) many += "a:\n";
  lines.send(many);
  EXPECT_THAT(lines.read_answer(), StartsWith("HTTP/1.1 431"));
}

TEST(HttpByHand, AnswersAFloodOfPipelinedRequestsInOrder) {
  const auto server = start(echo_listener());
  Client client(server->port(0));
  constexpr int kCount = 2'000;
  std::string burst;
  for (int i = 0; i < kCount; ++i) burst += "GET /" + std::to_string(i) + " HTTP/1.1\n\n\n";
  std::thread sender([&] { client.send(burst); });
  for (int i = 0; i < kCount; ++i) {
    ASSERT_THAT(client.read_answer(), EndsWith("GET /" + std::to_string(i) + "? []"));
  }
  sender.join();
}

}  // namespace
}  // namespace alidade::net
