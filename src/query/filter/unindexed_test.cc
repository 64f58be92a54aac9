// What conditions mean on fields without an index, and that an index does not change it: texts by
// whole words, nulls inside lists, large integers, bounds that are not finite.
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "query/filter/filter.h"
#include "query/filter/testing/conditions.h"
#include "query/filter/testing/memory_segment.h"

namespace alidade::query {
namespace {

using model::FieldType;
using testing::field;
using testing::ids_of;
using testing::MemorySegment;
using testing::Rows;
using Mode = model::MatchText::Mode;

constexpr double kDoubleInfinity = std::numeric_limits<double>::infinity();
constexpr double kDoubleNan = std::numeric_limits<double>::quiet_NaN();
constexpr std::int64_t kTwo53 = std::int64_t{1} << 53;

model::FieldSchema schema(FieldType type, const char* params = "null") {
  return {type, base::json::parse(params).value()};
}

struct TextCase {
  const char* text;
  Rows all, any, phrase;
};

// One text per row, so that an index, which joins the texts of a list, has to say the same.
TEST(UnindexedText, ComparesWholeWordsInAnyCaseAsAnIndexDoes) {
  MemorySegment segment;
  segment.add(1, R"({"t":"Hello, world!"})");
  segment.add(2, R"({"t":"goodness only"})");
  segment.add(3, R"({"t":["good item",7,null]})");
  segment.add(4, R"({"t":"one two"})");
  segment.add(5, R"({"t":"two one two"})");
  segment.add(6, R"({"t":"Straße ÄRGER a_b"})");
  segment.add(7, R"({"t":""})");
  segment.add(8, R"({"t":5})");
  segment.add(9, R"({"other":"hello"})");
  const TextCase cases[] = {
      {"hello", {1}, {1}, {1}},
      {"HELLO", {1}, {1}, {1}},
      {"ello", {}, {}, {}},
      {"good", {3}, {3}, {3}},
      {"world hello", {1}, {1}, {}},
      {"hello world", {1}, {1}, {1}},
      {"hello nothing", {}, {1}, {}},
      {"one two", {4, 5}, {4, 5}, {4, 5}},
      {"one one", {4, 5}, {4, 5}, {}},
      {"straße", {6}, {6}, {6}},
      {"ärger A-B", {6}, {6}, {6}},
      {"", {}, {}, {}},
      {" !, ", {}, {}, {}},
      {"5", {}, {}, {}},
  };
  for (const bool indexed : {false, true}) {
    if (indexed) {
      segment.make_index("t", schema(FieldType::kText, R"({"type":"text","phrase_matching":true})"));
    }
    for (const TextCase& one : cases) {
      SCOPED_TRACE(std::string(one.text) + (indexed ? " with an index" : ""));
      EXPECT_EQ(ids_of(segment, field("t", model::MatchText{Mode::kAll, one.text})), one.all);
      EXPECT_EQ(ids_of(segment, field("t", model::MatchText{Mode::kAny, one.text})), one.any);
      EXPECT_EQ(ids_of(segment, field("t", model::MatchText{Mode::kPhrase, one.text})), one.phrase);
    }
  }
}

TEST(UnindexedText, MustStandInOneTextOfAList) {
  MemorySegment segment;
  segment.add(1, R"({"t":["alpha","beta"]})");
  segment.add(2, R"({"t":["alpha beta"]})");
  EXPECT_EQ(ids_of(segment, field("t", model::MatchText{Mode::kAll, "alpha beta"})), (Rows{2}));
  EXPECT_EQ(ids_of(segment, field("t", model::MatchText{Mode::kPhrase, "alpha beta"})), (Rows{2}));
  EXPECT_EQ(ids_of(segment, field("t", model::MatchText{Mode::kAny, "alpha beta"})), (Rows{1, 2}));
  auto inner = std::make_shared<model::Filter>();
  inner->must.push_back(field("t", model::MatchText{Mode::kAll, "ALPHA"}));
  segment.add(3, R"({"o":[{"t":"alphabet"},{"t":"Alpha!"}]})");
  segment.add(4, R"({"o":[{"t":"alphabet"}]})");
  EXPECT_EQ(ids_of(segment, model::NestedCondition{*model::JsonPath::parse("o"), inner}), (Rows{3}));
}

TEST(UnindexedNull, IsFoundInsideAListAsWithAnIndex) {
  MemorySegment segment;
  segment.add(1, R"({"n":[1,null]})");
  segment.add(2, R"({"n":null})");
  segment.add(3, R"({"n":[]})");
  segment.add(4, R"({"n":[[null]]})");
  segment.add(5, R"({})");
  segment.add(6, R"({"o":[{"n":[null,1]},{"n":2}]})");
  const model::IsNullCondition is_null{*model::JsonPath::parse("n")};
  auto inner = std::make_shared<model::Filter>();
  inner->must.emplace_back(is_null);
  for (const bool indexed : {false, true}) {
    if (indexed) segment.make_index("n", schema(FieldType::kInteger));
    EXPECT_EQ(ids_of(segment, is_null), (Rows{1, 2})) << indexed;
    EXPECT_EQ(ids_of(segment, field("n", model::NullFlag{true})), (Rows{1, 2})) << indexed;
    EXPECT_EQ(ids_of(segment, model::IsNullCondition{*model::JsonPath::parse("n[]")}), (Rows{1, 4}));
    EXPECT_EQ(ids_of(segment, model::IsNullCondition{*model::JsonPath::parse("o[].n")}), (Rows{6}));
    EXPECT_EQ(ids_of(segment, model::NestedCondition{*model::JsonPath::parse("o"), inner}), (Rows{6}));
  }
}

TEST(Filter, AnEmptyKeyInQuotesIsAKey) {
  MemorySegment segment;
  segment.add(1, R"({"":"x","a":{"":["y"]}})");
  segment.add(2, R"({"":{"":"x"}})");
  const auto match = [](const char* text) { return model::MatchValue{std::string(text)}; };
  for (const bool indexed : {false, true}) {
    if (indexed) {
      for (const char* key : {"\"\"", "\"\".\"\"", "a.\"\"[]"}) {
        segment.make_index(key, schema(FieldType::kKeyword));
      }
    }
    EXPECT_EQ(ids_of(segment, field("\"\"", match("x"))), (Rows{1}));
    EXPECT_EQ(ids_of(segment, field("\"\".\"\"", match("x"))), (Rows{2}));
    EXPECT_EQ(ids_of(segment, field("a.\"\"[]", match("y"))), (Rows{1}));
    EXPECT_EQ(ids_of(segment, field("a.\"\"[0]", match("y"))), (Rows{1}));
  }
}

// Integers next to 2^53, 2^63 and 2^64, and floats; every bound against every value.
TEST(NumberRange, ComparesExactlyWithAnyIndexAndWithout) {
  const std::vector<model::Number> values = {
      std::int64_t{INT64_MIN}, std::int64_t{-kTwo53 - 1}, std::int64_t{-kTwo53},
      std::int64_t{-1},        std::int64_t{0},           std::int64_t{kTwo53 - 1},
      std::int64_t{kTwo53},    std::int64_t{kTwo53 + 1},  std::int64_t{kTwo53 + 2},
      std::int64_t{INT64_MAX - 1}, std::int64_t{INT64_MAX}};
  const std::vector<model::Number> floats = {-0x1p63, -0x1p53, -0.5, 0.5, 0x1p53, 0x1p53 + 2, 0x1p63, 1e300};
  const std::vector<model::Number> unsigneds = {std::uint64_t{1} << 63, (std::uint64_t{1} << 63) + 1,
                                                std::uint64_t{UINT64_MAX}};
  const std::vector<model::Number> bounds_only = {kDoubleInfinity, -kDoubleInfinity, kDoubleNan, 0x1p64};
  std::vector<model::Number> mixed = values;
  mixed.insert(mixed.end(), floats.begin(), floats.end());
  mixed.insert(mixed.end(), unsigneds.begin(), unsigneds.end());
  std::vector<model::Number> bounds = mixed;
  bounds.insert(bounds.end(), bounds_only.begin(), bounds_only.end());

  struct Setup {
    const char* name;
    const std::vector<model::Number>& stored;
    std::optional<FieldType> index;
  };
  // An integer index holds integers alone (that is how its type is meant), so it is given no others.
  const Setup setups[] = {{"plain", mixed, std::nullopt},
                          {"float index", mixed, FieldType::kFloat},
                          {"integer index", values, FieldType::kInteger}};
  for (const Setup& setup : setups) {
    MemorySegment segment;
    for (std::size_t i = 0; i < setup.stored.size(); ++i) {
      const auto value = std::visit([](auto number) { return base::json::Value(number); }, setup.stored[i]);
      segment.add(model::PointId::from_number(i), base::json::Value(base::json::Object{{"n", value}}));
    }
    if (setup.index) segment.make_index("n", schema(*setup.index));
    for (std::size_t b = 0; b < bounds.size(); ++b) {
      Rows above, from, below, to;
      for (std::size_t i = 0; i < setup.stored.size(); ++i) {
        const auto order = model::compare(setup.stored[i], bounds[b]);
        if (order > 0) above.push_back(i);
        if (order >= 0) from.push_back(i);
        if (order < 0) below.push_back(i);
        if (order <= 0) to.push_back(i);
      }
      SCOPED_TRACE(std::string(setup.name) + ", bound " + std::to_string(b));
      const auto& bound = bounds[b];
      EXPECT_EQ(ids_of(segment, field("n", model::NumberRange{bound, {}, {}, {}})), below);
      EXPECT_EQ(ids_of(segment, field("n", model::NumberRange{{}, bound, {}, {}})), above);
      EXPECT_EQ(ids_of(segment, field("n", model::NumberRange{{}, {}, bound, {}})), to);
      EXPECT_EQ(ids_of(segment, field("n", model::NumberRange{{}, {}, {}, bound})), from);
    }
  }
}

TEST(OrderedCursor, StartsAtAnyNumber) {
  const auto order = [](FieldType type, index::OrderDirection direction, index::OrderKey start) {
    MemorySegment segment;
    for (std::uint64_t i = 1; i <= 3; ++i) segment.add(i, "{\"n\":" + std::to_string(i) + "}");
    segment.make_index("n", schema(type));
    const auto cursor = segment.indexes().ordered("n", direction, start);
    Rows rows;
    while (const auto entry = cursor->next()) rows.push_back(segment.id(entry->offset).number());
    return rows;
  };
  using Direction = index::OrderDirection;
  for (const FieldType type : {FieldType::kInteger, FieldType::kFloat}) {
    EXPECT_EQ(order(type, Direction::kAscending, 2.5), (Rows{3}));
    EXPECT_EQ(order(type, Direction::kDescending, 2.5), (Rows{2, 1}));
    // Not a number stands above all numbers, as infinity does.
    for (const double large : {kDoubleInfinity, kDoubleNan}) {
      EXPECT_EQ(order(type, Direction::kAscending, large), Rows{});
      EXPECT_EQ(order(type, Direction::kDescending, large), (Rows{3, 2, 1}));
    }
    EXPECT_EQ(order(type, Direction::kAscending, -kDoubleInfinity), (Rows{1, 2, 3}));
    EXPECT_EQ(order(type, Direction::kDescending, -kDoubleInfinity), Rows{});
  }
}

// Circles whose radius is no proper number must neither match by chance nor walk for ever.
TEST(GeoRadius, MayBeAnyNumber) {
  MemorySegment segment;
  segment.add(1, R"({"p":{"lon":10,"lat":10}})");
  segment.add(2, R"({"p":{"lon":-170,"lat":-80}})");
  for (const bool indexed : {false, true}) {
    if (indexed) segment.make_index("p", schema(FieldType::kGeo));
    for (const double all : {kDoubleInfinity, 1e300}) {
      EXPECT_EQ(ids_of(segment, field("p", model::GeoRadius{{10, 10}, all})), (Rows{1, 2}));
    }
    for (const double none : {kDoubleNan, -kDoubleInfinity, -1.0}) {
      EXPECT_EQ(ids_of(segment, field("p", model::GeoRadius{{10, 10}, none})), Rows{});
    }
  }
}

}  // namespace
}  // namespace alidade::query
