#include "collection/loader.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>

#include "observe/log.h"

namespace alidade::collection {
namespace {

// Longer than most collections need to open, shorter than the patience of most clients.
constexpr std::chrono::milliseconds kPatience{5000};

std::uint64_t mib(std::uint64_t bytes) { return (bytes + (1 << 20) - 1) >> 20; }

/// Bytes of the log below a collection's folder; what cannot be listed counts as nothing here, and
/// is reported when the shard is opened.
std::uint64_t log_bytes_of(env::Env& env, const std::string& directory) {
  const auto files = env.list_directory(env::join_path(env::join_path(directory, "shard-0"), "log"));
  std::uint64_t bytes = 0;
  if (!files.ok()) return bytes;
  for (const env::DirectoryEntry& file : *files) bytes += file.size_bytes;
  return bytes;
}

}  // namespace

std::string LoadProgress::to_text() const {
  std::string text = fmt::format("{} of {} collections open, {} of {} MiB of log replayed", collections_open,
                                 collections_total, mib(log_bytes_replayed), mib(log_bytes_total));
  for (std::size_t i = 0; i < opening.size(); ++i) {
    text += fmt::format("{}'{}'", i == 0 ? "; opening " : ", ", opening[i]);
  }
  return text;
}

void Loader::add(std::shared_ptr<Collection> collection) {
  auto entry = std::make_unique<Entry>();
  entry->collection = std::move(collection);
  entries_.push_back(std::move(entry));
}

void Loader::run() { open_all(1); }

void Loader::start(const Limits& limits, std::function<void()> when_done) {
  limits_ = limits;
  when_done_ = std::move(when_done);
  // Graphs can wait: until they have grown, their rows are searched exactly.
  runtime_.background.hold_building(true);
  // tidy: allow, because these threads live for the start alone.
  coordinator_ = std::thread([this] { open_all(limits_.threads); });
}

void Loader::stop() {
  {
    base::MutexLock lock(mutex_);
    stopping_ = true;
    for (const auto& entry : entries_) entry->control.stop = true;
  }
  opened_.notify_all();
  if (coordinator_.joinable()) coordinator_.join();
}

/// Looks how long the logs are, for the order and for the progress.
void Loader::measure() {
  std::vector<std::uint64_t> sizes;
  for (const auto& entry : entries_) {
    sizes.push_back(log_bytes_of(runtime_.env, entry->collection->directory()));
  }
  base::MutexLock lock(mutex_);
  for (std::size_t i = 0; i < entries_.size(); ++i) {
    entries_[i]->log_bytes = sizes[i];
    if (!entries_[i]->taken) order_.push_back(entries_[i].get());
  }
  std::stable_sort(order_.begin(), order_.end(),
                   [](const Entry* a, const Entry* b) { return a->log_bytes < b->log_bytes; });
}

void Loader::open_all(int threads) {
  const auto started = runtime_.env.monotonic_now();
  measure();
  // tidy: allow, because these threads live for the start alone.
  std::vector<std::thread> helpers;
  for (int i = 1; i < threads; ++i) {
    helpers.emplace_back([this] { open_some(Takes::kShortest); });
  }
  // One thread begins with the longest log, which bounds the whole; the others soon serve many.
  open_some(Takes::kLongest);
  // tidy: allow, because these threads live for the start alone.
  for (std::thread& helper : helpers) helper.join();
  finish();
  const std::chrono::duration<double> elapsed = runtime_.env.monotonic_now() - started;
  const LoadProgress reached = progress();
  if (!is_done() || entries_.empty()) return;
  runtime_.log.info("all collections are open",
                    {{"collections", reached.collections_total},
                     {"log_bytes", reached.log_bytes_total},
                     {"seconds", elapsed.count()}});
}

void Loader::open_some(Takes takes) {
  while (Entry* entry = take(takes)) {
    entry->collection->open_shard(runtime_, &entry->control);
    {
      base::MutexLock lock(mutex_);  // Whoever waits is either before its look or asleep.
    }
    opened_.notify_all();
  }
}

Loader::Entry* Loader::take(Takes takes) {
  base::MutexLock lock(mutex_);
  while (!stopping_ && (!urgent_.empty() || !order_.empty())) {
    const bool from_front = !urgent_.empty() || takes == Takes::kShortest;
    std::deque<Entry*>& queue = urgent_.empty() ? order_ : urgent_;
    Entry* const entry = from_front ? queue.front() : queue.back();
    if (from_front) {
      queue.pop_front();
    } else {
      queue.pop_back();
    }
    if (entry->taken) continue;
    entry->taken = true;
    return entry;
  }
  return nullptr;
}

void Loader::finish() {
  {
    base::MutexLock lock(mutex_);
    if (stopping_) return;
    done_.store(true, std::memory_order_release);
  }
  opened_.notify_all();
  runtime_.background.hold_building(false);
  for (const auto& entry : entries_) {
    if (auto shard = entry->collection->shard(); shard.ok()) runtime_.background.schedule(*shard);
  }
  if (when_done_) when_done_();
}

LoadProgress Loader::progress() const {
  base::MutexLock lock(mutex_);
  return progress_locked();
}

LoadProgress Loader::progress_locked() const {
  LoadProgress progress;
  progress.collections_total = entries_.size();
  for (const auto& entry : entries_) {
    const bool is_open = entry->collection->is_open();
    progress.collections_open += is_open ? 1 : 0;
    progress.log_bytes_total += entry->log_bytes;
    progress.log_bytes_replayed +=
        is_open ? entry->log_bytes : std::min(entry->log_bytes, entry->control.replayed_bytes.load());
    if (!is_open && entry->taken) progress.opening.push_back(entry->collection->name());
  }
  return progress;
}

template <typename IsDone>
Status Loader::wait(Waiter kind, const observe::OpContext& context, IsDone is_done, base::MutexLock& lock) {
  int& waiting = kind == Waiter::kRead ? waiting_reads_ : waiting_writes_;
  const int limit = kind == Waiter::kRead ? limits_.waiting_reads : limits_.waiting_writes;
  if (waiting < limit && !stopping_) {
    ++waiting;
    auto patience = std::chrono::duration_cast<std::chrono::nanoseconds>(kPatience);
    if (!context.deadline().never()) {
      patience = std::min(patience, std::chrono::duration_cast<std::chrono::nanoseconds>(
                                        context.deadline().at() - base::Deadline::Clock::now()));
    }
    opened_.wait_for(lock, patience, [&]() ALD_REQUIRES(mutex_) { return stopping_ || is_done(); });
    --waiting;
  }
  if (is_done()) return {};
  if (stopping_) return Status(StatusCode::kUnavailable, "the server is stopping");
  return Status(StatusCode::kUnavailable,
                "the server is starting, try again later: " + progress_locked().to_text());
}

Status Loader::wait_for(const Collection& collection, Waiter kind, const observe::OpContext& context) {
  if (collection.is_open()) return {};
  base::MutexLock lock(mutex_);
  for (const auto& entry : entries_) {
    if (entry->collection.get() == &collection && !entry->taken) urgent_.push_back(entry.get());
  }
  return wait(kind, context, [&] { return collection.is_open(); }, lock);
}

Status Loader::wait_for_all(Waiter kind, const observe::OpContext& context) {
  base::MutexLock lock(mutex_);
  return wait(kind, context, [this] { return is_done(); }, lock);
}

}  // namespace alidade::collection
