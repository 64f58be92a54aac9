// A shard over a file system in memory: what survives closing, killing and power loss.
#include "shard/shard.h"

#include <gtest/gtest.h>

#include <future>
#include <utility>

#include "base/json.h"
#include "env/faulty/faulty_env.h"
#include "env/memory/memory_env.h"
#include "query/filter/filter.h"
#include "query/search.h"

namespace alidade::shard {
namespace {

using env::MemoryEnv;
using model::PointId;

class ShardTest : public testing::Test {
 protected:
  ShardTest()
      : log_(observe::LogLevel::kOff, [] { return std::int64_t{0}; }),
        background_(Background::Options{}),
        runtime_{env_, log_, background_, ShardOptions{}} {
    background_.set_paused(true);  // Maintenance runs when a test calls it.
    config_.vectors[""] = {4, model::Distance::kCosine, std::nullopt};
    EXPECT_TRUE(env_.create_directory("data").ok());
    EXPECT_TRUE(env_.sync_directory(".").ok());
    open();
  }

  void open() { open_on(env_); }

  /// Opens it on another Env over the same files, borrowed until the next open().
  void open_on(env::Env& env) {
    shard_.reset();
    auto opened = Shard::open(Runtime{env, log_, background_, ShardOptions{}}, "data", config_);
    ASSERT_TRUE(opened.ok()) << opened.status().to_string();
    shard_ = *opened;
  }

  Outcome submit(model::Command command, model::Durability durability = model::Durability::kSynced) {
    return shard_->submit(command, durability, {});
  }

  static model::UpsertPoints upsert(std::uint64_t id, std::vector<float> vector, std::string payload) {
    model::UpsertPoints command;
    command.points.ids = {PointId::from_number(id)};
    command.points.column("").set_row(0, vector.data(), static_cast<std::uint32_t>(vector.size()));
    command.points.payloads = {std::move(payload)};
    return command;
  }

  /// The payload, or "-" when the point is not there.
  std::string payload(std::uint64_t id) const {
    const auto view = shard_->read_view();
    const auto offset = view.segment().find(PointId::from_number(id));
    if (!offset) return "-";
    const auto text = view.segment().payload_text(*offset);
    return text.ok() ? *text : text.status().to_string();
  }

  std::uint64_t count() const { return shard_->stats().points_count; }

  std::vector<std::uint64_t> nearest(std::vector<float> vector, std::size_t k) const {
    query::ResolvedQuery query;
    query.kind = query::Nearest{query::share(std::move(vector))};
    query.limit = k;
    const auto view = shard_->read_view();
    const auto hits = query::search(view.segment(), query, 1, {});
    EXPECT_TRUE(hits.ok()) << hits.status().to_string();
    std::vector<std::uint64_t> ids;
    for (const auto& hit : hits->points) ids.push_back(view.segment().id(hit.offset).number());
    return ids;
  }

  MemoryEnv env_;
  observe::Log log_;
  Background background_;
  Runtime runtime_;
  model::CollectionConfig config_;
  std::shared_ptr<Shard> shard_;
};

TEST_F(ShardTest, NumbersOperationsFromOneAndKeepsThemAcrossARestart) {
  EXPECT_EQ(submit(upsert(1, {1, 0, 0, 0}, R"({"a":1})")).result.operation.value, 1U);
  EXPECT_EQ(submit(model::CreateFieldIndex{"a", {model::FieldType::kInteger, {}}}).result.operation.value, 3U);
  open();
  EXPECT_EQ(submit(upsert(2, {0, 1, 0, 0}, "")).result.operation.value, 4U);
}

TEST_F(ShardTest, FindsEverythingAfterReopeningFromTheLog) {
  submit(upsert(1, {1, 0, 0, 0}, R"({"a":1})"));
  submit(upsert(2, {0, 1, 0, 0}, R"({"a":2})"));
  submit(upsert(2, {0, 0, 1, 0}, R"({"a":3})"));
  submit(model::DeletePoints{{std::vector{PointId::from_number(1)}, std::nullopt}, std::nullopt, false});
  open();
  EXPECT_EQ(count(), 1U);
  EXPECT_EQ(payload(1), "-");
  EXPECT_EQ(payload(2), R"({"a":3})");
  EXPECT_EQ(nearest({0, 0, 1, 0}, 5), std::vector<std::uint64_t>{2});
}

TEST_F(ShardTest, FindsEverythingAfterACheckpointAndWhatCameBehindIt) {
  for (std::uint64_t id = 0; id < 50; ++id) {
    submit(upsert(id, {1, static_cast<float>(id), 0, 0}, R"({"n":)" + std::to_string(id) + "}"));
  }
  submit(model::CreateFieldIndex{"n", {model::FieldType::kInteger, {}}});
  ASSERT_TRUE(shard_->checkpoint().ok());
  submit(upsert(7, {5, 5, 5, 5}, R"({"n":700})"));
  submit(model::SetPayload{{std::vector{PointId::from_number(8)}, std::nullopt}, R"({"m":true})", std::nullopt});
  open();
  EXPECT_EQ(count(), 50U);
  EXPECT_EQ(payload(7), R"({"n":700})");
  EXPECT_EQ(payload(8), R"({"n":8,"m":true})");
  EXPECT_EQ(payload(49), R"({"n":49})");
  const auto view = shard_->read_view();
  EXPECT_EQ(view.segment().payload_indexes().points_count("n"), 50U);
}

TEST_F(ShardTest, KeepsEveryWaitedWriteThroughPowerLoss) {
  for (std::uint64_t id = 0; id < 20; ++id) {
    submit(upsert(id, {1, 0, 0, static_cast<float>(id)}, R"({"n":1})"));
    if (id % 7 == 3) {
      ASSERT_TRUE(shard_->checkpoint().ok());
    }
    shard_.reset();
    env_.crash(MemoryEnv::Unsynced::kLost);
    open();
    EXPECT_EQ(count(), id + 1);
  }
}

TEST_F(ShardTest, KeepsAnUnwaitedWriteThroughKillAndSyncsItWhenAsked) {
  EXPECT_EQ(submit(upsert(1, {1, 0, 0, 0}, ""), model::Durability::kLogged).result.state,
            model::UpdateResult::State::kAcknowledged);
  shard_.reset();
  env_.crash(MemoryEnv::Unsynced::kKept);
  open();
  EXPECT_EQ(count(), 1U);
  submit(upsert(2, {1, 0, 0, 0}, ""), model::Durability::kLogged);
  shard_->sync_logged();
  shard_.reset();
  env_.crash(MemoryEnv::Unsynced::kLost);
  open();
  EXPECT_EQ(count(), 2U);
}

TEST_F(ShardTest, RefusesAWrongVectorBeforeItIsLogged) {
  const auto wrong = submit(upsert(1, {1, 2, 3}, ""));
  EXPECT_EQ(wrong.problem.kind(), ErrorKind::kDimensionMismatch);
  EXPECT_EQ(wrong.problem.arg(0), "4");
  EXPECT_EQ(wrong.problem.arg(1), "3");
  EXPECT_EQ(submit(upsert(1, {1, 0, 0, 0}, "")).result.operation.value, 1U);
}

TEST_F(ShardTest, KeepsVectorsOfAnyFloatsAndFindsTheirNeighbours) {
  submit(upsert(1, {1, 0, 0, 0}, ""));
  EXPECT_TRUE(submit(upsert(2, {NAN, 0, 0, 0}, "")).problem.ok());
  EXPECT_TRUE(submit(upsert(3, {INFINITY, -INFINITY, 0, 0}, "")).problem.ok());
  open();
  EXPECT_EQ(count(), 3U);
  EXPECT_EQ(nearest({1, 0, 0, 0}, 3).front(), 1U);
  EXPECT_EQ(nearest({NAN, 0, 0, 0}, 3).size(), 3U);
}

TEST_F(ShardTest, ChangesKnownPointsOfARequestThatNamesUnknownOnes) {
  submit(upsert(1, {1, 0, 0, 0}, ""));
  const auto outcome = submit(model::SetPayload{
      {std::vector{PointId::from_number(9), PointId::from_number(1)}, std::nullopt}, R"({"a":1})", std::nullopt});
  EXPECT_EQ(outcome.problem.kind(), ErrorKind::kPointNotFound);
  EXPECT_EQ(outcome.problem.arg(0), "9");
  EXPECT_EQ(payload(1), R"({"a":1})");
}

TEST_F(ShardTest, MergesInTurnWhenAnIdComesTwice) {
  model::MergePoints command;
  command.points.ids = {PointId::from_number(1), PointId::from_number(1)};
  command.points.payloads = {R"({"a":1,"b":1})", R"({"b":null,"c":2})"};
  const float row[4] = {1, 0, 0, 0};
  command.points.column("").set_row(0, row, 4);
  command.points.column("").set_row(1, row, 4);
  EXPECT_TRUE(submit(command).problem.ok());
  EXPECT_EQ(payload(1), R"({"a":1,"c":2})");
  EXPECT_EQ(count(), 1U);
}

TEST_F(ShardTest, LetsTheFirstVectorDecideAnOpenDimension) {
  env_.create_directory("open").ignore();
  config_.vectors[""].size = 0;
  auto opened = Shard::open(runtime_, "open", config_);
  ASSERT_TRUE(opened.ok());
  shard_ = *opened;
  EXPECT_TRUE(submit(upsert(1, {1, 0}, "")).problem.ok());
  EXPECT_EQ(submit(upsert(2, {1, 0, 0}, "")).problem.kind(), ErrorKind::kDimensionMismatch);
  ASSERT_TRUE(shard_->checkpoint().ok());
  shard_.reset();
  opened = Shard::open(runtime_, "open", config_);
  ASSERT_TRUE(opened.ok()) << opened.status().to_string();
  shard_ = *opened;
  EXPECT_EQ(nearest({2, 0}, 3), std::vector<std::uint64_t>{1});
}

TEST_F(ShardTest, PutsRowsIntoTheGraphAndLoadsItAgain) {
  std::uint64_t id = 0;
  for (int batch = 0; batch < 30; ++batch) {
    model::UpsertPoints command;
    for (int i = 0; i < 100; ++i, ++id) {
      const float row[4] = {1, static_cast<float>(id % 97), static_cast<float>(id % 31), static_cast<float>(id)};
      command.points.column("").set_row(command.points.ids.size(), row, 4);
      command.points.ids.push_back(PointId::from_number(id));
    }
    submit(command, model::Durability::kLogged);
  }
  while (shard_->maintain()) {
  }
  const auto graphed = [&] {
    const auto view = shard_->read_view();
    return view.segment().indexed_rows(*view.segment().find_vector(""));
  };
  EXPECT_EQ(graphed(), 3000U);
  ASSERT_TRUE(shard_->checkpoint().ok());
  open();
  EXPECT_EQ(graphed(), 3000U);
}

TEST_F(ShardTest, RepeatedCheckpointsLoseNothing) {
  submit(upsert(1, {1, 0, 0, 0}, R"({"a":1})"));
  ASSERT_TRUE(shard_->checkpoint().ok());
  submit(upsert(2, {1, 0, 0, 0}, R"({"a":2})"));
  ASSERT_TRUE(shard_->checkpoint().ok());
  ASSERT_TRUE(shard_->checkpoint().ok());
  open();
  EXPECT_EQ(count(), 2U);
  EXPECT_EQ(payload(2), R"({"a":2})");
}

TEST_F(ShardTest, ReplaysWhatWasWrittenAmidACheckpoint) {
  env::FaultyEnv disk(env_);
  open_on(disk);
  submit(upsert(1, {1, 0, 0, 0}, R"({"a":1})"));
  // Behind the cut and before the manifest, which must not say that it covers this.
  Outcome amid;
  disk.set_fault({.call = 1, .only = "append", .instead = [&] {
                    amid = submit(upsert(2, {1, 0, 0, 0}, R"({"a":2})"));
                  }});
  ASSERT_TRUE(shard_->checkpoint().ok());
  ASSERT_EQ(disk.failures(), 1U);
  ASSERT_TRUE(amid.problem.ok()) << amid.problem.to_string();
  open();
  EXPECT_EQ(payload(1), R"({"a":1})");
  EXPECT_EQ(payload(2), R"({"a":2})");
}

TEST_F(ShardTest, ClosingWaitsForTheCheckpointThatIsBeingWritten) {
  env::FaultyEnv disk(env_);
  open_on(disk);
  ASSERT_TRUE(submit(upsert(1, {1, 0, 0, 0}, R"({"a":1})")).problem.ok());
  std::promise<void> writing;
  std::promise<void> go_on;
  // The first file of the checkpoint waits.
  disk.set_fault({.call = 1, .only = "append", .instead = [&] {
                    writing.set_value();
                    go_on.get_future().wait();
                  }});
  auto checkpoint = std::async(std::launch::async, [&] { return shard_->checkpoint(); });
  writing.get_future().wait();
  auto closing = std::async(std::launch::async, [&] { shard_->close(); });
  EXPECT_EQ(closing.wait_for(std::chrono::milliseconds(100)), std::future_status::timeout);
  go_on.set_value();
  EXPECT_TRUE(checkpoint.get().ok());
  closing.get();
  shard_.reset();  // It borrows the disk of this test.
}

class FullDiskTest : public ShardTest {
 protected:
  FullDiskTest() : disk_(env_), full_runtime_{disk_, log_, background_, ShardOptions{}} {
    full_runtime_.reserve = std::make_shared<env::DiskReserve>(disk_, "RESERVE", 1000);
    EXPECT_TRUE(full_runtime_.reserve->admit().ok());
    shard_.reset();
    auto opened = Shard::open(full_runtime_, "data", config_);
    EXPECT_TRUE(opened.ok());
    shard_ = *opened;
  }

  /// From now on no space can be reserved.
  void fill() {
    disk_.set_fault({.call = 1, .repeat = env::FaultyEnv::Repeat::kFromThenOn, .status = Status(StatusCode::kOutOfSpace, "full"),
                     .only = "preallocate"});
  }

  env::FaultyEnv disk_;
  Runtime full_runtime_;
};

TEST_F(FullDiskTest, RefusesWritesAndGoesOnWhenThereIsSpace) {
  ASSERT_TRUE(submit(upsert(1, {1, 0, 0, 0}, R"({"a":1})")).problem.ok());
  const std::string large = R"({"a":")" + std::string(1 << 20, 'x') + R"("})";
  fill();
  EXPECT_EQ(submit(upsert(2, {1, 0, 0, 0}, large)).problem.code(), StatusCode::kOutOfSpace);
  EXPECT_EQ(count(), 1U);
  EXPECT_EQ(nearest({1, 0, 0, 0}, 1), std::vector<std::uint64_t>{1});
  disk_.heal();
  EXPECT_TRUE(submit(upsert(2, {1, 0, 0, 0}, large)).problem.ok());
  EXPECT_EQ(count(), 2U);
}

TEST_F(FullDiskTest, GivesTheReserveToDeletionsAlone) {
  ASSERT_TRUE(submit(upsert(1, {1, 0, 0, 0}, R"({"a":1})")).problem.ok());
  auto reopened = Shard::open(full_runtime_, "data", config_);
  ASSERT_TRUE(reopened.ok());
  shard_ = *reopened;
  // The reopened segment has to reserve its space again.
  model::DeletePoints deletion;
  deletion.selector.ids = {PointId::from_number(1)};
  fill();
  EXPECT_EQ(submit(deletion).problem.code(), StatusCode::kOutOfSpace);
  EXPECT_FALSE(full_runtime_.reserve->is_whole());
  // Space for the deletion's record only: a deletion works, and nothing else asks the log at all.
  disk_.heal();
  EXPECT_TRUE(submit(deletion).problem.ok());
  EXPECT_FALSE(full_runtime_.reserve->is_whole());
  EXPECT_EQ(payload(1), "-");
  fill();
  EXPECT_EQ(submit(upsert(2, {1, 0, 0, 0}, "")).problem.code(), StatusCode::kOutOfSpace);
  disk_.heal();
  EXPECT_TRUE(submit(upsert(2, {1, 0, 0, 0}, "")).problem.ok());
  EXPECT_TRUE(full_runtime_.reserve->is_whole());
}

TEST_F(FullDiskTest, ADeletionIsDoneInTheSpaceOfTheReserve) {
  ASSERT_TRUE(submit(upsert(1, {1, 0, 0, 0}, R"({"a":1})")).problem.ok());
  auto reopened = Shard::open(full_runtime_, "data", config_);
  ASSERT_TRUE(reopened.ok());
  shard_ = *reopened;
  // There is space once the reserve is given away.
  disk_.set_fault({.call = 1, .repeat = env::FaultyEnv::Repeat::kFromThenOn, .status = Status(StatusCode::kOutOfSpace, "full"),
                   .only = "preallocate", .condition = [this] { return env_.exists("RESERVE"); }});
  EXPECT_EQ(submit(upsert(2, {1, 0, 0, 0}, "")).problem.code(), StatusCode::kOutOfSpace);
  EXPECT_TRUE(full_runtime_.reserve->is_whole());
  model::DeletePoints deletion;
  deletion.selector.ids = {PointId::from_number(1)};
  EXPECT_TRUE(submit(deletion).problem.ok());
  EXPECT_EQ(payload(1), "-");
  EXPECT_FALSE(full_runtime_.reserve->is_whole());
}

TEST_F(FullDiskTest, ACheckpointThatFindsNoSpaceLeavesNoFiles) {
  ASSERT_TRUE(submit(upsert(1, {1, 0, 0, 0}, R"({"a":1})")).problem.ok());
  ASSERT_TRUE(submit(model::CreateFieldIndex{"a", {model::FieldType::kInteger, {}}}).problem.ok());
  for (std::uint64_t call = 1; call < 100; ++call) {
    disk_.set_fault({.call = call, .status = Status(StatusCode::kOutOfSpace, "full"), .only = "append"});
    const Status written = shard_->checkpoint();
    if (written.ok()) {
      EXPECT_GT(call, 4U);
      return;
    }
    EXPECT_EQ(written.code(), StatusCode::kOutOfSpace);
    const auto entries = env_.list_directory("data");
    for (const auto& entry : *entries) EXPECT_TRUE(entry.is_directory) << entry.name;
  }
  FAIL() << "no checkpoint without a fault";
}

}  // namespace
}  // namespace alidade::shard
