#include "faces/chroma_rest/body_reader.h"

#include <gtest/gtest.h>

#include "faces/chroma_rest/decode_collections.h"
#include "faces/chroma_rest/decode_records.h"
#include "faces/chroma_rest/decode_search.h"

namespace alidade::faces::chroma_rest {
namespace {

constexpr char kShape[] = "Failed to deserialize the JSON body into the target type: ";
constexpr char kSyntax[] = "Failed to parse the request body as JSON: ";

std::string get_error(std::string_view body) { return read_get(body).status().message(); }
std::string add_error(std::string_view body) {
  return read_records(body, RecordWrite::kAdd).status().message();
}
std::string create_error(std::string_view body) {
  return read_create_collection(body).status().message();
}

TEST(BodyReader, NamesThePlaceOfAWrongType) {
  EXPECT_EQ(add_error(R"({"ids":"x","embeddings":[[1]]})"),
            std::string(kShape) +
                R"(ids: invalid type: string "x", expected a sequence at line 1 column 10)");
  EXPECT_EQ(add_error(R"({"ids":[null],"embeddings":[[1]]})"),
            std::string(kShape) +
                "ids[0]: invalid type: null, expected a string at line 1 column 12");
  EXPECT_EQ(add_error(R"({"ids":[["a"]],"embeddings":[[1]]})"),
            std::string(kShape) +
                "ids[0]: invalid type: sequence, expected a string at line 1 column 8");
  EXPECT_EQ(add_error(R"({"ids":["t1"],"embeddings":[[true]]})"),
            std::string(kShape) +
                "embeddings: data did not match any variant of untagged enum EmbeddingsPayload at "
                "line 1 column 36");
  EXPECT_EQ(add_error(R"({"ids":["t1"]})"),
            std::string(kShape) + "missing field `embeddings` at line 1 column 14");
  EXPECT_EQ(get_error(R"({"limit":-1})"),
            std::string(kShape) +
                "limit: invalid value: integer `-1`, expected u32 at line 1 column 11");
  EXPECT_EQ(get_error(R"({"limit":1.5})"),
            std::string(kShape) +
                "limit: invalid type: floating point `1.5`, expected u32 at line 1 column 12");
  const std::pair<std::string, std::string> floats[] = {
      {"18446744073709551616", "1.8446744073709552e+19"}, {"-1e300", "-1e+300"}, {"1e16", "1e+16"},
      {"1e15", "1000000000000000.0"}, {"1e-5", "0.00001"}, {"1e-7", "1e-7"}, {"-0.0", "-0.0"}};
  for (const auto& [given, shown] : floats) {
    EXPECT_NE(get_error(R"({"limit":)" + given + "}").find("floating point `" + shown + "`,"), std::string::npos)
        << given;
  }
  EXPECT_EQ(get_error(R"({"ids":["a"],"ids":["b"]})"),
            std::string(kShape) + "duplicate field `ids` at line 1 column 18");
}

TEST(BodyReader, WordsBrokenJson) {
  EXPECT_EQ(get_error(""), std::string(kSyntax) + "EOF while parsing a value at line 1 column 0");
  EXPECT_EQ(get_error("{"), std::string(kSyntax) + "EOF while parsing an object at line 1 column 1");
  EXPECT_EQ(get_error(R"({"ids": [)"),
            std::string(kSyntax) + "ids: EOF while parsing a list at line 1 column 9");
  EXPECT_EQ(get_error(R"({"ids": ["a)"),
            std::string(kSyntax) + "ids[0]: EOF while parsing a string at line 1 column 11");
  EXPECT_EQ(get_error(R"({"ids": ["a"],})"),
            std::string(kSyntax) + "trailing comma at line 1 column 15");
  EXPECT_EQ(get_error(R"({"limit": NaN})"),
            std::string(kSyntax) + "limit: expected value at line 1 column 11");
  EXPECT_EQ(get_error(R"({"limit": 01})"),
            std::string(kSyntax) + "limit: invalid number at line 1 column 12");
  EXPECT_EQ(get_error(R"({"limit": -})"),
            std::string(kSyntax) + "limit: invalid number at line 1 column 12");
  EXPECT_EQ(get_error(R"({"limit": 1e400})"),
            std::string(kSyntax) + "limit: number out of range at line 1 column 15");
  EXPECT_EQ(get_error(R"({"ids": ["\ud800"]})"),
            std::string(kSyntax) + "ids[0]: unexpected end of hex escape at line 1 column 17");
  EXPECT_EQ(get_error("{} {}"), std::string(kSyntax) + "trailing characters at line 1 column 4");
  EXPECT_EQ(get_error("{\n \"ids\": [\n  \"a\",\n ]\n}"),
            std::string(kSyntax) + "ids: trailing comma at line 4 column 2");
  EXPECT_EQ(get_error("{\"ids\": [\"a\xff\"]}"),
            std::string(kSyntax) + "ids[0]: invalid unicode code point at line 1 column 13");
}

TEST(BodyReader, RefusesDeepNestingWithItsPath) {
  const std::string body = "{\"where\":" + std::string(1000, '[');
  std::string path = "where";
  for (int i = 0; i < 126; ++i) path += "[0]";
  EXPECT_EQ(get_error(body),
            std::string(kSyntax) + path + ": recursion limit exceeded at line 1 column 136");
  // What nobody looks at may nest.
  EXPECT_TRUE(read_create_collection("{\"name\":\"abc\",\"other\":" + std::string(1000, '[') +
                                     std::string(1000, ']') + "}")
                  .ok());
}

TEST(BodyReader, ReadsAListInPlaceOfAStruct) {
  EXPECT_EQ(create_error("[]"),
            std::string(kShape) +
                "invalid length 0, expected struct CreateCollectionPayload with 5 elements at line 1 "
                "column 2");
  EXPECT_EQ(create_error("[1]"),
            std::string(kShape) +
                "[0]: invalid type: integer `1`, expected a string at line 1 column 2");
  const auto body = read_create_collection(R"(["abc",null,null,null])");
  ASSERT_TRUE(body.ok());
  EXPECT_EQ(body->name, "abc");
  EXPECT_EQ(get_error("[1]").substr(0, 60), (std::string(kShape) + "inv").substr(0, 60));
}

TEST(BodyReader, IgnoresUnknownFieldsButNotInsideTheIndexConfiguration) {
  EXPECT_TRUE(read_get(R"({"include":[],"unknown":{"a":[1]},"Limit":0})").ok());
  EXPECT_EQ(create_error(R"({"name":"abc","configuration":{"hnsw":{"m":16}}})").substr(0, 115),
            (std::string(kShape) + "configuration.hnsw.m: unknown field `m`, expected one of `space`")
                .substr(0, 115));
}

TEST(BodyReader, TellsAnUnknownWordFromNoWord) {
  EXPECT_EQ(get_error(R"({"include":["x"]})"),
            std::string(kShape) +
                "include[0]: unknown variant `x`, expected one of `distances`, `documents`, "
                "`embeddings`, `metadatas`, `uris` at line 1 column 15");
  EXPECT_EQ(get_error(R"({"include":[1]})"),
            std::string(kSyntax) + "include[0]: expected value at line 1 column 13");
}

TEST(BodyReader, SyntaxIsAWrongArgumentAndShapeIsUnprocessable) {
  EXPECT_EQ(read_get("{").status().code(), StatusCode::kInvalidArgument);
  EXPECT_EQ(read_get("5").status().code(), StatusCode::kUnprocessable);
}

TEST(BodyReader, RefusesWrongSearches) {
  EXPECT_EQ(read_search(R"({"searches":[{"rank":{"$knn":{"limit":3}}}]})").status().message(),
            std::string(kShape) +
                "searches[0].rank.$knn: missing field `query` at line 1 column 40");
  EXPECT_EQ(read_search(R"({"searches":[{"rank":{"$val":1,"$abs":{"$val":1}}}]})")
                .status()
                .message(),
            std::string(kSyntax) + "searches[0].rank: expected value at line 1 column 30");
  const auto body = read_search(R"({"searches":[{"group_by":{"keys":["genre"]}}]})");
  ASSERT_TRUE(body.ok());
  EXPECT_EQ(body->rules.message(),
            "Validation error: searches[0].group_by: group_by keys and aggregate must both be "
            "specified or both be omitted");
}

}  // namespace
}  // namespace alidade::faces::chroma_rest
