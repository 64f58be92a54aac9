#include "query/filter/filter.h"

#include <gtest/gtest.h>

#include "query/filter/testing/conditions.h"
#include "query/filter/testing/memory_segment.h"

namespace alidade::query {
namespace {

using model::FieldType;
using testing::field;
using testing::ids_of;
using testing::MemorySegment;
using testing::Rows;

model::JsonPath path(const char* text) { return *model::JsonPath::parse(text); }

TEST(Filter, NestedJudgesEachElementByItself) {
  MemorySegment segment;
  segment.add(1, R"({"items":[{"sku":"A","qty":1},{"sku":"B","qty":9}]})");
  segment.add(2, R"({"items":[{"sku":"A","qty":9}]})");
  segment.add(3, R"({"items":{"sku":"A","qty":9}})");
  segment.add(4, R"({"items":[1,null]})");
  auto inner = std::make_shared<model::Filter>();
  inner->must.push_back(field("sku", model::MatchValue{std::string("A")}));
  inner->must.push_back(field("qty", model::NumberRange{{}, {}, {}, 5}));
  EXPECT_EQ(ids_of(segment, model::NestedCondition{path("items"), inner}), (Rows{2}));
  EXPECT_EQ(ids_of(segment, model::NestedCondition{path("items[]"), inner}), (Rows{2}));
  auto other = std::make_shared<model::Filter>();
  other->must_not.push_back(field("sku", model::MatchValue{std::string("A")}));
  EXPECT_EQ(ids_of(segment, model::NestedCondition{path("items"), other}), (Rows{1}));
  auto id = std::make_shared<model::Filter>();
  id->must.push_back(model::HasIdCondition{{model::PointId::from_number(1)}});
  EXPECT_EQ(ids_of(segment, model::NestedCondition{path("items"), id}), Rows{});
}

TEST(Filter, TwoTestsOfOneConditionAreOredUntilAnIndexAnswersOne) {
  MemorySegment segment;
  segment.add(1, R"({"n":1})");
  segment.add(2, R"({"n":7})");
  segment.add(3, R"({"n":3})");
  const model::FieldCondition both{
      path("n"), {model::MatchValue{std::int64_t{1}}, model::NumberRange{{}, 5, {}, {}}}};
  EXPECT_EQ(ids_of(segment, both), (Rows{1, 2}));
  segment.make_index("n", {FieldType::kInteger, {}});
  EXPECT_EQ(ids_of(segment, both), (Rows{1}));
}

TEST(Filter, EmptyClausesMatchEverythingAndAnEmptyMinShouldNothing) {
  MemorySegment segment;
  segment.add(1, "{}");
  const auto count = [&](const model::Filter& filter) {
    return PreparedFilter::prepare(filter, segment)->select(observe::OpContext())->count;
  };
  EXPECT_EQ(count({}), 1u);
  model::Filter filter;
  filter.min_should = model::Filter::MinShould{};
  EXPECT_EQ(count(filter), 0u);
  model::Filter sub;
  sub.must.push_back(model::SubFilter{std::make_shared<model::Filter>()});
  EXPECT_EQ(count(sub), 1u);
  EXPECT_EQ(count({}), 1u);
}

TEST(Filter, DeadRowsAreNeverSelected) {
  MemorySegment segment;
  segment.make_index("a", {FieldType::kKeyword, {}});
  segment.add(1, R"({"a":"x"})");
  const auto dead = segment.add(2, R"({"a":"x"})");
  segment.add(1, R"({"a":"y"})");  // Takes the place of the first row.
  segment.kill(dead);
  EXPECT_EQ(ids_of(segment, field("a", model::MatchValue{std::string("x")})), Rows{});
  EXPECT_EQ(ids_of(segment, field("a", model::MatchExcept{{std::string("x")}})), (Rows{1}));
  EXPECT_EQ(ids_of(segment, field("a", model::NullFlag{false})), (Rows{1}));
}

// The expected slices come from an implementation of SipHash-2-4 of its own: they must never move,
// as clients spread work over them.
TEST(Filter, SlicesPartitionThePointsByTheirIds) {
  MemorySegment segment;
  for (std::uint64_t i = 0; i < 20; ++i) segment.add(i, "{}");
  std::size_t total = 0;
  for (std::uint64_t index = 0; index < 7; ++index) {
    total += ids_of(segment, model::SliceCondition{7, index}).size();
  }
  EXPECT_EQ(total, 20u);
  EXPECT_EQ(ids_of(segment, model::SliceCondition{7, 0}), (Rows{19}));

  MemorySegment uuids;
  const auto uuid = base::Uuid::parse("936da01f-9abd-4d9d-80c7-02af85c822a8");
  uuids.add(model::PointId::from_uuid(*uuid), base::json::Value(base::json::Object{}));
  EXPECT_EQ(ids_of(uuids, model::SliceCondition{7, 1}).size(), 1u);
}

TEST(Filter, DocumentsContainTextHoweverThePayloadSpellsIt) {
  MemorySegment segment;
  segment.add(1, R"({"chroma:document":"plain words"})");
  segment.add(2, R"({"chroma:document":"a \"quoted\" wo\u0072d"})");
  segment.add(3, R"({"other":"plain words"})");
  segment.add(4, "{}");
  const auto contains = [&](const char* text, bool negated = false) {
    return ids_of(segment, model::TextContains{"chroma:document", text, negated});
  };
  EXPECT_EQ(contains("words"), (Rows{1}));
  EXPECT_EQ(contains("word"), (Rows{1, 2}));
  EXPECT_EQ(contains("\"quoted\""), (Rows{2}));
  EXPECT_EQ(contains("WORD"), Rows{});
  EXPECT_EQ(contains(""), (Rows{1, 2}));
  EXPECT_EQ(contains("word", true), (Rows{3, 4}));
}

TEST(Filter, BadPatternsAreRefusedWithoutASegmentToo) {
  model::Filter inner;
  inner.should.push_back(model::TextRegex{"chroma:document", "(", false});
  model::Filter filter;
  filter.must.push_back(model::SubFilter{std::make_shared<model::Filter>(inner)});
  EXPECT_EQ(validate(filter).kind(), ErrorKind::kRegex);
  EXPECT_TRUE(validate({}).ok());
  model::Filter every;
  every.must = {model::HasVectorCondition{"a"}, model::HasIdCondition{}, model::SliceCondition{},
                field("a", model::NullFlag{true}), model::IsNullCondition{path("a")},
                model::NestedCondition{path("a"), nullptr}, model::SubFilter{nullptr},
                model::MetadataIn{"a", {}, false}, model::Constant{}};
  EXPECT_TRUE(validate(every).ok());
}

TEST(Filter, StopsWhenTheClientHasGone) {
  MemorySegment segment;
  segment.add(1, R"({"a":1})");
  observe::OpContext context;
  context.stop_flag()->store(true);
  model::Filter filter;
  filter.must.push_back(field("a", model::NullFlag{true}));
  EXPECT_EQ(PreparedFilter::prepare(filter, segment)->select(context).status().code(),
            StatusCode::kCancelled);
}

TEST(Filter, ExplainTellsIndexFromPayload) {
  MemorySegment segment;
  segment.make_index("a", {FieldType::kKeyword, {}});
  model::Filter filter;
  filter.must.push_back(field("b", model::NullFlag{true}));
  filter.must.push_back(field("a", model::MatchValue{std::string("x")}));
  EXPECT_EQ(PreparedFilter::prepare(filter, segment)->explain(), "must a [index]\nmust b [payload]\n");
}

}  // namespace
}  // namespace alidade::query
