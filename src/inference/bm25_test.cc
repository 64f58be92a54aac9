#include "inference/bm25.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "inference/inference.h"

namespace alidade::inference {
namespace {

using base::json::Value;

Bm25 with(const char* options) { return Bm25::from_options(*base::json::parse(options)).value(); }
std::string refusal(const char* options) { return Bm25::from_options(*base::json::parse(options)).status().message(); }

// Published values of MurmurHash3_x86_32, of which the sign is dropped.
TEST(TermNumber, IsMurmurHash3WithoutItsSign) {
  EXPECT_EQ(term_number(""), 0U);
  EXPECT_EQ(term_number("hello"), 0x248BFA47U);
  EXPECT_EQ(term_number("The quick brown fox jumps over the lazy dog"), 0x2E4FF723U);
}

TEST(Bm25Model, WeighsTermsByHowOftenTheyOccurAndHowLongTheTextIs) {
  const Bm25 model = with("{}");
  const auto one = model.document("fox"), twice = model.document("fox fox");
  ASSERT_EQ(one.values.size(), 1U);
  EXPECT_NEAR(one.values[0], 2.2 / (1 + 1.2 * (0.25 + 0.75 * 1 / 256)), 1e-6);
  EXPECT_NEAR(twice.values[0], 2 * 2.2 / (2 + 1.2 * (0.25 + 0.75 * 2 / 256)), 1e-6);
  EXPECT_TRUE(std::is_sorted(one.indices.begin(), one.indices.end()));
}

TEST(Bm25Model, QueriesAskForEachTermOnce) {
  const auto query = with("{}").query("fox dog fox dogs");
  EXPECT_EQ(query.indices.size(), 2U);
  EXPECT_EQ(query.values, (std::vector<float>{1, 1}));
}

TEST(Bm25Model, LeavesOutStopWordsAndStemsUnlessToldOtherwise) {
  EXPECT_TRUE(with("{}").document("the of and").indices.empty());
  EXPECT_EQ(with("{}").query("searching").indices, with("{}").query("searches").indices);
  EXPECT_EQ(with(R"({"language":"none"})").document("the of and").indices.size(), 3U);
  EXPECT_NE(with(R"({"language":"none"})").query("searching").indices, with(R"({"language":"none"})").query("searches").indices);
  EXPECT_EQ(with(R"({"stopwords":{"custom":["fox"]}})").document("the fox").indices.size(), 1U);
  EXPECT_TRUE(with("{}").document("").indices.empty());
}

TEST(Bm25Model, RefusesWhatItCannotUse) {
  EXPECT_EQ(refusal(R"({"k":-1})"), "BM25 k1 must be finite and >= 0, got -1");
  EXPECT_EQ(refusal(R"({"b":2})"), "BM25 b must be finite and in [0.0, 1.0], got 2");
  EXPECT_EQ(refusal(R"({"avg_len":0})"), "BM25 avg_doc_len must be finite and > 0, got 0");
  EXPECT_NE(refusal(R"({"tokenizer":"x"})").find("unknown variant `x`"), std::string::npos);
  EXPECT_NE(refusal(R"({"stopwords":["fox"]})").find("StopwordsInterface"), std::string::npos);
  EXPECT_NE(refusal(R"({"k":"a"})"), "");
  EXPECT_EQ(refusal(R"({"unknown":1})"), "");
}

TEST(InferenceModels, AreNamedInAnyCase) {
  EXPECT_TRUE(is_served("bm25"));
  EXPECT_TRUE(is_served("Qdrant/BM25"));
  EXPECT_FALSE(is_served("bm26"));
  EXPECT_FALSE(is_served(""));
}

}  // namespace
}  // namespace alidade::inference
