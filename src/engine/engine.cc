#include "engine/engine.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <future>
#include <optional>
#include <utility>

#include "collection/catalogue.h"
#include "env/bounded/bounded_env.h"
#include "env/thread_pool.h"
#include "observe/metrics.h"
#include "shard/background.h"

namespace alidade::engine {
namespace {

constexpr std::size_t kQueueLimit = 4096;
constexpr std::int64_t kExhaustedSilenceS = 10;
// A start replays a log of 1 MiB in milliseconds and links 10,000 rows in seconds. A supervisor's patience with a
// stop is often 10 s, of which the drain takes some.
constexpr collection::Catalogue::CheckpointLimits kStopLimits{
    .min_log_bytes = 1 << 20, .min_graph_rows = 10'000, .few = 32, .budget = std::chrono::seconds(3)};

}  // namespace

class Engine::Impl {
 public:
  Impl(Options options, env::Env& env, observe::Log& log)
      : options_(std::move(options)), log_(log),
        env_(env, {.max_open_files = 0, .on_exhausted = [this](const Status& status) { tell_exhausted(status); }}),
        pending_requests_(std::make_shared<env::MemoryBudget>(options_.pending_request_bytes)) {}

  Status open() {
    background_.emplace(shard::Background::Options{});
    const auto log_escape = [this](std::string_view what) {
      log_.error("a request ended without finishing its work", {{"reason", what}});
    };
    reads_.emplace("ald-read", options_.read_threads, kQueueLimit, log_escape);
    writes_.emplace("ald-write", options_.write_threads, kQueueLimit, log_escape);
    const shard::Runtime runtime{env_, log_, *background_, options_.shard};
    ALD_ASSIGN(catalogue_, collection::Catalogue::open_names(runtime, options_.data));
    dispatcher_.emplace(ops::Services{*catalogue_, env_, env_.now_us(), pending_requests_.get()}, options_.keys, metrics_,
                        log_);
    qdrant_rest_.emplace(*dispatcher_, pools(), options_.qdrant);
    chroma_rest_.emplace(*dispatcher_, pools(), options_.chroma);
    return {};
  }

  void start_loading(int threads, std::function<void()> when_done) {
    catalogue_->start_loading({.threads = threads,
                               .waiting_reads = std::max(1, static_cast<int>(options_.read_threads) - 1),
                               .waiting_writes = std::max(1, static_cast<int>(options_.write_threads) / 2)},
                              std::move(when_done));
  }

  void load(int threads, int inline_reads) {
    const auto opened = std::make_shared<std::promise<void>>();
    start_loading(threads, [opened] { opened->set_value(); });
    opened->get_future().wait();
    inline_reads_.open(inline_reads + 1);
  }

  void stop_loading() {
    if (catalogue_) catalogue_->stop_loading();
  }

  void close() {
    if (closed_) return;
    closed_ = true;
    stop_loading();
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
  }

  ops::WorkerPools pools() { return {*reads_, *writes_, inline_reads_}; }
  ops::InlineReads& inline_reads() { return inline_reads_; }
  ops::Dispatcher& dispatcher() { return *dispatcher_; }
  faces::qdrant_rest::QdrantRest& qdrant_rest() { return *qdrant_rest_; }
  faces::ChromaRest& chroma_rest() { return *chroma_rest_; }
  const std::shared_ptr<env::MemoryBudget>& pending_requests() const { return pending_requests_; }

 private:
  /// The answer says it to the one who asked; the log says it to the one who can raise the limit.
  void tell_exhausted(const Status& status) {
    const std::int64_t now_s = env_.now_us() / 1'000'000;
    if (now_s - told_exhausted_s_.exchange(now_s) < kExhaustedSilenceS) return;
    log_.error("too many open files: raise the limit of open files (ulimit -n)", {{"reason", status.message()}});
  }

  const Options options_;
  observe::Log& log_;
  std::atomic<std::int64_t> told_exhausted_s_ = 0;
  /// However many collections there are, only so many of their files are open.
  env::BoundedEnv env_;
  const std::shared_ptr<env::MemoryBudget> pending_requests_;
  observe::Metrics metrics_;
  // In the order in which they are made; close() takes them down in the reverse one.
  std::optional<shard::Background> background_;
  std::optional<env::ThreadPool> reads_;
  std::optional<env::ThreadPool> writes_;
  ops::InlineReads inline_reads_;
  std::unique_ptr<collection::Catalogue> catalogue_;
  std::optional<ops::Dispatcher> dispatcher_;
  std::optional<faces::qdrant_rest::QdrantRest> qdrant_rest_;
  std::optional<faces::ChromaRest> chroma_rest_;
  bool closed_ = false;
};

Engine::Engine(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

Engine::~Engine() { close(); }

Result<std::unique_ptr<Engine>> Engine::open(Options options, env::Env& env, observe::Log& log) {
  auto impl = std::make_unique<Impl>(std::move(options), env, log);
  ALD_RETURN_IF_ERROR(impl->open());
  return std::unique_ptr<Engine>(new Engine(std::move(impl)));
}

void Engine::start_loading(int threads, int inline_reads) {
  impl_->start_loading(threads, [impl = impl_.get(), inline_reads] { impl->inline_reads().open(inline_reads + 1); });
}

void Engine::load(int threads, int inline_reads) { impl_->load(threads, inline_reads); }
void Engine::stop_loading() { impl_->stop_loading(); }
void Engine::close() { impl_->close(); }
ops::Dispatcher& Engine::dispatcher() { return impl_->dispatcher(); }
ops::WorkerPools Engine::pools() { return impl_->pools(); }
faces::qdrant_rest::QdrantRest& Engine::qdrant_rest() { return impl_->qdrant_rest(); }
faces::ChromaRest& Engine::chroma_rest() { return impl_->chroma_rest(); }
const std::shared_ptr<env::MemoryBudget>& Engine::pending_requests() const { return impl_->pending_requests(); }

}  // namespace alidade::engine
