#include "shard/background.h"

#include <pthread.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <exception>
#include <new>

namespace alidade::shard {
namespace {

// Syncs of many logs wait for the disk side by side: one after the other, some hundreds take longer than the
// interval. A few syncs are not worth a thread.
constexpr std::size_t kSyncHelpers = 7;
constexpr std::size_t kSyncsPerHelper = 8;
// That many logs are synced at a time for answers that wait.
constexpr std::size_t kCommitThreads = 16;

// Work that no request waits for steps aside when the cores are busy.
void lower_priority(const char* name) {
  ::pthread_setname_np(::pthread_self(), name);
  ::setpriority(PRIO_PROCESS, static_cast<id_t>(::syscall(SYS_gettid)), 5);
}

}  // namespace

Background::Background(Options options)
    : options_(options), commits_(options.runner == Runner::kCaller ? 0 : kCommitThreads) {
  if (options_.runner == Runner::kCaller) return;
  maintenance_thread_ = std::thread([this] { maintenance_loop(); });
  sync_thread_ = std::thread([this] { sync_loop(); });
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
  commits_.stop();
}

void Background::schedule(const std::shared_ptr<Maintained>& target) {
  {
    base::MutexLock lock(mutex_);
    if (stopping_ || queued_.contains(target)) return;
    // In this order: without memory for the second, the target is only queued twice.
    queue_.push_back(target);
    queued_.insert(target);
  }
  wake_.notify_one();
}

void Background::schedule_sync(const std::shared_ptr<Maintained>& target) {
  base::MutexLock lock(mutex_);
  if (stopping_ || unsynced_set_.contains(target)) return;
  unsynced_.push_back(target);
  unsynced_set_.insert(target);
  if (unsynced_.size() == 1) wake_sync_.notify_one();
}

unsigned Background::build_threads() const {
  return options_.runner == Runner::kCaller ? 1 : std::max(1U, std::thread::hardware_concurrency());
}

void Background::set_paused(bool paused) {
  {
    base::MutexLock lock(mutex_);
    paused_ = paused;
  }
  wake_.notify_one();
}

std::size_t Background::run_maintenance(std::size_t max_slices) {
  std::size_t slices = 0;
  for (; slices < max_slices; ++slices) {
    std::shared_ptr<Maintained> target;
    {
      base::MutexLock lock(mutex_);
      if (stopping_ || paused_) break;
      target = pop();
    }
    if (target == nullptr) break;
    maintain(target);
  }
  return slices;
}

std::size_t Background::run_sync() {
  SyncRound round;
  {
    base::MutexLock lock(mutex_);
    round.due = take_unsynced();
  }
  const std::size_t wanted =
      options_.runner == Runner::kCaller ? 0 : std::min(kSyncHelpers, round.due.size() / kSyncsPerHelper);
  // tidy: allow, because these threads live for one round of syncs.
  std::vector<std::thread> helpers;
  try {
    while (helpers.size() < wanted) helpers.emplace_back([&round] { sync_some(round); });
  } catch (const std::exception&) {
    // No memory or no thread for a helper: this thread does more.
  }
  sync_some(round);
  // tidy: allow, because these threads live for one round of syncs.
  for (std::thread& helper : helpers) helper.join();
  return round.synced;
}

void Background::sync_some(SyncRound& round) {
  for (std::size_t i = round.next++; i < round.due.size(); i = round.next++) {
    const auto target = round.due[i].lock();
    if (target == nullptr) continue;
    try {
      target->sync_logged();
    } catch (const std::bad_alloc&) {
      // The sync failed and there was no memory to say so: the log refuses writes from now on.
    }
    ++round.synced;
  }
}

std::shared_ptr<Maintained> Background::pop() {
  while (!queue_.empty()) {
    const std::weak_ptr<Maintained> front = std::move(queue_.front());
    queue_.pop_front();
    queued_.erase(front);
    if (auto target = front.lock()) return target;
  }
  return nullptr;
}

std::vector<std::weak_ptr<Maintained>> Background::take_unsynced() {
  std::vector<std::weak_ptr<Maintained>> due;
  due.swap(unsynced_);
  unsynced_set_.clear();
  return due;
}

void Background::maintain(const std::shared_ptr<Maintained>& target) {
  try {
    if (target->maintain()) schedule(target);
  } catch (const std::bad_alloc&) {
    // No memory now. What was begun is given up; the next write asks again.
  }
}

void Background::maintenance_loop() {
  lower_priority("ald-maintain");
  while (true) {
    std::shared_ptr<Maintained> target;
    {
      base::MutexLock lock(mutex_);
      while (!stopping_ && (paused_ || queue_.empty())) wake_.wait(lock);
      if (stopping_) return;
      target = pop();
    }
    if (target != nullptr) maintain(target);
  }
}

void Background::sync_loop() {
  lower_priority("ald-sync");
  while (true) {
    {
      base::MutexLock lock(mutex_);
      while (!stopping_ && unsynced_.empty()) wake_sync_.wait(lock);
      // Half the interval gathers writers; the other half is the sync's own time.
      wake_sync_.wait_for(lock, options_.sync_interval / 2, [this]() ALD_REQUIRES(mutex_) { return stopping_; });
      if (stopping_ && unsynced_.empty()) return;
    }
    run_sync();
  }
}

}  // namespace alidade::shard
