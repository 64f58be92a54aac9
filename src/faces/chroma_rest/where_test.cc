#include "faces/chroma_rest/where.h"

#include <gtest/gtest.h>

#include "faces/chroma_rest/index_rules.h"

namespace alidade::faces::chroma_rest {
namespace {

namespace json = base::json;

json::Value parsed(std::string_view text) {
  auto value = json::parse(text);
  EXPECT_TRUE(value.ok()) << text;
  return value.ok() ? *value : json::Value();
}

Result<std::optional<model::Filter>> where(std::string_view text) {
  return decode_where({parsed(text), nullptr});
}
Result<std::optional<model::Filter>> where_document(std::string_view text) {
  return decode_where({nullptr, parsed(text)});
}

TEST(Where, NullIsNoFilter) {
  const auto filter = decode_where({nullptr, nullptr});
  ASSERT_TRUE(filter.ok());
  EXPECT_FALSE(filter->has_value());
}

TEST(Where, AScalarMeansEqual) {
  const auto filter = where(R"({"year":1990})");
  ASSERT_TRUE(filter.ok());
  ASSERT_EQ((*filter)->must.size(), 1u);
  const auto& compare = std::get<model::MetadataCompare>((*filter)->must[0]);
  EXPECT_EQ(compare.key, "year");
  EXPECT_EQ(compare.op, model::MetadataCompare::Operator::kEqual);
  EXPECT_EQ(std::get<std::int64_t>(compare.operand), 1990);
}

TEST(Where, KeepsIntegersAndFloatsApart) {
  const auto filter = where(R"({"price":{"$gte":4.0}})");
  ASSERT_TRUE(filter.ok());
  const auto& compare = std::get<model::MetadataCompare>((*filter)->must[0]);
  EXPECT_EQ(compare.op, model::MetadataCompare::Operator::kGreaterOrEqual);
  EXPECT_DOUBLE_EQ(std::get<double>(compare.operand), 4.0);
}

TEST(Where, EmptyAndMatchesAllAndEmptyOrNone) {
  const auto all = where(R"({"$and":[]})");
  const auto none = where(R"({"$or":[]})");
  ASSERT_TRUE(all.ok() && none.ok());
  EXPECT_TRUE(std::get<model::Constant>((*all)->must[0]).matches);
  EXPECT_FALSE(std::get<model::Constant>((*none)->must[0]).matches);
}

TEST(Where, NestsLogic) {
  const auto filter = where(R"({"$or":[{"a":1},{"$and":[{"b":{"$ne":"x"}},{"c":true}]}]})");
  ASSERT_TRUE(filter.ok());
  const auto& any = std::get<model::SubFilter>((*filter)->must[0]);
  ASSERT_EQ(any.filter->should.size(), 2u);
  const auto& both = std::get<model::SubFilter>(any.filter->should[1]);
  EXPECT_EQ(both.filter->must.size(), 2u);
}

TEST(Where, SearchesDocumentsThroughTheirKey) {
  const auto filter = where(R"({"#document":{"$not_contains":"river"}})");
  ASSERT_TRUE(filter.ok());
  const auto& contains = std::get<model::TextContains>((*filter)->must[0]);
  EXPECT_EQ(contains.key, "chroma:document");
  EXPECT_TRUE(contains.negated);
}

TEST(Where, RefusesEveryMistakeWithTheSameWords) {
  for (const char* text :
       {"{}", R"({"a":1,"b":2})", R"({"a":{"$gt":1,"$lt":3}})", R"({"a":{"$like":"x"}})",
        R"({"$not":{"a":1}})", R"({"a":{"$gt":"x"}})", R"({"a":{"$gt":true}})", R"({"a":null})",
        R"({"a":["x"]})", R"({"a":{}})", R"({"a":{"$eq":null}})", R"({"a":{"$in":[]}})",
        R"({"a":{"$in":[1,"x"]}})", R"({"a":{"$in":[1,2.5]}})", R"({"a":{"$in":[null]}})",
        R"({"$and":{"a":1}})", R"({"$or":[{}]})", R"({"a":{"$contains":["x"]}})",
        R"({"a":{"$regex":"x"}})", R"({"#document":{"$contains":3}})", R"("a")", "5", "[]", "true",
        R"({"a":9223372036854775808})"}) {
    EXPECT_EQ(where(text).status().message(), "Invalid where clause") << text;
  }
  for (const char* text : {"{}", R"({"$like":"a"})", R"({"text":"a"})", R"({"$contains":1})",
                           R"({"$contains":"a","$regex":"b"})", R"("a")", R"({"$or":["a","b"]})",
                           R"({"$eq":"a"})", R"({"$regex":5})"}) {
    EXPECT_EQ(where_document(text).status().message(), "Invalid where document clause") << text;
  }
}

TEST(Where, TakesUnknownHashKeysAsKeysThatNobodyHas) {
  EXPECT_TRUE(where(R"({"#id":{"$in":["a"]}})").ok());
  EXPECT_TRUE(where(R"({"":1})").ok());
}

TEST(IndexRules, RefuseFiltersOfATypeWhoseIndexIsOff) {
  model::CollectionConfig config;
  config.vectors[""] = {};
  config.chroma_echo = parsed(
      R"({"schema":{"defaults":{"int":{"int_inverted_index":{"enabled":false,"config":{}}}},
          "keys":{"genre":{"string":{"string_inverted_index":{"enabled":false,"config":{}}}},
                  "#document":{"string":{"fts_index":{"enabled":false,"config":{}}}}}}})");
  const CollectionTraits traits = CollectionTraits::of(config);
  const auto message = [&traits](const Result<std::optional<model::Filter>>& filter) {
    return traits.check(**filter).message();
  };
  EXPECT_TRUE(traits.visible);
  EXPECT_EQ(message(where(R"({"$and":[{"x":true},{"genre":{"$in":["a"]}}]})")),
            "Cannot filter using metadata key 'genre' with type 'Str' because indexing is disabled");
  EXPECT_EQ(message(where(R"({"year":{"$gt":1}})")),
            "Cannot filter using metadata key 'year' with type 'Int' because indexing is disabled");
  EXPECT_EQ(message(where(R"({"price":{"$gt":1.5}})")), "");
  EXPECT_EQ(message(where_document(R"({"$regex":"a"})")),
            "Cannot filter using full-text search because FTS indexing is disabled");
}

TEST(IndexRules, DocumentsAreNeverCompared) {
  model::CollectionConfig config;
  const CollectionTraits traits = CollectionTraits::of(config);
  const auto filter = where(R"({"#document":"x"})");
  EXPECT_EQ(traits.check(**filter).message(),
            "Cannot filter using metadata key '#document' with type 'Str' because indexing is "
            "disabled");
}

TEST(IndexRules, OnlyOneUnnamedVectorIsVisible) {
  model::CollectionConfig config;
  EXPECT_FALSE(is_visible(config));
  config.vectors[""].distance = model::Distance::kCosine;
  EXPECT_TRUE(is_visible(config));
  config.vectors[""].distance = model::Distance::kManhattan;
  EXPECT_FALSE(is_visible(config));
  config.vectors[""].distance = model::Distance::kDot;
  config.vectors["title"] = {};
  EXPECT_FALSE(is_visible(config));
}

TEST(DecodeWhere, TellsABadPatternInFrontOfAMalformedPart) {
  const auto refusal = [](const char* where, const char* where_document) {
    WhereClauses clauses;
    if (*where) clauses.where = *base::json::parse(where);
    if (*where_document) clauses.where_document = *base::json::parse(where_document);
    return decode_where(clauses).status();
  };
  const char* bad = R"({"#document":{"$regex":"("}})";
  EXPECT_EQ(refusal(bad, "{}").kind(), ErrorKind::kRegex);
  EXPECT_EQ(refusal(R"({"$and":[{"#document":{"$regex":"("}},{"k":{"$foo":1}}]})", "").kind(),
            ErrorKind::kRegex);
  EXPECT_EQ(refusal(R"({"$and":[{"k":{"$foo":1}},{"#document":{"$regex":"("}}]})", "").message(),
            "Invalid where clause");
  EXPECT_EQ(refusal("{}", R"({"$regex":"("})").message(), "Invalid where clause");
  EXPECT_TRUE(refusal(bad, "").ok());  // The operation tells that one.
}

}  // namespace
}  // namespace alidade::faces::chroma_rest
