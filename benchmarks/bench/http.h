#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace alidade::benchmark {

/// `http://HOST:PORT`, the whole of it.
struct Address {
  std::string host;
  std::string port;
};
/// Ends the program with a sentence when the text is none.
Address parse_address(const std::string& url);

/// One connection that is kept open: a request is written, and its answer read, one after the other.
class HttpConnection {
 public:
  explicit HttpConnection(Address address) : address_(std::move(address)) {}
  ~HttpConnection();
  HttpConnection(const HttpConnection&) = delete;
  HttpConnection& operator=(const HttpConnection&) = delete;

  /// Sends bytes that encode_request() made, and reads the answer. Connects first where there is no connection.
  /// @return the status of the answer; 0 when there was none (then the connection is closed, and another comes with
  ///         the next call). Waits ten seconds at most for each part of it.
  int exchange(std::string_view request, std::string& body);

  std::uint64_t bytes_received() const { return bytes_received_; }

 private:
  bool connect_now();
  bool send_all(std::string_view bytes);
  bool receive_more();
  bool receive_answer(int& status, std::string& body);
  bool receive_chunks(std::size_t from, std::string& body);
  void close_now();

  const Address address_;
  int socket_ = -1;
  std::string buffer_;
  std::uint64_t bytes_received_ = 0;
};

std::string encode_request(const Address& address, std::string_view method, std::string_view path, std::string_view body);

}  // namespace alidade::benchmark
