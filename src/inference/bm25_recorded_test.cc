// What Qdrant 1.19 made of the same texts, and what the formula gives.
#include "inference/bm25.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

namespace alidade::inference {
namespace {

using base::json::Value;

Value options_of(std::string_view text) { return base::json::parse(text).value(); }

struct Recorded {
  std::string_view options, text;
  std::vector<std::uint32_t> indices;
  std::vector<float> values;
};

constexpr std::string_view kFox = "The quick brown fox jumps over the lazy dog";
constexpr std::string_view kSearches = "Searching, searched, searches: the search of a searcher";
constexpr std::string_view kSouth = "Öl und Ähren im Süden";

TEST(Bm25Recorded, GivesTheVectorsThatQdrantGives) {
  constexpr float k3 = 1.6786885F, k5 = 1.6697302F, k6 = 1.6652868F, k7 = 1.660867F, k8 = 1.6564705F, k9 = 1.6520973F;
  const std::vector<Recorded> all = {
      {"null", kFox, {226376294, 741580288, 771291085, 1312749093, 1621867415, 1913189942}, {k6, k6, k6, k6, k6, k6}},
      {"{}", kSearches, {553238108, 1985314845}, {2.0381796F, k5}},
      {"{}", kSouth, {164058840, 316832307, 1370961161, 1515684580, 1822093828}, {k5, k5, k5, k5, k5}},
      {"{}", "42 is 42.0 or 42", {764297089, 1135041482}, {1.6741974F, 1.9915135F}},
      {"{}", "the of and", {}, {}},
      {"{}", "", {}, {}},
      {R"({"language":"german"})", kSouth, {646829, 186654362, 1897421751}, {k3, k3, k3}},
      {R"({"language":"german"})", kSearches, {553238108, 614261838, 806295544, 1009084850, 1132748958, 1299665196},
       {1.9830986F, k8, k8, k8, k8, k8}},
      {R"({"language":"none"})", kFox,
       {741580288, 771291085, 871970487, 1132748958, 1218191817, 1312749093, 1621867415, 1656251611},
       {k9, k9, k9, 1.8870833F, k9, k9, k9, k9}},
      {R"({"tokenizer":"whitespace","lowercase":false})", kFox,
       {226376294, 741580288, 771291085, 1312749093, 1428307939, 1621867415, 1913189942}, {k7, k7, k7, k7, k7, k7, k7}},
      {R"({"tokenizer":"whitespace","lowercase":false})", "42 is 42.0 or 42", {1135041482, 1927114769}, {1.9043111F, k3}},
      {R"({"stopwords":{"custom":["fox"]}})", kFox,
       {226376294, 741580288, 771291085, 1132748958, 1312749093, 1656251611, 1913189942},
       {k8, k8, k8, 1.8899329F, k8, k8, k8}},
      {R"({"stopwords":{"languages":["english"],"custom":["fox"]},"stemmer":{"type":"snowball","language":"english"}})", kFox,
       {226376294, 741580288, 771291085, 1312749093, 1913189942}, {k5, k5, k5, k5, k5}},
  };
  for (const Recorded& one : all) {
    const model::SparseVector vector = Bm25::from_options(options_of(one.options)).value().document(one.text);
    EXPECT_EQ(vector.indices, one.indices) << one.options << ' ' << one.text;
    EXPECT_EQ(vector.values, one.values) << one.options << ' ' << one.text;
  }
}

TEST(Bm25Recorded, PlacesAreThoseOfMurmur3) {
  EXPECT_EQ(term_number(""), 0U);
  EXPECT_EQ(term_number("a"), 1009084850U);
  EXPECT_EQ(term_number("search"), 553238108U);
}

TEST(Bm25Recorded, WeighsWordsOfAQueryAlike) {
  const Bm25 bm25 = Bm25::from_options({}).value();
  const model::SparseVector query = bm25.query("fox dog fox the");
  EXPECT_EQ(query.indices, (std::vector<std::uint32_t>{1312749093, 1621867415}));
  EXPECT_EQ(query.values, (std::vector<float>{1, 1}));
  EXPECT_TRUE(bm25.query("the").indices.empty());
}

TEST(Bm25Recorded, FollowsItsNumbers) {
  // Neither length nor repetition counts.
  const Bm25 flat = Bm25::from_options(options_of(R"({"k":0,"b":0})")).value();
  EXPECT_EQ(flat.document("fox fox fox").values, std::vector<float>{1});
  // n (k + 1) / (n + k (1 - b + b len / avg_len)) = 2 · 3 / (2 + 2 (0 + 1 · 2 / 4)).
  const Bm25 long_text = Bm25::from_options(options_of(R"({"k":2,"b":1,"avg_len":4})")).value();
  EXPECT_EQ(long_text.document("fox fox").values, std::vector<float>{2});
}

TEST(Bm25Recorded, CutsWordsAsItsOptionsSay) {
  const auto places = [](std::string_view options, std::string_view text) {
    return Bm25::from_options(options_of(options)).value().document(text).indices;
  };
  EXPECT_EQ(places(R"({"ascii_folding":true,"language":"none"})", "Ähren").front(), term_number("ahren"));
  EXPECT_EQ(places(R"({"min_token_len":4,"max_token_len":5,"language":"none"})", "fox quick jumping"), std::vector{term_number("quick")});
  EXPECT_EQ(places(R"({"stemmer":{"type":"none"}})", "jumping"), std::vector{term_number("jumping")});
  // The beginnings of a word are no words.
  EXPECT_EQ(places(R"({"tokenizer":"prefix","language":"none"})", "fox"), std::vector{term_number("fox")});
  EXPECT_EQ(places(R"({"stopwords":null,"stemmer":null,"language":null,"lowercase":null})", "The searching"),
            std::vector{term_number("search")});
}

TEST(Bm25Recorded, RefusesOptionsInThePeersWords) {
  const auto refusal = [](std::string_view options) {
    const Status status = Bm25::from_options(options_of(options)).status();
    EXPECT_EQ(status.code(), StatusCode::kInvalidArgument) << options;
    return status.message();
  };
  const auto wrong = [](const std::string& what) { return "Invalid BM25 config: Error(\"" + what + "\", line: 0, column: 0)"; };
  EXPECT_EQ(refusal(R"({"k":-1})"), "BM25 k1 must be finite and >= 0, got -1");
  EXPECT_EQ(refusal(R"({"b":2})"), "BM25 b must be finite and in [0.0, 1.0], got 2");
  EXPECT_EQ(refusal(R"({"avg_len":0})"), "BM25 avg_doc_len must be finite and > 0, got 0");
  EXPECT_EQ(refusal(R"({"tokenizer":"x"})"),
            wrong("unknown variant `x`, expected one of `prefix`, `whitespace`, `word`, `multilingual`"));
  for (const char* words : {R"({"stopwords":["fox"]})", R"({"stopwords":{"custom":[1]}})"}) {
    EXPECT_EQ(refusal(words), wrong("data did not match any variant of untagged enum StopwordsInterface"));
  }
  for (const char* options : {R"({"k":"x"})", R"({"lowercase":1})", R"({"min_token_len":-1})", R"({"language":5})",
                              R"({"max_token_len":1.5})", R"({"k":null})", R"({"tokenizer":[]})"}) {
    EXPECT_NE(refusal(options).find("invalid "), std::string::npos) << options;
  }
}

}  // namespace
}  // namespace alidade::inference
