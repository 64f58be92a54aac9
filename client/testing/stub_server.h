#pragma once

#include <chrono>
#include <condition_variable>
#include <deque>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

/// A server for the tests of the client that answers as it is told: slow, broken, refusing, wrong.
namespace alidade::client::testing {

class StubServer {
 public:
  struct Request {
    std::string method;
    std::string target;
    /// Names in lower case.
    std::map<std::string, std::string> headers;
    std::string body;
    /// Connections count from 1 in the order in which they came.
    int connection = 0;

    std::string header(const std::string& name) const {
      const auto found = headers.find(name);
      return found == headers.end() ? "" : found->second;
    }
  };

  using Headers = std::vector<std::pair<std::string, std::string>>;

  /// What happens to one request.
  struct Step {
    /// Bytes of the answer, head and body.
    std::string bytes;
    /// Before the answer. The end of the server cuts it short.
    std::chrono::milliseconds delay{0};
    /// What happens to the connection after the bytes.
    enum class Then { kKeep, kClose, kReset } then = Then::kKeep;
  };

  static Step answer(int status, std::string_view body = "{}", const Headers& headers = {});
  /// Each part is a chunk of its own.
  static Step chunked(int status, const std::vector<std::string>& parts);
  /// Says `length` bytes and closes after fewer.
  static Step truncated(std::string_view body, std::size_t length);
  /// No length: the end of the connection ends the body.
  static Step until_close(std::string_view body);
  /// The connection breaks without an answer.
  static Step reset();
  static Step slow(Step step, std::chrono::milliseconds delay);

  /// Listens on a port of its own of the loopback address.
  StubServer();
  ~StubServer();
  StubServer(const StubServer&) = delete;
  StubServer& operator=(const StubServer&) = delete;

  /// The next request that no earlier step answers. Without a step the handler answers.
  void push(Step step);
  /// Called for requests without a step; at first it answers 200 with "{}". By several threads.
  void set_handler(std::function<Step(const Request&)> handler);

  std::string url() const { return "http://127.0.0.1:" + std::to_string(port_); }
  int port() const { return port_; }
  std::vector<Request> requests() const;
  int connections() const;

 private:
  void accept_all();
  void serve(int socket, int number);
  bool read_request(int socket, std::string& buffer, Request& request);
  bool play(int socket, const Step& step);

  int listener_ = -1;
  int port_ = 0;
  std::thread acceptor_;
  mutable std::mutex mutex_;
  std::condition_variable ends_changed_;
  // Guarded by mutex_.
  bool ends_ = false;
  std::deque<Step> script_;
  std::function<Step(const Request&)> handler_;
  std::vector<Request> requests_;
  std::vector<std::thread> servers_;
  std::vector<int> sockets_;
  int connections_ = 0;
};

}  // namespace alidade::client::testing
