// What is slow for a good reason is not cut off, what has gone is not worked for, and one failure
// does not end the server's care for the rest.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <ctime>
#include <future>
#include <memory>
#include <new>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "net/gzip.h"
#include "net/test_client.h"

namespace alidade::net {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;
using test::Client;
using test::echo_listener;
using test::pause;
using test::start;

constexpr std::size_t kMiB = std::size_t{1} << 20;

/// A handler that works where it was called holds the strand, on which the sweeps of its connection
/// wait meanwhile. They say nothing of the answer that follows.
TEST(HttpPatience, SendsAnAnswerWholeThatTookLongToMake) {
  std::atomic<int> sweeps{0};
  ServerOptions server_options;
  server_options.threads = 2;
  server_options.sweep_interval = std::chrono::milliseconds(1);
  server_options.stall_timeout = std::chrono::seconds(1);
  server_options.unix_time = [&] { return std::int64_t{++sweeps}; };
  ListenerOptions options;
  options.handler = [&](HttpRequest&&, Responder&& responder) {
    for (const int until = sweeps.load() + 1'200; sweeps.load() < until;) pause();
    HttpResponse response;
    response.body.assign(32 * kMiB, 'a');
    responder.send(std::move(response));
  };
  const auto server = start(std::move(options), std::move(server_options));
  Client client(server->port(0));
  client.send("GET / HTTP/1.1\r\n\r\n");
  EXPECT_GT(client.read_answer().size(), 32 * kMiB);
}

/// The system takes megabytes at once and then nothing until a third of them has left; what counts
/// is what leaves.
TEST(HttpPatience, CountsWhatLeavesTheMachineNotWhatTheSystemTakes) {
  std::atomic<int> sweeps{0};
  ServerOptions server_options;
  server_options.sweep_interval = std::chrono::milliseconds(2);
  server_options.stall_timeout = std::chrono::seconds(1);
  server_options.unix_time = [&] { return std::int64_t{++sweeps}; };
  ListenerOptions options;
  options.handler = [](HttpRequest&&, Responder&& responder) {
    HttpResponse response;
    response.body.assign(64 * kMiB, 'a');
    responder.send(std::move(response));
  };
  const auto server = start(std::move(options), std::move(server_options));
  Client client;
  client.set_receive_buffer(4096);
  client.connect(server->port(0));
  client.send("GET / HTTP/1.1\r\n\r\n");
  // More than two seconds of sweeps, in which the client reads little, but steadily.
  while (sweeps.load() < 1'200) {
    ASSERT_TRUE(client.read_byte());
    for (int i = 0; i < 1'000; ++i) client.read_byte();
    pause();
  }
  EXPECT_EQ(server->connection_count(), 1u);
}

TEST(HttpPatience, GoesOnSweepingAfterASweepThatFailed) {
  std::atomic<int> sweeps{0};
  ServerOptions options;
  options.sweep_interval = std::chrono::milliseconds(1);
  options.unix_time = [&] {
    if (++sweeps == 3) throw std::bad_alloc();
    return std::int64_t{0};
  };
  const auto server = start(echo_listener(), std::move(options));
  for (int waited = 0; waited < 5'000 && sweeps.load() < 6; ++waited) pause();
  EXPECT_GE(sweeps.load(), 6);
}

/// One thread that packs, and is held up until release().
struct HeldPackers {
  std::promise<void> go_on;
  std::shared_ptr<env::ThreadPool> pool = std::make_shared<env::ThreadPool>("pack", 1, 100);
  HeldPackers() {
    EXPECT_TRUE(pool->try_post([held = go_on.get_future().share()] { held.wait(); }));
  }
  void wait_for(std::size_t waiting) const {
    while (pool->queued() < waiting) pause();
  }
};

ListenerOptions long_answers() {
  ListenerOptions options;
  options.compression = Compression::kGzip;
  options.handler = [](HttpRequest&&, Responder&& responder) {
    HttpResponse response;
    response.content_type = "text/plain";
    response.body.assign(8 * kMiB, 'a');
    responder.send(std::move(response));
  };
  return options;
}

TEST(HttpPatience, ChargesAnswersThatWaitToBePacked) {
  HeldPackers packers;
  ServerOptions server_options;
  server_options.packers = packers.pool;
  const auto budget = std::make_shared<env::MemoryBudget>(20 * kMiB);
  server_options.pending_bodies = budget;
  const auto server = start(long_answers(), std::move(server_options));
  const std::string request = "GET / HTTP/1.1\r\nAccept-Encoding: gzip\r\n\r\n";
  Client first(server->port(0));
  Client second(server->port(0));
  first.send(request);
  second.send(request);
  packers.wait_for(2);
  EXPECT_EQ(budget->used_bytes(), 16 * kMiB);
  Client third(server->port(0));
  third.send(request);
  EXPECT_THAT(third.read_answer(), StartsWith("HTTP/1.1 503"));
  packers.go_on.set_value();
  for (Client* client : {&first, &second}) {
    EXPECT_THAT(client->read_answer(), HasSubstr("content-encoding: gzip"));
  }
  while (budget->used_bytes() > 0) pause();
}

/// Processor time of this process.
double seconds_used() {
  timespec now{};
  ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) / 1e9;
}

TEST(HttpPatience, PacksNothingForThoseWhoseConnectionsAStopHasClosed) {
  std::mt19937 random(7);
  std::string text(2 * kMiB, ' ');
  for (char& c : text) c = "0123456789,. "[random() % 13];
  const double before = seconds_used();
  gzip_compress(text);
  const double one = seconds_used() - before;

  HeldPackers packers;
  ServerOptions server_options;
  server_options.packers = packers.pool;
  ListenerOptions options = long_answers();
  options.handler = [&](HttpRequest&&, Responder&& responder) {
    HttpResponse response;
    response.body = text;
    responder.send(std::move(response));
  };
  const auto server = start(std::move(options), std::move(server_options));
  constexpr std::size_t kClients = 60;
  std::vector<std::unique_ptr<Client>> clients;
  for (std::size_t i = 0; i < kClients; ++i) {
    clients.push_back(std::make_unique<Client>(server->port(0)));
    clients.back()->send("GET / HTTP/1.1\r\nAccept-Encoding: gzip\r\n\r\n");
  }
  packers.wait_for(kClients);
  const double at_stop = seconds_used();
  std::thread stopper([&] { server->drain(base::Deadline::after(std::chrono::milliseconds(0))); });
  for (const auto& client : clients) EXPECT_EQ(client->read_all(), "");  // All are closed.
  packers.go_on.set_value();
  stopper.join();
  EXPECT_LT(seconds_used() - at_stop, one * kClients / 2);
}

}  // namespace
}  // namespace alidade::net
