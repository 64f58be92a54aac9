// Status and counts of a collection as clients wait for them: green means that nothing is left to be built.
#include <gtest/gtest.h>

#include "collection/catalogue.h"
#include "env/memory/memory_env.h"

namespace alidade::collection {
namespace {

using model::PointId;

class CollectionInfoTest : public testing::Test {
 protected:
  CollectionInfoTest()
      : log_(observe::LogLevel::kOff, [] { return std::int64_t{0}; }),
        background_({.runner = shard::Background::Runner::kCaller, .sync_interval = {}}) {
    open();
  }

  void open() {
    catalogue_.reset();
    auto opened = Catalogue::open({env_, log_, background_, {}}, "data");
    ASSERT_TRUE(opened.ok());
    catalogue_ = std::move(*opened);
  }

  void create(const model::CollectionConfig& config) { ASSERT_TRUE(catalogue_->create(kBooks, config).ok()); }

  static model::CollectionConfig config(std::uint32_t dim, std::uint64_t threshold_kb) {
    model::CollectionConfig config;
    config.vectors[""] = {dim, model::Distance::kDot, std::nullopt};
    config.optimizers.indexing_threshold = threshold_kb;
    return config;
  }

  void upsert(std::uint64_t first, std::uint64_t count, std::uint32_t dim, const std::string& name = "") {
    model::UpsertPoints command;
    std::vector<float> row(dim, 0.5F);
    for (std::uint64_t i = 0; i < count; ++i) {
      row[i % dim] += 0.25F;
      command.points.ids.push_back(PointId::from_number(first + i));
      command.points.column(name).set_row(i, row.data(), dim);
    }
    submit(command);
  }
  void submit(const model::Command& command) {
    const auto outcome = (*collection()->shard())->submit(command, model::Durability::kSynced, {});
    ASSERT_TRUE(outcome.problem.ok()) << outcome.problem.to_string();
  }
  void set_threshold(std::uint64_t kb) {
    ASSERT_TRUE(catalogue_->update(kBooks, std::nullopt, [kb](model::CollectionConfig config) {
      config.optimizers.indexing_threshold = kb;
      return Result<model::CollectionConfig>(std::move(config));
    }).ok());
  }

  std::shared_ptr<Collection> collection() { return *catalogue_->find(kBooks); }
  /// "green 100": the status once the background work is done, and the count.
  std::string status() {
    background_.run_maintenance();
    return status_now();
  }
  std::string status_now() {
    const auto info = collection()->info();
    return std::string(info->optimizing ? "yellow " : "green ") + std::to_string(info->indexed_vectors_count);
  }

  static inline const model::CollectionRef kBooks = model::CollectionRef::by_name("books");
  env::MemoryEnv env_;
  observe::Log log_;
  shard::Background background_;
  std::unique_ptr<Catalogue> catalogue_;
};

// 2^54 kilobytes are 2^64 bytes, which was 0: a threshold above everything became one that is off.
TEST_F(CollectionInfoTest, AThresholdBeyondAllSizesIsAboveEverything) {
  create(config(4, 10));
  for (const std::uint64_t kb : {std::uint64_t{1} << 54, (std::uint64_t{1} << 54) + 1, ~std::uint64_t{0}}) {
    set_threshold(kb);
    EXPECT_EQ(collection()->indexing_threshold_bytes(), ~std::uint64_t{0});
  }
  set_threshold(10);
  EXPECT_EQ(collection()->indexing_threshold_bytes(), 10240U);
}

TEST_F(CollectionInfoTest, IsGreenAndIndexedAboveTheThresholdHoweverFewTheRowsAre) {
  struct Case {
    std::uint32_t dim;
    std::uint64_t count;
    std::uint64_t threshold_kb;
  };
  for (const Case& one : {Case{256, 100, 10}, Case{64, 100, 10}, Case{64, 500, 10}, Case{3072, 900, 10000},
                          Case{64, 999, 10}, Case{64, 1000, 10}, Case{64, 1500, 10}}) {
    create(config(one.dim, one.threshold_kb));
    upsert(0, one.count, one.dim);
    EXPECT_EQ(status(), "green " + std::to_string(one.count)) << one.dim << " x " << one.count;
    open();
    EXPECT_EQ(status(), "green " + std::to_string(one.count)) << "opened again";
    ASSERT_TRUE(catalogue_->drop(kBooks).ok());
  }
}

TEST_F(CollectionInfoTest, CountsNothingBelowTheThreshold) {
  create(config(4, 10000));
  upsert(0, 3000, 4);
  EXPECT_EQ(status(), "green 0");
  EXPECT_GT((*collection()->shard())->read_view().segment().vectors()[0]->graphed_rows, 0U);
  set_threshold(10);
  EXPECT_EQ(status(), "green 3000");
  set_threshold(10000);
  EXPECT_EQ(status(), "green 0");
}

TEST_F(CollectionInfoTest, BuildsNothingWhenTheThresholdIsZeroAndGoesOnWhenItIsSet) {
  create(config(64, 0));
  upsert(0, 2000, 64);
  EXPECT_EQ(status(), "green 0");
  set_threshold(10);
  EXPECT_EQ(status_now(), "yellow 0");
  EXPECT_EQ(status(), "green 2000");
  set_threshold(0);
  upsert(2000, 500, 64);
  EXPECT_EQ(status(), "green 2000");
}

TEST_F(CollectionInfoTest, IsYellowOnlyWhileRowsWaitForTheGraph) {
  create(config(64, 10));
  upsert(0, 1500, 64);
  EXPECT_EQ(status_now(), "yellow 0");
  background_.run_maintenance(1);
  EXPECT_EQ(status_now().substr(0, 6), "yellow");
  EXPECT_EQ(status(), "green 1500");
}

TEST_F(CollectionInfoTest, FollowsDeletions) {
  create(config(256, 10));
  upsert(0, 100, 256);
  model::DeletePoints some;
  some.selector.ids.emplace();
  for (std::uint64_t id = 0; id < 60; ++id) some.selector.ids->push_back(PointId::from_number(id));
  submit(some);
  EXPECT_EQ(status(), "green 40");
  upsert(0, 10, 256);
  EXPECT_EQ(status(), "green 50");
}

TEST_F(CollectionInfoTest, AddsUpTheVectorNamesThatAreAboveTheThreshold) {
  model::CollectionConfig two = config(256, 10);
  two.vectors.clear();
  two.vectors["large"] = {256, model::Distance::kDot, std::nullopt};
  two.vectors["small"] = {2, model::Distance::kDot, std::nullopt};
  create(two);
  upsert(0, 100, 256, "large");
  EXPECT_EQ(status(), "green 100");
  upsert(1000, 30, 2, "small");
  EXPECT_EQ(status(), "green 100");
  upsert(2000, 2000, 2, "small");
  // 130 rows and more than a thousand others: "large" has a graph by now.
  EXPECT_EQ(status(), "green 2130");
}

TEST_F(CollectionInfoTest, WaitsForNothingWhereTheGraphIsTurnedOff) {
  model::CollectionConfig off = config(64, 10);
  off.hnsw.m = 0;
  create(off);
  upsert(0, 1500, 64);
  EXPECT_EQ(status(), "green 0");
}

}  // namespace
}  // namespace alidade::collection
