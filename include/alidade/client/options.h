#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "alidade/version.h"

namespace alidade::client::inline v0 {

struct Header {
  std::string name = {};
  std::string value = {};
  /// A credential: it never reaches a log, an error text or another host.
  bool secret = false;
};

/// When and how a request is sent again. Status 429 is tried again for every method; a 5xx, 408, a broken
/// connection or a time-out only for GET and HEAD and for requests that the client knows to be
/// repeatable. Never: 501 and 507, what was cancelled, a passed deadline, a refused certificate.
struct RetryOptions {
  /// Further attempts after the first; 0 turns retries off.
  int max_retries = 3;
  /// The n-th wait is min_delay × 2ⁿ, at most max_delay …
  std::chrono::milliseconds min_delay{200};
  std::chrono::milliseconds max_delay{5000};
  /// … plus a random part between nothing and the same again.
  bool jitter = true;
  /// A Retry-After of the server stretches a wait up to this; when it asks for more, its answer is
  /// returned at once.
  std::chrono::milliseconds max_retry_after{60000};
};

struct TlsOptions {
  /// File or folder of certificates to trust; "" takes the system's.
  std::string ca_file = {};
  std::string ca_path = {};
  /// The client's own certificate and key (PEM files).
  std::string certificate_file = {};
  std::string key_file = {};
  /// Accepts any certificate of any host. For trials.
  bool accept_any_certificate = false;
};

struct ConnectionOptions {
  std::chrono::milliseconds connect_timeout{30000};
  /// For one attempt, from connecting to the last byte; 0 is without end.
  std::chrono::milliseconds request_timeout{120000};
  /// Connections open at a time; further calls wait for one.
  std::size_t max_connections = 64;
  /// Idle connections that are kept.
  std::size_t max_idle_connections = 10;
  /// Below the 60 s after which servers close idle connections.
  std::chrono::seconds idle_timeout{30};
  std::chrono::seconds tcp_keepalive{60};
  /// Asks for gzip, br and zstd answers.
  bool accept_compressed = false;
  /// "http://host:port", "socks5://…"; "" takes http_proxy and friends from the environment,
  /// "none" takes no proxy.
  std::string proxy = {};
  /// Comma-separated hosts that are reached without the proxy.
  std::string no_proxy = {};
  TlsOptions tls = {};
  /// A longer answer, after unpacking, is kTooLarge.
  std::size_t max_response_bytes = std::size_t{1} << 30;
  /// Redirects that are followed. Credentials go only to the origin they were given for.
  int max_redirects = 10;
  /// "" takes the library's own.
  std::string user_agent = {};
};

/// What one call may take. Default: no limit beside the time-outs of the options.
struct CallOptions {
  /// The call gives up, retries and waits included, with kTimeout.
  std::optional<std::chrono::steady_clock::time_point> deadline = {};
  /// The call gives up within milliseconds, with kCancelled.
  std::stop_token stop = {};
  /// For one attempt, instead of ConnectionOptions::request_timeout; 0 is without end.
  std::optional<std::chrono::milliseconds> request_timeout = {};
  /// Sent besides the client's own ("traceparent").
  std::vector<Header> headers = {};

  static CallOptions within(std::chrono::milliseconds time) {
    CallOptions options;
    options.deadline = std::chrono::steady_clock::now() + time;
    return options;
  }
};

}  // namespace alidade::client::inline v0
