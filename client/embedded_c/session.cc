#include "embedded_c/session.h"

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <thread>
#include <utility>

#include "alidade/client/json.h"
#include "embedded_c/handles.h"
#include "env/env.h"

namespace alidade::embedded_c {
namespace {

using Clock = std::chrono::steady_clock;

// Writers wait for the disk together; more of them share one fdatasync.
constexpr std::size_t kWriteThreads = 8;
constexpr std::uint32_t kMaxThreads = 256;
// Callers bring their own threads: all of them may read.
constexpr int kInlineReads = 1 << 20;
// As good as for ever, and far from the end of the clock.
constexpr std::int64_t kLongestTimeoutMs = std::int64_t{10} * 365 * 24 * 3600 * 1000;

/// Where the caller waits and the engine answers.
struct Exchange {
  std::mutex mutex;
  std::condition_variable_any answered;
  // Guarded by mutex.
  bool ended = false;
  std::optional<net::HttpResponse> answer;
};

/// Held by whoever runs the request: when it goes without an answer, the caller is told so.
class Duty {
 public:
  Duty(std::shared_ptr<Exchange> exchange, std::shared_ptr<env::MemoryBudget> account, std::uint64_t bytes)
      : exchange_(std::move(exchange)), account_(std::move(account)), bytes_(bytes) {}
  Duty(Duty&&) = default;
  Duty& operator=(Duty&&) = delete;
  ~Duty() {
    if (exchange_) end({});
  }
  void end(std::optional<net::HttpResponse> answer) {
    const std::shared_ptr<Exchange> exchange = std::move(exchange_);
    account_->release(bytes_);
    const std::lock_guard lock(exchange->mutex);
    exchange->answer = std::move(answer);
    exchange->ended = true;
    exchange->answered.notify_one();
  }

 private:
  std::shared_ptr<Exchange> exchange_;
  std::shared_ptr<env::MemoryBudget> account_;
  std::uint64_t bytes_;
};

Failure cancelled() { return failure(ALD_CANCELLED, "the call was stopped"); }
Failure timed_out() { return failure(ALD_TIMEOUT, "the time of the call is over"); }
Failure closed() { return failure(ALD_CLOSED, "the database is closed"); }

std::size_t thread_count(std::uint32_t asked) {
  return asked > 0 ? asked : std::max(1U, std::thread::hardware_concurrency());
}

observe::LogLevel level_of(const ald_options* options) {
  if (options == nullptr || options->log == nullptr) return observe::LogLevel::kOff;
  switch (options->log_level) {
    case ALD_LOG_DEBUG: return observe::LogLevel::kDebug;
    case ALD_LOG_INFO: return observe::LogLevel::kInfo;
    case ALD_LOG_ERROR: return observe::LogLevel::kError;
    default: return observe::LogLevel::kWarn;
  }
}

observe::Log::Sink sink_of(const ald_options* options) {
  if (options == nullptr || options->log == nullptr) return [](std::string_view) {};
  return [log = options->log, user = options->log_user](std::string_view line) { log(user, line.data(), line.size()); };
}

Failure open_failure(const Status& status) {
  ald_status code = ALD_INTERNAL;
  if (status.code() == StatusCode::kAlreadyExists) code = ALD_IN_USE;
  if (status.code() == StatusCode::kDataLoss) code = ALD_DAMAGED;
  if (status.code() == StatusCode::kInvalidArgument) code = ALD_INVALID_ARGUMENT;
  if (status.code() == StatusCode::kIo || status.code() == StatusCode::kOutOfSpace ||
      status.code() == StatusCode::kPermissionDenied || status.code() == StatusCode::kNotFound) {
    code = ALD_IO;
  }
  if (status.code() == StatusCode::kResourceExhausted) code = ALD_OUT_OF_MEMORY;
  return failure(code, std::string(status.message()));
}

ald_status status_of(int http_status) {
  switch (http_status) {
    case 404: return ALD_NOT_FOUND;
    case 409: return ALD_ALREADY_EXISTS;
    case 413: return ALD_TOO_LARGE;
    case 408:
    case 504: return ALD_TIMEOUT;
    case 429:
    case 503: return ALD_BUSY;
    case 501: return ALD_UNIMPLEMENTED;
    case 507: return ALD_IO;
    default: return http_status >= 500 ? ALD_INTERNAL : ALD_REJECTED;
  }
}

net::HttpRequest http_request(Request&& request) {
  net::HttpRequest http;
  const std::size_t question = request.target.find('?');
  http.method = std::move(request.method);
  http.path = request.target.substr(0, question);
  if (question != std::string::npos) http.query = request.target.substr(question + 1);
  http.target = std::move(request.target);
  if (!request.body.empty()) http.headers.emplace_back("content-type", "application/json");
  http.body = std::move(request.body);
  http.vectors = std::move(request.vectors);
  http.cancelled = std::make_shared<std::atomic<bool>>(false);
  return http;
}

}  // namespace

Outcome read_limits(const ald_limits* limits, Limits& out) {
  if (limits == nullptr) return std::nullopt;
  if (auto wrong = check_size(*limits, "ald_limits")) return wrong;
  if (limits->timeout_ms < 0) return failure(ALD_INVALID_ARGUMENT, "timeout_ms is negative");
  if (limits->timeout_ms > 0) {
    out.deadline = Clock::now() + std::chrono::milliseconds(std::min(limits->timeout_ms, kLongestTimeoutMs));
  }
  if (limits->stop == nullptr) return std::nullopt;
  std::shared_ptr<Stop> stop;
  if (auto wrong = find_object(limits->stop, "stop", stop)) return wrong;
  out.stop = stop->source.get_token();
  return std::nullopt;
}

Session::Session(Place place, const ald_options* options)
    : place_(std::move(place)),
      log_(level_of(options), [] { return env::posix_env().now_us(); }, sink_of(options)) {}

Session::~Session() { close(); }

Outcome Session::open(const char* folder, const ald_options* options, std::shared_ptr<Session>& out) {
  if (auto wrong = check_text(folder, "folder")) return wrong;
  if (*folder == '\0') return failure(ALD_INVALID_ARGUMENT, "folder is empty");
  Place place{"default_tenant", "default_database"};
  engine::Options settings;
  settings.read_threads = thread_count(0);
  if (options != nullptr) {
    if (auto wrong = check_size(*options, "ald_options")) return wrong;
    if (options->threads > kMaxThreads) return failure(ALD_INVALID_ARGUMENT, "threads: more than 256");
    settings.read_threads = thread_count(options->threads);
    settings.chroma.allow_reset = options->allow_reset != 0;
    for (auto [given, kept] : {std::pair{options->tenant, &place.tenant}, std::pair{options->database, &place.database}}) {
      if (given == nullptr) continue;
      if (auto wrong = check_text(given, "tenant or database")) return wrong;
      *kept = given;
    }
  }
  settings.data = folder;
  settings.write_threads = kWriteThreads;
  settings.qdrant.cors = false;
  settings.chroma.max_payload_size_bytes = settings.qdrant.max_body_bytes = ALD_MAX_BYTES;
  std::shared_ptr<Session> session(new Session(std::move(place), options));
  const auto threads = static_cast<int>(settings.read_threads);
  auto engine = engine::Engine::open(std::move(settings), env::posix_env(), session->log_);
  if (!engine.ok()) return open_failure(engine.status());
  session->engine_ = std::move(engine).value();
  session->engine_->load(threads, kInlineReads);
  out = std::move(session);
  return std::nullopt;
}

Outcome Session::call(Request request, const Limits& limits, net::HttpResponse& out) {
  if (limits.stop.stop_requested()) return cancelled();
  if (limits.deadline && Clock::now() >= *limits.deadline) return timed_out();
  if (closing_) return closed();
  const std::shared_lock inside(calls_);
  if (!engine_) return closed();

  std::uint64_t bytes = request.body.size();
  for (const auto& vector : request.vectors) bytes += vector.size() * sizeof(float);
  const std::shared_ptr<env::MemoryBudget> account = engine_->pending_requests();
  const auto exchange = std::make_shared<Exchange>();
  if (!account->try_charge(bytes)) return failure(ALD_BUSY, "too many bytes of requests are on their way");
  Duty duty(exchange, account, bytes);
  const bool is_chroma = request.dialect == ALD_DIALECT_CHROMA;
  net::HttpRequest http = http_request(std::move(request));
  if (limits.deadline) {
    http.deadline = base::Deadline::after(
        std::chrono::duration_cast<std::chrono::milliseconds>(*limits.deadline - Clock::now()));
  }
  const auto cancel = [flag = http.cancelled] { flag->store(true); };
  const std::stop_callback on_stop(limits.stop, cancel);
  net::Responder responder([duty = std::move(duty)](net::HttpResponse answer) mutable { duty.end(std::move(answer)); });
  if (is_chroma) {
    engine_->chroma_rest().handle(std::move(http), std::move(responder));
  } else {
    engine_->qdrant_rest().handle(std::move(http), std::move(responder));
  }

  std::unique_lock lock(exchange->mutex);
  const auto ended = [&] { return exchange->ended; };
  if (limits.deadline) {
    (void)exchange->answered.wait_until(lock, limits.stop, *limits.deadline, ended);
  } else {
    (void)exchange->answered.wait(lock, limits.stop, ended);
  }
  const bool failed = !exchange->answer || exchange->answer->status >= 400;
  if (failed && limits.stop.stop_requested()) return cancel(), cancelled();
  if (failed && limits.deadline && Clock::now() >= *limits.deadline) return cancel(), timed_out();
  if (!exchange->answer) return failure(ALD_OUT_OF_MEMORY, "there is no memory for an answer");
  out = *std::move(exchange->answer);
  return std::nullopt;
}

void Session::close() {
  closing_ = true;
  const std::unique_lock alone(calls_);
  if (!engine_) return;
  engine_->close();
  engine_.reset();
}

Failure refusal(const net::HttpResponse& response) {
  Failure refused;
  refused.status = status_of(response.status);
  refused.http_status = response.status;
  refused.message = response.body;
  const auto body = client::Json::parse(response.body);
  if (!body) return refused;
  if (const client::Json* name = body->find("error"); name != nullptr && name->if_string() != nullptr) {
    refused.name = *name->if_string();
  }
  if (const client::Json* message = body->find("message"); message != nullptr && message->if_string() != nullptr) {
    refused.message = *message->if_string();
  }
  return refused;
}

}  // namespace alidade::embedded_c
