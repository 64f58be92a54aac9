// Nobody holds memory, a thread or a place for ever: trickling clients, large answers, clients that
// have gone, and a process without file descriptors.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <unistd.h>

#include <atomic>
#include <future>
#include <memory>
#include <optional>
#include <thread>
#include <vector>

#include "base/mutex.h"
#include "net/client_watch.h"
#include "net/gzip.h"
#include "net/test_client.h"

namespace alidade::net {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;
using test::Client;
using test::echo_listener;
using test::pause;
using test::start;

/// A window of 40 ms, in which a megabyte has to move; nothing ever stalls.
ServerOptions in_a_hurry() {
  ServerOptions options;
  options.sweep_interval = std::chrono::milliseconds(2);
  options.rate_window = std::chrono::milliseconds(40);
  options.min_bytes_per_second = std::uint64_t{25} << 20;
  return options;
}

TEST(HttpLimits, EndsABodyThatTrickles) {
  const auto server = start(echo_listener(), in_a_hurry());
  for (const std::string head : {"Content-Length: 1000000\r\n\r\n",
                                 "Transfer-Encoding: chunked\r\n\r\nf4240\r\n"}) {
    Client client(server->port(0));
    client.send("POST / HTTP/1.1\r\n" + head);
    // Each byte is progress; it is too little.
    while (client.send_byte('1')) pause();
    while (server->connection_count() > 0) pause();
  }
}

// Who is not admitted is answered by the head alone: no byte of the body is waited for.
TEST(HttpLimits, AsksBeforeItReadsABodyThatCosts) {
  ListenerOptions options = echo_listener();
  options.compression = Compression::kGzip;
  std::atomic<int> asked = 0;
  options.admit = [&asked](const HttpRequest& head) -> std::optional<HttpResponse> {
    ++asked;
    EXPECT_EQ(head.body, "");
    if (head.header("key") != nullptr) return std::nullopt;
    HttpResponse refusal;
    refusal.status = 401;
    refusal.body = "who?";
    return refusal;
  };
  const auto server = start(std::move(options));
  for (const std::string head :
       {"Content-Length: 65537\r\n", "Transfer-Encoding: chunked\r\n",
        "Content-Encoding: gzip\r\nContent-Length: 20\r\n",
        "Content-Length: 65537\r\nExpect: 100-continue\r\n"}) {
    Client client(server->port(0));
    client.send("POST / HTTP/1.1\r\n" + head + "\r\n");
    const std::string answer = client.read_answer();
    EXPECT_THAT(answer, StartsWith("HTTP/1.1 401 ")) << head;
    EXPECT_THAT(answer, HasSubstr("connection: close")) << head;
    EXPECT_THAT(answer, EndsWith("who?")) << head;
  }
  EXPECT_EQ(asked.load(), 4);
  // A small plain body is the handler's own business.
  Client client(server->port(0));
  client.send("POST / HTTP/1.1\r\nContent-Length: 2\r\n\r\nab");
  EXPECT_THAT(client.read_answer(), EndsWith("[ab]"));
  EXPECT_EQ(asked.load(), 4);
  client.send("POST / HTTP/1.1\r\nKey: k\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n0\r\n\r\n");
  EXPECT_THAT(client.read_answer(), EndsWith("[ab]"));
  const std::string packed = gzip_compress("unpacked");
  client.send("POST / HTTP/1.1\r\nKey: k\r\nContent-Encoding: gzip\r\nContent-Length: " + std::to_string(packed.size()) +
              "\r\n\r\n" + packed);
  EXPECT_THAT(client.read_answer(), EndsWith("[unpacked]"));
  EXPECT_EQ(asked.load(), 6);
}

TEST(HttpLimits, EndsAnAnswerThatNobodyReads) {
  ListenerOptions options;
  options.handler = [](HttpRequest&&, Responder&& responder) {
    HttpResponse response;
    response.body.assign(std::size_t{64} << 20, 'a');
    responder.send(std::move(response));
  };
  const auto server = start(std::move(options), in_a_hurry());
  Client client;
  client.set_receive_buffer(4096);
  client.connect(server->port(0));
  client.send("GET / HTTP/1.1\r\n\r\n");
  ASSERT_TRUE(client.read_byte());
  while (server->connection_count() > 0) {
    client.read_byte();
    pause();
  }
}

TEST(HttpLimits, LetsBodiesAndAnswersGoOnThatMoveFastEnough) {
  ServerOptions options = in_a_hurry();
  options.rate_window = std::chrono::milliseconds(2);  // Many windows within one body.
  options.min_bytes_per_second = 1;                    // 0 bytes a window: any speed will do.
  const auto server = start(echo_listener(), std::move(options));
  Client client(server->port(0));
  client.send("POST / HTTP/1.1\r\nContent-Length: 20\r\n\r\n");
  for (int i = 0; i < 20; ++i) {
    pause();
    client.send_byte('b');
  }
  EXPECT_THAT(client.read_answer(), EndsWith("[bbbbbbbbbbbbbbbbbbbb]"));
}

TEST(HttpLimits, RefusesAnAnswerThatDoesNotFitBesideTheOthers) {
  const auto budget = std::make_shared<env::MemoryBudget>(std::uint64_t{40} << 20);
  ServerOptions server_options;
  server_options.pending_bodies = budget;
  ListenerOptions options;
  options.handler = [](HttpRequest&& request, Responder&& responder) {
    HttpResponse response;
    const bool small = request.path == "/small";
    response.body.assign(small ? kSmallAnswerBytes : std::size_t{30} << 20, 'a');
    response.content_type = "text/plain";
    response.headers = {{"access-control-allow-origin", "http://there"}, {"vary", "origin"}};
    responder.send(std::move(response));
  };
  options.on_overload = [](const HttpRequest&) {
    HttpResponse response;
    response.status = 429;
    response.body = "busy";
    response.headers = {{"vary", "mine"}};
    return response;
  };
  const auto server = start(std::move(options), std::move(server_options));
  Client slow;
  slow.set_receive_buffer(4096);
  slow.connect(server->port(0));
  slow.send("GET /large HTTP/1.1\r\n\r\n");
  ASSERT_TRUE(slow.read_byte());  // Its answer is on the way, and stays so.
  EXPECT_EQ(budget->used_bytes(), std::uint64_t{30} << 20);

  Client second(server->port(0));
  second.send("GET /large HTTP/1.1\r\n\r\n");
  const std::string refused = second.read_answer();
  EXPECT_THAT(refused, AllOf(StartsWith("HTTP/1.1 429"), EndsWith("\r\n\r\nbusy")));
  EXPECT_THAT(refused, AllOf(HasSubstr("access-control-allow-origin: http://there"),
                             HasSubstr("vary: mine"), Not(HasSubstr("vary: origin"))));
  EXPECT_LE(budget->used_bytes(), (std::uint64_t{30} << 20) + 4);  // "busy" may still be there.
  second.send("GET /small HTTP/1.1\r\n\r\n");  // The connection goes on.
  EXPECT_THAT(second.read_answer(), StartsWith("HTTP/1.1 200"));

  slow.reset();
  while (budget->used_bytes() > 0) pause();
  second.send("GET /large HTTP/1.1\r\n\r\n");
  EXPECT_THAT(second.read_answer(), StartsWith("HTTP/1.1 200"));
}

TEST(HttpLimits, ChargesASmallAnswerAlsoAboveTheLimitAndALargeOneWhenItIsAlone) {
  const auto budget = std::make_shared<env::MemoryBudget>(1000);
  ServerOptions server_options;
  server_options.pending_bodies = budget;
  ListenerOptions options;
  options.handler = [](HttpRequest&& request, Responder&& responder) {
    HttpResponse response;
    response.body.assign(request.path == "/large" ? kSmallAnswerBytes + 1 : 5000, 'a');
    responder.send(std::move(response));
  };
  const auto server = start(std::move(options), std::move(server_options));
  Client client(server->port(0));
  ASSERT_TRUE(budget->try_charge(999));
  client.send("GET /small HTTP/1.1\r\n\r\n");
  EXPECT_THAT(client.read_answer(), StartsWith("HTTP/1.1 200"));
  client.send("GET /large HTTP/1.1\r\n\r\n");
  EXPECT_THAT(client.read_answer(), StartsWith("HTTP/1.1 503"));
  budget->release(999);
  client.send("GET /large HTTP/1.1\r\n\r\n");
  EXPECT_THAT(client.read_answer(), StartsWith("HTTP/1.1 200"));
}

TEST(HttpLimits, ChargesAHeaderAboveItsBuffer) {
  ServerOptions options;
  options.pending_bodies = std::make_shared<env::MemoryBudget>(20'000);
  const auto server = start(echo_listener(), std::move(options));
  const auto request = [](std::size_t size) {
    return "GET / HTTP/1.1\r\nA: " + std::string(size, 'a') + "\r\n\r\n";
  };
  Client client(server->port(0));
  client.send(request(15'000));
  EXPECT_THAT(client.read_answer(), StartsWith("HTTP/1.1 200"));
  client.send(request(40'000));
  EXPECT_THAT(client.read_answer(), StartsWith("HTTP/1.1 503"));
}

/// The handler holds the connection's own strand, as a read does that runs where it arrived.
TEST(HttpLimits, TellsAHandlerOnTheNetworkThreadThatItsClientHasGone) {
  for (const bool only_half : {false, true}) {
    std::promise<void> working;
    ListenerOptions options;
    options.handler = [&](HttpRequest&& request, Responder&& responder) {
      working.set_value();
      while (!request.cancelled->load()) std::this_thread::yield();
      responder.send(HttpResponse());
    };
    ServerOptions server_options;
    server_options.threads = 2;
    server_options.sweep_interval = std::chrono::milliseconds(2);
    const auto server = start(std::move(options), std::move(server_options));
    Client client(server->port(0));
    client.send("GET / HTTP/1.1\r\n\r\n");
    working.get_future().wait();
    if (only_half) {
      client.close_sending();
      EXPECT_THAT(client.read_all(), StartsWith("HTTP/1.1 200"));  // It still hears the answer.
    } else {
      client.reset();
    }
    while (server->connection_count() > 0) pause();  // The handler has ended.
  }
}

TEST(ClientWatch, LooksFromAnyThreadAndNotBehindTheEnd) {
  ClientWatch watch;
  std::atomic<bool> done{false};
  std::thread looker([&] {
    while (!done.load()) watch.look();
  });
  for (int i = 0; i < 200; ++i) {
    int ends[2];
    ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
    const auto cancelled = std::make_shared<std::atomic<bool>>(false);
    watch.begin(ends[0], cancelled);
    if (i % 2 == 0) {
      ::close(ends[1]);
      while (!cancelled->load()) std::this_thread::yield();
    }
    watch.end();
    ::close(ends[0]);
    if (i % 2 != 0) {
      ::close(ends[1]);
      EXPECT_FALSE(cancelled->load());
    }
  }
  done.store(true);
  looker.join();
}

/// While it lives this process gets no further file descriptor; those that it has stay below the
/// limit.
class NoDescriptors {
 public:
  NoDescriptors() {
    ::getrlimit(RLIMIT_NOFILE, &before_);
    rlimit few = before_;
    few.rlim_cur = 1 + static_cast<rlim_t>(highest());
    ::setrlimit(RLIMIT_NOFILE, &few);
    for (int taken = ::dup(0); taken >= 0; taken = ::dup(0)) gaps_.push_back(taken);
  }
  ~NoDescriptors() {
    ::setrlimit(RLIMIT_NOFILE, &before_);
    for (const int taken : gaps_) ::close(taken);
  }

 private:
  static int highest() {
    int found = 0;
    for (int i = 0; i < 4096; ++i) found = ::fcntl(i, F_GETFD) >= 0 ? i : found;
    return found;
  }
  rlimit before_{};
  std::vector<int> gaps_;
};

/// UBSan looks at an object through a pipe before the first virtual call on its type, and takes it for broken where
/// no pipe can be had.
#ifdef __SANITIZE_ADDRESS__
constexpr bool kNeedsDescriptors = true;
#else
constexpr bool kNeedsDescriptors = false;
#endif

struct Lines {
  base::Mutex mutex;
  std::vector<std::string> lines ALD_GUARDED_BY(mutex);
  observe::Log log{observe::LogLevel::kInfo, [] { return std::int64_t{0}; },
                   [this](std::string_view line) {
                     const base::MutexLock lock(mutex);
                     lines.emplace_back(line);
                   }};
  std::vector<std::string> all() {
    const base::MutexLock lock(mutex);
    return lines;
  }
};

TEST(HttpLimits, TurnsConnectionsAwayWithoutDescriptorsAndRecovers) {
  if (kNeedsDescriptors) GTEST_SKIP() << "the sanitizer opens pipes";
  Lines said;
  ServerOptions options;
  options.log = &said.log;
  options.threads = 1;
  std::vector<ListenerOptions> listeners = {echo_listener(), echo_listener()};
  auto started = HttpServer::start(std::move(listeners), std::move(options));
  ASSERT_TRUE(started.ok());
  HttpServer& server = **started;
  Client before(server.port(0));
  before.send("GET /before HTTP/1.1\r\n\r\n");
  EXPECT_THAT(before.read_answer(), EndsWith("GET /before? []"));
  std::vector<std::unique_ptr<Client>> clients;
  for (int i = 0; i < 200; ++i) clients.push_back(std::make_unique<Client>());
  {
    const NoDescriptors none;
    // Every one is told at once, on both listeners, again and again.
    for (std::size_t i = 0; i < clients.size(); ++i) {
      clients[i]->connect(server.port(i % 2));
      EXPECT_THAT(clients[i]->read_all(), StartsWith("HTTP/1.1 503"));
      if (i % 50 != 0) continue;
      before.send("GET /meanwhile HTTP/1.1\r\n\r\n");
      EXPECT_THAT(before.read_answer(), EndsWith("GET /meanwhile? []"));
    }
  }
  for (const std::size_t port : {0u, 1u}) {
    Client after(server.port(port));
    after.send("GET /after HTTP/1.1\r\n\r\n");
    EXPECT_THAT(after.read_answer(), EndsWith("GET /after? []"));
  }
  const auto lines = said.all();
  ASSERT_FALSE(lines.empty());
  EXPECT_THAT(lines.front(), AllOf(HasSubstr("connections cannot be accepted"),
                                   HasSubstr("no file descriptor left")));
  EXPECT_LT(lines.size(), 10u);  // Not one a connection.
}

/// The descriptor in reserve is free for a moment whenever it is used.
TEST(HttpLimits, LosesTheReserveToNoOtherListener) {
  if (kNeedsDescriptors) GTEST_SKIP() << "the sanitizer opens pipes";
  ServerOptions options;
  options.threads = 4;
  options.idle_timeout = std::chrono::seconds(1);
  options.sweep_interval = std::chrono::milliseconds(10);
  auto started = HttpServer::start({echo_listener(), echo_listener(), echo_listener()}, std::move(options));
  ASSERT_TRUE(started.ok());
  HttpServer& server = **started;
  std::atomic<int> untold{0};
  for (int round = 0; round < 10; ++round) {
    std::vector<std::unique_ptr<Client>> clients;
    for (int i = 0; i < 300; ++i) clients.push_back(std::make_unique<Client>());
    while (server.connection_count() > 0) pause();
    const NoDescriptors none;
    std::vector<std::thread> crowd;
    for (std::size_t first = 0; first < 6; ++first) {
      crowd.emplace_back([&, first] {
        for (std::size_t i = first; i < clients.size(); i += 6) {
          clients[i]->connect(server.port(first % 3));
          if (!clients[i]->read_all().starts_with("HTTP/1.1 503")) ++untold;
        }
      });
    }
    for (std::thread& one : crowd) one.join();
  }
  EXPECT_EQ(untold.load(), 0);
}

TEST(HttpLimits, TurnsConnectionsAwayAboveTheirNumber) {
  Lines said;
  ServerOptions options;
  options.log = &said.log;
  options.max_connections = 1;
  const auto server = start(echo_listener(), std::move(options));
  Client first(server->port(0));
  first.send("GET / HTTP/1.1\r\n\r\n");
  EXPECT_THAT(first.read_answer(), StartsWith("HTTP/1.1 200"));
  Client second(server->port(0));
  EXPECT_THAT(second.read_all(), StartsWith("HTTP/1.1 503"));
  EXPECT_THAT(said.all().front(), HasSubstr("too many connections"));
}

}  // namespace
}  // namespace alidade::net
