// What a stop writes: little, whatever there is, and nothing of what has not changed.
#include <gtest/gtest.h>

#include <algorithm>

#include "collection/catalogue.h"
#include "env/memory/memory_env.h"
#include "env/recording/recording_env.h"

namespace alidade::collection {
namespace {

using env::TraceEntry;
using model::PointId;

// As the server's, but for the rows of a graph, which take a test long to build.
constexpr Catalogue::CheckpointLimits kLimits{
    .min_log_bytes = 1 << 20, .min_graph_rows = 1500, .few = 0, .budget = std::chrono::seconds(3)};

class StopTest : public testing::Test {
 protected:
  StopTest() : log_(observe::LogLevel::kOff, [] { return std::int64_t{0}; }) { start(); }

  void start() {
    // Long enough for nothing to be synced before the stop.
    background_.emplace(shard::Background::Options{.runner = shard::Background::Runner::kThreads,
                                                   .sync_interval = std::chrono::hours(1)});
    background_->set_paused(true);
    auto opened = Catalogue::open({recording_, log_, *background_, {.disk_reserve_bytes = 0}}, "data");
    ASSERT_TRUE(opened.ok()) << opened.status().to_string();
    catalogue_ = std::move(*opened);
    recording_.clear();
  }
  /// In the server's order.
  void stop(const Catalogue::CheckpointLimits& limits = kLimits) {
    recording_.clear();
    background_->stop();
    catalogue_->checkpoint_all(limits);
    catalogue_.reset();
  }

  void create(const std::string& name) {
    model::CollectionConfig config;
    config.vectors[""] = {8, model::Distance::kDot, std::nullopt};
    config.optimizers.indexing_threshold = 1;
    ASSERT_TRUE(catalogue_->create(model::CollectionRef::by_name(name), config).ok());
  }
  std::shared_ptr<shard::Shard> shard(const std::string& name) {
    return *(*catalogue_->find(model::CollectionRef::by_name(name)))->shard();
  }
  void write(const std::string& name, std::uint64_t count, std::size_t payload_bytes, model::Durability durability) {
    model::UpsertPoints command;
    for (std::uint64_t i = 0; i < count; ++i) {
      const float row[8] = {1, static_cast<float>(i % 97), static_cast<float>(i % 31), static_cast<float>(i)};
      command.points.ids.push_back(PointId::from_number(i));
      command.points.column("").set_row(i, row, 8);
      command.points.payloads.push_back(R"({"t":")" + std::string(payload_bytes, 'x') + "\"}");
    }
    ASSERT_TRUE(shard(name)->submit(command, durability, {}).problem.ok());
  }

  std::uint64_t changes(TraceEntry::Kind kind) const {
    const auto trace = recording_.trace();
    return static_cast<std::uint64_t>(
        std::count_if(trace.begin(), trace.end(), [&](const TraceEntry& entry) { return entry.kind == kind; }));
  }

  env::MemoryEnv memory_;
  env::RecordingEnv recording_{memory_};
  observe::Log log_;
  std::optional<shard::Background> background_;
  std::unique_ptr<Catalogue> catalogue_;
};

TEST_F(StopTest, OfAStoreThatHasNotChangedWritesNothing) {
  create("small");
  create("large");
  create("empty");
  write("small", 10, 20, model::Durability::kSynced);
  write("large", 2000, 1000, model::Durability::kSynced);
  stop();
  EXPECT_TRUE(memory_.exists("data/collections"));
  for (int again = 0; again < 2; ++again) {
    start();
    EXPECT_EQ(shard("large")->stats().points_count, 2000U);
    stop();
    EXPECT_EQ(recording_.trace_size(), 0U);
  }
}

TEST_F(StopTest, OfManySmallCollectionsSyncsEachLogOnceAndWritesNothing) {
  constexpr std::uint64_t kCollections = 100;
  for (std::uint64_t i = 0; i < kCollections; ++i) {
    create("c" + std::to_string(i));
    write("c" + std::to_string(i), 10, 20, model::Durability::kLogged);
  }
  stop();
  EXPECT_EQ(changes(TraceEntry::Kind::kSync), kCollections);
  EXPECT_EQ(recording_.trace_size(), kCollections);
  // They survive a power loss.
  memory_.crash(env::MemoryEnv::Unsynced::kLost);
  start();
  for (std::uint64_t i = 0; i < kCollections; ++i) {
    EXPECT_EQ(shard("c" + std::to_string(i))->stats().points_count, 10U);
  }
}

TEST_F(StopTest, WritesTheCheckpointsThatShortenTheNextStart) {
  create("long_log");
  create("new_graph");
  create("small");
  write("long_log", 1200, 1000, model::Durability::kSynced);
  write("new_graph", 2000, 1, model::Durability::kSynced);
  write("small", 10, 20, model::Durability::kSynced);
  // Its log is covered, its graph is not.
  ASSERT_TRUE(shard("new_graph")->checkpoint().ok());
  while (shard("new_graph")->maintain()) {
  }
  stop();
  EXPECT_EQ(changes(TraceEntry::Kind::kRename), 2U);  // A manifest each.
  start();
  EXPECT_EQ(shard("long_log")->unsaved().log_bytes, 0U);
  EXPECT_GT(shard("small")->unsaved().log_bytes, 0U);
  EXPECT_EQ(shard("new_graph")->unsaved().graph_rows, 0U);
  const auto graph = shard("new_graph");
  EXPECT_EQ(graph->read_view().segment().vectors()[0]->graphed_rows, 2000U);
}

TEST_F(StopTest, OfAFewSmallCollectionsWritesTheLongestLogs) {
  create("short");
  create("shorter");
  create("long");
  write("short", 20, 20, model::Durability::kSynced);
  write("shorter", 10, 20, model::Durability::kSynced);
  write("long", 100, 20, model::Durability::kSynced);
  Catalogue::CheckpointLimits limits = kLimits;
  limits.few = 2;
  stop(limits);
  EXPECT_EQ(changes(TraceEntry::Kind::kRename), 2U);
  start();
  EXPECT_EQ(shard("long")->unsaved().log_bytes, 0U);
  EXPECT_EQ(shard("short")->unsaved().log_bytes, 0U);
  EXPECT_GT(shard("shorter")->unsaved().log_bytes, 0U);
}

TEST_F(StopTest, BeginsNoCheckpointForWhichThereIsNoTime) {
  create("long_log");
  write("long_log", 2000, 1000, model::Durability::kSynced);
  stop({.min_log_bytes = 1 << 20, .min_graph_rows = 1500, .few = 10, .budget = std::chrono::milliseconds(1)});
  EXPECT_EQ(recording_.trace_size(), 0U);
  start();
  EXPECT_EQ(shard("long_log")->stats().points_count, 2000U);
}

}  // namespace
}  // namespace alidade::collection
