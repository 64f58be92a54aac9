// Collections that open behind their names.
#include "collection/loader.h"

#include <gtest/gtest.h>

#include "collection/catalogue.h"
#include "env/memory/memory_env.h"

namespace alidade::collection {
namespace {

using model::CollectionRef;

class LoaderTest : public testing::Test {
 protected:
  LoaderTest()
      : log_(observe::LogLevel::kOff, [] { return std::int64_t{0}; }),
        background_(shard::Background::Options{}),
        runtime_{env_, log_, background_, {.hold_checkpoints = true}} {
    auto made = Catalogue::open(runtime_, "data");
    EXPECT_TRUE(made.ok());
    model::CollectionConfig config;
    config.vectors[""] = {2, model::Distance::kDot, std::nullopt};
    for (const char* name : {"a", "b", "c"}) {
      auto collection = (*made)->create(CollectionRef::by_name(name), config);
      EXPECT_TRUE(collection.ok());
      model::UpsertPoints command;
      const float row[2] = {1, 2};
      command.points.ids = {model::PointId::from_number(1)};
      command.points.column("").set_row(0, row, 2);
      EXPECT_TRUE((*(*collection)->shard())->submit(command, model::Durability::kSynced, {}).problem.ok());
    }
  }

  std::unique_ptr<Catalogue> open_names() {
    auto opened = Catalogue::open_names(runtime_, "data");
    EXPECT_TRUE(opened.ok()) << opened.status().to_string();
    return std::move(*opened);
  }
  static observe::OpContext impatient() {
    return observe::OpContext(base::Deadline::after(std::chrono::milliseconds(1)));
  }

  env::MemoryEnv env_;
  observe::Log log_;
  shard::Background background_;
  shard::Runtime runtime_;
};

TEST_F(LoaderTest, NamesAreThereBeforeTheirShards) {
  const auto catalogue = open_names();
  EXPECT_FALSE(catalogue->is_loaded());
  EXPECT_EQ(catalogue->list_all().size(), 3U);
  const auto found = catalogue->find(CollectionRef::by_name("a"));
  ASSERT_TRUE(found.ok());
  EXPECT_FALSE((*found)->is_open());
  EXPECT_EQ((*found)->shard().status().code(), StatusCode::kUnavailable);
  EXPECT_EQ((*found)->info().status().code(), StatusCode::kUnavailable);
  EXPECT_EQ(catalogue->create(CollectionRef::by_name("a"), {}).status().kind(), ErrorKind::kCollectionExists);
}

TEST_F(LoaderTest, WhoWaitsInVainLearnsTheProgress) {
  const auto catalogue = open_names();
  const Status waited = catalogue->wait_until_open("a", Waiter::kRead, impatient());
  EXPECT_EQ(waited.code(), StatusCode::kUnavailable);
  EXPECT_NE(waited.message().find("0 of 3 collections open"), std::string::npos) << waited.message();
  EXPECT_TRUE(catalogue->wait_until_open("no such name", Waiter::kRead, impatient()).ok());
  EXPECT_EQ(catalogue->wait_until_loaded(Waiter::kWrite, impatient()).code(), StatusCode::kUnavailable);
}

TEST_F(LoaderTest, OpensEverythingAndLetsWaitersGo) {
  const auto catalogue = open_names();
  std::atomic<bool> told = false;
  catalogue->start_loading({.threads = 2, .waiting_reads = 1, .waiting_writes = 1}, [&] { told = true; });
  EXPECT_TRUE(catalogue->wait_until_open("b", Waiter::kRead, {}).ok());
  const auto shard = (*catalogue->find(CollectionRef::by_name("b")))->shard();
  ASSERT_TRUE(shard.ok()) << shard.status().to_string();
  EXPECT_EQ((*shard)->stats().points_count, 1U);
  EXPECT_TRUE(catalogue->wait_until_loaded(Waiter::kWrite, {}).ok());
  const LoadProgress progress = catalogue->load_progress();
  EXPECT_TRUE(progress.is_done());
  EXPECT_EQ(progress.collections_open, 3U);
  EXPECT_GT(progress.log_bytes_total, 0U);
  EXPECT_EQ(progress.log_bytes_replayed, progress.log_bytes_total);
  catalogue->stop_loading();
  EXPECT_TRUE(told);
  EXPECT_FALSE(background_.is_building_held());
}

TEST_F(LoaderTest, AStopLetsWaitersGoAndLeavesTheRestUnopened) {
  const auto catalogue = open_names();
  catalogue->stop_loading();
  EXPECT_EQ(catalogue->wait_until_open("a", Waiter::kRead, {}).code(), StatusCode::kUnavailable);
  catalogue->start_loading({}, {});
  catalogue->stop_loading();
  EXPECT_FALSE(catalogue->is_loaded());
  EXPECT_FALSE((*catalogue->find(CollectionRef::by_name("a")))->is_open());
  catalogue->checkpoint_all();  // Skips what is not open.
}

}  // namespace
}  // namespace alidade::collection
