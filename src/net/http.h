#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/deadline.h"
#include "base/function.h"

namespace alidade::net {

using Header = std::pair<std::string, std::string>;

/// One request as it came over the wire, its body complete and decompressed. Plain data: handlers
/// and codecs can be tested without a server.
struct HttpRequest {
  std::string method;           // As sent: methods are case-sensitive.
  std::string target;           // As sent, path and query.
  std::string path;             // Still percent-encoded; up to the '?'.
  std::string query;            // Still percent-encoded; after the '?', without a fragment.
  std::vector<Header> headers;  // Names in lower case, order and repetitions kept.
  std::string body;
  std::string remote_address;  // Without the port.
  int version = 11;            // 10 or 11.
  /// Set by the transport when the client has gone (noticed within a few seconds).
  std::shared_ptr<std::atomic<bool>> cancelled;
  /// When the caller stops waiting; known only of callers in this process.
  base::Deadline deadline = {};
  /// Vectors that a caller in this process hands over beside the body, of a query, instead of those in it.
  std::vector<std::vector<float>> vectors = {};

  /// The first header of that (lower-case) name, or nullptr.
  const std::string* header(std::string_view name) const;
};

struct HttpResponse {
  int status = 200;
  std::string content_type;  // "" sends no content type.
  std::string body;          // Left out on the wire for HEAD, its length still told.
  std::vector<Header> headers;
  bool close = false;  // Close the connection after this answer.
};

/// The right to answer one request, exactly once, from any thread. Dropped unused it answers 500.
class Responder {
 public:
  using Sink = base::UniqueFunction<void(HttpResponse)>;

  explicit Responder(Sink sink) : sink_(std::move(sink)) {}
  Responder(Responder&&) = default;
  Responder& operator=(Responder&&) = delete;
  ~Responder();

  /// Compresses where the client asked for it (on the calling thread) and hands the answer to the
  /// connection. A second call does nothing.
  void send(HttpResponse response);

 private:
  Sink sink_;
};

/// Called on a network thread with a complete request; must not block.
using HttpHandler = std::function<void(HttpRequest&&, Responder&&)>;

/// "Not Found" and so on; "Unknown" for a number without a name.
std::string_view status_text(int status);

}  // namespace alidade::net
