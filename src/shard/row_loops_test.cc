// Every loop over the rows of a shard looks at the request's context, at least once in 1024 rows:
// a deadline that passes, or a client that goes, in the middle of one ends it there.
#include <gtest/gtest.h>

#include <functional>

#include "base/json.h"
#include "env/memory/memory_env.h"
#include "query/filter/filter.h"
#include "query/search.h"
#include "shard/shard.h"

namespace alidade::shard {
namespace {

using model::FieldType;
using observe::OpContext;
using segment::Segment;

constexpr std::uint64_t kRows = 5000;
constexpr std::uint64_t kChecksAtLeast = kRows / 1024;

model::JsonPath path(const char* text) { return *model::JsonPath::parse(text); }

class RowLoops : public testing::Test {
 protected:
  RowLoops()
      : log_(observe::LogLevel::kOff, [] { return std::int64_t{0}; }),
        background_(Background::Options{}) {
    background_.set_paused(true);
    config_.vectors[""] = {1, model::Distance::kDot, std::nullopt};
    EXPECT_TRUE(env_.create_directory("data").ok());
    shard_ = *Shard::open(Runtime{env_, log_, background_, ShardOptions{}}, "data", config_);
    fill();
  }

  void fill() {
    model::UpsertPoints command;
    const float vector[] = {1};
    for (std::uint64_t i = 0; i < kRows; ++i) {
      command.points.ids.push_back(model::PointId::from_number(i));
      command.points.column("").set_row(i, vector, 1);
      const std::string n = std::to_string(i);
      command.points.payloads.push_back(R"({"n":)" + n + R"(,"k":"v)" + n + R"(","u":"00000000-0000-0000-0000-)" +
                                        std::string(12 - n.size(), '0') + n + R"(","plain":1})");
    }
    submit(command);
    submit(model::CreateFieldIndex{"n", {FieldType::kInteger, {}}});
    submit(model::CreateFieldIndex{"k", {FieldType::kKeyword, {}}});
    submit(model::CreateFieldIndex{"u", {FieldType::kUuid, {}}});
  }

  void submit(model::Command command) {
    ASSERT_TRUE(shard_->submit(command, model::Durability::kLogged, {}).problem.ok());
  }

  /// How many times the work looks at its context; each of them ends it when the client has gone.
  std::uint64_t checks_of(const std::function<Status(const Segment&, const OpContext&)>& work) const {
    const auto view = shard_->read_view();
    for (std::uint64_t checks = 0; checks < 1000; ++checks) {
      OpContext context;
      context.cancel_after(checks);
      const Status status = work(view.segment(), context);
      if (status.ok()) return checks;
      EXPECT_EQ(status.code(), StatusCode::kCancelled) << status.to_string();
    }
    ADD_FAILURE() << "does not come to its end";
    return 0;
  }

  std::uint64_t checks_of_search(const query::ResolvedQuery& query) const {
    return checks_of([&](const Segment& segment, const OpContext& context) {
      return query::search(segment, query, 1, context).status();
    });
  }

  std::uint64_t checks_of_filter(const model::Filter& filter) const {
    return checks_of([&](const Segment& segment, const OpContext& context) {
      return query::PreparedFilter::prepare(filter, segment)->select(context).status();
    });
  }

  std::uint64_t checks_of_facet(const char* key) const {
    return checks_of([&](const Segment& segment, const OpContext& context) {
      return segment.payload_indexes().facet(key, segment.live(), 10, context).status();
    });
  }

  env::MemoryEnv env_;
  observe::Log log_;
  Background background_;
  model::CollectionConfig config_;
  std::shared_ptr<Shard> shard_;
};

TEST_F(RowLoops, OfAScanOfPayloadsLookAtTheContext) {
  model::Filter filter;
  filter.must.push_back(model::FieldCondition{path("plain"), {model::MatchValue{std::int64_t{1}}}});
  EXPECT_GE(checks_of_filter(filter), kChecksAtLeast);
}

TEST_F(RowLoops, OfCountedConditionsLookAtTheContext) {
  model::Filter filter;
  filter.min_should = model::Filter::MinShould{};
  filter.min_should->conditions.push_back(
      model::FieldCondition{path("n"), {model::NumberRange{{}, {}, {}, std::int64_t{0}}}});
  EXPECT_GE(checks_of_filter(filter), kChecksAtLeast);
}

TEST_F(RowLoops, OfAReadByIdLookAtTheContext) {
  query::ResolvedQuery query;
  query.limit = kRows;
  EXPECT_GE(checks_of_search(query), kChecksAtLeast);
}

TEST_F(RowLoops, OfAPageReadsNoMoreThanThePage) {
  query::ResolvedQuery query;
  query.limit = 10;
  EXPECT_LT(checks_of_search(query), kChecksAtLeast);
  // Nearly all rows pass, as their payloads say.
  query.filter = model::Filter{};
  query.filter->must.push_back(model::FieldCondition{path("plain"), {model::MatchValue{std::int64_t{1}}}});
  EXPECT_LT(checks_of_search(query), 2 * kChecksAtLeast);
  query.kind = model::OrderByQuery{{path("n"), model::Direction::Kind::kAscending, std::nullopt}};
  EXPECT_LT(checks_of_search(query), kChecksAtLeast);
}

TEST_F(RowLoops, OfAnOrderLookAtTheContextThoughNoRowIsTaken) {
  query::ResolvedQuery query;
  query.kind = model::OrderByQuery{{path("n"), model::Direction::Kind::kAscending, std::nullopt}};
  query.filter = model::Filter{};
  query.filter->must.push_back(model::HasIdCondition{{model::PointId::from_number(kRows - 1)}});
  EXPECT_GE(checks_of_search(query), kChecksAtLeast);
}

TEST_F(RowLoops, OfASampleLookAtTheContext) {
  query::ResolvedQuery query;
  query.kind = model::SampleQuery{};
  query.limit = 1;
  EXPECT_GE(checks_of_search(query), kChecksAtLeast);  // Gathering them.
  query.limit = kRows;
  EXPECT_GE(checks_of_search(query), 2 * kChecksAtLeast);  // And sorting them.
}

TEST_F(RowLoops, OfAFacetLookAtTheContext) {
  for (const char* key : {"n", "k", "u"}) EXPECT_GE(checks_of_facet(key), kChecksAtLeast) << key;
}

}  // namespace
}  // namespace alidade::shard
