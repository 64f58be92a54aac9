#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/deadline.h"
#include "base/status.h"
#include "env/memory_budget.h"
#include "env/thread_pool.h"
#include "net/http.h"
#include "observe/log.h"

namespace alidade::net {

enum class Compression {
  kOff,
  kGzip,  // gzip bodies are read, answers are compressed when Accept-Encoding asks. A client that
          // takes neither gzip nor the plain form gets 406.
};

/// One address to listen on and how its face words what the transport itself refuses.
struct ListenerOptions {
  std::string host = "127.0.0.1";
  std::uint16_t port = 0;  // 0 = any free one.
  std::uint64_t max_body_bytes = std::uint64_t{32} << 20;
  Compression compression = Compression::kOff;
  HttpHandler handler;
  /// Asked with the head of a request whose body is long (above kSmallBodyBytes), chunked or packed,
  /// before that body is read: an answer is sent instead, and the connection closes after it. Called on
  /// a network thread; must not block. Unset: every body is read.
  std::function<std::optional<HttpResponse>(const HttpRequest&)> admit;
  /// The answer to a body above max_body_bytes; the connection closes after it.
  /// @param length what Content-Length says, or nothing for a chunked body. The request has no
  /// body. Unset: 413, no body.
  std::function<HttpResponse(const HttpRequest&, std::optional<std::uint64_t> length)> on_oversize;
  /// The answer to a body that does not fit beside the others (ServerOptions::pending_bodies);
  /// the connection closes after it. The request has no body. Also for an answer that does not fit:
  /// then the request is empty, and the connection stays. Unset: 503, no body.
  std::function<HttpResponse(const HttpRequest&)> on_overload;
  /// The answer (status 400, 414 or 431) to what is no HTTP or no gzip; the connection closes after it.
  /// Unset: no body.
  std::function<HttpResponse(int status, std::string_view reason)> on_malformed;
  /// How a person changes this port, for the message when it is taken ("--qdrant-port").
  std::string port_setting;
};

/// A body up to this size is read whoever sends it.
inline constexpr std::size_t kSmallBodyBytes = std::size_t{64} << 10;
/// An answer up to this size is never refused for want of memory.
inline constexpr std::size_t kSmallAnswerBytes = std::size_t{64} << 10;

struct ServerOptions {
  int threads = 2;
  std::size_t max_connections = 20000;
  /// What bodies are charged to while they are read, wait and are worked on, and answers until they
  /// are written. An answer above kSmallAnswerBytes that does not fit is thrown away for
  /// on_overload's; a small one is charged in any case, because to refuse it saves nothing and loses
  /// what it says of a write. An answer above the whole budget fits when it is alone. Never null.
  std::shared_ptr<env::MemoryBudget> pending_bodies =
      std::make_shared<env::MemoryBudget>(std::uint64_t{1} << 30);
  /// Packs and unpacks long bodies, which would hold up a network thread. drain() stops it. Unset:
  /// the server makes one of two threads.
  std::shared_ptr<env::ThreadPool> packers;
  /// Says when connections cannot be accepted. Borrowed, outlives the server; nullptr = silent.
  observe::Log* log = nullptr;
  // All measured by a sweep, so up to its interval late.
  std::chrono::seconds idle_timeout{75};    // Open, between requests.
  std::chrono::seconds header_timeout{15};  // From the first byte of a request to its empty line.
  std::chrono::seconds stall_timeout{30};   // Within a body or an answer, without a byte moved.
  /// Within each such time a body or an answer that is not at its end moves on by at least
  /// min_bytes_per_second × rate_window, or the connection closes: one that trickles would never
  /// stall, and hold its memory and its place for ever. The default is below any line in use.
  std::chrono::milliseconds rate_window{30'000};
  std::uint64_t min_bytes_per_second = 512;
  std::chrono::milliseconds sweep_interval{1000};  // Not longer than a timeout.
  /// Seconds since 1970 for the Date header; unset: no such header.
  std::function<std::int64_t()> unix_time;
};

/// HTTP/1.0 and 1.1 on any number of listeners, one shared set of threads. Requests of a connection
/// are handled one after the other, so pipelined answers keep their order.
class HttpServer {
 public:
  /// Binds every listener, then starts to accept.
  /// @return kUnavailable       when a port is in use, naming host:port and the setting;
  ///         kPermissionDenied  when the system forbids the port;
  ///         kInvalidArgument   when a host is no address of this machine.
  static Result<std::unique_ptr<HttpServer>> start(std::vector<ListenerOptions> listeners,
                                                   ServerOptions options);
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;
  /// Drains without patience.
  ~HttpServer();

  /// The port that listener i got.
  std::uint16_t port(std::size_t i) const;
  std::size_t connection_count() const;

  /// Stops accepting, closes idle connections, waits until requests in flight are answered or the
  /// deadline passes, closes the rest and ends the threads. Responders that are still held stay
  /// valid and send into the void. Safe to call twice; not from a network thread.
  void drain(base::Deadline deadline);

 private:
  class Impl;
  explicit HttpServer(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace alidade::net
