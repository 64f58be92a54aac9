// One sync releases everybody who waited when it began; deadlines, bounds and the end of the process.
#include "shard/commits.h"

#include <gtest/gtest.h>

#include <chrono>
#include <future>
#include <string>
#include <vector>

namespace alidade::shard {
namespace {

using std::chrono::milliseconds;

/// A log whose syncs end when the test says so.
class SlowLog {
 public:
  /// @return the line of its answers.
  std::shared_ptr<CommitLine> line(Commits& commits) {
    return std::make_shared<CommitLine>(commits, [this] { return sync(); });
  }
  Status sync() {
    base::MutexLock lock(mutex_);
    ++begun_;
    changed_.notify_all();
    changed_.wait(lock, [this]() ALD_REQUIRES(mutex_) { return allowed_ >= begun_; });
    return outcome_;
  }
  void wait_until_begun(int syncs) {
    base::MutexLock lock(mutex_);
    changed_.wait(lock, [this, syncs]() ALD_REQUIRES(mutex_) { return begun_ >= syncs; });
  }
  void allow(int syncs) {
    base::MutexLock lock(mutex_);
    allowed_ = syncs;
    changed_.notify_all();
  }
  void fail(Status outcome) {
    base::MutexLock lock(mutex_);
    outcome_ = std::move(outcome);
  }
  int begun() {
    base::MutexLock lock(mutex_);
    return begun_;
  }

 private:
  base::Mutex mutex_;
  base::CondVar changed_;
  int begun_ ALD_GUARDED_BY(mutex_) = 0;
  int allowed_ ALD_GUARDED_BY(mutex_) = 0;
  Status outcome_ ALD_GUARDED_BY(mutex_);
};

std::shared_ptr<observe::HeldAnswer> answer(observe::HeldAnswer::Send send) {
  return std::make_shared<observe::HeldAnswer>(std::move(send));
}

/// An answer that waits in the line.
std::future<Status> wait_in(CommitLine& line, base::Deadline deadline = {}) {
  auto promise = std::make_shared<std::promise<Status>>();
  auto future = promise->get_future();
  line.wait(deadline, answer([promise](const Status& outcome) { promise->set_value(outcome); }));
  return future;
}

TEST(Commits, OneSyncReleasesAllThatWaitedWhenItBegan) {
  SlowLog log;
  Commits commits(2);
  const auto line = log.line(commits);
  auto first = wait_in(*line);
  log.wait_until_begun(1);
  // None of these holds this thread, and the sync that runs does not count for them.
  std::vector<std::future<Status>> others;
  for (int i = 0; i < 500; ++i) others.push_back(wait_in(*line));
  log.allow(1);
  EXPECT_TRUE(first.get().ok());
  log.wait_until_begun(2);
  EXPECT_EQ(others.front().wait_for(milliseconds(0)), std::future_status::timeout);
  log.allow(2);
  for (auto& other : others) EXPECT_TRUE(other.get().ok());
  EXPECT_EQ(log.begun(), 2);
}

TEST(Commits, AStoppedDiskOfOneLogHoldsUpNoOther) {
  SlowLog stopped;
  SlowLog quick;
  quick.allow(1'000);
  Commits commits(2);
  const auto held_up = stopped.line(commits);
  const auto line = quick.line(commits);
  auto waits = wait_in(*held_up);
  stopped.wait_until_begun(1);
  for (int i = 0; i < 10; ++i) EXPECT_TRUE(wait_in(*line).get().ok());
  stopped.allow(1);
  EXPECT_TRUE(waits.get().ok());
}

TEST(Commits, AFailedSyncIsToldToEverybodyItWasFor) {
  SlowLog log;
  log.fail(Status(StatusCode::kUnavailable, "the disk is broken"));
  log.allow(1'000);
  Commits commits(1);
  const auto line = log.line(commits);
  for (int i = 0; i < 3; ++i) EXPECT_EQ(wait_in(*line).get().code(), StatusCode::kUnavailable);
}

TEST(Commits, ADeadlineEndsTheWaitWhileTheDiskStands) {
  SlowLog log;
  Commits commits(1);
  const auto line = log.line(commits);
  auto patient = wait_in(*line, base::Deadline::after(std::chrono::hours(1)));
  log.wait_until_begun(1);
  auto hasty = wait_in(*line, base::Deadline::after(milliseconds(20)));
  EXPECT_EQ(hasty.get().code(), StatusCode::kDeadlineExceeded);
  EXPECT_EQ(patient.wait_for(milliseconds(0)), std::future_status::timeout);
  log.allow(2);
  EXPECT_TRUE(patient.get().ok());
}

TEST(Commits, WhoFindsNoPlaceSyncsForItself) {
  SlowLog log;
  Commits commits(1, 1);
  const auto line = log.line(commits);
  auto first = wait_in(*line);
  log.wait_until_begun(1);
  auto second = std::async(std::launch::async, [&] {
    Status outcome(StatusCode::kInternal, "not told");
    line->wait({}, answer([&outcome](const Status& told) { outcome = told; }));
    return outcome;  // Told by now.
  });
  log.wait_until_begun(2);
  log.allow(2);
  EXPECT_TRUE(first.get().ok());
  EXPECT_TRUE(second.get().ok());
}

TEST(Commits, WithoutThreadsTheCallerSyncs) {
  SlowLog log;
  log.allow(1);
  Commits commits(0);
  bool told = false;
  log.line(commits)->wait({}, answer([&told](const Status& outcome) { told = outcome.ok(); }));
  EXPECT_TRUE(told);
  EXPECT_EQ(log.begun(), 1);
}

TEST(Commits, AStopReleasesThoseWhoWaitAndLaterOnesSyncForThemselves) {
  SlowLog log;
  log.allow(1'000);
  Commits commits(2);
  const auto line = log.line(commits);
  std::vector<std::future<Status>> waiting;
  for (int i = 0; i < 50; ++i) waiting.push_back(wait_in(*line, base::Deadline::after(std::chrono::hours(1))));
  commits.stop();
  for (auto& one : waiting) EXPECT_TRUE(one.get().ok());
  EXPECT_TRUE(wait_in(*line).get().ok());
}

}  // namespace
}  // namespace alidade::shard
