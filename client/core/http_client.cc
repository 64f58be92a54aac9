#include "core/http_client.h"

#include <algorithm>
#include <utility>

#include "core/retry.h"
#include "core/text.h"
#include "core/url.h"

namespace alidade::client::inline v0::core {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

/// One attempt of a call, for the functions that make it.
struct HttpClient::Attempt {
  const Call& call;
  const CallOptions& options;
  const std::string& url;
  const BodySink* sink;
  int number;
  Clock::time_point started;
};

namespace {

Error failed(ErrorKind kind, std::string message) {
  Error error;
  error.kind = kind;
  error.message = std::move(message);
  return error;
}

bool is_redirect(int status) { return status == 301 || status == 302 || status == 303 || status == 307 || status == 308; }

bool is_token(std::string_view name) {
  static constexpr std::string_view kOthers = "!#$%&'*+-.^_`|~";
  return !name.empty() && std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           kOthers.find(c) != std::string_view::npos;
  });
}

Result<void> check_headers(const std::vector<Header>& headers) {
  for (const Header& header : headers) {
    // The value stays out of the message: it may be a key.
    if (!is_token(header.name)) return failed(ErrorKind::kInvalidArgument, "a header has a name that HTTP does not allow");
    if (!is_header_text(header.value)) {
      return failed(ErrorKind::kInvalidArgument, "header '" + header.name + "' holds a control character");
    }
  }
  return {};
}

// The value, and the part behind the scheme of "Bearer …" and "Basic …".
void add_secret(std::string_view value, std::vector<std::string>& secrets) {
  if (value.empty()) return;
  secrets.emplace_back(value);
  const std::size_t space = value.find(' ');
  if (space != std::string_view::npos && space + 1 < value.size()) secrets.emplace_back(value.substr(space + 1));
}

bool has_header(const std::vector<Header>& headers, std::string_view lower_name) {
  return std::any_of(headers.begin(), headers.end(), [&](const Header& h) { return lower(h.name) == lower_name; });
}

// What is left of the call, at most `limit`; 0 stands for no limit.
milliseconds time_left(const CallOptions& options, milliseconds limit) {
  if (!options.deadline) return limit;
  const auto left = std::chrono::ceil<milliseconds>(*options.deadline - Clock::now());
  const milliseconds at_least = std::max(left, milliseconds(1));
  return limit.count() > 0 ? std::min(limit, at_least) : at_least;
}

// Why the call may not go on, if it may not.
std::optional<Error> ended(const CallOptions& options) {
  if (options.stop.stop_requested()) return failed(ErrorKind::kCancelled, "the stop token was set");
  if (options.deadline && Clock::now() >= *options.deadline) {
    return failed(ErrorKind::kTimeout, "the deadline of the call passed");
  }
  return std::nullopt;
}

std::chrono::microseconds since(Clock::time_point start) {
  return std::chrono::duration_cast<std::chrono::microseconds>(Clock::now() - start);
}

/// The sink of a call, which knows whether a part went into it.
class CountedSink {
 public:
  explicit CountedSink(const BodySink* sink) : sink_(sink) {
    counted_.write = [this](std::string_view part) {
      wrote_ = true;
      return sink_->write(part);
    };
  }
  CountedSink(const CountedSink&) = delete;
  CountedSink& operator=(const CountedSink&) = delete;

  const BodySink* get() const { return sink_ == nullptr ? nullptr : &counted_; }

  /// Whether the body may begin anew.
  bool restart() {
    if (!wrote_) return true;
    if (!sink_->restart || !sink_->restart()) return false;
    wrote_ = false;
    return true;
  }

  /// Takes the body that a transport without sinks left in its response.
  Result<HttpResponse> take(HttpResponse response) const {
    if (sink_ == nullptr || response.body.empty()) return response;
    if (!sink_->write(response.body)) return failed(ErrorKind::kCancelled, "the receiver of the body ended the call");
    response.body.clear();
    return response;
  }

 private:
  const BodySink* sink_;
  BodySink counted_;
  bool wrote_ = false;
};

std::string_view request_id(const HttpResponse& response) {
  for (const std::string_view name : {"chroma-trace-id", "x-request-id", "x-goog-request-id", "request-id"}) {
    if (const std::string_view id = response.header(name); !id.empty()) return id;
  }
  return {};
}

}  // namespace

Result<std::shared_ptr<const HttpClient>> HttpClient::make(HttpSettings settings) {
  auto endpoint = parse_endpoint(settings.endpoint);
  if (!endpoint) return std::move(endpoint).error();
  if (!endpoint->user.empty() && !has_header(settings.headers, "authorization")) {
    settings.headers.push_back(
        {"Authorization", "Basic " + base64(endpoint->user + ":" + endpoint->password), true});
  }
  if (auto checked = check_headers(settings.headers); !checked) return std::move(checked).error();
  if (!has_header(settings.headers, "user-agent")) {
    const auto& own = settings.connection.user_agent;
    settings.headers.push_back({"User-Agent", own.empty() ? settings.user_agent : own, false});
    if (!is_header_text(settings.headers.back().value)) {
      return failed(ErrorKind::kInvalidArgument, "the user agent holds a control character");
    }
  }
  if (!settings.transport) settings.transport = make_curl_transport(settings.connection);
  const std::shared_ptr<HttpClient> client(new HttpClient(std::move(settings)));
  client->base_url_ = endpoint->origin + endpoint->prefix;
  add_secret(endpoint->password, client->secrets_);
  if (auto proxy = parse_endpoint(client->settings_.connection.proxy)) add_secret(proxy->password, client->secrets_);
  return std::shared_ptr<const HttpClient>(client);
}

HttpClient::HttpClient(HttpSettings settings) : settings_(std::move(settings)), workers_(settings_.async_threads) {
  for (const Header& header : settings_.headers) {
    if (header.secret) add_secret(header.value, secrets_);
  }
}

Result<HttpResponse> HttpClient::send(const Call& call, const CallOptions& options) const {
  if (auto checked = check_headers(options.headers); !checked) return std::move(checked).error();
  const std::string url = base_url_ + call.path + (call.query.empty() ? "" : "?" + call.query);
  CountedSink sink(call.sink);
  for (int number = 1;; ++number) {
    const Attempt attempt{call, options, url, sink.get(), number, Clock::now()};
    if (auto error = ended(options)) {
      error->attempts = number - 1;
      log(LogLevel::kWarning, "failure", attempt, &*error, 0);
      return *std::move(error);
    }
    auto response = send_once(attempt);
    if (response && response->status < 300) return sink.take(*std::move(response));
    Error error = response ? refusal(*response) : std::move(response).error();
    error.attempts = number;
    error.message = without(std::move(error.message), secrets_);

    const auto asked = response ? parse_retry_after(response->header("retry-after"), std::chrono::system_clock::now())
                                : std::nullopt;
    const milliseconds delay =
        std::max(backoff(settings_.retry, number - 1, random_fraction()), asked.value_or(milliseconds(0)));
    if (number > settings_.retry.max_retries || !may_repeat(call, error) ||
        (asked && *asked > settings_.retry.max_retry_after) ||
        (options.deadline && Clock::now() + delay >= *options.deadline) || !sink.restart()) {
      log(LogLevel::kWarning, "failure", attempt, &error, error.status);
      return error;
    }
    log(LogLevel::kWarning, "retry", attempt, &error, error.status, delay);
    if (settings_.hooks.metrics) settings_.hooks.metrics->count_retry(call.operation);
    // A stop during the wait is seen at the head of the loop.
    (void)sleep_for(delay, options.stop);
  }
}

bool HttpClient::may_repeat(const Call& call, const Error& error) const {
  if (call.repeat == Repeat::kNever) return false;
  if (error.kind == ErrorKind::kRateLimited) return true;
  const bool broke = error.kind == ErrorKind::kConnection || error.kind == ErrorKind::kTransport ||
                     error.kind == ErrorKind::kTimeout;
  // What the server cannot do, or has no room for, it cannot do in a second either. 408: it got tired of waiting.
  const bool may_pass = error.status == 408 || (error.status >= 500 && error.status != 501 && error.status != 507);
  if (!broke && !may_pass) return false;
  return call.repeat == Repeat::kSafe || call.method == "GET" || call.method == "HEAD";
}

std::vector<Header> HttpClient::headers_for(const Attempt& attempt) const {
  std::vector<Header> headers;
  headers.reserve(settings_.headers.size() + attempt.options.headers.size() + 2);
  headers = settings_.headers;
  headers.insert(headers.end(), attempt.options.headers.begin(), attempt.options.headers.end());
  if (!has_header(headers, "accept")) headers.push_back({"Accept", "application/json", false});
  if (!attempt.call.body.empty() || attempt.call.source != nullptr) headers.push_back({"Content-Type", std::string(attempt.call.content_type), false});
  return headers;
}

Result<HttpResponse> HttpClient::send_once(const Attempt& attempt) const {
  HttpRequest request;
  std::string url = attempt.url;
  request.method = attempt.call.method;
  request.headers = headers_for(attempt);
  request.body = attempt.call.body;
  request.source = attempt.call.source;
  request.sink = attempt.sink;
  request.vectors = attempt.call.vectors;
  request.dimension = attempt.call.dimension;
  request.repeatable = attempt.call.repeat == Repeat::kSafe || request.method == "GET" || request.method == "HEAD";
  request.stop = attempt.options.stop;
  log(LogLevel::kTrace, "request", attempt, nullptr, 0);
  auto response = follow(attempt, request, url);
  const int status = response ? response->status : 0;
  if (settings_.hooks.metrics) {
    const double elapsed_ms = std::chrono::duration<double, std::milli>(Clock::now() - attempt.started).count();
    settings_.hooks.metrics->record_latency(attempt.call.operation, status, elapsed_ms);
  }
  if (response) log(LogLevel::kDebug, "answer", attempt, nullptr, status);
  return response;
}

// Sends the request to `url`, and where that leads to.
Result<HttpResponse> HttpClient::follow(const Attempt& attempt, HttpRequest& request, std::string& url) const {
  for (int redirects = 0;; ++redirects) {
    request.url = url;
    request.timeout =
        time_left(attempt.options, attempt.options.request_timeout.value_or(settings_.connection.request_timeout));
    auto response = settings_.transport->send(request);
    if (!response || !is_redirect(response->status)) return response;
    const int status = response->status;
    const bool reads = request.method == "GET" || request.method == "HEAD";
    const auto refuse = [&](std::string message) {
      Error error = failed(ErrorKind::kRedirect, std::move(message));
      error.status = status;
      return error;
    };
    // 301 and 302 leave open whether a POST stays one.
    if (!reads && status <= 302) return refuse("a redirect that would change the request");
    if (redirects >= settings_.connection.max_redirects) return refuse("more redirects than allowed");
    if (auto error = ended(attempt.options)) return *std::move(error);
    auto target = resolve_redirect(url, std::string(response->header("location")));
    if (!target) return refuse(std::move(target.error().message));
    url = std::move(target->url);
    if (!target->same_origin) {
      std::erase_if(request.headers, [](const Header& header) {
        const std::string name = lower(header.name);
        return header.secret || name == "authorization" || name == "cookie";
      });
    }
    if (status == 303 && !reads) {
      request.method = "GET";
      request.body = {};
      request.source = nullptr;
      std::erase_if(request.headers, [](const Header& header) { return lower(header.name) == "content-type"; });
    }
  }
}

Error HttpClient::refusal(const HttpResponse& response) const {
  Error error = failed(kind_of_status(response.status), "");
  error.status = response.status;
  error.request_id = request_id(response);
  if (settings_.read_error != nullptr) settings_.read_error(response, error);
  return error;
}

void HttpClient::log(LogLevel level, std::string_view event, const Attempt& attempt, const Error* error, int status,
                     milliseconds delay) const {
  if (!settings_.hooks.logger || level < settings_.hooks.log_level) return;
  const std::string url = without(attempt.url, secrets_);
  LogEvent entry;
  entry.level = level;
  entry.event = event;
  entry.operation = attempt.call.operation;
  entry.method = attempt.call.method;
  entry.url = url;
  entry.status = status;
  entry.attempt = attempt.number;
  entry.elapsed = since(attempt.started);
  entry.delay = delay;
  const std::string message = error != nullptr ? error->to_text() : std::string();
  entry.message = message;
  settings_.hooks.logger(entry);
}

}  // namespace alidade::client::inline v0::core
