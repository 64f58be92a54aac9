#include "bench/http.h"

#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <cstdlib>

#include "bench/options.h"

namespace alidade::benchmark {
namespace {

constexpr std::size_t kLargestAnswer = std::size_t{256} << 20;
constexpr int kPatienceSeconds = 10;

std::string lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  return text;
}

}  // namespace

Address parse_address(const std::string& url) {
  constexpr std::string_view kScheme = "http://";
  const std::string rest = url.rfind(kScheme, 0) == 0 ? url.substr(kScheme.size()) : "";
  const std::size_t colon = rest.rfind(':');
  if (colon == std::string::npos || colon == 0) fail("a server is http://HOST:PORT, not " + url);
  std::string port = rest.substr(colon + 1);
  while (!port.empty() && port.back() == '/') port.pop_back();
  if (port.empty() || port.find_first_not_of("0123456789") != std::string::npos) fail("a server is http://HOST:PORT, not " + url);
  return {rest.substr(0, colon), port};
}

std::string encode_request(const Address& address, std::string_view method, std::string_view path, std::string_view body) {
  std::string request(method);
  request.append(" ").append(path).append(" HTTP/1.1\r\nHost: ").append(address.host).append(":").append(address.port);
  request.append("\r\nContent-Type: application/json\r\nContent-Length: ").append(std::to_string(body.size()));
  request.append("\r\n\r\n").append(body);
  return request;
}

HttpConnection::~HttpConnection() { close_now(); }

void HttpConnection::close_now() {
  if (socket_ >= 0) close(socket_);
  socket_ = -1;
  buffer_.clear();
}

bool HttpConnection::connect_now() {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  if (getaddrinfo(address_.host.c_str(), address_.port.c_str(), &hints, &found) != 0) return false;
  for (const addrinfo* one = found; one != nullptr && socket_ < 0; one = one->ai_next) {
    socket_ = socket(one->ai_family, one->ai_socktype | SOCK_CLOEXEC, one->ai_protocol);
    if (socket_ < 0) continue;
    const timeval patience{kPatienceSeconds, 0};
    setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    setsockopt(socket_, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
    const int on = 1;
    setsockopt(socket_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    if (connect(socket_, one->ai_addr, one->ai_addrlen) != 0) close_now();
  }
  freeaddrinfo(found);
  return socket_ >= 0;
}

bool HttpConnection::send_all(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t sent = send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
  return true;
}

bool HttpConnection::receive_more() {
  char bytes[65536];
  const ssize_t count = recv(socket_, bytes, sizeof bytes, 0);
  if (count <= 0 || buffer_.size() > kLargestAnswer) return false;
  buffer_.append(bytes, static_cast<std::size_t>(count));
  bytes_received_ += static_cast<std::uint64_t>(count);
  return true;
}

/// The chunks of RFC 9112, section 7.1, without trailers of more than their end.
bool HttpConnection::receive_chunks(std::size_t from, std::string& body) {
  body.clear();
  while (true) {
    std::size_t line = 0;
    while ((line = buffer_.find("\r\n", from)) == std::string::npos) {
      if (!receive_more()) return false;
    }
    std::size_t size = 0;
    const auto [end, error] = std::from_chars(buffer_.data() + from, buffer_.data() + line, size, 16);
    if (error != std::errc() || size > kLargestAnswer) return false;
    from = line + 2;
    while (buffer_.size() < from + size + 2) {
      if (!receive_more()) return false;
    }
    body.append(buffer_, from, size);
    from += size + 2;
    if (size == 0) break;
  }
  buffer_.erase(0, from);
  return true;
}

bool HttpConnection::receive_answer(int& status, std::string& body) {
  std::size_t head_end = 0;
  while ((head_end = buffer_.find("\r\n\r\n")) == std::string::npos) {
    if (!receive_more()) return false;
  }
  const std::string head = lower(buffer_.substr(0, head_end + 2));
  if (head.rfind("http/1.1 ", 0) != 0) return false;
  status = std::atoi(head.c_str() + 9);
  if (head.find("\r\ntransfer-encoding: chunked\r\n") != std::string::npos) return receive_chunks(head_end + 4, body);
  const std::size_t length_at = head.find("\r\ncontent-length: ");
  const std::size_t length = length_at == std::string::npos ? 0 : std::strtoull(head.c_str() + length_at + 18, nullptr, 10);
  if (length > kLargestAnswer) return false;
  while (buffer_.size() < head_end + 4 + length) {
    if (!receive_more()) return false;
  }
  body.assign(buffer_, head_end + 4, length);
  buffer_.erase(0, head_end + 4 + length);
  if (head.find("\r\nconnection: close\r\n") != std::string::npos) close_now();
  return true;
}

int HttpConnection::exchange(std::string_view request, std::string& body) {
  int status = 0;
  if (socket_ < 0 && !connect_now()) return 0;
  if (send_all(request) && receive_answer(status, body)) return status;
  close_now();
  return 0;
}

}  // namespace alidade::benchmark
