#pragma once

#include <atomic>
#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <thread>
#include <vector>

#include "base/deadline.h"
#include "base/mutex.h"
#include "base/status.h"
#include "env/thread_pool.h"
#include "observe/held_answer.h"

namespace alidade::shard {

class CommitLine;

/// Lets the answers of writes wait for the sync of their logs without a thread for each (group commit).
/// Each log has a line of waiting answers. One thread at a time syncs a log, and with one fdatasync
/// releases everybody who stood in its line when that began; those who came meanwhile wait for the next.
/// Any thread.
class Commits {
 public:
  /// Answers that may wait at a time, over all logs: each holds a request in memory. Above that, threads
  /// wait again, which stops the queue before them.
  static constexpr std::size_t kMaxWaiting = 8192;

  /// @param threads that sync; 0 = whoever lets an answer wait syncs for it (simulations).
  /// @param max_waiting see kMaxWaiting.
  explicit Commits(std::size_t threads, std::size_t max_waiting = kMaxWaiting);
  /// Stops.
  ~Commits();
  Commits(const Commits&) = delete;
  Commits& operator=(const Commits&) = delete;

  /// Releases everybody who waits, each behind the sync of its log. Who comes later syncs for itself.
  void stop();

 private:
  friend class CommitLine;
  struct Waiter;
  using Deadlines = std::multimap<base::Deadline::Clock::time_point, std::shared_ptr<Waiter>>;

  /// Takes a place; false when there is none.
  bool try_enter();
  /// Gives places back: of answers that stand in no line any more.
  void leave(std::size_t count);
  bool try_post(std::shared_ptr<CommitLine> line);
  void watch_deadline(const std::shared_ptr<Waiter>& waiter, base::Deadline deadline);
  /// Releases the waiter's answer unless somebody has done so.
  void settle(const std::shared_ptr<Waiter>& waiter, const Status& outcome) noexcept;
  void forget_deadline(Waiter& waiter);
  void deadline_loop();

  // Constant after construction.
  const std::size_t max_waiting_;
  const Status out_of_memory_;
  const Status timed_out_;
  // Any thread.
  std::atomic<std::size_t> waiting_ = 0;
  std::optional<env::ThreadPool> pool_;
  // Guarded. Taken alone.
  base::Mutex mutex_;
  base::CondVar wake_;
  bool stopping_ ALD_GUARDED_BY(mutex_) = false;
  Deadlines deadlines_ ALD_GUARDED_BY(mutex_);
  // tidy: allow, because it waits for times, which no pool does.
  std::thread deadline_thread_;
};

/// The answers that wait for one log. Any thread.
class CommitLine final : public std::enable_shared_from_this<CommitLine> {
 public:
  /// Makes everything that is in the log now survive power loss.
  using Sync = std::function<Status()>;

  /// @param commits borrowed; outlives this.
  /// @param sync is called by several threads in turn; also for nobody, when those who waited have given up.
  CommitLine(Commits& commits, Sync sync) : commits_(commits), sync_(std::move(sync)) {}

  /// Releases the answer once the record that the caller has appended is durable, or with what went wrong, or
  /// with kDeadlineExceeded when the deadline comes first (the write is done, its fate at a power loss open).
  /// Where no answer can wait, the calling thread syncs, and the answer is released before this returns.
  void wait(base::Deadline deadline, std::shared_ptr<observe::HeldAnswer> answer);

 private:
  friend class Commits;
  /// Syncs for those who wait, until nobody does or another thread goes on.
  void run() noexcept;
  Status sync() noexcept;
  /// @return true when nobody waits any more, or another thread will run().
  bool hand_over() noexcept;

  Commits& commits_;
  const Sync sync_;
  base::Mutex mutex_;
  std::vector<std::shared_ptr<Commits::Waiter>> waiting_ ALD_GUARDED_BY(mutex_);
  bool running_ ALD_GUARDED_BY(mutex_) = false;
};

}  // namespace alidade::shard
