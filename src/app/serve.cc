#include "app/serve.h"

#include <algorithm>
#include <chrono>
#include <optional>
#include <thread>
#include <utility>

#include "auth/keys.h"
#include "base/json.h"
#include "net/http_server.h"
#include "net/router.h"
#include "observe/metrics.h"

namespace alidade::app {
namespace {

net::HttpResponse text_answer(std::string text) {
  net::HttpResponse response;
  response.content_type = "text/plain; charset=utf-8";
  response.body = std::move(text);
  return response;
}

net::HttpResponse json_answer(std::string text) {
  net::HttpResponse response;
  response.content_type = "application/json";
  response.body = std::move(text);
  return response;
}

/// Answers that need no store.
net::HttpHandler constant_routes() {
  using Make = net::HttpResponse (*)();
  auto router = std::make_shared<net::Router<Make>>(net::PathStyle::kCollapse);
  router->add(
      "GET", "/", +[] {
        return json_answer(R"({"title":"qdrant - vector search engine","version":"1.19.0"})");
      });
  router->add(
      "GET", "/healthz", +[] { return text_answer("healthz check passed"); });
  router->add(
      "GET", "/livez", +[] { return text_answer("healthz check passed"); });
  router->add(
      "GET", "/readyz", +[] { return text_answer("all shards are ready"); });
  return [router](net::HttpRequest&& request, net::Responder&& responder) {
    const auto match = router->match(request.method, request.path);
    net::HttpResponse response;
    response.status = 404;
    if (match.value != nullptr) response = (*match.value)();
    responder.send(std::move(response));
  };
}

int thread_count(std::uint64_t setting) {
  if (setting > 0) return static_cast<int>(setting);
  return static_cast<int>(std::max(1u, std::thread::hardware_concurrency()));
}

Result<auth::KeyRing> make_keys(const Settings& settings, env::Env& env) {
  return auth::KeyRing::make({.api_key = settings.api_key,
                              .alt_api_key = settings.alt_api_key,
                              .read_only_api_key = settings.read_only_api_key,
                              .accept_tokens = settings.jwt_rbac,
                              .unix_time = [&env] { return env.now_us() / 1'000'000; },
                              .check_value = {}});
}

}  // namespace

class Server::Impl {
 public:
  Impl(const Settings& settings, env::Env& env, observe::Log& log)
      : settings_(settings), env_(env), log_(log) {}

  Status start() {
    ALD_ASSIGN(keys_, make_keys(settings_, env_));
    // The store, the dispatcher and the faces come here, before anyone can ask for them.
    return start_http();
  }

  void stop() {
    if (!http_) return;
    log_.info("stopping");
    const auto patience = std::chrono::seconds(settings_.drain_timeout_seconds);
    http_->drain(base::Deadline::after(patience));
    http_.reset();
    // The store closes here, when nobody asks any more.
    log_.info("stopped");
  }

  const std::vector<ListenAddress>& addresses() const { return addresses_; }

 private:
  Status start_http() {
    std::vector<net::ListenerOptions> listeners;
    if (settings_.qdrant_port) listeners.push_back(qdrant_listener());
    if (settings_.chroma_port) listeners.push_back(chroma_listener());
    net::ServerOptions options;
    options.threads = thread_count(settings_.network_threads);
    options.unix_time = [this] { return env_.now_us() / 1'000'000; };
    ALD_ASSIGN(http_, net::HttpServer::start(std::move(listeners), std::move(options)));
    std::size_t index = 0;
    if (settings_.qdrant_port)
      addresses_.push_back({"Qdrant REST", settings_.host, http_->port(index++)});
    if (settings_.chroma_port)
      addresses_.push_back({"Chroma", settings_.host, http_->port(index++)});
    return Status::ok_status();
  }

  net::ListenerOptions qdrant_listener() const {
    net::ListenerOptions listener;
    listener.host = settings_.host;
    listener.port = *settings_.qdrant_port;
    listener.port_setting = "--qdrant-port";
    listener.max_body_bytes = settings_.max_request_size_mb << 20;
    listener.compression = net::Compression::kGzip;
    listener.handler = constant_routes();
    return listener;
  }

  net::ListenerOptions chroma_listener() const {
    net::ListenerOptions listener;
    listener.host = settings_.host;
    listener.port = *settings_.chroma_port;
    listener.port_setting = "--chroma-port";
    listener.max_body_bytes = settings_.max_payload_size_bytes;
    listener.handler = constant_routes();
    return listener;
  }

  const Settings settings_;
  env::Env& env_;
  observe::Log& log_;
  observe::Metrics metrics_;
  auth::KeyRing keys_;
  std::unique_ptr<net::HttpServer> http_;
  std::vector<ListenAddress> addresses_;
};

Server::Server(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

Server::~Server() { stop(); }

Result<std::unique_ptr<Server>> Server::start(const Settings& settings,
                                              env::Env& env,
                                              observe::Log& log) {
  auto impl = std::make_unique<Impl>(settings, env, log);
  ALD_RETURN_IF_ERROR(impl->start());
  return std::unique_ptr<Server>(new Server(std::move(impl)));
}

std::vector<ListenAddress> Server::addresses() const { return impl_->addresses(); }

void Server::stop() { impl_->stop(); }

}  // namespace alidade::app
