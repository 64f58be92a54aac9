#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <deque>
#include <memory>
#include <set>
#include <thread>
#include <vector>

#include "base/mutex.h"
#include "shard/commits.h"
#include "shard/log_total.h"

namespace alidade::shard {

/// Something with slow work to do by the way: a shard.
class Maintained {
 public:
  virtual ~Maintained() = default;
  /// A slice of work of a few milliseconds (a checkpoint may take longer).
  /// @return whether there is more to do now.
  virtual bool maintain() = 0;
  /// Makes the writes that were answered before they were synced survive power loss.
  virtual void sync_logged() = 0;
  /// Bytes of its log that the next start would replay.
  virtual std::uint64_t replay_bytes() const { return 0; }
  /// The next maintain() writes a checkpoint, however short the log is.
  virtual void want_checkpoint() {}
  virtual bool is_checkpoint_wanted() const { return false; }
};

/// The process's threads for work that no request waits for: one that builds graphs and writes
/// checkpoints, slice by slice and shard by shard, one that syncs logs on time, and those that sync logs for
/// answers that wait (Commits).
class Background {
 public:
  /// Who does the work.
  enum class Runner {
    kThreads,  ///< Its own threads.
    kCaller,   ///< Whoever calls run_maintenance() and run_sync(): simulations, whose runs repeat.
  };
  struct Options {
    Runner runner = Runner::kThreads;
    /// Longest time between an acknowledged unsynced write and its fdatasync.
    std::chrono::milliseconds sync_interval{1000};
  };
  explicit Background(Options options);
  /// Stops; what waits is dropped (it is found again at the next start).
  ~Background();
  Background(const Background&) = delete;
  Background& operator=(const Background&) = delete;

  /// Asks for maintain() soon. Any thread; cheap when it waits already.
  void schedule(const std::shared_ptr<Maintained>& target);
  /// Asks for sync_logged() within the interval.
  void schedule_sync(const std::shared_ptr<Maintained>& target);
  /// Threads that put rows into one graph: all cores, or one where runs repeat.
  unsigned build_threads() const;
  /// Holds maintain() back while there is a Pause (tests and benchmarks).
  void set_paused(bool paused);
  /// Whether shards put no rows into graphs for now: while others are being opened. Whoever lets go
  /// of it schedules the shards again.
  void hold_building(bool held) { building_held_.store(held, std::memory_order_relaxed); }
  bool is_building_held() const { return building_held_.load(std::memory_order_relaxed); }
  /// The logs of all shards together.
  LogTotal& logs() { return logs_; }
  /// Where answers wait for the sync of their log.
  Commits& commits() { return commits_; }
  void stop();

  // With Runner::kCaller: the work is done on the calling thread, in the order it was asked for.
  /// Slices of maintain() until nothing waits, or until that many were done. @return how many.
  std::size_t run_maintenance(std::size_t max_slices = ~std::size_t{0});
  /// Syncs every log that waits for it. @return how many.
  std::size_t run_sync();

 private:
  /// By owner and not by address: the next shard may live where a dropped one did.
  using Targets = std::set<std::weak_ptr<Maintained>, std::owner_less<>>;

  void maintenance_loop();
  void sync_loop();
  /// The next live target that asked for maintain(); nullptr when there is none.
  std::shared_ptr<Maintained> pop() ALD_REQUIRES(mutex_);
  std::vector<std::weak_ptr<Maintained>> take_unsynced() ALD_REQUIRES(mutex_);
  /// Logs that are synced together, by several threads.
  struct SyncRound {
    std::vector<std::weak_ptr<Maintained>> due;
    std::atomic<std::size_t> next = 0;
    std::atomic<std::size_t> synced = 0;
  };
  /// Syncs those that no other thread has begun.
  static void sync_some(SyncRound& round);
  void maintain(const std::shared_ptr<Maintained>& target);

  // Constant after construction.
  const Options options_;
  // Any thread.
  std::atomic<bool> building_held_ = false;
  LogTotal logs_;
  Commits commits_;
  // Guarded.
  base::Mutex mutex_;
  base::CondVar wake_;
  base::CondVar wake_sync_;
  bool stopping_ ALD_GUARDED_BY(mutex_) = false;
  bool paused_ ALD_GUARDED_BY(mutex_) = false;
  std::deque<std::weak_ptr<Maintained>> queue_ ALD_GUARDED_BY(mutex_);
  Targets queued_ ALD_GUARDED_BY(mutex_);
  std::vector<std::weak_ptr<Maintained>> unsynced_ ALD_GUARDED_BY(mutex_);
  Targets unsynced_set_ ALD_GUARDED_BY(mutex_);
  std::thread maintenance_thread_;
  std::thread sync_thread_;
};

}  // namespace alidade::shard
