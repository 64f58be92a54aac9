#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>

#include "base/mutex.h"

namespace alidade::base {

/// A mutex that one can stop waiting for. Taken by TimedLock.
class ALD_CAPABILITY("mutex") TimedMutex {
 public:
  void lock() ALD_ACQUIRE();
  void unlock() ALD_RELEASE();
  /// @return false when it was not free for that long.
  bool try_lock_for(std::chrono::milliseconds patience) ALD_ANNOTATE(try_acquire_capability(true));

 private:
  std::mutex mutex_;
  std::condition_variable freed_;
  bool locked_ = false;
};

class ALD_SCOPED_CAPABILITY TimedLock {
 public:
  explicit TimedLock(TimedMutex& mutex) ALD_ACQUIRE(mutex) : mutex_(mutex) { mutex_.lock(); }
  /// Waits as long as `go_on()`, which it asks every `look`, is true. Otherwise nothing is locked, is_held()
  /// says so, and the caller touches nothing that the mutex guards.
  template <typename GoOn>
  TimedLock(TimedMutex& mutex, std::chrono::milliseconds look, GoOn go_on) ALD_ACQUIRE(mutex)
      ALD_NO_THREAD_SAFETY_ANALYSIS : mutex_(mutex) {
    while (!(is_held_ = mutex_.try_lock_for(look)) && go_on()) {}
  }
  ~TimedLock() ALD_RELEASE() ALD_NO_THREAD_SAFETY_ANALYSIS {
    if (is_held_) mutex_.unlock();
  }
  TimedLock(const TimedLock&) = delete;
  TimedLock& operator=(const TimedLock&) = delete;
  bool is_held() const { return is_held_; }

 private:
  TimedMutex& mutex_;
  bool is_held_ = true;
};

}  // namespace alidade::base
