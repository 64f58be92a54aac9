#include "faces/qdrant_rest/qdrant_rest.h"

#include <algorithm>
#include <chrono>
#include <optional>
#include <utility>

#include "auth/keys.h"
#include "base/deadline.h"
#include "env/memory_account.h"
#include "faces/qdrant_rest/errors.h"
#include "faces/qdrant_rest/route.h"
#include "net/router.h"
#include "net/url.h"

namespace alidade::faces::qdrant_rest {
namespace {

using Clock = std::chrono::steady_clock;

/// Room for every route without a key, also with repeated slashes and encoded letters.
constexpr std::size_t kLongestOpenPathBytes = 256;

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

/// Everything that one request needs until it is answered; lives on one thread at a time.
struct Task {
  net::HttpRequest http;
  net::Responder responder;
  const Route* route = nullptr;
  net::PathParameters parameters = {};
  Clock::time_point started = Clock::now();
  /// Whether the envelope of the answer still lacks its end, which tells the time.
  bool is_open_envelope = false;
  // Of an answer that is held.
  net::HttpResponse response = {};
  /// The body of it, should the deadline end the wait. "" = it says the same.
  std::string late_body = {};
};

std::span<const QueryRule> query_rules_of(const Route& route) {
  switch (route.kind) {
    case RouteKind::kRead: return kReadParameters;
    case RouteKind::kWrite: return kWriteParameters;
    case RouteKind::kAdmin: return kAdminParameters;
    case RouteKind::kInline:
    case RouteKind::kService: break;
  }
  return route.parameters;
}

bool creates_collection(const Route& route) {
  return route.method == "PUT" && route.pattern == "/collections/{collection_name}";
}

/// The shard of a path of reads must be a number. @return nothing when it is, or when there is none.
std::optional<net::HttpResponse> refuse_shard(const net::PathParameters& parameters) {
  const std::string& text = parameters.get("shard_id");
  if (text.empty() || shard_number(text)) return std::nullopt;
  return bad_path_number(text);
}

/// There is one shard, number 0. That a collection has no other is told only to who may read it.
Status check_shard(const Call& call) {
  const std::string& text = call.input.parameter("shard_id");
  if (text.empty()) return Status::ok_status();
  const std::uint32_t number = shard_number(text).value_or(0);
  if (number == 0) return Status::ok_status();
  ALD_RETURN_IF_ERROR(call.dispatcher.run(call.context, ops::GetCollection{collection_of(call.input)}).status());
  return nothing_found("shard " + std::to_string(number) + " not found");
}

observe::OpContext context_of(const net::HttpRequest& request) {
  observe::OpContext context;
  context.face = "qdrant_rest";
  context.remote_address = request.remote_address;
  context.set_stop_flag(request.cancelled);
  context.set_deadline(request.deadline);
  if (const std::string* id = request.header("x-request-id")) context.request_id = *id;
  if (const std::string* key = request.header("api-key")) {
    context.credential = *key;
    context.credential_given = true;
  } else if (const std::string* authorization = request.header("authorization")) {
    if (const auto token = auth::bearer_token(*authorization)) {
      context.credential = *token;
      context.credential_given = true;
    }
  }
  return context;
}

void take_timeout(const net::QueryParameters& query, observe::OpContext& context) {
  const std::string* text = query.find("timeout");
  if (text == nullptr) return;
  // A day is as good as for ever, and cannot overflow a clock.
  constexpr std::uint64_t kDaySeconds = 24 * 3600;
  std::uint64_t seconds = 0;
  for (const char c : *text) seconds = std::min(kDaySeconds, seconds * 10 + static_cast<std::uint64_t>(c - '0'));
  if (seconds == 0) return;
  const auto asked = base::Deadline::after(std::chrono::seconds(seconds));
  if (asked.at() < context.deadline().at()) context.set_deadline(asked);
}

/// Bytes that are no UTF-8 become U+FFFD, as in the peer: every name can be shown in JSON.
net::PathParameters in_valid_utf8(const net::PathParameters& parameters) {
  net::PathParameters out;
  for (const auto& [name, value] : parameters.pairs()) out.add(name, net::to_valid_utf8(value));
  return out;
}

/// The shard and the names of a path, which need nothing but the path.
std::optional<net::HttpResponse> refuse_path(const Route& route, const net::PathParameters& parameters) {
  if (auto refused = refuse_shard(parameters)) return refused;
  const NameUse use = creates_collection(route) ? NameUse::kNew : NameUse::kExisting;
  if (const Status refused = check_path(parameters, use); !refused.ok()) return error_answer(refused, 0.0);
  return std::nullopt;
}

net::HttpResponse too_busy() {
  return error_answer(worded(503, "Service unavailable: the server is busy, try again later"), 0.0);
}

}  // namespace

class QdrantRest::Impl {
 public:
  Impl(ops::Dispatcher& dispatcher, ops::WorkerPools pools, Options options)
      : dispatcher_(dispatcher), pools_(pools), options_(std::move(options)), router_(net::PathStyle::kCollapse) {
    for (const Route& route : routes()) router_.add(route.method, route.pattern, &route);
  }

  void handle(net::HttpRequest&& request, net::Responder&& responder) {
    auto task = std::make_unique<Task>(Task{.http = std::move(request), .responder = std::move(responder)});
    if (is_preflight(task->http)) return send(*task, preflight(task->http));
    // Routes that are answered to everyone have short paths: a long one is not looked at before it is
    // known who asks.
    std::optional<net::Router<const Route*>::Match> match;
    if (task->http.path.size() <= kLongestOpenPathBytes) match = router_.match(task->http.method, task->http.path);
    if (match && match->value != nullptr && (*match->value)->kind == RouteKind::kInline) {
      task->route = *match->value;
      net::HttpResponse response = answer(*task, observe::OpContext());
      return send(*task, close_envelope(*task, std::move(response)));
    }
    observe::OpContext context = context_of(task->http);
    // Who may not come in learns nothing, not even which routes there are, and costs no more than a
    // look at the credential.
    if (const Status refused = check_caller(context); !refused.ok()) return send(*task, error_answer(refused, 0.0));
    if (!match) match = router_.match(task->http.method, task->http.path);
    if (match->value == nullptr) return send(*task, no_such_route());
    task->route = *match->value;
    task->parameters = in_valid_utf8(match->parameters);
    // A name that is too long is refused here, before anything waits for a worker.
    if (auto refused = refuse_path(*task->route, task->parameters)) return send(*task, *std::move(refused));
    post(std::move(task), std::move(context));
  }

  std::optional<net::HttpResponse> admit(const net::HttpRequest& head) {
    if (!is_preflight(head) && !is_open(head)) return refuse_caller(head);
    // Answered here and now: neither looks at a body.
    std::optional<net::HttpResponse> answer;
    handle(net::HttpRequest(head), net::Responder([&answer](net::HttpResponse made) { answer = std::move(made); }));
    return answer;
  }

  net::HttpResponse oversize(const net::HttpRequest& request, std::optional<std::uint64_t> length) const {
    if (auto refused = refuse_caller(request)) return *std::move(refused);
    const std::string limit = std::to_string(options_.max_body_bytes);
    const std::string text =
        length ? "JSON payload (" + std::to_string(*length) + " bytes) is larger than allowed (limit: " + limit + " bytes)."
               : "JSON payload has exceeded limit (" + limit + " bytes).";
    net::HttpResponse response = error_answer(worded(400, text), 0.0);
    response.close = true;
    add_cors(request, response);
    return response;
  }

  net::HttpResponse overload(const net::HttpRequest& request) const {
    net::HttpResponse response = too_busy();
    add_cors(request, response);
    return response;
  }

 private:
  /// Whether everyone may ask this.
  bool is_open(const net::HttpRequest& request) const {
    if (request.path.size() > kLongestOpenPathBytes) return false;
    const auto match = router_.match(request.method, request.path);
    return match.value != nullptr && (*match.value)->kind == RouteKind::kInline;
  }

  Status check_caller(observe::OpContext& context) const {
    return dispatcher_.allow(context, auth::Access(auth::Scope::kAuthenticated, auth::Right::kRead), "");
  }

  /// The answer to who may not come in, when the body was refused before it was read: its size is
  /// nobody else's business. The connection closes.
  std::optional<net::HttpResponse> refuse_caller(const net::HttpRequest& request) const {
    observe::OpContext context = context_of(request);
    const Status refused = check_caller(context);
    if (refused.ok()) return std::nullopt;
    net::HttpResponse response = error_answer(refused, 0.0);
    response.close = true;
    add_cors(request, response);
    return response;
  }

  void post(std::unique_ptr<Task> task, observe::OpContext context) {
    if (task->route->kind == RouteKind::kRead) {
      if (const auto place = pools_.inline_reads.try_take(task->http.body.size())) {
        net::HttpResponse response = answer(*task, std::move(context));
        return send(*task, close_envelope(*task, std::move(response)));
      }
    }
    env::ThreadPool& pool = task->route->answer.pool == ops::Pool::kWrites ? pools_.writes : pools_.reads;
    // The pool destroys what it declines, so the right to answer is shared until then.
    const std::shared_ptr<Task> shared = std::move(task);
    const bool posted = pool.try_post([this, shared, context = std::move(context)] { work(shared, context); });
    if (!posted) send(*shared, too_busy());
  }

  /// On a worker: makes the answer, and sends it when what it promises is true.
  void work(const std::shared_ptr<Task>& task, observe::OpContext context) {
    try {
      context.held_answer = std::make_shared<observe::HeldAnswer>(
          [this, task](const Status& outcome) { send(*task, late_answer(*task, outcome)); });
    } catch (const std::bad_alloc&) {
      return send(*task, out_of_memory(*task));
    }
    const auto held = context.held_answer;
    net::HttpResponse response = answer(*task, std::move(context));
    if (!held->is_held()) return send(*task, close_envelope(*task, std::move(response)));
    task->response = std::move(response);
    held->start();
  }

  /// @param outcome of what the answer has waited for.
  net::HttpResponse late_answer(Task& task, const Status& outcome) {
    try {
      const bool timed_out = outcome.code() == StatusCode::kDeadlineExceeded;
      if (!outcome.ok() && !timed_out) return refusal(task, outcome);
      if (timed_out && !task.late_body.empty()) task.response.body = std::move(task.late_body);
      return close_envelope(task, std::move(task.response));
    } catch (const std::bad_alloc&) {
      return out_of_memory(task);
    }
  }

  static net::HttpResponse out_of_memory(const Task& task) {
    return error_answer(Status(StatusCode::kResourceExhausted, "not enough memory for this request"),
                        seconds_since(task.started));
  }

  net::HttpResponse answer(Task& task, observe::OpContext context) {
    try {
      return run(task, std::move(context));
    } catch (const std::bad_alloc&) {
      return out_of_memory(task);
    }
  }

  net::HttpResponse run(Task& task, observe::OpContext context) {
    const Route& route = *task.route;
    const net::QueryParameters query = net::parse_query(task.http.query);
    if (const Status refused = check_query(query, query_rules_of(route)); !refused.ok()) {
      return error_answer(refused, 0.0);
    }
    if (route.kind == RouteKind::kRead || route.kind == RouteKind::kWrite) take_timeout(query, context);
    env::MemoryAccount account(dispatcher_.services().memory);
    const RouteInput input{task.http, task.parameters, query, task.http.body, &account};
    const Call call{dispatcher_, context, input, options_, &task.late_body};
    if (const Status refused = check_shard(call); !refused.ok()) return refusal(task, refused);
    return route.page != nullptr ? page(task, call) : envelope(task, call);
  }

  net::HttpResponse page(const Task& task, const Call& call) {
    auto made = task.route->page(call);
    return made.ok() ? std::move(made).value() : refusal(task, made.status());
  }

  /// {"result":…,"status":"ok","time":…}, of which close_envelope() appends what follows the result.
  net::HttpResponse envelope(Task& task, const Call& call) {
    net::HttpResponse response;
    constexpr std::string_view kBegin = "{\"result\":";
    response.body = kBegin;
    if (const Status status = task.route->answer.run(call, response.body); !status.ok()) {
      return refusal(task, status);
    }
    if (!task.late_body.empty()) task.late_body.insert(0, kBegin);
    response.content_type = "application/json";
    task.is_open_envelope = true;
    return response;
  }

  static net::HttpResponse close_envelope(const Task& task, net::HttpResponse response) {
    if (!task.is_open_envelope) return response;
    response.body += ",\"status\":\"ok\",\"time\":";
    base::json::write_double(seconds_since(task.started), response.body);
    response.body += '}';
    return response;
  }

  net::HttpResponse refusal(const Task& task, const Status& status) const {
    // Updates of single vectors do not name the vector either.
    const bool whole_points = task.route->kind == RouteKind::kWrite && !task.route->pattern.ends_with("/points/vectors");
    const ErrorScene scene = whole_points ? ErrorScene::kWrite : ErrorScene::kGeneral;
    return error_answer(status, seconds_since(task.started), scene);
  }

  void send(Task& task, net::HttpResponse response) {
    if (task.route != nullptr && task.route->kind != RouteKind::kInline) count(task, response.status);
    add_cors(task.http, response);
    task.responder.send(std::move(response));
  }

  void count(const Task& task, int status) {
    dispatcher_.metrics()
        .histogram(observe::kRestResponses, {{"method", std::string(task.route->method)},
                                             {"endpoint", std::string(task.route->pattern)},
                                             {"status", std::to_string(status)}})
        .observe(seconds_since(task.started));
  }

  // Cross-origin requests: everything is allowed, as the peer does by default. -----------------

  bool is_preflight(const net::HttpRequest& request) const {
    return options_.cors && request.method == "OPTIONS" && request.header("origin") != nullptr &&
           request.header("access-control-request-method") != nullptr;
  }

  net::HttpResponse preflight(const net::HttpRequest& request) const {
    net::HttpResponse response;
    response.headers.emplace_back("access-control-allow-methods", *request.header("access-control-request-method"));
    if (const std::string* names = request.header("access-control-request-headers")) {
      response.headers.emplace_back("access-control-allow-headers", *names);
    }
    return response;
  }

  void add_cors(const net::HttpRequest& request, net::HttpResponse& response) const {
    if (!options_.cors) return;
    response.headers.emplace_back("vary", "Origin, Access-Control-Request-Method, Access-Control-Request-Headers");
    if (const std::string* origin = request.header("origin")) {
      response.headers.emplace_back("access-control-allow-origin", *origin);
      response.headers.emplace_back("access-control-expose-headers", "*");
    }
  }

  ops::Dispatcher& dispatcher_;
  const ops::WorkerPools pools_;
  const Options options_;
  net::Router<const Route*> router_;
};

QdrantRest::QdrantRest(ops::Dispatcher& dispatcher, ops::WorkerPools pools, Options options)
    : impl_(std::make_unique<Impl>(dispatcher, pools, std::move(options))) {}

QdrantRest::~QdrantRest() = default;

void QdrantRest::handle(net::HttpRequest&& request, net::Responder&& responder) {
  impl_->handle(std::move(request), std::move(responder));
}

std::optional<net::HttpResponse> QdrantRest::admit(const net::HttpRequest& head) { return impl_->admit(head); }

net::HttpResponse QdrantRest::oversize(const net::HttpRequest& request,
                                       std::optional<std::uint64_t> length) const {
  return impl_->oversize(request, length);
}

net::HttpResponse QdrantRest::overload(const net::HttpRequest& request) const {
  return impl_->overload(request);
}

}  // namespace alidade::faces::qdrant_rest
