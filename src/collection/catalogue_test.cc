// The catalogue over a file system in memory.
#include "collection/catalogue.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

#include "env/faulty/faulty_env.h"
#include "env/memory/memory_env.h"

namespace alidade::collection {
namespace {

using env::FaultyEnv;
using model::CollectionRef;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Pair;

class CatalogueTest : public ::testing::Test {
 protected:
  CatalogueTest()
      : env_(memory_),
        log_(observe::LogLevel::kOff, [] { return std::int64_t{0}; }),
        background_(shard::Background::Options{}),
        runtime_{env_, log_, background_, shard::ShardOptions{}} {
    open();
  }

  void open() {
    catalogue_.reset();
    auto opened = Catalogue::open(runtime_, "data");
    ASSERT_TRUE(opened.ok()) << opened.status().to_string();
    catalogue_ = std::move(*opened);
  }
  Status create(const std::string& name) {
    model::CollectionConfig config;
    config.vectors[""] = {4, model::Distance::kDot, std::nullopt};
    return catalogue_->create(CollectionRef::by_name(name), config).status();
  }
  Status alias(const std::string& alias, const std::string& target) {
    return catalogue_->change_aliases({{AliasChange::Kind::kCreate, alias, target}});
  }
  /// From now on, calls of that name find no space; "" = of any name.
  void fill(const std::string& only) {
    env_.set_fault({.call = 1, .repeat = FaultyEnv::Repeat::kFromThenOn,
                    .status = Status(StatusCode::kOutOfSpace, "full"), .only = only});
  }

  env::MemoryEnv memory_;
  FaultyEnv env_;
  observe::Log log_;
  shard::Background background_;
  shard::Runtime runtime_;
  std::unique_ptr<Catalogue> catalogue_;
};

TEST_F(CatalogueTest, AnAliasFollowsARenaming) {
  ASSERT_TRUE(create("a").ok());
  ASSERT_TRUE(alias("x", "a").ok());
  ASSERT_TRUE(catalogue_->update(CollectionRef::by_name("a"), "b", nullptr).ok());
  EXPECT_THAT(catalogue_->aliases(), ElementsAre(Pair("x", "b")));
  EXPECT_TRUE(catalogue_->find(CollectionRef::by_name("x")).ok());
  open();
  EXPECT_THAT(catalogue_->aliases(), ElementsAre(Pair("x", "b")));
}

TEST_F(CatalogueTest, OfUpdatesAtOnceNoneIsLost) {
  ASSERT_TRUE(create("a").ok());
  const auto add_one = [](model::CollectionConfig config) {
    config.optimizers.indexing_threshold = config.indexing_threshold_kb() + 1;
    return config;
  };
  const auto now = [&] { return (*catalogue_->find(CollectionRef::by_name("a")))->description().config; };
  const std::uint64_t before = now().indexing_threshold_kb();
  std::vector<std::thread> threads;
  for (int t = 0; t < 3; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < 40; ++i) {
        EXPECT_TRUE(catalogue_->update(CollectionRef::by_name("a"), std::nullopt, add_one).ok());
      }
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(now().indexing_threshold_kb(), before + 120);
}

TEST_F(CatalogueTest, AnUpdateThatIsRefusedChangesNothing) {
  ASSERT_TRUE(create("a").ok());
  const auto refuse = [](const model::CollectionConfig&) -> Result<model::CollectionConfig> {
    return invalid_argument("no");
  };
  EXPECT_EQ(catalogue_->update(CollectionRef::by_name("a"), "b", refuse).message(), "no");
  EXPECT_TRUE(catalogue_->find(CollectionRef::by_name("a")).ok());
  EXPECT_FALSE(catalogue_->find(CollectionRef::by_name("b")).ok());
}

TEST_F(CatalogueTest, ACollectionIsNotRenamedToTheNameOfAnAlias) {
  ASSERT_TRUE(create("a").ok());
  ASSERT_TRUE(alias("x", "a").ok());
  EXPECT_EQ(catalogue_->update(CollectionRef::by_name("a"), "x", nullptr).kind(),
            ErrorKind::kCollectionExists);
}

// A crash behind the deletion's one moment looks like the failure to store the names does here.
TEST_F(CatalogueTest, AnAliasEndsWithItsCollectionEvenIfTheNamesCannotBeStored) {
  ASSERT_TRUE(create("a").ok());
  ASSERT_TRUE(alias("x", "a").ok());
  fill("append");
  EXPECT_TRUE(*catalogue_->drop(CollectionRef::by_name("a")));
  EXPECT_THAT(catalogue_->aliases(), IsEmpty());
  env_.heal();
  open();
  EXPECT_THAT(catalogue_->aliases(), IsEmpty());
  ASSERT_TRUE(create("a").ok());
  EXPECT_THAT(catalogue_->aliases(), IsEmpty());
  EXPECT_TRUE(create("x").ok());
}

TEST_F(CatalogueTest, OnAFullDiskOnlyDeletionsAreTaken) {
  ASSERT_TRUE(create("a").ok());
  ASSERT_TRUE(create("b").ok());
  ASSERT_TRUE(alias("x", "b").ok());
  fill("append");
  EXPECT_EQ(create("c").code(), StatusCode::kOutOfSpace);
  EXPECT_EQ(alias("y", "b").code(), StatusCode::kOutOfSpace);
  EXPECT_EQ(catalogue_->create_tenant("t").code(), StatusCode::kOutOfSpace);
  EXPECT_TRUE(*catalogue_->drop(CollectionRef::by_name("a")));
  env_.heal();
  EXPECT_TRUE(catalogue_->change_aliases({{AliasChange::Kind::kDelete, "x", ""}}).ok());
  EXPECT_TRUE(create("c").ok());
  open();
  EXPECT_EQ(catalogue_->list_all().size(), 2U);
  EXPECT_FALSE(catalogue_->has_tenant("t"));
}

}  // namespace
}  // namespace alidade::collection
