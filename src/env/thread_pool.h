#pragma once

#include <cstddef>
#include <deque>
#include <string>
#include <thread>
#include <vector>

#include "base/function.h"
#include "base/mutex.h"

namespace alidade::env {

/// A fixed number of threads that run tasks in the order in which they were posted. Any thread may
/// post. Tasks must not throw.
class ThreadPool {
 public:
  using Task = base::UniqueFunction<void()>;

  /// @param name as shown by the system's tools; at most 15 characters of it are used.
  /// @param queue_limit tasks that may wait, besides the running ones, before try_post() declines.
  ThreadPool(const std::string& name, std::size_t thread_count, std::size_t queue_limit);
  /// Drains and stops.
  ~ThreadPool();
  ThreadPool(const ThreadPool&) = delete;
  ThreadPool& operator=(const ThreadPool&) = delete;

  /// Never blocks. @return false, with the task destroyed, when the queue is full or the pool
  /// stops.
  [[nodiscard]] bool try_post(Task task);
  /// Also above the limit, for work that was admitted already. @return false once the pool stops.
  bool post(Task task);
  /// Refuses new tasks, runs those that wait, joins the threads. Not from a task. Idempotent.
  void drain_and_stop();

  std::size_t thread_count() const { return thread_count_; }
  /// Tasks that wait now.
  std::size_t queued() const;

 private:
  void run();
  bool enqueue(Task task, std::size_t limit);

  // Constant after construction.
  const std::size_t thread_count_;
  const std::size_t queue_limit_;
  // Guarded.
  mutable base::Mutex mutex_;
  base::CondVar ready_;
  std::deque<Task> tasks_ ALD_GUARDED_BY(mutex_);
  bool stopping_ ALD_GUARDED_BY(mutex_) = false;
  std::vector<std::thread> threads_ ALD_GUARDED_BY(mutex_);
};

}  // namespace alidade::env
