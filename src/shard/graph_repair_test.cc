// Deleted rows leave the lists of a graph in the background, and searches go on finding the others.
#include <gtest/gtest.h>

#include <random>

#include "env/memory/memory_env.h"
#include "shard/shard.h"

namespace alidade::shard {
namespace {

constexpr std::uint32_t kRepairDim = 8, kRepairRows = 2500;

class ShardGraphRepairTest : public testing::Test {
 protected:
  ShardGraphRepairTest()
      : log_(observe::LogLevel::kOff, [] { return std::int64_t{0}; }, [](std::string_view) {}),
        background_({.runner = Background::Runner::kCaller}), runtime_{env_, log_, background_, {}} {
    config_.vectors[""] = {kRepairDim, model::Distance::kCosine, std::nullopt};
    config_.optimizers.indexing_threshold = 1;
    EXPECT_TRUE(env_.create_directory("data").ok());
    open();
  }

  void open() {
    shard_.reset();
    auto opened = Shard::open(runtime_, "data", config_);
    ASSERT_TRUE(opened.ok()) << opened.status().to_string();
    shard_ = *opened;
  }
  void submit(model::Command command) {
    const Outcome outcome = shard_->submit(command, model::Durability::kLogged, {});
    ASSERT_TRUE(outcome.problem.ok()) << outcome.problem.to_string();
  }
  void upsert(std::uint64_t first, std::uint64_t count) {
    model::UpsertPoints command;
    for (std::uint64_t i = 0; i < count; ++i) {
      command.points.ids.push_back(model::PointId::from_number(first + i));
      float values[kRepairDim];
      for (float& value : values) value = static_cast<float>(random_() % 2001) / 1000 - 1;
      command.points.column("").set_row(i, values, kRepairDim);
    }
    submit(command);
  }
  void remove(std::uint64_t first, std::uint64_t end) {
    std::vector<model::PointId> ids;
    for (std::uint64_t id = first; id < end; ++id) ids.push_back(model::PointId::from_number(id));
    submit(model::DeletePoints{{ids, std::nullopt}, std::nullopt, false});
  }
  const index::HnswGraph& graph() const {
    const auto view = shard_->read_view();
    return *view.segment().find_vector("")->graph;
  }
  /// Of the row's own vector: the row itself must come first.
  void expect_found(std::uint64_t id) const {
    const auto view = shard_->read_view();
    const segment::Segment& segment = view.segment();
    const auto offset = segment.find(model::PointId::from_number(id));
    ASSERT_TRUE(offset);
    const auto values = *segment.vector(*segment.find_vector(""), *offset, segment::VectorForm::kStored);
    const auto query = segment.prepare_query(*segment.find_vector(""), values);
    const auto hits = segment.search({.name = "", .query = &query, .limit = 10, .ef = 64}, nullptr, segment.live_count(), {});
    ASSERT_TRUE(hits.ok());
    ASSERT_EQ(hits->size(), 10U);
    EXPECT_EQ(segment.id(hits->front().offset), model::PointId::from_number(id));
    for (const auto& hit : *hits) EXPECT_TRUE(segment.live().test(hit.offset.value));
  }

  env::MemoryEnv env_;
  observe::Log log_;
  Background background_;
  Runtime runtime_;
  model::CollectionConfig config_;
  std::shared_ptr<Shard> shard_;
  std::mt19937 random_{5};
};

TEST_F(ShardGraphRepairTest, DeletedRowsLeaveTheGraph) {
  upsert(0, kRepairRows);
  background_.run_maintenance(100000);
  EXPECT_EQ(graph().unlinked_count(), 0U);
  remove(0, 100);  // Too few to care.
  background_.run_maintenance(100000);
  EXPECT_EQ(graph().unlinked_count(), 0U);
  remove(100, 900);
  background_.run_maintenance(100000);
  EXPECT_EQ(graph().unlinked_count(), 900U);
  EXPECT_EQ(graph().linked_count(), kRepairRows - 900);
  for (std::uint64_t id = 900; id < kRepairRows; id += 97) expect_found(id);
}

TEST_F(ShardGraphRepairTest, RowsThatComeAndGoAmidThePassDoNoHarm) {
  upsert(0, kRepairRows);
  background_.run_maintenance(100000);
  remove(0, 900);
  background_.run_maintenance(5);
  EXPECT_EQ(graph().unlinked_count(), 0U);
  upsert(kRepairRows, 300);
  remove(900, 950);
  background_.run_maintenance(7);
  upsert(1000, 100);  // New rows of old points.
  background_.run_maintenance(100000);
  EXPECT_GE(graph().unlinked_count(), 900U);
  for (std::uint64_t id = 950; id < kRepairRows + 300; id += 53) expect_found(id);
}

TEST_F(ShardGraphRepairTest, ARepairedGraphIsTheOneThatIsLoaded) {
  upsert(0, kRepairRows);
  background_.run_maintenance(100000);
  remove(0, 900);
  background_.run_maintenance(100000);
  ASSERT_TRUE(shard_->checkpoint().ok());
  open();
  background_.run_maintenance(100000);
  EXPECT_EQ(graph().unlinked_count(), 900U);  // A pass that finds nothing to do.
  for (std::uint64_t id = 900; id < kRepairRows; id += 97) expect_found(id);
}

}  // namespace
}  // namespace alidade::shard
