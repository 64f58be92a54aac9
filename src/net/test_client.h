#pragma once

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "net/http_server.h"

/// What tests of the server share: a plain socket to speak with, and a server that echoes.
namespace alidade::net::test {

class Client {
 public:
  /// A socket that is not connected yet.
  Client() : socket_(::socket(AF_INET, SOCK_STREAM, 0)) {}
  explicit Client(std::uint16_t port) : Client() { connect(port); }
  void connect(std::uint16_t port) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    connected_ = ::connect(socket_, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0;
  }
  ~Client() {
    if (socket_ >= 0) ::close(socket_);
  }
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  bool connected() const { return connected_; }

  void send(std::string_view text) {
    while (!text.empty()) {
      const ssize_t count = ::send(socket_, text.data(), text.size(), MSG_NOSIGNAL);
      if (count <= 0) return;
      text.remove_prefix(static_cast<std::size_t>(count));
    }
  }
  /// @return false once the server has closed the connection.
  bool send_byte(char byte) { return ::send(socket_, &byte, 1, MSG_NOSIGNAL) == 1; }
  /// @return false when there is none.
  bool read_byte() {
    char byte;
    return ::recv(socket_, &byte, 1, 0) == 1;
  }
  /// Less than this many bytes wait in this socket, about. Before connect().
  void set_receive_buffer(int bytes) {
    ::setsockopt(socket_, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof bytes);
  }
  /// Closes at once, without a word to the server but a reset.
  void reset() {
    const linger at_once{.l_onoff = 1, .l_linger = 0};
    ::setsockopt(socket_, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    ::close(std::exchange(socket_, -1));
  }
  void close_sending() { ::shutdown(socket_, SHUT_WR); }

  /// Everything until the server closes.
  std::string read_all() {
    std::string all = std::exchange(pending_, "");
    while (fill(all)) {
    }
    return all;
  }

  /// One answer by its content-length; head and body together.
  std::string read_answer() {
    std::size_t head_end;
    while ((head_end = pending_.find("\r\n\r\n")) == std::string::npos) {
      if (!fill(pending_)) return std::exchange(pending_, "");
    }
    std::size_t total = head_end + 4;
    const std::size_t field = pending_.find("content-length: ");
    if (field < head_end) total += std::stoul(pending_.substr(field + 16));
    while (pending_.size() < total) {
      if (!fill(pending_)) break;
    }
    std::string answer = pending_.substr(0, total);
    pending_.erase(0, total);
    return answer;
  }

 private:
  bool fill(std::string& into) {
    char piece[65536];
    const ssize_t count = ::recv(socket_, piece, sizeof piece, 0);
    if (count <= 0) return false;
    into.append(piece, static_cast<std::size_t>(count));
    return true;
  }

  int socket_;
  bool connected_ = false;
  std::string pending_;
};

/// Between two looks at what another thread is about to change.
inline void pause() { std::this_thread::sleep_for(std::chrono::milliseconds(1)); }

/// Answers with what it saw.
inline void echo(HttpRequest&& request, Responder&& responder) {
  HttpResponse response;
  response.content_type = "text/plain";
  response.body =
      request.method + " " + request.path + "?" + request.query + " [" + request.body + "]";
  responder.send(std::move(response));
}

inline ListenerOptions echo_listener() {
  ListenerOptions options;
  options.handler = &echo;
  return options;
}

inline std::unique_ptr<HttpServer> start(ListenerOptions options, ServerOptions server = {}) {
  std::vector<ListenerOptions> listeners;
  listeners.push_back(std::move(options));
  auto started = HttpServer::start(std::move(listeners), std::move(server));
  EXPECT_TRUE(started.ok()) << started.status().message();
  return std::move(*started);
}

}  // namespace alidade::net::test
