// The handlers of collections, aliases, tenants and databases.
#include <string>
#include <vector>

#include "ops/testing/memory_store.h"

namespace alidade::ops {
namespace {

using model::CollectionRef;

class CollectionHandlers : public testing::MemoryStore {
 protected:
  std::vector<std::string> listed() {
    std::vector<std::string> names;
    const auto all = run(ListCollections{});
    EXPECT_TRUE(all.ok());
    for (const auto& one : *all) names.push_back(one.name);
    return names;
  }
  std::vector<std::string> aliases_of(const std::string& name) {
    std::vector<std::string> out;
    const auto all = run(ListCollectionAliases{CollectionRef::by_name(name)});
    EXPECT_TRUE(all.ok());
    for (const auto& entry : *all) out.push_back(entry.alias);
    return out;
  }
};

TEST_F(CollectionHandlers, CreateTellsWhetherItWasThere) {
  CreateCollection request;
  request.collection = CollectionRef::by_name("books");
  request.config.vectors[""].size = 2;
  EXPECT_TRUE(run(request).value().created);
  EXPECT_EQ(run(request).status().kind(), ErrorKind::kCollectionExists);
  request.get_or_create = true;
  const auto found = run(request);
  ASSERT_TRUE(found.ok());
  EXPECT_FALSE(found->created);
  EXPECT_EQ(found->description.name, "books");
}

TEST_F(CollectionHandlers, DeleteTellsWhetherThereWasOne) {
  create("books");
  EXPECT_TRUE(run(CollectionExists{CollectionRef::by_name("books")}).value());
  EXPECT_TRUE(run(DeleteCollection{CollectionRef::by_name("books")}).value());
  EXPECT_FALSE(run(DeleteCollection{CollectionRef::by_name("books")}).value());
  EXPECT_FALSE(run(CollectionExists{CollectionRef::by_name("books")}).value());
  EXPECT_EQ(run(GetCollection{CollectionRef::by_name("books")}).status().code(), StatusCode::kNotFound);
}

TEST_F(CollectionHandlers, ListIsSortedAndOfOneDatabase) {
  create("b");
  create("a");
  EXPECT_EQ(listed(), (std::vector<std::string>{"a", "b"}));
  EXPECT_TRUE(run(CreateDatabase{model::kDefaultTenant, "other"}).ok());
  ListCollections elsewhere;
  elsewhere.database = "other";
  EXPECT_TRUE(run(elsewhere).value().empty());
}

TEST_F(CollectionHandlers, UpdateRenames) {
  create("old");
  UpdateCollection request;
  request.collection = CollectionRef::by_name("old");
  request.new_name = "new";
  EXPECT_TRUE(run(request).ok());
  EXPECT_EQ(listed(), std::vector<std::string>{"new"});
}

TEST_F(CollectionHandlers, AliasActionsAreDoneInTurnOrNotAtAll) {
  create("books");
  EXPECT_TRUE(run(UpdateAliases{{CreateAlias{"books", "b"}, RenameAlias{"b", "c"}}}).value());
  EXPECT_EQ(aliases_of("books"), std::vector<std::string>{"c"});
  EXPECT_FALSE(run(UpdateAliases{{DeleteAlias{"c"}, CreateAlias{"ghost", "g"}}}).ok());
  EXPECT_EQ(aliases_of("books"), std::vector<std::string>{"c"});
  EXPECT_TRUE(run(UpdateAliases{{DeleteAlias{"c"}}}).value());
  EXPECT_TRUE(run(ListAliases{}).value().empty());
}

TEST_F(CollectionHandlers, TenantsAndDatabasesAreFoundByName) {
  EXPECT_EQ(run(GetTenant{"acme"}).status().kind(), ErrorKind::kTenantNotFound);
  EXPECT_TRUE(run(CreateTenant{"acme"}).ok());
  EXPECT_EQ(run(GetTenant{"acme"}).value(), "acme");
  EXPECT_TRUE(run(CreateDatabase{"acme", "db"}).ok());
  EXPECT_EQ(run(GetDatabase{"acme", "db"}).value().tenant, "acme");
  EXPECT_EQ(run(ListDatabases{"acme"}).value().size(), 1U);
  EXPECT_TRUE(run(DeleteDatabase{"acme", "db"}).ok());
  EXPECT_FALSE(run(GetDatabase{"acme", "db"}).ok());
}

TEST_F(CollectionHandlers, ServerInfoCountsCollectionsAndPoints) {
  create("books");
  EXPECT_TRUE(run(WritePoints{CollectionRef::by_name("books"), point(1, 1, "{}")}).ok());
  const auto info = run(GetServerInfo{});
  ASSERT_TRUE(info.ok());
  EXPECT_EQ(info->collections_count, 1U);
  EXPECT_EQ(info->points_count, 1U);
}

TEST_F(CollectionHandlers, CompactKeepsWhatIsThere) {
  create("books");
  const auto books = CollectionRef::by_name("books");
  EXPECT_TRUE(run(WritePoints{books, point(1, 1, "{}")}).ok());
  EXPECT_TRUE(run(CompactCollection{books}).value());
  CountPoints count;
  count.collection = books;
  EXPECT_EQ(run(count).value(), 1U);
}

TEST_F(CollectionHandlers, ResetLeavesTheDefaults) {
  create("books");
  EXPECT_TRUE(run(CreateTenant{"acme"}).ok());
  EXPECT_TRUE(run(Reset{}).ok());
  EXPECT_TRUE(listed().empty());
  EXPECT_FALSE(run(GetTenant{"acme"}).ok());
  EXPECT_TRUE(run(GetTenant{model::kDefaultTenant}).ok());
}

}  // namespace
}  // namespace alidade::ops
