#pragma once

#include <condition_variable>
#include <mutex>

// Clang's thread safety annotations; nothing elsewhere.
#if defined(__clang__)
#define ALD_ANNOTATE(x) __attribute__((x))
#else
#define ALD_ANNOTATE(x)
#endif
#define ALD_CAPABILITY(name) ALD_ANNOTATE(capability(name))
#define ALD_SCOPED_CAPABILITY ALD_ANNOTATE(scoped_lockable)
#define ALD_GUARDED_BY(mutex) ALD_ANNOTATE(guarded_by(mutex))
#define ALD_REQUIRES(...) ALD_ANNOTATE(requires_capability(__VA_ARGS__))
#define ALD_ACQUIRE(...) ALD_ANNOTATE(acquire_capability(__VA_ARGS__))
#define ALD_RELEASE(...) ALD_ANNOTATE(release_capability(__VA_ARGS__))
#define ALD_NO_THREAD_SAFETY_ANALYSIS ALD_ANNOTATE(no_thread_safety_analysis)

namespace alidade::base {

/// std::mutex with annotations. The only mutex that code outside `base` uses.
class ALD_CAPABILITY("mutex") Mutex {
 public:
  void lock() ALD_ACQUIRE() { mutex_.lock(); }
  void unlock() ALD_RELEASE() { mutex_.unlock(); }
  std::mutex& native() { return mutex_; }

 private:
  std::mutex mutex_;
};

class ALD_SCOPED_CAPABILITY MutexLock {
 public:
  explicit MutexLock(Mutex& mutex) ALD_ACQUIRE(mutex) : lock_(mutex.native()) {}
  ~MutexLock() ALD_RELEASE() {}
  MutexLock(const MutexLock&) = delete;
  MutexLock& operator=(const MutexLock&) = delete;
  std::unique_lock<std::mutex>& native() { return lock_; }

 private:
  std::unique_lock<std::mutex> lock_;
};

/// Condition variable for MutexLock.
class CondVar {
 public:
  void wait(MutexLock& lock) { condition_.wait(lock.native()); }
  template <typename Predicate>
  void wait(MutexLock& lock, Predicate ready) {
    condition_.wait(lock.native(), ready);
  }
  template <typename Duration, typename Predicate>
  bool wait_for(MutexLock& lock, Duration duration, Predicate ready) {
    return condition_.wait_for(lock.native(), duration, ready);
  }
  void notify_one() { condition_.notify_one(); }
  void notify_all() { condition_.notify_all(); }

 private:
  std::condition_variable condition_;
};

}  // namespace alidade::base
