#pragma once

#include <cstddef>
#include <deque>
#include <functional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "base/function.h"
#include "base/mutex.h"

namespace alidade::env {

/// A fixed number of threads that run tasks in the order in which they were posted. Any thread may
/// post. A task should not throw: what it lets out (bad_alloc, say) ends the task, not the thread.
class ThreadPool {
 public:
  using Task = base::UniqueFunction<void()>;
  /// Told what a task let out, on the thread that ran it.
  using OnEscape = std::function<void(std::string_view what)>;

  /// @param name as shown by the system's tools; at most 15 characters of it are used.
  /// @param queue_limit tasks that may wait, besides the running ones, before try_post() declines.
  /// @param on_escape may be empty; may throw.
  ThreadPool(const std::string& name, std::size_t thread_count, std::size_t queue_limit, OnEscape on_escape = {});
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
  void note_escape(std::string_view what) noexcept;
  bool enqueue(Task task, std::size_t limit);

  // Constant after construction.
  const std::size_t thread_count_;
  const std::size_t queue_limit_;
  const OnEscape on_escape_;
  // Guarded.
  mutable base::Mutex mutex_;
  base::CondVar ready_;
  std::deque<Task> tasks_ ALD_GUARDED_BY(mutex_);
  bool stopping_ ALD_GUARDED_BY(mutex_) = false;
  std::vector<std::thread> threads_ ALD_GUARDED_BY(mutex_);
};

}  // namespace alidade::env
