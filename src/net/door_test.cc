#include "net/door.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <vector>

#include "net/test_client.h"

namespace alidade::net::detail {
namespace {

using ::testing::StartsWith;
using test::Client;

/// Listens on a free port of the loopback.
class Waiting {
 public:
  Waiting() {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    EXPECT_EQ(::bind(socket_, reinterpret_cast<sockaddr*>(&address), size), 0);
    EXPECT_EQ(::listen(socket_, 10), 0);
    EXPECT_EQ(::getsockname(socket_, reinterpret_cast<sockaddr*>(&address), &size), 0);
    port_ = ntohs(address.sin_port);
  }
  ~Waiting() { ::close(socket_); }
  int socket() const { return socket_; }
  std::uint16_t port() const { return port_; }

 private:
  int socket_ = ::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
  std::uint16_t port_ = 0;
};

/// The process gets no descriptor from this number on.
class Limit {
 public:
  explicit Limit(int first_forbidden) {
    ::getrlimit(RLIMIT_NOFILE, &before_);
    rlimit few = before_;
    few.rlim_cur = static_cast<rlim_t>(first_forbidden);
    ::setrlimit(RLIMIT_NOFILE, &few);
  }
  ~Limit() { ::setrlimit(RLIMIT_NOFILE, &before_); }

 private:
  rlimit before_{};
};

TEST(Door, TakesItsReserveBackFromTheConnectionThatGotIt) {
  Waiting waiting;
  Client thief;
  Client first;
  Client second;
  thief.connect(waiting.port());
  const int stolen = ::accept(waiting.socket(), nullptr, nullptr);
  ASSERT_GE(stolen, 0);
  first.connect(waiting.port());
  second.connect(waiting.port());
  std::vector<int> gaps;  // Below the reserve nothing is free.
  const int probe = ::dup(0);
  for (int taken = ::dup(0); taken < 64; taken = ::dup(0)) gaps.push_back(taken);
  Door door(nullptr);
  {
    // The reserve lies above the limit: once given up it cannot be had again, as if another thread
    // had been faster.
    const Limit none(probe + 1);
    EXPECT_FALSE(door.lacks_place());
    door.turn_away_waiting(waiting.socket(), "");
    EXPECT_TRUE(door.lacks_place());
    EXPECT_FALSE(door.turn_away_waiting(waiting.socket(), ""));
    door.keep_place(stolen, "");
    EXPECT_FALSE(door.lacks_place());
    EXPECT_TRUE(door.turn_away_waiting(waiting.socket(), ""));
  }
  for (Client* client : {&thief, &first, &second}) {
    EXPECT_THAT(client->read_all(), StartsWith("HTTP/1.1 503"));
  }
  ::close(probe);
  for (const int gap : gaps) ::close(gap);
}

}  // namespace
}  // namespace alidade::net::detail
