// What is slow for a good reason is not cut off, what has gone is not worked for, and one failure
// does not end the server's care for the rest.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <memory>
#include <new>
#include <string>
#include <thread>

#include "net/test_client.h"

namespace alidade::net {
namespace {

using test::Client;
using test::echo_listener;
using test::start;

constexpr std::size_t kMiB = std::size_t{1} << 20;

void pause() { std::this_thread::sleep_for(std::chrono::milliseconds(1)); }

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

}  // namespace
}  // namespace alidade::net
