#pragma once

#include <any>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "alidade/client/options.h"
#include "alidade/client/result.h"

namespace alidade::client::inline v0 {

/// A body that is made while it is sent. It is read by one thread at a time, from the beginning for each attempt.
struct BodySource {
  std::uint64_t size_bytes = 0;
  /// Fills the front of `room` with the bytes from `offset` on and says how many there are: fewer than fit, but none only
  /// when it failed, which ends the call with kInvalidArgument. Must not throw.
  std::function<std::size_t(std::uint64_t offset, std::span<char> room)> read = {};
};

/// Takes the body of a success part by part, instead of HttpResponse::body.
struct BodySink {
  /// @return false to end the call, with kCancelled. Must not throw.
  std::function<bool(std::string_view part)> write = {};
  /// Forgets what was written, when an attempt broke off and another one begins. Without it there is no other one once a
  /// part was written.
  std::function<bool()> restart = {};
};

/// One attempt. The views are the caller's and live until send() returns.
struct HttpRequest {
  std::string_view method = {};
  std::string_view url = {};
  std::vector<Header> headers = {};
  std::string_view body = {};
  /// Sent instead of `body` when it is there.
  const BodySource* source = nullptr;
  /// Takes the body of a 2xx when it is there. A transport that does not know it leaves the body in the response.
  const BodySink* sink = nullptr;
  /// Vectors beside the body, for a transport that takes them: as many rows of `dimension` as there are, or, for points, the
  /// values that the body counts.
  std::span<const float> vectors = {};
  std::size_t dimension = 0;
  /// The transport may send it a second time by itself when an idle connection turns out dead.
  bool repeatable = false;
  /// Time-out of this attempt; 0 is without end.
  std::chrono::milliseconds timeout{0};
  std::stop_token stop = {};
};

struct HttpResponse {
  int status = 0;
  /// Names in lower case.
  std::vector<Header> headers = {};
  std::string body = {};
  /// What the call returns, from a transport that reads no text: a value of the type that the client's method gives. The
  /// body is empty then.
  std::any value = {};

  /// Value of the first header of that lower-case name, "" when there is none. Valid as long as *this.
  std::string_view header(std::string_view name) const;
};

/// Carries requests. Replaced in tests, or by programs with a network of their own. send() is called by
/// several threads at a time.
class ALIDADE_API Transport {
 public:
  virtual ~Transport();
  /// Sends one request and reads its whole answer, whatever its status. Follows no redirect, tries
  /// nothing again.
  /// @return kConnection, kTls, kTransport, kTimeout, kCancelled or kTooLarge when no whole answer came.
  virtual Result<HttpResponse> send(const HttpRequest& request) = 0;
  /// Whether vectors of a query may stand beside its body instead of in it, as no network carries them.
  virtual bool takes_vectors() const { return false; }
  /// Whether vectors of points may stand beside the body, which then holds {"$": <count of values>} in their places.
  virtual bool takes_point_vectors() const { return false; }
};

/// The transport of all clients: libcurl with a pool of connections.
ALIDADE_API std::shared_ptr<Transport> make_curl_transport(const ConnectionOptions& options);

}  // namespace alidade::client::inline v0
