#include "base/mutex.h"

namespace alidade::base {

void SharedMutex::lock() {
  std::unique_lock lock(mutex_);
  ++waiting_writers_;
  writers_.wait(lock, [this] {
    return !writer_active_ && active_readers_ == 0 && admitted_readers_ == 0;
  });
  --waiting_writers_;
  writer_active_ = true;
}

void SharedMutex::unlock() {
  {
    std::scoped_lock lock(mutex_);
    writer_active_ = false;
    admitted_readers_ = waiting_readers_;
  }
  readers_.notify_all();
  writers_.notify_one();
}

void SharedMutex::lock_shared() {
  std::unique_lock lock(mutex_);
  if (writer_active_ || waiting_writers_ > 0) {
    ++waiting_readers_;
    readers_.wait(lock, [this] {
      return !writer_active_ && (waiting_writers_ == 0 || admitted_readers_ > 0);
    });
    --waiting_readers_;
    if (admitted_readers_ > 0) --admitted_readers_;
  }
  ++active_readers_;
}

void SharedMutex::unlock_shared() {
  bool wake_writer = false;
  {
    std::scoped_lock lock(mutex_);
    wake_writer = --active_readers_ == 0 && waiting_writers_ > 0;
  }
  if (wake_writer) writers_.notify_one();
}

}  // namespace alidade::base
