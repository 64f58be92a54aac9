// Writes whose answers wait for the disk without a thread, and writers that wait for each other.
#include <gtest/gtest.h>

#include <future>
#include <utility>
#include <vector>

#include "env/faulty/faulty_env.h"
#include "env/memory/memory_env.h"
#include "shard/shard.h"

namespace alidade::shard {
namespace {

using model::PointId;

class GroupCommit : public testing::Test {
 protected:
  GroupCommit()
      : log_(observe::LogLevel::kOff, [] { return std::int64_t{0}; }),
        background_(Background::Options{}),
        disk_(env_) {
    background_.set_paused(true);
    config_.vectors[""] = {2, model::Distance::kDot, std::nullopt};
    EXPECT_TRUE(env_.create_directory("data").ok());
    auto opened = Shard::open(Runtime{disk_, log_, background_, ShardOptions{}}, "data", config_);
    EXPECT_TRUE(opened.ok()) << opened.status().to_string();
    shard_ = *opened;
    // The file of the log is there, so that what is synced from now on are records.
    EXPECT_TRUE(shard_->submit(upsert(0), model::Durability::kSynced, {}).problem.ok());
  }
  ~GroupCommit() override {
    shard_.reset();
    background_.stop();
  }

  static model::UpsertPoints upsert(std::uint64_t id) {
    model::UpsertPoints command;
    const float row[] = {1, 0};
    command.points.column("").set_row(0, row, 2);
    command.points.ids = {PointId::from_number(id)};
    command.points.payloads = {"{}"};
    return command;
  }

  /// Submits with an answer that can be held. @return the outcome of the wait, once it is over.
  std::future<Status> submit_held(std::uint64_t id) {
    observe::OpContext context;
    auto promise = std::make_shared<std::promise<Status>>();
    auto future = promise->get_future();
    context.held_answer = std::make_shared<observe::HeldAnswer>([promise](const Status& told) { promise->set_value(told); });
    const Outcome outcome = shard_->submit(upsert(id), model::Durability::kSynced, context);
    EXPECT_TRUE(outcome.problem.ok()) << outcome.problem.to_string();
    EXPECT_EQ(outcome.result.state, model::UpdateResult::State::kCompleted);
    EXPECT_TRUE(context.held_answer->is_held());
    context.held_answer->start();
    return future;
  }

  std::uint64_t syncs() { return disk_.calls_by_name()["sync"]; }

  env::MemoryEnv env_;
  observe::Log log_;
  Background background_;
  env::FaultyEnv disk_;
  model::CollectionConfig config_;
  std::shared_ptr<Shard> shard_;
};

TEST_F(GroupCommit, AStoppedSyncHoldsNoWriterAndTheNextServesAll) {
  std::promise<void> syncing;
  std::promise<void> go_on;
  disk_.set_fault({.call = 1, .only = "sync", .instead = [&] {
                     syncing.set_value();
                     go_on.get_future().wait();
                   }});
  const std::uint64_t before = syncs();
  auto first = submit_held(1);
  syncing.get_future().wait();
  // One thread writes all of these while the disk stands.
  std::vector<std::future<Status>> others;
  for (std::uint64_t id = 2; id <= 200; ++id) others.push_back(submit_held(id));
  EXPECT_EQ(shard_->stats().points_count, 201U);  // Applied, and visible.
  EXPECT_EQ(first.wait_for(std::chrono::milliseconds(0)), std::future_status::timeout);
  go_on.set_value();
  EXPECT_TRUE(first.get().ok());
  for (auto& other : others) EXPECT_TRUE(other.get().ok());
  EXPECT_EQ(syncs() - before, 2U);
}

TEST_F(GroupCommit, NothingHeldIsAcknowledgedWhenTheSyncFails) {
  disk_.set_fault({.call = 1, .only = "sync"});
  EXPECT_EQ(submit_held(1).get().kind(), ErrorKind::kShardReadOnly);
  EXPECT_EQ(shard_->submit(upsert(2), model::Durability::kSynced, {}).problem.kind(), ErrorKind::kShardReadOnly);
}

TEST_F(GroupCommit, SeveralCommandsPayOneSync) {
  std::vector<model::Command> commands;
  for (std::uint64_t id = 1; id <= 50; ++id) commands.emplace_back(upsert(id));
  const std::uint64_t before = syncs();
  const auto outcomes = shard_->submit_all(commands, model::Durability::kSynced, {});
  EXPECT_EQ(syncs() - before, 1U);
  ASSERT_EQ(outcomes.size(), 50U);
  for (const Outcome& outcome : outcomes) {
    EXPECT_TRUE(outcome.problem.ok());
    EXPECT_EQ(outcome.result.state, model::UpdateResult::State::kCompleted);
  }
}

TEST_F(GroupCommit, ABatchWhoseSyncFailsHasAProblem) {
  const std::vector<model::Command> commands{upsert(1), upsert(2)};
  disk_.set_fault({.call = 1, .only = "sync"});
  const auto outcomes = shard_->submit_all(commands, model::Durability::kSynced, {});
  EXPECT_EQ(outcomes.back().problem.kind(), ErrorKind::kShardReadOnly);
}

TEST_F(GroupCommit, TheWaitForAnotherWriterEndsWithTheDeadlineOrTheClient) {
  std::promise<void> writing;
  std::promise<void> go_on;
  // A writer that the disk holds up while it has the lock.
  disk_.set_fault({.call = 1, .only = "append", .instead = [&] {
                     writing.set_value();
                     go_on.get_future().wait();
                   }});
  auto slow = std::async(std::launch::async, [&] { return shard_->submit(upsert(1), model::Durability::kSynced, {}); });
  writing.get_future().wait();
  const observe::OpContext hasty(base::Deadline::after(std::chrono::milliseconds(30)));
  EXPECT_EQ(shard_->submit(upsert(2), model::Durability::kSynced, hasty).problem.code(), StatusCode::kDeadlineExceeded);
  const observe::OpContext gone;
  gone.stop_flag()->store(true);
  EXPECT_EQ(shard_->submit(upsert(3), model::Durability::kSynced, gone).problem.code(), StatusCode::kCancelled);
  go_on.set_value();
  EXPECT_TRUE(slow.get().problem.ok());
  EXPECT_EQ(shard_->stats().points_count, 2U);  // What gave up did nothing.
}

}  // namespace
}  // namespace alidade::shard
