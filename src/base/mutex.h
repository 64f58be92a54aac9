#pragma once

#include <condition_variable>
#include <mutex>
#include <shared_mutex>

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
#define ALD_REQUIRES_SHARED(...) ALD_ANNOTATE(requires_shared_capability(__VA_ARGS__))
#define ALD_ACQUIRE(...) ALD_ANNOTATE(acquire_capability(__VA_ARGS__))
#define ALD_ACQUIRE_SHARED(...) ALD_ANNOTATE(acquire_shared_capability(__VA_ARGS__))
#define ALD_RELEASE(...) ALD_ANNOTATE(release_capability(__VA_ARGS__))
#define ALD_RELEASE_SHARED(...) ALD_ANNOTATE(release_shared_capability(__VA_ARGS__))
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

/// Reader-writer lock that lets neither side starve: a waiting writer stops new readers, and a
/// leaving writer lets in the readers that wait before the next writer. glibc's rwlock prefers
/// readers, so a steady stream of searches would hold writes off for ever.
/// Not recursive: a thread that holds it shared must not ask again (a writer may wait between).
class ALD_CAPABILITY("shared_mutex") SharedMutex {
 public:
  void lock() ALD_ACQUIRE();
  void unlock() ALD_RELEASE();
  void lock_shared() ALD_ACQUIRE_SHARED();
  void unlock_shared() ALD_RELEASE_SHARED();

 private:
  std::mutex mutex_;
  std::condition_variable readers_;
  std::condition_variable writers_;
  int active_readers_ = 0;
  int waiting_readers_ = 0;
  int waiting_writers_ = 0;
  int admitted_readers_ = 0;  // Readers let in ahead of the next writer.
  bool writer_active_ = false;
};

class ALD_SCOPED_CAPABILITY SharedLock {
 public:
  explicit SharedLock(SharedMutex& mutex) ALD_ACQUIRE_SHARED(mutex) : mutex_(mutex) {
    mutex_.lock_shared();
  }
  ~SharedLock() ALD_RELEASE() { mutex_.unlock_shared(); }
  SharedLock(const SharedLock&) = delete;
  SharedLock& operator=(const SharedLock&) = delete;

 private:
  SharedMutex& mutex_;
};

class ALD_SCOPED_CAPABILITY ExclusiveLock {
 public:
  explicit ExclusiveLock(SharedMutex& mutex) ALD_ACQUIRE(mutex) : mutex_(mutex) { mutex_.lock(); }
  ~ExclusiveLock() ALD_RELEASE() { mutex_.unlock(); }
  ExclusiveLock(const ExclusiveLock&) = delete;
  ExclusiveLock& operator=(const ExclusiveLock&) = delete;

 private:
  SharedMutex& mutex_;
};

}  // namespace alidade::base
