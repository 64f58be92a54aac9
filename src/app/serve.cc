#include "app/serve.h"

#include <algorithm>
#include <chrono>
#include <optional>
#include <thread>
#include <utility>

#include "auth/keys.h"
#include "engine/engine.h"
#include "kernels/machine_costs.h"
#include "net/head_reader.h"
#include "net/http_server.h"
#ifdef ALD_WITH_GRPC
#include "faces/qdrant_grpc/qdrant_grpc.h"
#endif

namespace alidade::app {
namespace {

// Writers mostly wait for the disk together (group commit), so there may be more of them than cores.
constexpr std::size_t kWriteThreads = 16;
constexpr std::uint64_t kMaxLogSegmentBytes = std::uint64_t{32} << 20;

int thread_count(std::uint64_t setting) {
  if (setting > 0) return static_cast<int>(setting);
  return static_cast<int>(std::max(1u, std::thread::hardware_concurrency()));
}

/// What one request may bring always fits, whatever was set.
std::uint64_t pending_request_bytes(const Settings& settings) {
  const std::uint64_t body =
      std::max(settings.max_request_size_mb << 20, settings.max_payload_size_bytes);
  return std::max(settings.max_pending_requests_mb << 20, body + net::HeadReader::kLimitBytes);
}

Result<auth::KeyRing> make_keys(const Settings& settings, env::Env& env) {
  return auth::KeyRing::make({.api_key = settings.api_key,
                              .alt_api_key = settings.alt_api_key,
                              .read_only_api_key = settings.read_only_api_key,
                              .accept_tokens = settings.jwt_rbac,
                              .unix_time = [&env] { return env.now_us() / 1'000'000; },
                              .check_value = {}});
}

Result<engine::Options> engine_options(const Settings& settings, env::Env& env) {
  const std::uint64_t log_bytes = settings.checkpoint_log_mb << 20;
  engine::Options options;
  options.data = settings.data;
  ALD_ASSIGN(options.keys, make_keys(settings, env));
  options.read_threads = static_cast<std::size_t>(thread_count(settings.search_threads));
  options.write_threads = kWriteThreads;
  options.shard = shard::ShardOptions{.checkpoint_log_bytes = log_bytes,
                                      // The last segment stays behind a checkpoint.
                                      .max_log_segment_bytes = std::min(kMaxLogSegmentBytes, log_bytes / 2),
                                      .disk_reserve_bytes = settings.disk_reserve_mb << 20,
                                      .hold_checkpoints = settings.hold_checkpoints};
  options.pending_request_bytes = pending_request_bytes(settings);
  options.qdrant = {.cors = settings.enable_cors,
                    .metrics_prefix = "",
                    .max_body_bytes = settings.max_request_size_mb << 20};
  options.chroma = {.allow_reset = settings.allow_reset,
                    .max_payload_size_bytes = settings.max_payload_size_bytes,
                    .cors_allow_origins = settings.cors_allow_origins};
  return options;
}

}  // namespace

class Server::Impl {
 public:
  Impl(const Settings& settings, env::Env& env, observe::Log& log) : settings_(settings), log_(log), env_(env) {}

  Status start() {
    // Before anything searches: what plans are chosen by.
    kernels::calibrate_machine_costs();
    ALD_ASSIGN(auto options, engine_options(settings_, env_));
    ALD_ASSIGN(engine_, engine::Engine::open(std::move(options), env_, log_));
    ALD_RETURN_IF_ERROR(start_http());
    ALD_RETURN_IF_ERROR(start_grpc());
    // Behind the listeners: whoever asks learns that the server lives, and how far it is. Reads run on
    // network threads only when none of them has to wait for its collection any more, and one of these threads is
    // always left to the connections.
    engine_->start_loading(thread_count(0), thread_count(settings_.network_threads) - 1);
    return {};
  }

  void stop() {
    if (stopped_) return;
    stopped_ = true;
    log_.info("stopping");
    if (engine_) engine_->stop_loading();
    const auto patience = base::Deadline::after(std::chrono::seconds(settings_.drain_timeout_seconds));
    if (http_) http_->drain(patience);
#ifdef ALD_WITH_GRPC
    if (grpc_) grpc_->drain(patience);
    grpc_.reset();
#endif
    http_.reset();
    if (engine_) engine_->close();
    log_.info("stopped");
  }

  const std::vector<ListenAddress>& addresses() const { return addresses_; }

 private:
  Status start_grpc() {
#ifdef ALD_WITH_GRPC
    if (!settings_.grpc_port) return {};
    ALD_ASSIGN(grpc_, faces::qdrant_grpc::QdrantGrpc::start(
                          engine_->dispatcher(), engine_->pools(),
                          {.host = settings_.host, .port = *settings_.grpc_port, .pending_requests = engine_->pending_requests()}));
    addresses_.push_back({"Qdrant gRPC", settings_.host, grpc_->port()});
#endif
    return {};
  }

  Status start_http() {
    std::vector<net::ListenerOptions> listeners;
    if (settings_.qdrant_port) listeners.push_back(qdrant_listener());
    if (settings_.chroma_port) listeners.push_back(chroma_listener());
    net::ServerOptions options;
    options.threads = thread_count(settings_.network_threads);
    options.pending_bodies = engine_->pending_requests();
    options.log = &log_;
    options.unix_time = [this] { return env_.now_us() / 1'000'000; };
    ALD_ASSIGN(http_, net::HttpServer::start(std::move(listeners), std::move(options)));
    std::size_t index = 0;
    if (settings_.qdrant_port)
      addresses_.push_back({"Qdrant REST", settings_.host, http_->port(index++)});
    if (settings_.chroma_port)
      addresses_.push_back({"Chroma", settings_.host, http_->port(index++)});
    return Status::ok_status();
  }

  net::ListenerOptions qdrant_listener() {
    net::ListenerOptions listener;
    listener.host = settings_.host;
    listener.port = *settings_.qdrant_port;
    listener.port_setting = "--qdrant-port";
    listener.max_body_bytes = settings_.max_request_size_mb << 20;
    listener.compression = net::Compression::kGzip;
    listener.handler = [this](net::HttpRequest&& request, net::Responder&& responder) {
      engine_->qdrant_rest().handle(std::move(request), std::move(responder));
    };
    listener.admit = [this](const net::HttpRequest& head) { return engine_->qdrant_rest().admit(head); };
    listener.on_oversize = [this](const net::HttpRequest& request, std::optional<std::uint64_t> length) {
      return engine_->qdrant_rest().oversize(request, length);
    };
    listener.on_overload = [this](const net::HttpRequest& request) { return engine_->qdrant_rest().overload(request); };
    return listener;
  }

  net::ListenerOptions chroma_listener() {
    net::ListenerOptions listener;
    listener.host = settings_.host;
    listener.port = *settings_.chroma_port;
    listener.port_setting = "--chroma-port";
    listener.max_body_bytes = settings_.max_payload_size_bytes;
    listener.handler = [this](net::HttpRequest&& request, net::Responder&& responder) {
      engine_->chroma_rest().handle(std::move(request), std::move(responder));
    };
    listener.admit = [this](const net::HttpRequest& head) { return engine_->chroma_rest().admit(head); };
    listener.on_oversize = [this](const net::HttpRequest& request, std::optional<std::uint64_t> length) {
      return engine_->chroma_rest().oversize(request, length.value_or(0));
    };
    listener.on_overload = [this](const net::HttpRequest& request) { return engine_->chroma_rest().overload(request); };
    return listener;
  }

  const Settings settings_;
  observe::Log& log_;
  env::Env& env_;
  // In the order in which they are made; stop() takes them down in the reverse one.
  std::unique_ptr<engine::Engine> engine_;
  std::unique_ptr<net::HttpServer> http_;
#ifdef ALD_WITH_GRPC
  std::unique_ptr<faces::qdrant_grpc::QdrantGrpc> grpc_;
#endif
  bool stopped_ = false;
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
