// Bodies that would take more memory together than the server was given.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <thread>

#include "base/mutex.h"
#include "net/gzip.h"
#include "net/test_client.h"

namespace alidade::net {
namespace {

using test::Client;
using test::start;
using ::testing::AllOf;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::StartsWith;

/// Bodies stay with their requests until somebody answers.
struct Hold {
  base::Mutex mutex;
  std::vector<std::pair<HttpRequest, Responder>> held ALD_GUARDED_BY(mutex);

  ListenerOptions listener() {
    ListenerOptions options;
    options.handler = [this](HttpRequest&& request, Responder&& responder) {
      if (request.path != "/hold") return test::echo(std::move(request), std::move(responder));
      const base::MutexLock lock(mutex);
      held.emplace_back(std::move(request), std::move(responder));
    };
    options.on_overload = [](const HttpRequest& request) {
      HttpResponse response;
      response.status = 503;
      response.body = "busy " + request.path + " [" + request.body + "]";
      return response;
    };
    return options;
  }
  void wait_for(std::size_t count) {
    for (;; std::this_thread::sleep_for(std::chrono::milliseconds(1))) {
      const base::MutexLock lock(mutex);
      if (held.size() >= count) return;
    }
  }
  void answer_all() {
    const base::MutexLock lock(mutex);
    for (auto& [request, responder] : held) responder.send(HttpResponse());
    held.clear();
  }
};

void wait_for_connections(const HttpServer& server, std::size_t count) {
  while (server.connection_count() != count)
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
}

ServerOptions room_for(std::uint64_t body_bytes) {
  ServerOptions options;
  options.pending_bodies = std::make_shared<env::MemoryBudget>(body_bytes);
  return options;
}

TEST(HttpOverload, RefusesBodiesThatDoNotFitBesideTheOthers) {
  Hold hold;
  ListenerOptions options = hold.listener();
  options.compression = Compression::kGzip;
  const auto server = start(std::move(options), room_for(100));
  const auto post = [&](const std::string& head, const std::string& body) {
    Client client(server->port(0));
    client.send("POST /p HTTP/1.1\r\n" + head + "\r\n\r\n" + body);
    client.close_sending();
    return client.read_all();
  };
  const auto plain = [&](std::size_t size) {
    return post("Content-Length: " + std::to_string(size), std::string(size, 'x'));
  };
  EXPECT_THAT(plain(100), StartsWith("HTTP/1.1 200"));
  EXPECT_THAT(plain(101), StartsWith("HTTP/1.1 503"));

  Client holding(server->port(0));
  holding.send("POST /hold HTTP/1.1\r\nContent-Length: 60\r\n\r\n" + std::string(60, 'h'));
  hold.wait_for(1);
  EXPECT_THAT(plain(40), StartsWith("HTTP/1.1 200"));
  EXPECT_THAT(plain(41), AllOf(StartsWith("HTTP/1.1 503"), HasSubstr("connection: close"),
                               EndsWith("busy /p []")));
  const std::string chunks =
      "20\r\n" + std::string(32, 'y') + "\r\n20\r\n" + std::string(32, 'y') + "\r\n0\r\n\r\n";
  EXPECT_THAT(post("Transfer-Encoding: chunked", chunks), StartsWith("HTTP/1.1 503"));
  const std::string zipped = gzip_compress(std::string(50, 'z'));
  ASSERT_LE(zipped.size(), 40u);
  const std::string zipped_head =
      "Content-Encoding: gzip\r\nContent-Length: " + std::to_string(zipped.size());
  EXPECT_THAT(post(zipped_head, zipped), StartsWith("HTTP/1.1 503"));

  hold.answer_all();
  EXPECT_THAT(holding.read_answer(), StartsWith("HTTP/1.1 200"));
  EXPECT_THAT(plain(100), StartsWith("HTTP/1.1 200"));
  EXPECT_THAT(post("Transfer-Encoding: chunked", chunks), StartsWith("HTTP/1.1 200"));
  EXPECT_THAT(post(zipped_head, zipped), StartsWith("HTTP/1.1 200"));
}

TEST(HttpOverload, CountsABodyWhoseClientHasGoneUntilItsRequestIsDone) {
  Hold hold;
  const auto server = start(hold.listener(), room_for(100));
  const std::string head = "POST /hold HTTP/1.1\r\nContent-Length: 60\r\n\r\n";
  {  // Half a body, then gone: given back at once.
    Client client(server->port(0));
    client.send(head + "half");
    wait_for_connections(*server, 1);
  }
  wait_for_connections(*server, 0);
  {
    Client client(server->port(0));
    client.send(head + std::string(60, 'h'));
    hold.wait_for(1);
  }
  const auto post = [&] {
    Client client(server->port(0));
    client.send("POST / HTTP/1.1\r\nConnection: close\r\nContent-Length: 60\r\n\r\n" +
                std::string(60, 'x'));
    return client.read_all();
  };
  std::this_thread::sleep_for(std::chrono::milliseconds(50));
  EXPECT_THAT(post(), StartsWith("HTTP/1.1 503"));
  hold.answer_all();
  wait_for_connections(*server, 0);
  EXPECT_THAT(post(), StartsWith("HTTP/1.1 200"));
}

}  // namespace
}  // namespace alidade::net
