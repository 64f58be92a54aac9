#include "env/env.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include <future>

#include "base/bytes.h"
#include "env/disk_reserve.h"
#include "env/faulty/faulty_env.h"
#include "env/memory/memory_env.h"
#include "env/memory_budget.h"
#include "env/recording/recording_env.h"
#include "env/thread_pool.h"

namespace alidade::env {
namespace {

using base::as_bytes;
using Unsynced = MemoryEnv::Unsynced;

std::unique_ptr<WritableFile> open(Env& env, const std::string& path) {
  return env.open_writable(path, OpenMode::kAppend).value();
}

TEST(MemoryEnv, PowerLossTakesWhatWasNotSynced) {
  MemoryEnv env;
  const auto file = open(env, "/a");
  ASSERT_TRUE(file->append(as_bytes("kept")).ok());
  ASSERT_TRUE(file->sync().ok());
  ASSERT_TRUE(file->append(as_bytes(" lost")).ok());
  ASSERT_TRUE(env.sync_directory("/").ok());
  env.crash(Unsynced::kLost);
  EXPECT_EQ(*read_file(env, "/a"), "kept");
  EXPECT_EQ(file->append(as_bytes("x")).code(), StatusCode::kIo);
}

TEST(MemoryEnv, KillKeepsWhatWasWritten) {
  MemoryEnv env;
  ASSERT_TRUE(open(env, "/a")->append(as_bytes("kept")).ok());
  env.crash(Unsynced::kKept);
  EXPECT_EQ(*read_file(env, "/a"), "kept");
}

TEST(MemoryEnv, ANameIsDurableOnlyAfterASyncOfItsFolder) {
  MemoryEnv env;
  ASSERT_TRUE(open(env, "/a")->sync().ok());
  env.crash(Unsynced::kLost);
  EXPECT_FALSE(env.exists("/a"));
}

TEST(MemoryEnv, ARenameIsDurableOnlyAfterASyncOfItsFolder) {
  MemoryEnv env;
  const auto write = [&](const std::string& path, std::string_view text) {
    const auto file = open(env, path);
    ASSERT_TRUE(file->append(as_bytes(text)).ok());
    ASSERT_TRUE(file->sync().ok());
  };
  write("/old", "old");
  ASSERT_TRUE(env.sync_directory("/").ok());
  write("/new", "new");
  ASSERT_TRUE(env.rename("/new", "/old").ok());
  env.crash(Unsynced::kLost);
  EXPECT_EQ(*read_file(env, "/old"), "old");
  ASSERT_TRUE(env.remove_file("/old").ok());
  env.crash(Unsynced::kLost);
  EXPECT_TRUE(env.exists("/old"));
}

TEST(MemoryEnv, AnArbitraryCrashKeepsWhatIsDurable) {
  bool lost_some = false;
  bool kept_some = false;
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    MemoryEnv env(seed);
    const auto file = open(env, "/a");
    const std::string durable(700, 'd');
    ASSERT_TRUE(file->append(as_bytes(durable)).ok());
    ASSERT_TRUE(file->sync().ok());
    ASSERT_TRUE(env.sync_directory("/").ok());
    ASSERT_TRUE(file->append(as_bytes(std::string(5000, 'u'))).ok());
    env.crash(Unsynced::kArbitrary);
    const std::string left = *read_file(env, "/a");
    ASSERT_GE(left.size(), 700u);
    EXPECT_EQ(left.substr(0, 700), durable);
    lost_some |= left.size() < 5700 || left.find('\0') != std::string::npos;
    kept_some |= left.find('u') != std::string::npos;
  }
  EXPECT_TRUE(lost_some);
  EXPECT_TRUE(kept_some);
}

TEST(MemoryEnv, AnArbitraryCrashTakesANameBackToAnyTimeSinceItsSync) {
  std::set<std::string> seen;
  for (std::uint64_t seed = 0; seed < 60; ++seed) {
    MemoryEnv env(seed);
    const auto write_durable = [&](const std::string& path, const std::string& text) {
      const auto file = open(env, path);
      ASSERT_TRUE(file->append(as_bytes(text)).ok());
      ASSERT_TRUE(file->sync().ok());
    };
    write_durable("/a", "1");
    ASSERT_TRUE(env.sync_directory("/").ok());
    for (const std::string text : {"2", "3"}) {
      write_durable("/new", text);
      ASSERT_TRUE(env.rename("/new", "/a").ok());
    }
    ASSERT_TRUE(env.remove_file("/a").ok());
    env.crash(Unsynced::kArbitrary);
    seen.insert(env.exists("/a") ? *read_file(env, "/a") : "gone");
  }
  EXPECT_EQ(seen, (std::set<std::string>{"1", "2", "3", "gone"}));
}

TEST(MemoryEnv, ACloneIsTheSameDiskWithItsUnsyncedState) {
  MemoryEnv env;
  const auto file = open(env, "/a");
  ASSERT_TRUE(file->append(as_bytes("durable")).ok());
  ASSERT_TRUE(file->sync().ok());
  ASSERT_TRUE(env.sync_directory("/").ok());
  ASSERT_TRUE(file->append(as_bytes(" not")).ok());
  const auto lock = env.lock_file("/LOCK");
  const auto clone = env.clone(1);
  EXPECT_EQ(*read_file(*clone, "/a"), "durable not");
  EXPECT_TRUE(clone->lock_file("/LOCK").ok());
  ASSERT_TRUE(file->append(as_bytes(" seen")).ok());
  clone->crash(Unsynced::kLost);
  EXPECT_EQ(*read_file(*clone, "/a"), "durable");
  EXPECT_EQ(*read_file(env, "/a"), "durable not seen");
}

TEST(MemoryEnv, TheClockMovesOnlyWhenTold) {
  MemoryEnv env;
  const auto before = env.now_us();
  env.advance(std::chrono::seconds(2));
  EXPECT_EQ(env.now_us(), before + 2'000'000);
}

TEST(MemoryEnv, ACrashFreesLocks) {
  MemoryEnv env;
  const auto lock = env.lock_file("/LOCK");
  env.crash(Unsynced::kLost);
  const auto second = env.lock_file("/LOCK");
  EXPECT_TRUE(second.ok());
}

// The old or the new content is there after power loss at any call of the writer.
TEST(WriteFileAtomically, LeavesOldOrNewContentWhereverItEnds) {
  for (const Unsynced unsynced : {Unsynced::kLost, Unsynced::kKept, Unsynced::kArbitrary}) {
    for (std::uint64_t call = 1; call < 20; ++call) {
      MemoryEnv disk(call);
      ASSERT_TRUE(write_file_atomically(disk, "/a", as_bytes("old")).ok());
      FaultyEnv env(disk);
      env.set_fault(
          {.call = call, .repeat = FaultyEnv::Repeat::kFromThenOn, .short_write_bytes = 1});
      const Status written = write_file_atomically(env, "/a", as_bytes("new"));
      disk.crash(unsynced);
      const std::string left = *read_file(disk, "/a");
      EXPECT_TRUE(left == "old" || left == "new") << left;
      if (written.ok()) {
        EXPECT_EQ(left, "new");
        break;
      }
      EXPECT_TRUE(write_file_atomically(disk, "/a", as_bytes("again")).ok());
    }
  }
}

TEST(FaultyEnv, FailsOnceOrFromThenOn) {
  MemoryEnv memory;
  FaultyEnv env(memory);
  const auto file = open(env, "/a");
  env.set_fault(
      {.call = 2, .status = Status(StatusCode::kOutOfSpace, "full"), .short_write_bytes = 2});
  EXPECT_TRUE(file->append(as_bytes("1111")).ok());
  EXPECT_EQ(file->append(as_bytes("2222")).code(), StatusCode::kOutOfSpace);
  EXPECT_TRUE(file->append(as_bytes("3333")).ok());
  EXPECT_EQ(env.calls(), 3u);
  EXPECT_EQ(env.failures(), 1u);
  env.set_fault({.call = 1, .repeat = FaultyEnv::Repeat::kFromThenOn, .only = "sync"});
  EXPECT_TRUE(file->append(as_bytes("4")).ok());
  EXPECT_EQ(file->sync().code(), StatusCode::kIo);
  EXPECT_EQ(env.sync_directory("/").code(), StatusCode::kIo);
  EXPECT_EQ(env.failed_calls(), (std::vector<std::string>{"sync /a", "sync /"}));
  env.set_paused(true);
  EXPECT_TRUE(file->sync().ok());
  env.set_paused(false);
  env.set_fault({.call = 1, .only = "truncate|sync"});
  EXPECT_TRUE(file->append(as_bytes("5")).ok());
  EXPECT_EQ(file->truncate(11).code(), StatusCode::kIo);
  env.heal();
  EXPECT_TRUE(file->sync().ok());
  EXPECT_EQ(*read_file(memory, "/a"), "111122333345");
  EXPECT_EQ(env.calls_by_name()["append"], 5u);
}

TEST(RecordingEnv, TheTraceMakesTheSameDiskAgain) {
  MemoryEnv first;
  RecordingEnv env(first);
  ASSERT_TRUE(env.create_directory("/d").ok());
  {
    const auto file = open(env, "/d/a");
    ASSERT_TRUE(file->append(as_bytes("hello")).ok());
    ASSERT_TRUE(file->truncate(2).ok());
    ASSERT_TRUE(file->sync().ok());
  }
  ASSERT_TRUE(env.rename("/d/a", "/d/b").ok());
  EXPECT_FALSE(env.remove_file("/d/none").ok());
  ASSERT_TRUE(env.sync_directory("/d").ok());
  EXPECT_EQ(env.trace_size(), 7u);
  MemoryEnv second;
  ASSERT_TRUE(replay_trace(env.trace(), second).ok());
  EXPECT_EQ(*read_file(second, "/d/b"), "he");
  env.clear();
  EXPECT_EQ(env.trace_size(), 0u);
}

TEST(ThreadPool, RunsWhatWasPostedInOrder) {
  std::vector<int> order;
  ThreadPool pool("test", 1, 10);
  for (int i = 0; i < 10; ++i) pool.post([&order, i] { order.push_back(i); });
  pool.drain_and_stop();
  EXPECT_THAT(order, ::testing::ElementsAre(0, 1, 2, 3, 4, 5, 6, 7, 8, 9));
  EXPECT_FALSE(pool.try_post([] {}));
  EXPECT_FALSE(pool.post([] {}));
}

TEST(ThreadPool, DeclinesWhenTheQueueIsFull) {
  std::promise<void> started;
  std::promise<void> release;
  ThreadPool pool("test", 1, 2);  // Last, so that it is drained before the promises go.
  ASSERT_TRUE(pool.try_post([&] {
    started.set_value();
    release.get_future().wait();
  }));
  started.get_future().wait();
  EXPECT_TRUE(pool.try_post([] {}));
  EXPECT_TRUE(pool.try_post([] {}));
  EXPECT_FALSE(pool.try_post([] {}));
  EXPECT_EQ(pool.queued(), 2u);
  EXPECT_TRUE(pool.post([] {}));
  release.set_value();
}

TEST(ThreadPool, TakesMoveOnlyTasksAndManyThreads) {
  std::atomic<int> sum = 0;
  {
    ThreadPool pool("a rather long name", 4, 1000);
    EXPECT_EQ(pool.thread_count(), 4u);
    for (int i = 1; i <= 100; ++i) {
      pool.post([&sum, value = std::make_unique<int>(i)] { sum += *value; });
    }
  }
  EXPECT_EQ(sum, 5050);
}

TEST(ThreadPool, GoesOnAfterWhatATaskLetsOutAndTellsOfIt) {
  std::vector<std::string> told;
  int ran = 0;
  {
    ThreadPool pool("test", 1, 10, [&](std::string_view what) {
      told.emplace_back(what);
      throw std::bad_alloc();  // No memory for the line either.
    });
    pool.post([] { throw std::runtime_error("too much"); });
    pool.post([] { throw 7; });
    pool.post([&] { ++ran; });
  }
  EXPECT_EQ(ran, 1);
  EXPECT_THAT(told, ::testing::ElementsAre("too much", "not a std::exception"));
}

TEST(DiskReserve, IsGivenToDeletionsAndMadeAgainWhenThereIsSpace) {
  MemoryEnv memory;
  FaultyEnv faulty(memory);
  DiskReserve reserve(faulty, "RESERVE", 1000);
  EXPECT_TRUE(reserve.admit().ok());
  EXPECT_TRUE(reserve.is_whole());
  EXPECT_TRUE(memory.exists("RESERVE"));
  {
    const DiskReserve::Use use(reserve);
    EXPECT_TRUE(use.given());
    EXPECT_FALSE(memory.exists("RESERVE"));
    // Nobody takes the space from under a deletion, were there even more of it.
    EXPECT_EQ(reserve.admit().code(), StatusCode::kOutOfSpace);
    EXPECT_TRUE(DiskReserve::Use(reserve).given());
  }
  faulty.set_fault({.call = 1, .repeat = FaultyEnv::Repeat::kFromThenOn,
                    .status = Status(StatusCode::kOutOfSpace, "full"), .only = "preallocate"});
  EXPECT_EQ(reserve.admit().code(), StatusCode::kOutOfSpace);
  EXPECT_FALSE(reserve.is_whole());
  faulty.heal();
  EXPECT_TRUE(reserve.admit().ok());
  EXPECT_TRUE(reserve.is_whole());
}

TEST(DiskReserve, OfNoBytesIsNone) {
  MemoryEnv memory;
  DiskReserve reserve(memory, "RESERVE", 0);
  EXPECT_TRUE(reserve.admit().ok());
  EXPECT_FALSE(DiskReserve::Use(reserve).given());
  EXPECT_FALSE(memory.exists("RESERVE"));
}

TEST(MemoryBudget, ChargesUpToTheLimit) {
  MemoryBudget budget(100);
  EXPECT_TRUE(budget.try_charge(60));
  EXPECT_FALSE(budget.try_charge(41));
  EXPECT_FALSE(budget.try_charge(~std::uint64_t{0}));
  {
    MemoryCharge charge(budget);
    EXPECT_TRUE(charge.grow_to(30));
    EXPECT_TRUE(charge.grow_to(40));
    EXPECT_TRUE(charge.grow_to(10));  // It has that already.
    EXPECT_EQ(budget.used_bytes(), 100u);
    EXPECT_FALSE(charge.grow_to(41));
    EXPECT_EQ(budget.used_bytes(), 100u);
    EXPECT_FALSE(MemoryCharge(budget).grow_to(1));
    charge.release();
    EXPECT_EQ(budget.used_bytes(), 60u);
    EXPECT_TRUE(charge.grow_to(25));
  }
  EXPECT_EQ(budget.used_bytes(), 60u);
  budget.release(60);
  EXPECT_EQ(budget.used_bytes(), 0u);
}

TEST(MemoryBudget, HoldsMoreThanItsLimitWhenItMust) {
  MemoryBudget budget(100);
  {
    MemoryCharge charge(budget);
    EXPECT_TRUE(charge.grow_to(80));
    charge.shrink_to(90);  // It holds less than that.
    EXPECT_EQ(budget.used_bytes(), 80u);
    charge.shrink_to(30);
    EXPECT_EQ(budget.used_bytes(), 30u);
    charge.force_to(20);
    EXPECT_EQ(budget.used_bytes(), 30u);
    charge.force_to(130);
    EXPECT_EQ(budget.used_bytes(), 130u);
    EXPECT_FALSE(MemoryCharge(budget).grow_to(1));
  }
  EXPECT_EQ(budget.used_bytes(), 0u);
}

}  // namespace
}  // namespace alidade::env
