// What a search needs of its collection, and which of its mistakes are told first. The expected
// texts are what a Chroma 1.5.9 server said.
#include <string>
#include <string_view>

#include <gtest/gtest.h>

#include "faces/chroma_rest/decode_search.h"
#include "faces/chroma_rest/index_rules.h"

namespace alidade::faces::chroma_rest {
namespace {

Result<SearchBody> read(std::string_view searches) {
  return read_search(R"({"searches":[)" + std::string(searches) + "]}");
}

std::string ranked(std::string_view knn) {
  return R"({"rank":{"$knn":{)" + std::string(knn) + "}}}";
}

constexpr std::string_view kSparse = R"("query":{"indices":[1,5],"values":[0.5,1]})";

TEST(SearchBody, KeepsFiltersAndTheKeysOfSparseQueries) {
  const auto body = read(R"({"filter":{"k":"x"}},{})");
  ASSERT_TRUE(body.ok());
  ASSERT_EQ(body->searches.size(), 2u);
  EXPECT_TRUE(body->searches[0].filter);
  EXPECT_FALSE(body->searches[1].filter);
  EXPECT_TRUE(body->rules.ok());

  const std::string u = R"({"$knn":{"key":"u",)" + std::string(kSparse) + "}}";
  const std::string v = R"({"$knn":{"key":"v",)" + std::string(kSparse) + "}}";
  const auto sparse = read(R"({"rank":{"$sub":{"right":)" + u + R"(,"left":)" + v + "}}}," +
                           ranked(kSparse) + "," + ranked(R"("query":[1,0],"key":"u")"));
  ASSERT_TRUE(sparse.ok()) << sparse.status().message();
  EXPECT_EQ(sparse->searches[0].sparse_keys, (std::vector<std::string>{"v", "u"}));
  EXPECT_EQ(sparse->searches[1].sparse_keys, std::vector<std::string>{"#embedding"});
  EXPECT_EQ(sparse->searches[2].sparse_keys, std::vector<std::string>{});
}

TEST(SearchBody, NoCollectionHasASparseIndex) {
  EXPECT_EQ(CollectionTraits().check_sparse("s").message(),
            "Cannot filter using metadata key 's' with type 'SparseVector' because indexing is "
            "disabled");
}

TEST(SearchBody, RefusesQueriesThatAreNoVectors) {
  for (const char* query :
       {"5", "null", R"("x")", "{}", "[null]", R"([1,"a"])", R"({"indices":[1]})",
        R"({"indices":[-1],"values":[1]})", R"({"indices":[1],"values":["a"]})",
        R"({"indices":[1],"values":[1],"tokens":[1]})",
        R"({"#type":"x","indices":[1],"values":[1]})"}) {
    const Status status = read(ranked(R"("query":)" + std::string(query))).status();
    EXPECT_EQ(status.code(), StatusCode::kUnprocessable) << query;
    EXPECT_NE(status.message().find("searches[0].rank.$knn.query: data did not match any variant of "
                                    "untagged enum QueryVector"),
              std::string::npos)
        << query << ": " << status.message();
  }
  EXPECT_NE(read(ranked(R"("query":[1],"key":5)")).status().message().find(
                "$knn.key: invalid type: integer `5`, expected a string"),
            std::string::npos);
}

TEST(SearchBody, TellsSparseVectorsThatAreWrongInThemselves) {
  const std::string begin =
      "Validation error: searches[0].rank: Invalid sparse vector in KNN query: Sparse vector indices";
  const std::string order = " must be sorted in strictly ascending order (no duplicates)";
  const std::string length = ", values, and tokens (when present) must have the same length";
  const auto rules = [](std::string_view query) {
    return read(ranked(R"("query":)" + std::string(query)))->rules.message();
  };
  EXPECT_EQ(rules(R"({"indices":[2,1],"values":[1,1]})"), begin + order);
  EXPECT_EQ(rules(R"({"indices":[1,1],"values":[1,1]})"), begin + order);
  EXPECT_EQ(rules(R"({"indices":[2,1],"values":[1]})"), begin + length);
  EXPECT_EQ(rules(R"({"indices":[1,2],"values":[1,1],"tokens":["a"]})"), begin + length);
  EXPECT_EQ(rules(R"({"indices":[],"values":[]})"), "");
  const auto two = read(R"({"group_by":{"keys":["a"]}},)" +
                        ranked(R"("query":{"indices":[2,1],"values":[1,1]})"));
  EXPECT_EQ(two->rules.message(),
            "Validation error: searches[0].group_by: group_by keys and aggregate must both be "
            "specified or both be omittedsearches[1].rank: Invalid sparse vector in KNN query: "
            "Sparse vector indices" +
                order);
}

TEST(SearchBody, TellsABadPatternAsAMistakeOfTheBody) {
  for (const char* filter : {R"({"#document":{"$regex":"("}})",
                             R"({"$and":[{"k":"x"},{"#document":{"$regex":"("}}]})"}) {
    const Status status = read(R"({"filter":)" + std::string(filter) + "}").status();
    EXPECT_EQ(status.code(), StatusCode::kUnprocessable);
    EXPECT_NE(status.message().find("searches[0].filter: Regex syntax errror: regex parse error:\n"
                                    "    (\n    ^\nerror: unclosed group at line 1 column "),
              std::string::npos)
        << status.message();
  }
}

}  // namespace
}  // namespace alidade::faces::chroma_rest
