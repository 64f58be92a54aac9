// A session shows one state, whatever is written while it lives.
#include "collection/read_session.h"

#include <gtest/gtest.h>

#include "collection/catalogue.h"
#include "env/memory/memory_env.h"
#include "observe/log.h"
#include "shard/background.h"

namespace alidade::collection {
namespace {

using model::PointId;

class ReadSessions : public testing::Test {
 protected:
  ReadSessions()
      : log_(observe::LogLevel::kOff, [] { return std::int64_t{0}; }, [](std::string_view) {}),
        background_({.runner = shard::Background::Runner::kCaller}) {
    catalogue_ = Catalogue::open({env_, log_, background_, {}}, "data").value();
    model::CollectionConfig config;
    config.vectors[""].size = 2;
    config.vectors[""].distance = model::Distance::kDot;
    EXPECT_TRUE(catalogue_->create(model::CollectionRef::by_name("c"), config).ok());
    collection_ = catalogue_->find(model::CollectionRef::by_name("c")).value();
    model::UpsertPoints upsert;
    for (std::uint64_t i = 1; i <= 3; ++i) {
      const float row[] = {static_cast<float>(i), 1};
      upsert.points.payloads.push_back(i == 3 ? R"({"k":"b"})" : R"({"k":"a"})");
      upsert.points.column("").set_row(upsert.points.ids.size(), row, 2);
      upsert.points.ids.push_back(PointId::from_number(i));
    }
    submit(std::move(upsert));
    submit(model::CreateFieldIndex{"k", {model::FieldType::kKeyword, {}}});
  }

  void submit(model::Command command) {
    const auto shard = collection_->shard();
    ASSERT_TRUE(shard.ok());
    ASSERT_TRUE((*shard)->submit(command, model::Durability::kLogged, {}).problem.ok());
  }

  env::MemoryEnv env_;
  observe::Log log_;
  shard::Background background_;
  std::unique_ptr<Catalogue> catalogue_;
  std::shared_ptr<Collection> collection_;
};

TEST_F(ReadSessions, ShowTheStateThatTheyWereOpenedIn) {
  const auto session = ReadSession::open(*collection_);
  ASSERT_TRUE(session.ok());
  model::DeletePoints deletion;
  deletion.selector.ids = std::vector{PointId::from_number(1)};
  submit(std::move(deletion));
  EXPECT_EQ(session->point_count(), 3U);
  const auto row = session->find(PointId::from_number(1));
  ASSERT_TRUE(row.has_value());
  const auto record = session->fetch(*row, model::PayloadSelector::all(), model::VectorSelector::all(), segment::VectorForm::kStored);
  ASSERT_TRUE(record.ok());
  EXPECT_EQ(record->payload, R"({"k":"a"})");
  EXPECT_FALSE(ReadSession::open(*collection_)->find(PointId::from_number(1)).has_value());
}

TEST_F(ReadSessions, CountFacetAndQueryWhatTheyShow) {
  const auto session = ReadSession::open(*collection_);
  ASSERT_TRUE(session.ok());
  model::Filter filter;
  filter.must.push_back(model::FieldCondition{*model::JsonPath::parse("k"), {model::MatchValue{std::string("a")}}});
  EXPECT_EQ(*session->count(filter, {}), 2U);
  EXPECT_EQ(*session->count(std::nullopt, {}), 3U);
  const auto facet = session->facet(*model::JsonPath::parse("k"), std::nullopt, 10, {});
  ASSERT_TRUE(facet.ok());
  ASSERT_EQ(facet->size(), 2U);
  EXPECT_EQ(facet->front().value, index::FacetValue(std::string("a")));
  EXPECT_EQ(session->facet(*model::JsonPath::parse("other"), std::nullopt, 10, {}).status().kind(), ErrorKind::kNoFacetIndex);
  query::ResolvedQuery query;
  query.kind = query::Nearest{query::share(std::vector<float>{1, 0})};
  const auto plan = query::plan(query, session->schema(0), 1);
  ASSERT_TRUE(plan.ok());
  const auto hits = session->query(*plan, {}, nullptr);
  ASSERT_TRUE(hits.ok());
  ASSERT_EQ(hits->points.size(), 3U);
  EXPECT_EQ(session->find(PointId::from_number(3)), hits->points.front().at());
}

TEST_F(ReadSessions, RefuseVectorsThatAreNotThere) {
  const auto session = ReadSession::open(*collection_);
  ASSERT_TRUE(session.ok());
  EXPECT_TRUE(session->check_vectors({model::VectorSelector::Kind::kNames, {""}}).ok());
  EXPECT_EQ(session->check_vectors({model::VectorSelector::Kind::kNames, {"", "v"}}).kind(), ErrorKind::kVectorNameUnknown);
}

}  // namespace
}  // namespace alidade::collection
