#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "alidade/client/hooks.h"
#include "alidade/client/options.h"
#include "alidade/client/result.h"
#include "alidade/client/transport.h"
#include "alidade/client/workers.h"

/// What the clients of all servers are built on: one call with its retries, redirects, hooks and errors.
namespace alidade::client::inline v0::core {

/// Reads the server's name and message out of the body of a refusal into `error`. Each server has its
/// own form. Called with any body that a server may send.
using ErrorReader = void (*)(const HttpResponse& response, Error& error);

struct HttpSettings {
  /// See parse_endpoint(). Its user part becomes basic authentication unless a header is named so.
  std::string endpoint;
  /// Sent with every request.
  std::vector<Header> headers;
  RetryOptions retry;
  ConnectionOptions connection;
  Hooks hooks;
  /// Null takes make_curl_transport(connection).
  std::shared_ptr<Transport> transport;
  /// When ConnectionOptions::user_agent is "".
  std::string user_agent;
  ErrorReader read_error = nullptr;
  /// Threads for futures and callbacks, at most.
  std::size_t async_threads = 8;
};

enum class Repeat : std::uint8_t {
  kByMethod,  ///< GET and HEAD are repeatable, the others only when the server said 429.
  kSafe,      ///< Repeatable though it is a POST, PUT or DELETE.
  kNever,     ///< One attempt, whatever comes back.
};

struct Call {
  /// Label of metrics and logs; a literal.
  std::string_view operation = {};
  std::string_view method = "GET";
  /// From the slash after the endpoint's prefix on, segments percent-encoded.
  std::string path = {};
  /// "a=1&b=2", percent-encoded, without the question mark.
  std::string query = {};
  std::string body = {};
  /// See HttpRequest; borrowed until send() returns.
  const BodySource* source = nullptr;
  const BodySink* sink = nullptr;
  /// See HttpRequest; only where takes_vectors().
  std::span<const float> vectors = {};
  std::size_t dimension = 0;
  /// Sent when there is a body.
  std::string_view content_type = "application/json";
  Repeat repeat = Repeat::kByMethod;
};

/// Thread-safe. Shared by the copies of a client.
class HttpClient {
 public:
  /// @return kInvalidArgument when the endpoint or a header is malformed.
  static Result<std::shared_ptr<const HttpClient>> make(HttpSettings settings);

  /// Makes the call. @return the answer when its status is 2xx; else the error, after all retries.
  Result<HttpResponse> send(const Call& call, const CallOptions& options) const;

  bool takes_vectors() const { return settings_.transport->takes_vectors(); }
  bool takes_point_vectors() const { return settings_.transport->takes_point_vectors(); }
  const std::string& base_url() const { return base_url_; }
  Workers& workers() const { return workers_; }

  struct Attempt;  // Of http_client.cc.

 private:
  explicit HttpClient(HttpSettings settings);

  Result<HttpResponse> send_once(const Attempt& attempt) const;
  Result<HttpResponse> follow(const Attempt& attempt, HttpRequest& request, std::string& url) const;
  std::vector<Header> headers_for(const Attempt& attempt) const;
  Error refusal(const HttpResponse& response) const;
  bool may_repeat(const Call& call, const Error& error) const;
  void log(LogLevel level, std::string_view event, const Attempt& attempt, const Error* error, int status,
           std::chrono::milliseconds delay = {}) const;

  // Constant after construction.
  HttpSettings settings_;
  std::string base_url_;
  std::vector<std::string> secrets_;
  mutable Workers workers_;
};

}  // namespace alidade::client::inline v0::core
