#include "shard/background.h"

#include <pthread.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace alidade::shard {
namespace {

// Work that no request waits for steps aside when the cores are busy.
void lower_priority(const char* name) {
  ::pthread_setname_np(::pthread_self(), name);
  ::setpriority(PRIO_PROCESS, static_cast<id_t>(::syscall(SYS_gettid)), 5);
}

}  // namespace

Background::Background(Options options) : options_(options) {
  maintenance_thread_ = std::thread([this] { run_maintenance(); });
  sync_thread_ = std::thread([this] { run_sync(); });
}

Background::~Background() { stop(); }

void Background::stop() {
  {
    base::MutexLock lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  wake_sync_.notify_all();
  if (maintenance_thread_.joinable()) maintenance_thread_.join();
  if (sync_thread_.joinable()) sync_thread_.join();
}

void Background::schedule(const std::shared_ptr<Maintained>& target) {
  {
    base::MutexLock lock(mutex_);
    if (stopping_ || !queued_.insert(target.get()).second) return;
    queue_.push_back(target);
  }
  wake_.notify_one();
}

void Background::schedule_sync(const std::shared_ptr<Maintained>& target) {
  base::MutexLock lock(mutex_);
  if (stopping_ || !unsynced_set_.insert(target.get()).second) return;
  unsynced_.push_back(target);
  if (unsynced_.size() == 1) wake_sync_.notify_one();
}

void Background::set_paused(bool paused) {
  {
    base::MutexLock lock(mutex_);
    paused_ = paused;
  }
  wake_.notify_one();
}

void Background::run_maintenance() {
  lower_priority("ald-maintain");
  while (true) {
    std::shared_ptr<Maintained> target;
    {
      base::MutexLock lock(mutex_);
      while (!stopping_ && (paused_ || queue_.empty())) wake_.wait(lock);
      if (stopping_) return;
      target = queue_.front().lock();
      queue_.pop_front();
      // An entry whose owner died may name an address that is in use again; the new owner then
      // schedules itself once more.
      if (target == nullptr) {
        queued_.clear();
        for (const auto& waiting : queue_) {
          if (const auto alive = waiting.lock()) queued_.insert(alive.get());
        }
        continue;
      }
      queued_.erase(target.get());
    }
    if (target->maintain()) schedule(target);
  }
}

void Background::run_sync() {
  lower_priority("ald-sync");
  while (true) {
    std::vector<std::weak_ptr<Maintained>> due;
    {
      base::MutexLock lock(mutex_);
      while (!stopping_ && unsynced_.empty()) wake_sync_.wait(lock);
      // Half the interval gathers writers; the other half is the sync's own time.
      wake_sync_.wait_for(lock, options_.sync_interval / 2, [this]() ALD_REQUIRES(mutex_) { return stopping_; });
      due.swap(unsynced_);
      unsynced_set_.clear();
      if (stopping_ && due.empty()) return;
    }
    for (const auto& entry : due) {
      if (const auto target = entry.lock()) target->sync_logged();
    }
  }
}

}  // namespace alidade::shard
