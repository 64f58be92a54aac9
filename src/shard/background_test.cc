#include "shard/background.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <memory>
#include <new>
#include <vector>

#include "base/mutex.h"

namespace alidade::shard {
namespace {

class Counted final : public Maintained {
 public:
  explicit Counted(int slices) : slices_(slices) {}
  bool maintain() override {
    ++maintained;
    return --slices_ > 0;
  }
  void sync_logged() override { ++synced; }
  int maintained = 0;
  int synced = 0;

 private:
  int slices_;
};

TEST(Background, RunsOnTheCallersThreadWhenAskedTo) {
  Background background({.runner = Background::Runner::kCaller});
  const auto one = std::make_shared<Counted>(3);
  const auto two = std::make_shared<Counted>(1);
  background.schedule(one);
  background.schedule(one);
  background.schedule(two);
  background.schedule_sync(one);
  background.schedule_sync(one);
  EXPECT_EQ(one->maintained + one->synced, 0);
  EXPECT_EQ(background.run_maintenance(2), 2U);  // One slice each, in turn.
  EXPECT_EQ(one->maintained, 1);
  EXPECT_EQ(two->maintained, 1);
  EXPECT_EQ(background.run_maintenance(), 2U);
  EXPECT_EQ(one->maintained, 3);
  EXPECT_EQ(background.run_sync(), 1U);
  EXPECT_EQ(background.run_sync(), 0U);
  EXPECT_EQ(one->synced, 1);
}

TEST(Background, TellsATargetFromADeadOneAtTheSameAddress) {
  Background background({.runner = Background::Runner::kCaller});
  alignas(Counted) std::byte place[sizeof(Counted)];
  const auto make_here = [&] {
    return std::shared_ptr<Counted>(new (place) Counted(1), [](Counted* gone) { gone->~Counted(); });
  };
  auto dropped = make_here();
  background.schedule(dropped);
  background.schedule_sync(dropped);
  dropped.reset();
  const auto next = make_here();
  background.schedule(next);
  background.schedule_sync(next);
  background.run_maintenance();
  background.run_sync();
  EXPECT_EQ(next->maintained, 1);
  EXPECT_EQ(next->synced, 1);
}

/// Logs whose syncs end in groups of eight: each waits until its group is complete.
class Disk {
 public:
  explicit Disk(std::size_t logs) : logs_(logs) {}
  void sync() {
    base::MutexLock lock(mutex_);
    const std::size_t group_end = std::min(logs_, begun_++ / 8 * 8 + 8);
    if (begun_ == group_end) changed_.notify_all();
    const auto complete = [this, group_end]() ALD_REQUIRES(mutex_) { return begun_ >= group_end || alone_ > 0; };
    alone_ += changed_.wait_for(lock, std::chrono::seconds(20), complete) ? 0 : 1;
  }
  std::size_t begun() {
    base::MutexLock lock(mutex_);
    return begun_;
  }
  /// Syncs that others did not run beside.
  std::size_t alone() {
    base::MutexLock lock(mutex_);
    return alone_;
  }

 private:
  const std::size_t logs_;
  base::Mutex mutex_;
  base::CondVar changed_;
  std::size_t begun_ ALD_GUARDED_BY(mutex_) = 0;
  std::size_t alone_ ALD_GUARDED_BY(mutex_) = 0;
};

class LogOnDisk final : public Maintained {
 public:
  explicit LogOnDisk(Disk& disk) : disk_(disk) {}
  bool maintain() override { return false; }
  void sync_logged() override { disk_.sync(); }

 private:
  Disk& disk_;
};

// An unwaited write is synced within a second: half of it gathers writers, the other half is for the syncs. 500 logs at
// 5 ms, eight at a time, take 0.3 s of it; one after the other they would take 2.5 s.
TEST(Background, FiveHundredLogsAreSyncedEightAtATime) {
  constexpr std::size_t kLogs = 500;
  Background background({.sync_interval = std::chrono::hours(1)});  // No round but the one below.
  Disk disk(kLogs);
  std::vector<std::shared_ptr<LogOnDisk>> logs;
  for (std::size_t i = 0; i < kLogs; ++i) {
    logs.push_back(std::make_shared<LogOnDisk>(disk));
    background.schedule_sync(logs.back());
  }
  EXPECT_EQ(background.run_sync(), kLogs);
  EXPECT_EQ(disk.begun(), kLogs);
  EXPECT_EQ(disk.alone(), 0U);
}

}  // namespace
}  // namespace alidade::shard
