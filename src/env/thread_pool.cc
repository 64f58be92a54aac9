#include "env/thread_pool.h"

#include <pthread.h>

#include <exception>
#include <limits>
#include <utility>

namespace alidade::env {

ThreadPool::ThreadPool(const std::string& name, std::size_t thread_count, std::size_t queue_limit,
                       OnEscape on_escape)
    : thread_count_(thread_count == 0 ? 1 : thread_count),
      queue_limit_(queue_limit),
      on_escape_(std::move(on_escape)) {
  base::MutexLock lock(mutex_);
  threads_.reserve(thread_count_);
  for (std::size_t i = 0; i < thread_count_; ++i) {
    threads_.emplace_back([this] { run(); });
    ::pthread_setname_np(threads_.back().native_handle(), name.substr(0, 15).c_str());
  }
}

ThreadPool::~ThreadPool() { drain_and_stop(); }

bool ThreadPool::try_post(Task task) { return enqueue(std::move(task), queue_limit_); }

bool ThreadPool::post(Task task) {
  return enqueue(std::move(task), std::numeric_limits<std::size_t>::max());
}

bool ThreadPool::enqueue(Task task, std::size_t limit) {
  {
    base::MutexLock lock(mutex_);
    if (stopping_ || tasks_.size() >= limit) return false;
    tasks_.push_back(std::move(task));
  }
  ready_.notify_one();
  return true;
}

void ThreadPool::run() {
  while (true) {
    Task task;
    {
      base::MutexLock lock(mutex_);
      ready_.wait(lock, [this]() ALD_REQUIRES(mutex_) { return stopping_ || !tasks_.empty(); });
      if (tasks_.empty()) return;
      task = std::move(tasks_.front());
      tasks_.pop_front();
    }
    try {
      task();
    } catch (const std::exception& escaped) {
      // What owed an answer gave one while the stack unwound.
      note_escape(escaped.what());
    } catch (...) {
      note_escape("not a std::exception");
    }
  }
}

void ThreadPool::note_escape(std::string_view what) noexcept {
  if (!on_escape_) return;
  try {
    on_escape_(what);
  } catch (...) {
    // There may be no memory for a line in the log either.
  }
}

void ThreadPool::drain_and_stop() {
  std::vector<std::thread> threads;
  {
    base::MutexLock lock(mutex_);
    stopping_ = true;
    threads.swap(threads_);
  }
  ready_.notify_all();
  for (std::thread& thread : threads) thread.join();
}

std::size_t ThreadPool::queued() const {
  base::MutexLock lock(mutex_);
  return tasks_.size();
}

}  // namespace alidade::env
