// The log stays short under every mix of operations, of one shard and of all.
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <thread>

#include "env/memory/memory_env.h"
#include "shard/shard.h"

namespace alidade::shard {
namespace {

using env::MemoryEnv;
using model::PointId;

constexpr std::uint64_t kThresholdBytes = 4096;
constexpr std::uint64_t kSegmentBytes = 1024;

class LogBoundTest : public testing::Test {
 protected:
  LogBoundTest()
      : log_(observe::LogLevel::kOff, [] { return std::int64_t{0}; }),
        background_(Background::Options{}),
        runtime_{env_, log_, background_, {.checkpoint_log_bytes = kThresholdBytes,
                                          .first_log_segment_bytes = kSegmentBytes,
                                          .max_log_segment_bytes = kSegmentBytes}} {
    background_.set_paused(true);  // Maintenance runs when a test calls it.
    config_.vectors[""] = {4, model::Distance::kDot, std::nullopt};
    config_.optimizers.indexing_threshold = 0;
    shard_ = make("data");
  }

  std::shared_ptr<Shard> make(const std::string& folder) {
    EXPECT_TRUE(env_.create_directory(folder).ok());
    EXPECT_TRUE(env_.sync_directory(".").ok());
    auto opened = Shard::open(runtime_, folder, config_);
    EXPECT_TRUE(opened.ok()) << opened.status().to_string();
    return *opened;
  }
  static model::UpsertPoints upsert(std::uint64_t id, std::string payload) {
    model::UpsertPoints command;
    const float row[4] = {1, 2, 3, static_cast<float>(id)};
    command.points.ids = {PointId::from_number(id)};
    command.points.column("").set_row(0, row, 4);
    command.points.payloads = {std::move(payload)};
    return command;
  }
  static model::DeletePoints remove(std::uint64_t id) {
    return {{std::vector{PointId::from_number(id)}, std::nullopt}, std::nullopt, false};
  }
  Outcome submit(model::Command command, const observe::OpContext& context = {}) {
    return shard_->submit(command, model::Durability::kSynced, context);
  }
  std::uint64_t log_files_bytes() {
    std::uint64_t bytes = 0;
    const auto files = env_.list_directory("data/log");
    if (!files.ok()) return 0;
    for (const auto& file : *files) bytes += file.size_bytes;
    return bytes;
  }
  MemoryEnv env_;
  observe::Log log_;
  Background background_;
  Runtime runtime_;
  model::CollectionConfig config_;
  std::shared_ptr<Shard> shard_;
};

TEST_F(LogBoundTest, EveryMixOfOperationsStaysBelowTheBound) {
  const std::string text(200, 'x');
  for (std::uint64_t i = 0; i < 600; ++i) {
    const std::uint64_t id = i % 40;
    switch (i % 6) {
      case 0: submit(upsert(id, R"({"text":")" + text + "\"}")); break;
      case 1: submit(model::SetPayload{{std::vector{PointId::from_number(id)}, std::nullopt},
                                       R"({"text":")" + text + "y\"}", std::nullopt}); break;
      case 2: submit(remove(id)); break;
      case 3: submit(model::CreateFieldIndex{"text", {model::FieldType::kKeyword, {}}}); break;
      case 4: submit(model::DeleteFieldIndex{"text"}); break;
      // Refused: the id is unknown. It may take a number, and so a record.
      default: submit(model::SetPayload{{std::vector{PointId::from_number(999)}, std::nullopt},
                                        R"({"a":1})", std::nullopt}); break;
    }
    shard_->maintain();
    EXPECT_LE(log_files_bytes(), kThresholdBytes + 3 * kSegmentBytes) << "after operation " << i;
  }
}

TEST_F(LogBoundTest, NoCheckpointIsDueOnEveryWrite) {
  const std::string text(500, 'x');
  std::uint64_t checkpoints = 0;
  std::uint64_t before = 0;
  for (std::uint64_t id = 0; id < 200; ++id) {
    submit(upsert(id, R"({"text":")" + text + "\"}"));
    shard_->maintain();
    const std::uint64_t now = shard_->replay_bytes();
    checkpoints += now < before ? 1 : 0;
    before = now;
  }
  // 200 records of about 600 bytes over 4,096 bytes.
  EXPECT_GT(checkpoints, 15U);
  EXPECT_LT(checkpoints, 50U);
}

TEST_F(LogBoundTest, WritersWaitForTheCheckpointAboveTheHardBound) {
  const std::string payload = R"({"text":")" + std::string(1000, 'x') + "\"}";
  std::uint64_t id = 0;
  Outcome outcome;
  do {
    observe::OpContext context(base::Deadline::after(std::chrono::milliseconds(50)));
    outcome = submit(upsert(++id, payload), context);
  } while (outcome.problem.ok() && id < 100);
  EXPECT_EQ(outcome.problem.code(), StatusCode::kDeadlineExceeded) << outcome.problem.to_string();
  EXPECT_LE(shard_->replay_bytes(), 4 * kThresholdBytes + 2048);
  EXPECT_EQ(shard_->stats().points_count, id - 1);
  // Deletes go further: they are how a user makes room.
  EXPECT_TRUE(submit(remove(1)).problem.ok());
  // A writer that waits goes on as soon as there is a checkpoint.
  std::thread maintainer([&] { shard_->maintain(); });
  EXPECT_TRUE(submit(upsert(id, payload)).problem.ok());
  maintainer.join();
  EXPECT_LT(shard_->replay_bytes(), kThresholdBytes);
}

TEST_F(LogBoundTest, ManySmallLogsAreBoundedTogether) {
  std::vector<std::shared_ptr<Shard>> shards;
  const std::string payload = R"({"text":")" + std::string(1000, 'x') + "\"}";
  for (int i = 0; i < 40; ++i) {
    shards.push_back(make("data" + std::to_string(i)));
    const auto outcome = shards.back()->submit(upsert(1, payload), model::Durability::kLogged, {});
    ASSERT_TRUE(outcome.problem.ok()) << outcome.problem.to_string();
    // What the background thread does.
    for (const auto& shard : shards) {
      if (shard->is_checkpoint_wanted()) shard->maintain();
    }
  }
  EXPECT_LE(background_.logs().bytes(), 8 * kThresholdBytes + 2048);
  EXPECT_GT(background_.logs().bytes(), 4 * kThresholdBytes);
  for (const auto& shard : shards) shard->close();
  EXPECT_EQ(background_.logs().bytes(), 0U);
}

// A shard may be asked while its checkpoint is already being written; then it has nothing to do when its turn comes.
TEST_F(LogBoundTest, AShardWithNothingToDoPassesItsTurnOn) {
  std::vector<std::shared_ptr<Shard>> shards;
  const std::string payload = R"({"text":")" + std::string(1000, 'x') + "\"}";
  const auto asked = [&] {
    return std::find_if(shards.begin(), shards.end(), [](const auto& shard) { return shard->is_checkpoint_wanted(); });
  };
  for (int i = 0; i < 45; ++i) {
    shards.push_back(make("data" + std::to_string(i)));
    ASSERT_TRUE(shards.back()->submit(upsert(1, payload), model::Durability::kLogged, {}).problem.ok());
  }
  ASSERT_GT(background_.logs().bytes(), 8 * kThresholdBytes);
  ASSERT_NE(asked(), shards.end());
  ASSERT_TRUE((*asked())->checkpoint().ok());
  for (auto next = asked(); next != shards.end(); next = asked()) (*next)->maintain();
  EXPECT_LE(background_.logs().bytes(), 8 * kThresholdBytes);
}

}  // namespace
}  // namespace alidade::shard
