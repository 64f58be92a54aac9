#include "app/serve.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <optional>
#include <thread>
#include <utility>

#include "auth/keys.h"
#include "collection/catalogue.h"
#include "env/bounded/bounded_env.h"
#include "env/thread_pool.h"
#include "faces/chroma_rest/chroma_rest.h"
#include "faces/qdrant_rest/qdrant_rest.h"
#include "kernels/machine_costs.h"
#include "net/head_reader.h"
#include "net/http_server.h"
#include "observe/metrics.h"
#include "ops/dispatcher.h"
#include "shard/background.h"
#ifdef ALD_WITH_GRPC
#include "faces/qdrant_grpc/qdrant_grpc.h"
#endif

namespace alidade::app {
namespace {

// Writers mostly wait for the disk together (group commit), so there may be more of them than cores.
constexpr std::size_t kWriteThreads = 16;
constexpr std::size_t kQueueLimit = 4096;
constexpr std::int64_t kExhaustedSilenceS = 10;
// A start replays a log of 1 MiB in milliseconds and links 10,000 rows in seconds. A supervisor's patience with a
// stop is often 10 s, of which the drain takes some.
constexpr collection::Catalogue::CheckpointLimits kStopLimits{
    .min_log_bytes = 1 << 20, .min_graph_rows = 10'000, .few = 32, .budget = std::chrono::seconds(3)};
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

}  // namespace

class Server::Impl {
 public:
  Impl(const Settings& settings, env::Env& env, observe::Log& log)
      : settings_(settings), log_(log),
        env_(env, {.max_open_files = 0, .on_exhausted = [this](const Status& status) { tell_exhausted(status); }}),
        pending_requests_(std::make_shared<env::MemoryBudget>(pending_request_bytes(settings))) {}

  Status start() {
    // Before anything searches: what plans are chosen by.
    kernels::calibrate_machine_costs();
    ALD_ASSIGN(keys_, make_keys(settings_, env_));
    ALD_RETURN_IF_ERROR(open_store());
    qdrant_rest_.emplace(*dispatcher_, pools(),
                         faces::qdrant_rest::QdrantRest::Options{
                             .cors = settings_.enable_cors,
                             .metrics_prefix = "",
                             .max_body_bytes = settings_.max_request_size_mb << 20});
    chroma_rest_.emplace(*dispatcher_, pools(),
                         faces::chroma_rest::Options{
                             .allow_reset = settings_.allow_reset,
                             .max_payload_size_bytes = settings_.max_payload_size_bytes,
                             .cors_allow_origins = settings_.cors_allow_origins});
    ALD_RETURN_IF_ERROR(start_http());
    ALD_RETURN_IF_ERROR(start_grpc());
    // Behind the listeners: whoever asks learns that the server lives, and how far it is. Reads run on
    // network threads only when none of them has to wait for its collection any more.
    const int network_threads = thread_count(settings_.network_threads);
    catalogue_->start_loading({.threads = thread_count(0),
                               .waiting_reads = std::max(1, thread_count(settings_.search_threads) - 1),
                               .waiting_writes = static_cast<int>(kWriteThreads) / 2},
                              [this, network_threads] { inline_reads_.open(network_threads); });
    return {};
  }

  void stop() {
    if (stopped_) return;
    stopped_ = true;
    log_.info("stopping");
    if (catalogue_) catalogue_->stop_loading();
    const auto patience = base::Deadline::after(std::chrono::seconds(settings_.drain_timeout_seconds));
    if (http_) http_->drain(patience);
#ifdef ALD_WITH_GRPC
    if (grpc_) grpc_->drain(patience);
    grpc_.reset();
#endif
    http_.reset();
    // Nobody asks any more: what is still running ends, then the store closes.
    if (reads_) reads_->drain_and_stop();
    if (writes_) writes_->drain_and_stop();
    if (background_) background_->stop();
    // Everything that was acknowledged is in the logs, and durable by now.
    if (catalogue_) catalogue_->checkpoint_all(kStopLimits);
    chroma_rest_.reset();
    qdrant_rest_.reset();
    dispatcher_.reset();
    catalogue_.reset();
    log_.info("stopped");
  }

  const std::vector<ListenAddress>& addresses() const { return addresses_; }

 private:
  Status open_store() {
    background_.emplace(shard::Background::Options{});
    const auto log_escape = [this](std::string_view what) {
      log_.error("a request ended without finishing its work", {{"reason", what}});
    };
    reads_.emplace("ald-read", static_cast<std::size_t>(thread_count(settings_.search_threads)), kQueueLimit, log_escape);
    writes_.emplace("ald-write", kWriteThreads, kQueueLimit, log_escape);
    const std::uint64_t log_bytes = settings_.checkpoint_log_mb << 20;
    const shard::ShardOptions shard_options{.checkpoint_log_bytes = log_bytes,
                                            // The last segment stays behind a checkpoint.
                                            .max_log_segment_bytes = std::min(kMaxLogSegmentBytes, log_bytes / 2),
                                            .disk_reserve_bytes = settings_.disk_reserve_mb << 20,
                                            .hold_checkpoints = settings_.hold_checkpoints};
    const shard::Runtime runtime{env_, log_, *background_, shard_options};
    ALD_ASSIGN(catalogue_, collection::Catalogue::open_names(runtime, settings_.data));
    dispatcher_.emplace(ops::Services{*catalogue_, env_, env_.now_us(), pending_requests_.get()}, keys_, metrics_, log_);
    return {};
  }

  ops::WorkerPools pools() { return {*reads_, *writes_, inline_reads_}; }

  Status start_grpc() {
#ifdef ALD_WITH_GRPC
    if (!settings_.grpc_port) return {};
    ALD_ASSIGN(grpc_, faces::qdrant_grpc::QdrantGrpc::start(
                          *dispatcher_, pools(),
                          {.host = settings_.host, .port = *settings_.grpc_port, .pending_requests = pending_requests_}));
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
    options.pending_bodies = pending_requests_;
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
      qdrant_rest_->handle(std::move(request), std::move(responder));
    };
    listener.admit = [this](const net::HttpRequest& head) { return qdrant_rest_->admit(head); };
    listener.on_oversize = [this](const net::HttpRequest& request, std::optional<std::uint64_t> length) {
      return qdrant_rest_->oversize(request, length);
    };
    listener.on_overload = [this](const net::HttpRequest& request) { return qdrant_rest_->overload(request); };
    return listener;
  }

  net::ListenerOptions chroma_listener() {
    net::ListenerOptions listener;
    listener.host = settings_.host;
    listener.port = *settings_.chroma_port;
    listener.port_setting = "--chroma-port";
    listener.max_body_bytes = settings_.max_payload_size_bytes;
    listener.handler = [this](net::HttpRequest&& request, net::Responder&& responder) {
      chroma_rest_->handle(std::move(request), std::move(responder));
    };
    listener.admit = [this](const net::HttpRequest& head) { return chroma_rest_->admit(head); };
    listener.on_oversize = [this](const net::HttpRequest& request, std::optional<std::uint64_t> length) {
      return chroma_rest_->oversize(request, length.value_or(0));
    };
    listener.on_overload = [this](const net::HttpRequest& request) { return chroma_rest_->overload(request); };
    return listener;
  }

  /// The answer says it to the one who asked; the log says it to the one who can raise the limit.
  void tell_exhausted(const Status& status) {
    const std::int64_t now_s = env_.now_us() / 1'000'000;
    if (now_s - told_exhausted_s_.exchange(now_s) < kExhaustedSilenceS) return;
    log_.error("too many open files: raise the limit of open files (ulimit -n)", {{"reason", status.message()}});
  }

  const Settings settings_;
  observe::Log& log_;
  std::atomic<std::int64_t> told_exhausted_s_ = 0;
  /// However many collections there are, only so many of their files are open.
  env::BoundedEnv env_;
  const std::shared_ptr<env::MemoryBudget> pending_requests_;
  observe::Metrics metrics_;
  auth::KeyRing keys_;
  // In the order in which they are made; stop() takes them down in the reverse one.
  std::optional<shard::Background> background_;
  std::optional<env::ThreadPool> reads_;
  std::optional<env::ThreadPool> writes_;
  ops::InlineReads inline_reads_;
  std::unique_ptr<collection::Catalogue> catalogue_;
  std::optional<ops::Dispatcher> dispatcher_;
  std::optional<faces::qdrant_rest::QdrantRest> qdrant_rest_;
  std::optional<faces::ChromaRest> chroma_rest_;
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
