#include "faces/chroma_rest/chroma_rest.h"

#include <algorithm>
#include <new>
#include <optional>
#include <utility>

#include "auth/access.h"
#include "faces/chroma_rest/errors.h"
#include "faces/chroma_rest/routes.h"
#include "net/router.h"

namespace alidade::faces::chroma_rest {

namespace {

/// Room for every route that everyone may ask.
constexpr std::size_t kLongestOpenPathBytes = 256;

bool equals_ignoring_case(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](char x, char y) {
    const auto lower = [](char c) {
      return static_cast<char>(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
    };
    return lower(x) == lower(y);
  });
}

/// application/json or application/<anything>+json; a missing header is fine.
bool has_json_type(const net::HttpRequest& request) {
  const std::string* header = request.header("content-type");
  if (!header) return true;
  std::string_view type = std::string_view(*header).substr(0, header->find(';'));
  while (!type.empty() && type.back() == ' ') type.remove_suffix(1);
  constexpr std::string_view kApplication = "application/";
  constexpr std::string_view kSuffix = "+json";
  if (type.size() <= kApplication.size() ||
      !equals_ignoring_case(type.substr(0, kApplication.size()), kApplication)) {
    return false;
  }
  const std::string_view subtype = type.substr(kApplication.size());
  return equals_ignoring_case(subtype, "json") ||
         (subtype.size() > kSuffix.size() &&
          equals_ignoring_case(subtype.substr(subtype.size() - kSuffix.size()), kSuffix));
}

/// Any of the headers that clients of either dialect put their key into.
std::string credential_of(const net::HttpRequest& request) {
  if (const std::string* token = request.header("x-chroma-token")) return *token;
  constexpr std::string_view kBearer = "Bearer ";
  if (const std::string* value = request.header("authorization");
      value && value->size() > kBearer.size() &&
      equals_ignoring_case(std::string_view(*value).substr(0, kBearer.size()), kBearer)) {
    return value->substr(kBearer.size());
  }
  const std::string* key = request.header("api-key");
  return key ? *key : std::string();
}

observe::OpContext context_of(const net::HttpRequest& request) {
  observe::OpContext context;
  context.face = "chroma_rest";
  context.remote_address = request.remote_address;
  context.set_stop_flag(request.cancelled);
  context.set_deadline(request.deadline);
  context.credential = credential_of(request);
  return context;
}

net::HttpResponse method_not_allowed(const std::vector<std::string>& methods) {
  net::HttpResponse response = bare_answer(405);
  std::string allow;
  for (const std::string& method : methods) allow += (allow.empty() ? "" : ",") + method;
  response.headers.emplace_back("allow", std::move(allow));
  return response;
}

net::HttpResponse too_busy() {
  return error_answer(429, "ChromaError", "the server is busy; try again later");
}

}  // namespace

class ChromaRest::Impl {
 public:
  Impl(ops::Dispatcher& dispatcher, ops::WorkerPools pools, Options options)
      : dispatcher_(dispatcher), pools_(pools), options_(std::move(options)) {
    for (const Route& route : routes()) {
      router_.add(route.method, route.pattern, &route);
      if (route.method == "GET") router_.add("HEAD", route.pattern, &route);
    }
  }

  void handle(net::HttpRequest&& request, net::Responder&& responder) {
    if (is_preflight(request)) {
      return responder.send(preflight(request));
    }
    // Routes that everyone may ask, or that check by themselves, have short paths: a long one is not
    // looked at before it is known who asks. Who may not come in costs a look at the credential.
    std::optional<net::Router<const Route*>::Match> match;
    if (request.path.size() <= kLongestOpenPathBytes) match = router_.match(request.method, request.path);
    observe::OpContext context = context_of(request);
    if (!match || !match->value || (*match->value)->work != Work::kInline) {
      if (auto refused = refuse_caller(request, context)) return responder.send(*std::move(refused));
    }
    if (!match) match = router_.match(request.method, request.path);
    if (!match->value) {
      auto response = match->allowed_methods.empty() ? bare_answer(404)
                                                     : method_not_allowed(match->allowed_methods);
      return responder.send(finish(request, std::move(response)));
    }
    const Route& route = **match->value;
    if (route.body == Body::kJson && !has_json_type(request)) {
      return responder.send(finish(
          request, error_answer(415, "ChromaError",
                                "Expected request with `Content-Type: application/json`")));
    }
    Job job{std::move(request), std::move(match->parameters), &route, std::move(context)};
    if (route.work == Work::kInline) return responder.send(run(job, job.context));
    post(std::move(job), std::move(responder));
  }

  std::optional<net::HttpResponse> admit(const net::HttpRequest& head) {
    if (!is_preflight(head) && !is_open(head)) {
      observe::OpContext context = context_of(head);
      return refuse_caller(head, context);
    }
    // Answered here and now: neither looks at a body.
    std::optional<net::HttpResponse> answer;
    handle(net::HttpRequest(head), net::Responder([&answer](net::HttpResponse made) { answer = std::move(made); }));
    return answer;
  }

  net::HttpResponse oversize(const net::HttpRequest& request) const {
    observe::OpContext context = context_of(request);
    if (auto refused = refuse_caller(request, context)) return *std::move(refused);
    return finish(request,
                  error_answer(413, "ChromaError",
                               "Failed to buffer the request body: length limit exceeded"));
  }

  net::HttpResponse overload(const net::HttpRequest& request) const {
    return finish(request, too_busy());
  }

 private:
  struct Job {
    net::HttpRequest request;
    net::PathParameters path;
    const Route* route;
    observe::OpContext context;
  };

  /// A job on its way through a worker, to the end of what its answer waits for.
  struct Posted {
    Posted(Job taken, net::Responder&& answers) : job(std::move(taken)), responder(std::move(answers)) {}
    Job job;
    net::Responder responder;
    net::HttpResponse response;
  };

  bool is_preflight(const net::HttpRequest& request) const {
    return request.method == "OPTIONS" && !options_.cors_allow_origins.empty();
  }

  /// Whether everyone may ask this, or it checks by itself.
  bool is_open(const net::HttpRequest& request) const {
    if (request.path.size() > kLongestOpenPathBytes) return false;
    const auto match = router_.match(request.method, request.path);
    return match.value != nullptr && (*match.value)->work == Work::kInline;
  }

  /// The answer to who may not come in.
  std::optional<net::HttpResponse> refuse_caller(const net::HttpRequest& request,
                                                 observe::OpContext& context) const {
    const auth::Access anyone(auth::Scope::kAuthenticated, auth::Right::kRead);
    const Status refused = dispatcher_.allow(context, anyone, "");
    if (refused.ok()) return std::nullopt;
    return finish(request, error_answer(refused, Scene::kGeneral));
  }

  void post(Job job, net::Responder&& responder) {
    if (job.route->work == Work::kRead) {
      if (const auto place = pools_.inline_reads.try_take(job.request.body.size())) {
        return responder.send(run(job, job.context));
      }
    }
    env::ThreadPool& pool = job.route->work == Work::kWrite ? pools_.writes : pools_.reads;
    // The responder must survive a full queue to say so, hence the shared place.
    const auto shared = std::make_shared<Posted>(std::move(job), std::move(responder));
    if (!pool.try_post([this, shared] { work(shared); })) shared->responder.send(too_busy());
  }

  /// On a worker: makes the answer, and sends it when what it promises is true.
  void work(const std::shared_ptr<Posted>& posted) {
    observe::OpContext context = posted->job.context;
    try {
      context.held_answer = std::make_shared<observe::HeldAnswer>([this, posted](const Status& outcome) {
        posted->responder.send(outcome.ok() ? std::move(posted->response) : late_refusal(posted->job, outcome));
      });
    } catch (const std::bad_alloc&) {
      return posted->responder.send(out_of_memory(posted->job));
    }
    net::HttpResponse response = run(posted->job, context);
    if (!context.held_answer->is_held()) return posted->responder.send(std::move(response));
    posted->response = std::move(response);
    context.held_answer->start();
  }

  net::HttpResponse late_refusal(const Job& job, const Status& outcome) const {
    try {
      return finish(job.request, error_answer(outcome, Scene::kRecords));
    } catch (const std::bad_alloc&) {
      return out_of_memory(job);
    }
  }

  net::HttpResponse run(const Job& job, observe::OpContext& context) {
    const Call call{dispatcher_, traits_, options_, context, job.request, job.path};
    try {
      return finish(job.request, job.route->handler(call));
    } catch (const std::bad_alloc&) {
      return out_of_memory(job);
    }
  }

  net::HttpResponse out_of_memory(const Job& job) const {
    const Status status(StatusCode::kResourceExhausted, "not enough memory for this request");
    return finish(job.request, error_answer(status, Scene::kGeneral));
  }

  /// The origin that an answer allows, or "".
  std::string allowed_origin(const net::HttpRequest& request) const {
    const auto& origins = options_.cors_allow_origins;
    if (std::find(origins.begin(), origins.end(), "*") != origins.end()) return "*";
    const std::string* origin = request.header("origin");
    if (!origin || std::find(origins.begin(), origins.end(), *origin) == origins.end()) return "";
    return *origin;
  }

  net::HttpResponse finish(const net::HttpRequest& request, net::HttpResponse response) const {
    if (options_.cors_allow_origins.empty()) return response;
    std::string origin = allowed_origin(request);
    if (!origin.empty()) {
      response.headers.emplace_back("access-control-allow-origin", std::move(origin));
    }
    response.headers.emplace_back(
        "vary", "origin, access-control-request-method, access-control-request-headers");
    return response;
  }

  net::HttpResponse preflight(const net::HttpRequest& request) const {
    net::HttpResponse response;
    response.headers.emplace_back("access-control-allow-methods", "*");
    response.headers.emplace_back("access-control-allow-headers", "*");
    return finish(request, std::move(response));
  }

  // Constant after construction.
  ops::Dispatcher& dispatcher_;
  ops::WorkerPools pools_;
  const Options options_;
  net::Router<const Route*> router_{net::PathStyle::kStrict};
  // Any thread.
  TraitsCache traits_;
};

ChromaRest::ChromaRest(ops::Dispatcher& dispatcher, ops::WorkerPools pools, Options options)
    : impl_(std::make_unique<Impl>(dispatcher, pools, std::move(options))) {}

ChromaRest::~ChromaRest() = default;

void ChromaRest::handle(net::HttpRequest&& request, net::Responder&& responder) {
  impl_->handle(std::move(request), std::move(responder));
}

std::optional<net::HttpResponse> ChromaRest::admit(const net::HttpRequest& head) { return impl_->admit(head); }

net::HttpResponse ChromaRest::oversize(const net::HttpRequest& request, std::uint64_t) const {
  return impl_->oversize(request);
}

net::HttpResponse ChromaRest::overload(const net::HttpRequest& request) const {
  return impl_->overload(request);
}

}  // namespace alidade::faces::chroma_rest
