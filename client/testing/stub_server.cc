#include "testing/stub_server.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <stdexcept>

namespace alidade::client::testing {

StubServer::Step StubServer::answer(int status, std::string_view body, const Headers& headers) {
  Step step;
  step.bytes = "HTTP/1.1 " + std::to_string(status) + " Status\r\nContent-Length: " + std::to_string(body.size()) +
               "\r\nContent-Type: application/json\r\n";
  for (const auto& [name, value] : headers) step.bytes += name + ": " + value + "\r\n";
  step.bytes.append("\r\n").append(body);
  return step;
}

StubServer::Step StubServer::chunked(int status, const std::vector<std::string>& parts) {
  constexpr std::string_view kHex = "0123456789abcdef";
  Step step;
  step.bytes = "HTTP/1.1 " + std::to_string(status) + " Status\r\nTransfer-Encoding: chunked\r\n\r\n";
  for (const std::string& part : parts) {
    std::string size;
    for (std::size_t rest = part.size(); rest > 0; rest /= 16) size.insert(size.begin(), kHex[rest % 16]);
    step.bytes += size + "\r\n" + part + "\r\n";
  }
  step.bytes += "0\r\n\r\n";
  return step;
}

StubServer::Step StubServer::truncated(std::string_view body, std::size_t length) {
  Step step;
  step.bytes = "HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(length) + "\r\n\r\n" + std::string(body);
  step.then = Step::Then::kClose;
  return step;
}

StubServer::Step StubServer::until_close(std::string_view body) {
  Step step;
  step.bytes = "HTTP/1.1 200 OK\r\n\r\n" + std::string(body);
  step.then = Step::Then::kClose;
  return step;
}

StubServer::Step StubServer::reset() {
  Step step;
  step.then = Step::Then::kReset;
  return step;
}

StubServer::Step StubServer::slow(Step step, std::chrono::milliseconds delay) {
  step.delay = delay;
  return step;
}

StubServer::StubServer() : handler_([](const Request&) { return answer(200); }) {
  listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  if (listener_ < 0 || ::bind(listener_, reinterpret_cast<sockaddr*>(&address), size) != 0 ||
      ::listen(listener_, 128) != 0 || ::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size) != 0) {
    throw std::runtime_error("the stub server cannot listen");
  }
  port_ = ntohs(address.sin_port);
  acceptor_ = std::thread([this] { accept_all(); });
}

StubServer::~StubServer() {
  std::vector<std::thread> servers;
  {
    const std::lock_guard lock(mutex_);
    ends_ = true;
    for (const int socket : sockets_) ::shutdown(socket, SHUT_RDWR);
  }
  ends_changed_.notify_all();
  ::shutdown(listener_, SHUT_RDWR);
  acceptor_.join();
  ::close(listener_);
  {
    const std::lock_guard lock(mutex_);
    servers.swap(servers_);
  }
  for (std::thread& server : servers) server.join();
}

void StubServer::push(Step step) {
  const std::lock_guard lock(mutex_);
  script_.push_back(std::move(step));
}

void StubServer::set_handler(std::function<Step(const Request&)> handler) {
  const std::lock_guard lock(mutex_);
  handler_ = std::move(handler);
}

std::vector<StubServer::Request> StubServer::requests() const {
  const std::lock_guard lock(mutex_);
  return requests_;
}

int StubServer::connections() const {
  const std::lock_guard lock(mutex_);
  return connections_;
}

void StubServer::accept_all() {
  while (true) {
    const int socket = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    if (socket < 0) return;
    const int on = 1;
    ::setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    const std::lock_guard lock(mutex_);
    if (ends_) {
      ::close(socket);
      return;
    }
    sockets_.push_back(socket);
    servers_.emplace_back([this, socket, number = ++connections_] { serve(socket, number); });
  }
}

void StubServer::serve(int socket, int number) {
  std::string buffer;
  while (true) {
    Request request;
    request.connection = number;
    if (!read_request(socket, buffer, request)) break;
    std::function<Step(const Request&)> handler;
    Step step;
    {
      const std::lock_guard lock(mutex_);
      requests_.push_back(request);
      if (script_.empty()) {
        handler = handler_;
      } else {
        step = std::move(script_.front());
        script_.pop_front();
      }
    }
    if (handler) step = handler(request);
    if (!play(socket, step)) break;
  }
  const std::lock_guard lock(mutex_);
  std::erase(sockets_, socket);
  ::close(socket);
}

bool StubServer::read_request(int socket, std::string& buffer, Request& request) {
  const auto read_more = [&] {
    std::array<char, 65536> chunk;
    const ssize_t got = ::recv(socket, chunk.data(), chunk.size(), 0);
    if (got <= 0) return false;
    buffer.append(chunk.data(), static_cast<std::size_t>(got));
    return true;
  };
  std::size_t end;
  while ((end = buffer.find("\r\n\r\n")) == std::string::npos) {
    if (!read_more()) return false;
  }
  const std::string head = buffer.substr(0, end + 2);
  buffer.erase(0, end + 4);
  const std::size_t first = head.find(' ');
  const std::size_t second = head.find(' ', first + 1);
  request.method = head.substr(0, first);
  request.target = head.substr(first + 1, second - first - 1);
  for (std::size_t at = head.find("\r\n") + 2; at < head.size();) {
    const std::size_t stop = head.find("\r\n", at);
    const std::string line = head.substr(at, stop - at);
    const std::size_t colon = line.find(':');
    std::string name = line.substr(0, colon);
    std::transform(name.begin(), name.end(), name.begin(), [](unsigned char c) { return std::tolower(c); });
    request.headers[name] = colon + 2 <= line.size() ? line.substr(colon + 2) : "";
    at = stop + 2;
  }
  const std::string length = request.header("content-length");
  const std::size_t body = length.empty() ? 0 : std::stoul(length);
  while (buffer.size() < body) {
    if (!read_more()) return false;
  }
  request.body = buffer.substr(0, body);
  buffer.erase(0, body);
  return true;
}

// @return whether the connection goes on.
bool StubServer::play(int socket, const Step& step) {
  if (step.delay.count() > 0) {
    std::unique_lock lock(mutex_);
    if (ends_changed_.wait_for(lock, step.delay, [&] { return ends_; })) return false;
  }
  for (std::size_t sent = 0; sent < step.bytes.size();) {
    const ssize_t count = ::send(socket, step.bytes.data() + sent, step.bytes.size() - sent, MSG_NOSIGNAL);
    if (count <= 0) return false;
    sent += static_cast<std::size_t>(count);
  }
  if (step.then == Step::Then::kReset) {
    // Without lingering the kernel sends RST instead of FIN.
    const linger now{1, 0};
    ::setsockopt(socket, SOL_SOCKET, SO_LINGER, &now, sizeof now);
  }
  return step.then == Step::Then::kKeep;
}

}  // namespace alidade::client::testing
