#pragma once

#include <atomic>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "base/mutex.h"
#include "collection/collection.h"
#include "observe/op_context.h"
#include "shard/shard.h"

namespace alidade::collection {

/// How far the collections of a data folder are opened.
struct LoadProgress {
  std::uint64_t collections_total = 0;
  std::uint64_t collections_open = 0;
  std::uint64_t log_bytes_total = 0;  ///< 0 until the logs were looked at.
  std::uint64_t log_bytes_replayed = 0;
  std::vector<std::string> opening;  ///< Names of the collections that are being opened now.

  bool is_done() const { return collections_open == collections_total; }
  /// "3 of 7 collections open, 120 of 900 MiB of log replayed; opening 'books'".
  std::string to_text() const;
};

/// Which requests wait: they have pools of their own, which must not fill up with waiting.
enum class Waiter { kRead, kWrite };

/// Opens the collections of a data folder behind the listeners: on several threads, those that a
/// request waits for first. Any thread.
class Loader {
 public:
  struct Limits {
    int threads = 1;
    /// Requests of each kind that may wait at a time; the others are refused at once.
    int waiting_reads = 1;
    int waiting_writes = 1;
  };

  explicit Loader(const shard::Runtime& runtime) : runtime_(runtime) {}
  ~Loader() { stop(); }
  Loader(const Loader&) = delete;
  Loader& operator=(const Loader&) = delete;

  /// Before run() or start().
  void add(std::shared_ptr<Collection> collection);

  /// Opens everything on the calling thread.
  void run();
  /// Returns at once; opens everything on threads of its own.
  /// @param when_done called on one of them once all are open; not when it was stopped.
  void start(const Limits& limits, std::function<void()> when_done = {});
  /// Gives up what is not open yet, lets go of all that wait, and joins the threads. Idempotent.
  void stop();

  /// Cheap; asked before every operation.
  bool is_done() const { return done_.load(std::memory_order_acquire); }
  LoadProgress progress() const;

  /// Waits until the collection is open; at most some seconds, at most until the deadline.
  /// @return kUnavailable with the progress in words; what context.check() says.
  Status wait_for(const Collection& collection, Waiter kind, const observe::OpContext& context);
  Status wait_for_all(Waiter kind, const observe::OpContext& context);

 private:
  struct Entry {
    std::shared_ptr<Collection> collection;
    std::uint64_t log_bytes = 0;
    bool taken = false;
    shard::OpenControl control;
  };
  /// From which end of the order a thread takes: the longest logs, or the shortest.
  enum class Takes { kLongest, kShortest };

  void measure();
  void open_all(int threads);
  void open_some(Takes takes);
  Entry* take(Takes takes);
  void finish();
  template <typename IsDone>
  Status wait(Waiter kind, const observe::OpContext& context, IsDone is_done, base::MutexLock& lock)
      ALD_NO_THREAD_SAFETY_ANALYSIS;
  LoadProgress progress_locked() const ALD_REQUIRES(mutex_);

  // Constant after construction, or once run() or start() was called.
  const shard::Runtime runtime_;
  std::vector<std::unique_ptr<Entry>> entries_;
  std::function<void()> when_done_;
  Limits limits_;
  // Any thread.
  std::atomic<bool> done_ = false;
  // Guarded; so are log_bytes and taken of the entries.
  mutable base::Mutex mutex_;
  base::CondVar opened_;
  std::deque<Entry*> order_ ALD_GUARDED_BY(mutex_);   // Shortest log first.
  std::deque<Entry*> urgent_ ALD_GUARDED_BY(mutex_);  // Somebody waits for these.
  int waiting_reads_ ALD_GUARDED_BY(mutex_) = 0;
  int waiting_writes_ ALD_GUARDED_BY(mutex_) = 0;
  bool stopping_ ALD_GUARDED_BY(mutex_) = false;
  // tidy: allow, because it lives for the start alone.
  std::thread coordinator_;
};

}  // namespace alidade::collection
