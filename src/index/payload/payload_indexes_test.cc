#include "index/payload/payload_indexes.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <set>

#include "index/payload/automatic.h"
#include "index/payload/numeric/ranges.h"
#include "index/payload/posting.h"
#include "index/payload/text/tokenizer.h"
#include "model/collection_config.h"

namespace alidade::index {
namespace {

using base::PointOffset;
using base::json::Value;
using model::FieldType;

Value json(const std::string& text) { return base::json::parse(text).value(); }

PayloadIndexes with(const std::string& path, FieldType type, const std::string& params = "null") {
  PayloadIndexes indexes;
  indexes.install(PayloadIndexes::make_field(path, {type, json(params)}).value());
  return indexes;
}

std::vector<std::size_t> rows_of(const PayloadIndexes& indexes,
                                 const std::string& path,
                                 const model::FieldTest& test,
                                 std::size_t row_count = 10) {
  base::Bitset rows(row_count);
  const auto matcher = indexes.find(path)->matcher(test);
  if (!matcher) return {999};
  matcher->select(rows);
  rows.resize(row_count);
  std::vector<std::size_t> list;
  rows.for_each([&](std::size_t row) { list.push_back(row); });
  return list;
}

using Rows = std::vector<std::size_t>;

TEST(PayloadIndexes, KeywordsFollowChangesAndDeaths) {
  PayloadIndexes indexes = with("city", FieldType::kKeyword);
  indexes.insert(PointOffset(0), json(R"({"city":"Oslo"})"));
  indexes.insert(PointOffset(1), json(R"({"city":["Oslo","Bern","Oslo"]})"));
  indexes.insert(PointOffset(2), json(R"({"city":5})"));
  EXPECT_EQ(indexes.points_count("city"), 2u);
  EXPECT_EQ(rows_of(indexes, "city", model::MatchValue{std::string("Oslo")}), (Rows{0, 1}));
  EXPECT_EQ(rows_of(indexes, "city", model::MatchExcept{{std::string("Oslo")}}), (Rows{1}));
  EXPECT_EQ(rows_of(indexes, "city", model::MatchValue{std::int64_t{5}}), (Rows{999}));

  indexes.erase(PointOffset(1), json(R"({"city":["Oslo","Bern","Oslo"]})"));
  indexes.insert(PointOffset(1), json(R"({"city":"Rome"})"));
  EXPECT_EQ(rows_of(indexes, "city", model::MatchValue{std::string("Oslo")}), (Rows{0}));
  indexes.row_died(PointOffset(1));
  indexes.row_died(PointOffset(1));
  EXPECT_EQ(indexes.points_count("city"), 1u);
  EXPECT_TRUE(indexes.drop("city"));
  EXPECT_FALSE(indexes.drop("city"));
  EXPECT_EQ(indexes.find("city"), nullptr);
}

TEST(PayloadIndexes, IntegersTakeWholeFloatsAndExactBounds) {
  PayloadIndexes indexes = with("n", FieldType::kInteger);
  const char* payloads[] = {R"({"n":5})", R"({"n":5.0})", R"({"n":5.5})", R"({"n":[1,9]})",
                            R"({"n":9223372036854775807})", R"({"n":"5"})"};
  for (std::uint32_t i = 0; i < 6; ++i) indexes.insert(PointOffset(i), json(payloads[i]));
  EXPECT_EQ(rows_of(indexes, "n", model::MatchValue{std::int64_t{5}}), (Rows{0, 1}));
  EXPECT_EQ(rows_of(indexes, "n", model::NumberRange{{}, 4.5, 5.5, {}}), (Rows{0, 1}));
  EXPECT_EQ(rows_of(indexes, "n", model::NumberRange{5, {}, {}, {}}), (Rows{3}));
  EXPECT_EQ(rows_of(indexes, "n", model::NumberRange{5, 5, {}, {}}), Rows{});
  EXPECT_EQ(rows_of(indexes, "n", model::NumberRange{{}, 1e300, {}, {}}), Rows{});
  EXPECT_EQ(rows_of(indexes, "n", model::NumberRange{}), (Rows{0, 1, 3, 4}));
  EXPECT_EQ(rows_of(indexes, "n", model::MatchExcept{{std::int64_t{5}, std::int64_t{1}}}), (Rows{3, 4}));
}

TEST(PayloadIndexes, OrderWalksBothWaysFromAStart) {
  PayloadIndexes indexes = with("n", FieldType::kInteger);
  std::vector<std::int64_t> values;
  std::mt19937_64 random(1);
  for (std::uint32_t i = 0; i < 3000; ++i) {
    values.push_back(static_cast<std::int64_t>(random() % 1000));
    indexes.insert(PointOffset(i), Value(base::json::Object{{"n", Value(values.back())}}));
  }
  std::sort(values.begin(), values.end());
  const auto walk = [&](OrderDirection direction, std::optional<OrderKey> start) {
    std::vector<std::int64_t> seen;
    const auto cursor = indexes.ordered("n", direction, start);
    while (const auto entry = cursor->next()) seen.push_back(std::get<std::int64_t>(entry->key));
    return seen;
  };
  EXPECT_EQ(walk(OrderDirection::kAscending, {}), values);
  const auto from = std::lower_bound(values.begin(), values.end(), 500);
  EXPECT_EQ(walk(OrderDirection::kAscending, 499.5), std::vector<std::int64_t>(from, values.end()));
  std::vector<std::int64_t> down(values.begin(), std::upper_bound(values.begin(), values.end(), 500));
  std::reverse(down.begin(), down.end());
  EXPECT_EQ(walk(OrderDirection::kDescending, std::int64_t{500}), down);
  EXPECT_TRUE(walk(OrderDirection::kAscending, 1e300).empty());
  EXPECT_EQ(with("n", FieldType::kKeyword).ordered("n", OrderDirection::kAscending, {}), nullptr);
  EXPECT_EQ(with("n", FieldType::kInteger, R"({"range":false})")
                .ordered("n", OrderDirection::kAscending, {}),
            nullptr);
}

TEST(PayloadIndexes, FacetsCountRowsOnceAndSortTiesByValue) {
  PayloadIndexes indexes = with("c", FieldType::kKeyword);
  const char* payloads[] = {R"({"c":["b","b"]})", R"({"c":"a"})", R"({"c":"b"})", R"({"c":"c"})"};
  for (std::uint32_t i = 0; i < 4; ++i) indexes.insert(PointOffset(i), json(payloads[i]));
  const observe::OpContext context;
  const auto facet = *indexes.facet("c", base::Bitset(4, true), 2, context);
  ASSERT_TRUE(facet.has_value());
  ASSERT_EQ(facet->size(), 2u);
  EXPECT_EQ(std::get<std::string>((*facet)[0].value), "b");
  EXPECT_EQ((*facet)[0].count, 2u);
  EXPECT_EQ(std::get<std::string>((*facet)[1].value), "a");
  EXPECT_FALSE(indexes.facet("other", base::Bitset(4, true), 2, context)->has_value());
  EXPECT_FALSE(
      with("c", FieldType::kFloat).facet("c", base::Bitset(4, true), 2, context)->has_value());
  EXPECT_EQ(merge_facets({*facet, *facet}, 1)[0].count, 4u);
}

TEST(PayloadIndexes, NullAndEmptyAreKnownToEveryIndex) {
  PayloadIndexes indexes = with("f", FieldType::kFloat);
  const char* payloads[] = {R"({"f":1})", R"({"f":null})", R"({"f":[]})", R"({"f":[null,1]})", "{}"};
  for (std::uint32_t i = 0; i < 5; ++i) indexes.insert(PointOffset(i), json(payloads[i]));
  EXPECT_EQ(rows_of(indexes, "f", model::NullFlag{true}, 5), (Rows{1, 3}));
  EXPECT_EQ(rows_of(indexes, "f", model::NullFlag{false}, 5), (Rows{0, 2, 4}));
  EXPECT_EQ(rows_of(indexes, "f", model::EmptyFlag{true}, 5), (Rows{1, 2, 4}));
  EXPECT_EQ(rows_of(indexes, "f", model::EmptyFlag{false}, 5), (Rows{0, 3}));
}

TEST(PayloadIndexes, DatesCompareAcrossSpellings) {
  PayloadIndexes indexes = with("d", FieldType::kDatetime);
  indexes.insert(PointOffset(0), json(R"({"d":"2024-01-01T02:00:00+02:00"})"));
  indexes.insert(PointOffset(1), json(R"({"d":"2024-01-01"})"));
  indexes.insert(PointOffset(2), json(R"({"d":"2024-01-02"})"));
  const std::int64_t new_year_us = 1'704'067'200'000'000;
  EXPECT_EQ(rows_of(indexes, "d", model::DatetimeRange{{}, {}, new_year_us, {}}), (Rows{0, 1}));
  EXPECT_EQ(rows_of(indexes, "d", model::NumberRange{{}, static_cast<double>(new_year_us), {}, {}}),
            (Rows{2}));
}

TEST(PayloadIndexes, AutomaticIndexesSeeEveryKey) {
  PayloadIndexes indexes;
  indexes.enable_automatic();
  indexes.insert(PointOffset(0), json(R"({"a":1,"b":[true],"chroma:document":"text"})"));
  indexes.insert(PointOffset(1), json(R"({"a":1.0,"s":{"indices":[1],"values":[0.5]}})"));
  indexes.insert(PointOffset(2), json(R"({"a":9007199254740993})"));
  using Kinds = model::SeenKinds;
  EXPECT_EQ(indexes.seen_keys().at("a"), Kinds::kInt | Kinds::kFloat);
  EXPECT_EQ(indexes.seen_keys().at("b"), Kinds::kBool);
  EXPECT_EQ(indexes.seen_keys().at("s"), Kinds::kSparse);
  EXPECT_EQ(indexes.seen_keys().at("chroma:document"), Kinds::kString);
  const auto count = [&](model::MetadataScalar operand) {
    base::Bitset rows(3);
    indexes.automatic()->find("a")->scalars.select_equal(operand, rows);
    return rows.count();
  };
  EXPECT_EQ(count(std::int64_t{1}), 2u);
  EXPECT_EQ(count(1.0), 2u);
  EXPECT_EQ(count(9007199254740992.0), 0u);
  EXPECT_EQ(count(true), 0u);
  EXPECT_EQ(indexes.automatic()->find("chroma:document"), nullptr);
}

TEST(PayloadIndexes, PathsMustParse) {
  EXPECT_EQ(PayloadIndexes::make_field("a..b", {}).status().code(), StatusCode::kInvalidArgument);
}

TEST(Ranges, IntegerBoundsOnFloatsAreExact) {
  // 2^53 + 1 has no double: the nearest is 2^53.
  const std::int64_t odd = 9007199254740993;
  KeyRange<double> above;
  bound_low(above, odd, true);
  EXPECT_FALSE(inside(above, 9007199254740992.0));
  EXPECT_TRUE(inside(above, 9007199254740994.0));
  KeyRange<double> below;
  bound_high(below, odd, false);
  EXPECT_TRUE(inside(below, 9007199254740992.0));
  EXPECT_FALSE(inside(below, 9007199254740994.0));
  KeyRange<std::int64_t> huge;
  bound_high(huge, 0x1p63, false);
  EXPECT_TRUE(inside(huge, INT64_MAX));
  bound_low(huge, -0x1p63, true);
  EXPECT_TRUE(inside(huge, INT64_MIN));
}

TEST(SortedBlocks, StaysSortedUnderAnyOrderOfChanges) {
  std::mt19937_64 random(7);
  SortedBlocks<std::int64_t> blocks;
  std::vector<std::pair<std::int64_t, std::uint32_t>> expected;
  for (std::uint32_t i = 0; i < 20000; ++i) {
    const auto key = static_cast<std::int64_t>(i % 3 == 0 ? i : random() % 500);
    blocks.insert(key, i);
    blocks.insert(key, i);  // A pair is held once.
    expected.emplace_back(key, i);
    if (i % 4 == 3) {
      const std::size_t at = random() % expected.size();
      blocks.erase(expected[at].first, expected[at].second);
      expected.erase(expected.begin() + static_cast<std::ptrdiff_t>(at));
    }
  }
  std::sort(expected.begin(), expected.end());
  std::vector<std::pair<std::int64_t, std::uint32_t>> seen;
  blocks.for_each({}, [&](const auto& entry) { seen.emplace_back(entry.key, entry.row); });
  EXPECT_EQ(seen, expected);
  EXPECT_EQ(blocks.size(), expected.size());
  for (const auto& [key, row] : expected) blocks.erase(key, row);
  EXPECT_EQ(blocks.size(), 0u);
  EXPECT_EQ(blocks.begin(), blocks.end());
}

// Long and short sets, with rows dense and far apart, against std::set.
TEST(Posting, EqualsAPlainSetUnderAnyChanges) {
  std::mt19937 random(3);
  for (const std::uint32_t span : {3000u, 100'000u, 1'000'000u}) {
    Posting posting;
    std::set<std::uint32_t> expected;
    for (int i = 0; i < 30'000; ++i) {
      const auto row = static_cast<std::uint32_t>(random() % span);
      if (random() % 4 == 0) {
        posting.remove(row);
        expected.erase(row);
      } else {
        posting.add(row);
        expected.insert(row);
      }
    }
    EXPECT_EQ(posting.size(), expected.size());
    const std::size_t size = span - 100;  // Shorter than the set: what lies behind is left out.
    base::Bitset rows(size);
    posting.select(rows);
    base::Bitset wanted(size);
    std::vector<std::uint32_t> in_order(expected.begin(), expected.end());
    for (const std::uint32_t row : in_order) {
      if (row < size) wanted.set(row);
      EXPECT_TRUE(posting.contains(row));
    }
    EXPECT_EQ(rows, wanted);
    EXPECT_EQ(posting.count(base::Bitset(size, true)), wanted.count());
    EXPECT_FALSE(posting.contains(span + 1));
    std::vector<std::uint32_t> seen;
    posting.for_each([&](std::uint32_t row) { seen.push_back(row); });
    EXPECT_EQ(seen, in_order);
    base::ByteWriter out;
    posting.write(out);
    base::ByteReader in(out.bytes());
    base::Bitset again(size);
    Posting::read(in)->select(again);
    EXPECT_EQ(again, wanted);
  }
}

TEST(Tokenizer, CutsAsItsParametersSay) {
  using Tokens = std::vector<std::string>;
  EXPECT_EQ(Tokenizer(Value()).document_tokens("Über-schöne Äpfel, d_e!"),
            (Tokens{"über", "schöne", "äpfel", "d", "e"}));
  EXPECT_EQ(Tokenizer(json(R"({"tokenizer":"whitespace","lowercase":false})")).document_tokens(" A-b  C"),
            (Tokens{"A-b", "C"}));
  EXPECT_EQ(Tokenizer(json(R"({"ascii_folding":true})")).document_tokens("Ação Straße"),
            (Tokens{"acao", "strasse"}));
  const Tokenizer prefixes(json(R"({"tokenizer":"prefix","min_token_len":2,"max_token_len":3})"));
  EXPECT_EQ(prefixes.document_tokens("quick a"), (Tokens{"qu", "qui"}));
  EXPECT_EQ(prefixes.query_tokens("quick a"), (Tokens{"qui"}));
  EXPECT_EQ(Tokenizer(json(R"({"stopwords":{"custom":["fox"],"languages":["english"]}})"))
                .document_tokens("the quick fox"),
            (Tokens{"quick"}));
  EXPECT_EQ(Tokenizer(json(R"({"stemmer":{"type":"snowball","language":"english"}})"))
                .document_tokens("running foxes"),
            (Tokens{"run", "fox"}));
  EXPECT_EQ(Tokenizer(json(R"({"stemmer":{"type":"none"}})")).document_tokens("running"), (Tokens{"running"}));
  EXPECT_EQ(Tokenizer(json(R"({"min_token_len":4})")).query_tokens("the quick fox"), (Tokens{"quick"}));
  EXPECT_EQ(Tokenizer(json(R"({"tokenizer":"multilingual"})")).document_tokens("こんにちは世界"),
            (Tokens{"こんにちは", "世界"}));
}

}  // namespace
}  // namespace alidade::index
