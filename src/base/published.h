#pragma once

#include <memory>
#include <utility>

#include "base/mutex.h"

namespace alidade::base {

/// One immutable value that one thread replaces and many read. load() is a mutex-guarded pointer
/// copy: gcc 12's std::atomic<std::shared_ptr> locks anyway, and TSan cannot see through it.
template <typename T>
class Published {
 public:
  Published() = default;
  explicit Published(std::shared_ptr<const T> value) : value_(std::move(value)) {}

  std::shared_ptr<const T> load() const {
    MutexLock lock(mutex_);
    return value_;
  }
  void store(std::shared_ptr<const T> value) {
    MutexLock lock(mutex_);
    value_.swap(value);  // The old value dies outside the lock's work, with `value`.
  }

 private:
  mutable Mutex mutex_;
  std::shared_ptr<const T> value_ ALD_GUARDED_BY(mutex_);
};

}  // namespace alidade::base
