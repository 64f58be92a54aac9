#include <algorithm>
#include <mutex>
#include <optional>
#include <utility>

#include "alidade/alidade.h"
#include "alidade/embedded.h"

namespace alidade::embedded::inline v0 {
namespace {

// Nobody resolves it; the clients want a URL of that form.
constexpr std::string_view kEndpoint = "http://embedded";

Error error_of(const ald_error& from) {
  Error error;
  error.name = from.name;
  error.message = from.message;
  error.status = from.http_status;
  switch (from.status) {
    case ALD_INVALID_ARGUMENT: error.kind = ErrorKind::kInvalidArgument; break;
    case ALD_INVALID_HANDLE:
    case ALD_CLOSED:
      error.kind = ErrorKind::kUnavailable;
      error.name = "DatabaseClosed";
      error.message = "the database is closed";
      break;
    case ALD_IN_USE:
      error.kind = ErrorKind::kUnavailable;
      error.name = "DataFolderInUse";
      break;
    case ALD_TIMEOUT: error.kind = ErrorKind::kTimeout; break;
    case ALD_CANCELLED: error.kind = ErrorKind::kCancelled; break;
    case ALD_TOO_LARGE: error.kind = ErrorKind::kTooLarge; break;
    case ALD_BUSY: error.kind = ErrorKind::kRateLimited; break;
    default: error.kind = ErrorKind::kServer; break;
  }
  return error;
}

// A handle that is freed with its owner.
template <typename Handle, ald_status (*free)(Handle*, ald_error*)>
struct Freed {
  Handle* handle = nullptr;
  Freed() = default;
  Freed(const Freed&) = delete;
  Freed& operator=(const Freed&) = delete;
  ~Freed() {
    if (handle != nullptr) free(handle, nullptr);
  }
};
using StopHandle = Freed<ald_stop, ald_stop_free>;
using AnswerHandle = Freed<ald_answer, ald_answer_free>;

std::int32_t level_of(client::LogLevel level) {
  switch (level) {
    case client::LogLevel::kTrace:
    case client::LogLevel::kDebug: return ALD_LOG_DEBUG;
    case client::LogLevel::kInfo: return ALD_LOG_INFO;
    case client::LogLevel::kWarning: return ALD_LOG_WARNING;
    case client::LogLevel::kError: return ALD_LOG_ERROR;
  }
  return ALD_LOG_WARNING;
}

}  // namespace

/// Shared by the copies of a database and by its clients' transports.
class Database::State {
 public:
  static Result<std::shared_ptr<State>> open(const std::string& folder, Options options) {
    auto state = std::make_shared<State>();
    state->log_ = std::move(options.log);
    ald_options settings = ALD_OPTIONS_INIT;
    settings.threads = options.threads;
    settings.allow_reset = options.allow_reset ? 1 : 0;
    settings.log_level = level_of(options.log_level);
    if (state->log_) {
      settings.log = [](void* user, const char* line, std::size_t size) {
        static_cast<State*>(user)->log_(std::string_view(line, size));
      };
      settings.log_user = state.get();
    }
    ald_error error = ALD_ERROR_INIT;
    if (ald_open(folder.c_str(), &settings, &state->handle_, &error) != ALD_OK) return error_of(error);
    return state;
  }

  State() = default;
  State(const State&) = delete;
  State& operator=(const State&) = delete;
  ~State() { (void)close(); }

  Result<void> close() {
    // The handle stays: calls with it say that the database is closed.
    std::call_once(closed_, [this] {
      if (handle_ != nullptr) (void)ald_close(handle_, nullptr);
    });
    return {};
  }

  ald_database* handle() const { return handle_; }

 private:
  // Constant after open().
  std::function<void(std::string_view)> log_;
  ald_database* handle_ = nullptr;
  std::once_flag closed_;
};

namespace {

/// Carries a client's requests to the engine.
template <typename State>
class Passage final : public client::Transport {
 public:
  Passage(std::shared_ptr<State> state, std::int32_t dialect) : state_(std::move(state)), dialect_(dialect) {}

  Result<client::HttpResponse> send(const client::HttpRequest& request) override {
    StopHandle stop;
    ald_limits limits = ALD_LIMITS_INIT;
    limits.timeout_ms = request.timeout.count();
    ald_error error = ALD_ERROR_INIT;
    if (request.stop.stop_possible()) {
      if (ald_stop_new(&stop.handle, &error) != ALD_OK) return error_of(error);
      limits.stop = stop.handle;
    }
    const std::stop_callback on_stop(request.stop, [&stop] { (void)ald_stop_request(stop.handle, nullptr); });
    const std::string method(request.method);
    const std::string target(request.url.substr(std::min(request.url.size(), kEndpoint.size())));
    AnswerHandle answer;
    ald_matrix vectors = ALD_MATRIX_INIT;
    if (request.dimension > 0) {
      vectors.values = request.vectors.data();
      vectors.rows = request.vectors.size() / request.dimension;
      vectors.dimension = request.dimension;
    }
    if (ald_call(state_->handle(), dialect_, method.c_str(), target.c_str(), request.body.data(), request.body.size(),
                 request.dimension > 0 ? &vectors : nullptr, &limits, &answer.handle, &error) != ALD_OK) {
      return error_of(error);
    }
    ald_answer_view view = ALD_ANSWER_VIEW_INIT;
    if (ald_answer_read(answer.handle, &view, &error) != ALD_OK) return error_of(error);
    client::HttpResponse response;
    response.status = view.http_status;
    response.body.assign(view.body, view.body_size);
    if (*view.request_id != '\0') response.headers.push_back({"x-request-id", view.request_id, false});
    return response;
  }
  bool takes_vectors() const override { return dialect_ == ALD_DIALECT_CHROMA; }

 private:
  const std::shared_ptr<State> state_;
  const std::int32_t dialect_;
};

}  // namespace

Result<Database> Database::open(std::string_view folder, Options options) {
  if (folder.find('\0') != std::string_view::npos) {
    Error error;
    error.kind = ErrorKind::kInvalidArgument;
    error.message = "the folder's name holds a zero byte";
    return error;
  }
  auto state = State::open(std::string(folder), std::move(options));
  if (!state) return std::move(state).error();
  return Database(*std::move(state));
}

chroma::Client Database::chroma(chroma::ClientOptions options) const {
  options.endpoint = kEndpoint;
  options.auth = {};
  options.connection.user_agent.clear();
  if (options.embedding_encoding == chroma::EmbeddingEncoding::kAuto) {
    options.embedding_encoding = chroma::EmbeddingEncoding::kBase64;
  }
  options.transport = std::make_shared<Passage<State>>(state_, ALD_DIALECT_CHROMA);
  return chroma::Client::make(std::move(options)).value();
}

qdrant::Client Database::qdrant(qdrant::ClientOptions options) const {
  options.url = kEndpoint;
  options.api_key.clear();
  options.headers.clear();
  options.connection.user_agent.clear();
  options.transport = std::make_shared<Passage<State>>(state_, ALD_DIALECT_QDRANT);
  return qdrant::Client::make(std::move(options)).value();
}

Result<void> Database::close() const { return state_->close(); }

}  // namespace alidade::embedded::inline v0
