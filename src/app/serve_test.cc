// The server inside the test's own process, on free ports of the loopback address.
#include "app/serve.h"

#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

namespace alidade::app {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::StartsWith;

class ServerTest : public ::testing::Test {
 protected:
  ServerTest() : log_(observe::LogLevel::kOff, [] { return std::int64_t{0}; }) {
    char folder[] = "/tmp/alidade_serve_test.XXXXXX";
    directory_ = ::mkdtemp(folder);
    settings_.data = directory_ + "/data";
    settings_.qdrant_port = Port{0};
    settings_.grpc_port = Port{};
    settings_.chroma_port = Port{0};
  }
  ~ServerTest() override {
    env_.remove_directory_tree(directory_).ignore();
  }  // Only a test's folder.

  static std::string get(std::uint16_t port, const std::string& path) {
    const int socket = ::socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    std::string answer;
    if (::connect(socket, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0) {
      const std::string request = "GET " + path + " HTTP/1.1\r\nConnection: close\r\n\r\n";
      EXPECT_EQ(::send(socket, request.data(), request.size(), MSG_NOSIGNAL),
                static_cast<ssize_t>(request.size()));
      char piece[4096];
      for (ssize_t count = 0; (count = ::recv(socket, piece, sizeof piece, 0)) > 0;) {
        answer.append(piece, static_cast<std::size_t>(count));
      }
    }
    ::close(socket);
    return answer;
  }

  std::string directory_;
  env::Env& env_ = env::posix_env();
  observe::Log log_;
  Settings settings_;
};

TEST_F(ServerTest, AnswersOnEachListenerAndStops) {
  auto server = Server::start(settings_, env_, log_);
  ASSERT_TRUE(server.ok()) << server.status().message();
  const auto addresses = (*server)->addresses();
  ASSERT_EQ(addresses.size(), 2u);
  const std::string answer = get(addresses[0].port, "/healthz");
  EXPECT_THAT(answer, AllOf(StartsWith("HTTP/1.1 200"), HasSubstr("date: "),
                            EndsWith("healthz check passed")));
  (*server)->stop();
  (*server)->stop();
  EXPECT_EQ(get(addresses[0].port, "/healthz"), "");
}

TEST_F(ServerTest, RefusesAPortThatIsTaken) {
  auto first = Server::start(settings_, env_, log_);
  ASSERT_TRUE(first.ok());
  settings_.qdrant_port = (*first)->addresses()[0].port;
  settings_.data = directory_ + "/other";
  const auto second = Server::start(settings_, env_, log_);
  EXPECT_EQ(second.status().code(), StatusCode::kUnavailable);
  EXPECT_THAT(second.status().message(), HasSubstr("--qdrant-port"));
}

TEST_F(ServerTest, RefusesAnEmptyKey) {
  settings_.api_key = "";
  EXPECT_EQ(Server::start(settings_, env_, log_).status().code(), StatusCode::kInvalidArgument);
}

}  // namespace
}  // namespace alidade::app
