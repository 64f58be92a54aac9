#include "base/timed_mutex.h"

namespace alidade::base {

void TimedMutex::lock() {
  std::unique_lock lock(mutex_);
  freed_.wait(lock, [this] { return !locked_; });
  locked_ = true;
}

void TimedMutex::unlock() {
  {
    std::scoped_lock lock(mutex_);
    locked_ = false;
  }
  freed_.notify_one();
}

bool TimedMutex::try_lock_for(std::chrono::milliseconds patience) {
  std::unique_lock lock(mutex_);
  if (!freed_.wait_for(lock, patience, [this] { return !locked_; })) return false;
  locked_ = true;
  return true;
}

}  // namespace alidade::base
