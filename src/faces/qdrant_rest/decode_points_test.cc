#include <gtest/gtest.h>

#include <cmath>

#include "base/uuid.h"
#include "faces/qdrant_rest/decode_points.h"
#include "faces/qdrant_rest/decode_query.h"
#include "faces/qdrant_rest/errors.h"
#include "faces/qdrant_rest/route_input.h"
#include "model/query_inputs.h"

namespace alidade::faces::qdrant_rest {
namespace {

// A request with a body; borrowed by the RouteInput it converts to.
struct Request {
  explicit Request(std::string text, std::string_view query_text = "")
      : body(std::move(text)), query(net::parse_query(query_text)) {}
  operator RouteInput() const { return {http, parameters, query, body}; }  // NOLINT: for calls

  std::string body;
  net::HttpRequest http;
  net::PathParameters parameters;
  net::QueryParameters query;
};

model::PointBatch slow_batch(const std::string& body) {
  Rules rules;
  auto command = read_upsert(*base::json::parse(body), "", rules);
  EXPECT_TRUE(command.ok()) << command.status().to_string();
  return std::get<model::UpsertPoints>(*command).points;
}

TEST(QdrantUpsert, FastAndSlowPathMakeTheSameColumns) {
  const std::string body =
      R"({"points":[{"id":1,"vector":[1,-2.5,0.1],"payload":{"a":[1,2.50,"x\u00fc",null,true],"b":{}}},)"
      R"({"id":"550E8400-E29B-41D4-A716-446655440001","payload":null,"vector":[3,4,1e39]},)"
      R"({"payload":{"big":18446744073709551615,"e":1e2},"id":18446744073709551615,"vector":[7,8,9]}]})";
  model::PointBatch fast;
  ASSERT_TRUE(read_upsert_fast(body, fast));
  const model::PointBatch slow = slow_batch(body);
  EXPECT_EQ(fast.ids, slow.ids);
  EXPECT_EQ(fast.payloads, slow.payloads);
  ASSERT_EQ(fast.vectors.size(), 1U);
  EXPECT_EQ(fast.vectors[0].values, slow.vectors[0].values);
  EXPECT_TRUE(std::isinf(fast.vectors[0].values[5]));
  EXPECT_EQ(fast.payloads[0], R"({"a":[1,2.5,"xü",null,true],"b":{}})");
  EXPECT_EQ(fast.payloads[1], "");
  EXPECT_EQ(fast.payloads[2], R"({"big":18446744073709551615,"e":100.0})");
}

TEST(QdrantUpsert, NamedVectorsBecomeOneColumnEachWithGaps) {
  const std::string body =
      R"({"points":[{"id":1,"vector":{"a":[1,2]}},{"id":2,"vector":{"b":[3]}},{"id":3,"vector":{}}]})";
  model::PointBatch fast;
  ASSERT_TRUE(read_upsert_fast(body, fast));
  ASSERT_EQ(fast.vectors.size(), 2U);
  EXPECT_TRUE(fast.vectors[0].present.test(0));
  EXPECT_EQ(fast.vectors[1].name, "b");
  EXPECT_TRUE(fast.vectors[1].present.test(1));
  EXPECT_FALSE(fast.vectors[1].present.test(0));
  EXPECT_EQ(fast.ids.size(), 3U);
}

TEST(QdrantUpsert, FastPathDeclinesWhatIsUnusual) {
  for (const char* body :
       {R"({"points":[]})", R"({"points":[{"id":1}]})", R"({"points":[{"id":1,"vector":[]}]})",
        R"({"points":[{"id":1,"vector":[1],"payload":{"a":1,"a":2}}]})",
        R"({"points":[{"id":1,"vector":[1],"payload":{"a":-0}}]})",
        R"({"points":[{"id":1,"vector":[1]}],"update_mode":"upsert"})",
        R"({"batch":{"ids":[1],"vectors":[[1]]}})", R"([1])", R"({"points":[{"id":1,"vector":[[1]]}]})"}) {
    model::PointBatch batch;
    EXPECT_FALSE(read_upsert_fast(body, batch)) << body;
  }
}

TEST(QdrantUpsert, RepeatedPayloadKeysKeepThePlaceOfTheFirstAndTheValueOfTheLast) {
  const auto batch = slow_batch(R"({"points":[{"id":1,"vector":[1],"payload":{"a":1,"b":2,"a":3}}]})");
  EXPECT_EQ(batch.payloads[0], R"({"a":3,"b":2})");
}

TEST(QdrantUpsert, ColumnsWinOverPointsAndNullPayloadsAreNone) {
  const auto batch = slow_batch(
      R"({"points":[{"id":9,"vector":[1]}],"batch":{"ids":[1,2],"vectors":{"a":[[1],[2]]},"payloads":[null,{"x":1}]}})");
  EXPECT_EQ(batch.ids.size(), 2U);
  EXPECT_EQ(batch.payloads, (std::vector<std::string>{"", R"({"x":1})"}));
}

TEST(QdrantUpsert, VectorsIsAnotherNameOfVector) {
  EXPECT_EQ(slow_batch(R"({"points":[{"id":1,"vectors":[1,2]}]})").vectors.at(0).dim, 2U);
}

TEST(QdrantUpsert, WaitDecidesHowDurable) {
  const char* body = R"({"points":[{"id":1,"vector":[1]}]})";
  EXPECT_EQ(decode_upsert_points(Request(body, "wait=true"))->durability, model::Durability::kSynced);
  EXPECT_EQ(decode_upsert_points(Request(body))->durability, model::Durability::kLogged);
}

TEST(QdrantScroll, ShowsPayloadByDefaultAndOthersDoNot) {
  EXPECT_EQ(decode_scroll_points(Request("{}"))->with_payload.kind, model::PayloadSelector::Kind::kAll);
  EXPECT_EQ(decode_retrieve_points(Request(R"({"ids":[1]})"))->with_payload.kind,
            model::PayloadSelector::Kind::kNone);
}

TEST(QdrantFilter, ReadsEveryConditionOfItsGrammar) {
  const auto request = decode_scroll_points(Request(R"({"filter":{
    "must":[{"key":"a","match":{"value":"x"}},{"key":"a","match":{"any":[1,2]}},
            {"key":"a","match":{"except":["x"]}},{"key":"a","match":{"text":"x"}},
            {"key":"a","match":{"text_any":"x"}},{"key":"a","match":{"phrase":"x"}},
            {"key":"a","match":{"prefix":"x"}},{"key":"a","range":{"gt":1,"lte":2.5}},
            {"key":"a","range":{"gt":"2024-01-01"}},{"key":"a","values_count":{"gte":1}},
            {"key":"a","geo_radius":{"center":[1,2],"radius":3}},
            {"key":"a","geo_bounding_box":{"top_left":{"lon":0,"lat":1},"bottom_right":{"lon":1,"lat":0}}},
            {"key":"a","geo_polygon":{"exterior":{"points":[[0,0],[1,0],[1,1],[0,0]]}}},
            {"key":"a","is_empty":true},{"key":"a","is_null":false}],
    "should":{"is_empty":{"key":"a"}},
    "must_not":[{"is_null":{"key":"a"}},{"has_id":[1]},{"has_vector":"v"},
                {"nested":{"key":"a","filter":{"must":[]}}},{"slice":{"total":2,"index":1}},{}],
    "min_should":{"conditions":[{"has_id":[]}],"min_count":1}}})"));
  ASSERT_TRUE(request.ok()) << request.status().to_string();
  EXPECT_EQ(request->filter->must.size(), 15U);
  EXPECT_EQ(request->filter->should.size(), 1U);
  EXPECT_EQ(request->filter->must_not.size(), 6U);
  EXPECT_EQ(request->filter->min_should->min_count, 1U);
  const auto& range = std::get<model::FieldCondition>(request->filter->must[8]).tests.at(0);
  EXPECT_EQ(std::get<model::DatetimeRange>(range).gt, 1704067200000000);
}

TEST(QdrantQuery, ReadsTheUsualQuery) {
  const auto request = decode_query_points(Request(
      R"({"query":[1,0.5],"limit":7,"with_payload":true,"params":{"hnsw_ef":64},"using":"a",)"
      R"("filter":{"must":[{"key":"k","match":{"value":1}}]},"score_threshold":0.5})"));
  ASSERT_TRUE(request.ok()) << request.status().to_string();
  EXPECT_EQ(*model::dense_values(std::get<model::NearestQuery>(*request->query.query).target),
            (std::vector<float>{1, 0.5F}));
  EXPECT_EQ(request->query.limit, 7U);
  EXPECT_EQ(request->query.params.hnsw_ef, 64U);
  EXPECT_EQ(request->query.using_vector, "a");
  EXPECT_EQ(request->query.filter->must.size(), 1U);
}

TEST(QdrantQuery, ReadsPrefetchesAndFusions) {
  const auto request = decode_query_points(Request(
      R"({"prefetch":[{"query":[1],"using":"a","limit":3},{"query":{"recommend":{"positive":[1]}}}],)"
      R"("query":{"rrf":{"k":5,"weights":[1,2]}},"limit":4})"));
  ASSERT_TRUE(request.ok()) << request.status().to_string();
  ASSERT_EQ(request->query.prefetch.size(), 2U);
  EXPECT_EQ(request->query.prefetch[0].limit, 3U);
  EXPECT_EQ(std::get<model::RrfQuery>(*request->query.query).k, 5U);
}

/// The query of a body, whose rules it keeps.
model::QueryKind kind_of(const std::string& query) {
  const auto request = decode_query_points(Request(R"({"prefetch":{"limit":5},"query":)" + query + "}"));
  EXPECT_TRUE(request.ok()) << query << " " << request.status().to_string();
  return request.ok() && request->query.query ? *request->query.query : model::QueryKind();
}

TEST(QdrantQuery, ReadsEveryKindWithAllThatItSays) {
  const auto mmr = std::get<model::NearestQuery>(kind_of(R"({"nearest":3,"mmr":{"diversity":0.25,"candidates_limit":9}})"));
  EXPECT_EQ(mmr.mmr->diversity, 0.25F);
  EXPECT_EQ(mmr.mmr->candidates_limit, 9U);
  const auto recommend = std::get<model::RecommendQuery>(
      kind_of(R"({"recommend":{"positive":[1,[1,2]],"negative":null,"strategy":"sum_scores"}})"));
  EXPECT_EQ(recommend.positive.size(), 2U);
  EXPECT_EQ(recommend.strategy, model::RecommendQuery::Strategy::kSumScores);
  const auto discover = std::get<model::DiscoverQuery>(
      kind_of(R"({"discover":{"target":1,"context":[{"positive":2,"negative":3},[4,5]]}})"));
  EXPECT_EQ(discover.context.size(), 2U);
  EXPECT_EQ(std::get<model::ContextQuery>(kind_of(R"({"context":{"positive":2,"negative":3}})")).pairs.size(), 1U);
  EXPECT_TRUE(std::get<model::ContextQuery>(kind_of(R"({"context":null})")).pairs.empty());
  const auto feedback = std::get<model::FeedbackQuery>(kind_of(
      R"({"relevance_feedback":{"target":1,"feedback":[{"example":2,"score":0.5}],"strategy":{"naive":{"a":1,"b":2,"c":3}}}})"));
  EXPECT_EQ(feedback.feedback.at(0).score, 0.5F);
  EXPECT_EQ(feedback.b, 2.0F);
  EXPECT_TRUE(std::holds_alternative<model::DbsfQuery>(kind_of(R"({"fusion":"dbsf"})")));
  EXPECT_TRUE(std::holds_alternative<model::SampleQuery>(kind_of(R"({"sample":"random"})")));
  EXPECT_EQ(std::get<model::TextQuery>(kind_of(R"({"text":"words"})")).query, "words");
  EXPECT_EQ(std::get<model::TextQuery>(kind_of(R"({"text":{"query":"w","scoring":{"bm25":{"k":1.5}}}})")).bm25->k, 1.5);
}

TEST(QdrantQuery, ReadsEveryKindOfVector) {
  const auto target = [](const std::string& query) { return std::get<model::NearestQuery>(kind_of(query)).target; };
  const auto sparse = std::get<model::SparseVector>(std::get<model::VectorValue>(target(R"({"indices":[7,1],"values":[1,2]})")));
  EXPECT_EQ(sparse.indices, (std::vector<std::uint32_t>{7, 1}));
  const auto multi = std::get<model::MultiVector>(std::get<model::VectorValue>(target(R"({"nearest":[[1,2.5],[3,4]]})")));
  EXPECT_EQ(multi.dim, 2U);
  EXPECT_EQ(multi.values, (std::vector<float>{1, 2.5F, 3, 4}));
  const auto text = std::get<model::Inference>(target(R"({"text":"t","model":"bm25","options":{"k":1}})"));
  EXPECT_EQ(text.input, base::json::Value("t"));
  EXPECT_NE(text.options.find("k"), nullptr);
}

TEST(QdrantQuery, ReadsFormulasAsTrees) {
  const auto formula = std::get<model::FormulaQuery>(kind_of(
      R"({"formula":{"sum":["$score",{"mult":[2,{"key":"k","match":{"value":1}}]},{"exp_decay":{"x":"n","scale":5}},)"
      R"({"div":{"left":1,"right":{"max":["a","b"]}}}]},"defaults":{"n":0}})"));
  const auto& sum = std::get<model::Expression::Many>(formula.expression.node);
  ASSERT_EQ(sum.operands.size(), 4U);
  EXPECT_EQ(std::get<model::Expression::Variable>(sum.operands[0].node).name, "$score");
  const auto& product = std::get<model::Expression::Many>(sum.operands[1].node);
  EXPECT_EQ(product.kind, model::Expression::Many::Kind::kMult);
  EXPECT_TRUE(std::holds_alternative<model::Expression::Test>(product.operands[1].node));
  const auto& decay = std::get<model::Expression::Decay>(sum.operands[2].node);
  EXPECT_EQ(decay.kind, model::Expression::Decay::Kind::kExponential);
  EXPECT_EQ(decay.scale, 5.0F);
  EXPECT_NE(formula.defaults.find("n"), nullptr);
  // The peer reads an empty filter, and a list where a struct stands.
  EXPECT_TRUE(std::holds_alternative<model::Expression::Test>(
      std::get<model::FormulaQuery>(kind_of(R"({"formula":{}})")).expression.node));
  EXPECT_EQ(std::get<model::Expression::One>(std::get<model::FormulaQuery>(kind_of(R"({"formula":[1]})")).expression.node).kind,
            model::Expression::One::Kind::kNeg);
}

// An empty prefetch is two characters of a body and hundreds of bytes once it is read.
TEST(QdrantQuery, CountsWhatIsMuchLargerThanItsText) {
  const auto list_of = [](const std::string& item) {
    std::string list = "[" + item;
    for (int i = 1; i < 20'000; ++i) list += "," + item;
    return list + "]";
  };
  const auto decode = [](const auto& read, const std::string& body, std::uint64_t limit_bytes) {
    env::MemoryBudget budget(limit_bytes);
    env::MemoryAccount account(&budget);
    const Request request(body);
    RouteInput input = request;
    input.account = &account;
    return read(input).status();
  };
  const std::string one[] = {R"({"prefetch":)" + list_of("{}") + R"(,"query":{"fusion":"rrf"}})",
                             R"({"query":{"recommend":{"positive":)" + list_of("1") + "}}}",
                             R"({"prefetch":{},"query":{"formula":{"sum":)" + list_of("1") + "}}}",
                             R"({"filter":{"must":)" + list_of(R"({"is_null":{"key":"a"}})") + "}}"};
  for (const std::string& body : one) {
    EXPECT_EQ(decode(decode_query_points, body, 1 << 20).code(), StatusCode::kResourceExhausted) << body.substr(0, 50);
    EXPECT_TRUE(decode(decode_query_points, body, 64 << 20).ok()) << body.substr(0, 50);
  }
  EXPECT_EQ(decode(decode_query_batch, R"({"searches":)" + list_of("{}") + "}", 1 << 20).code(), StatusCode::kResourceExhausted);
  EXPECT_TRUE(decode(decode_query_batch, R"({"searches":)" + list_of("{}") + "}", 64 << 20).ok());
}

// A list stands for any of seven operators with one operand, and for some with more: what is tried must not multiply with
// the depth, whether the lists are a formula in the end or not.
TEST(QdrantQuery, ReadsListsOfListsInAShortTime) {
  const auto nested = [](const std::string& before, const std::string& inside, const std::string& behind, int depth) {
    std::string text = inside;
    for (int i = 0; i < depth; ++i) text = before + text + behind;
    return text;
  };
  for (const std::string& formula : {nested("[", "null", "]", 100), nested("[[", "1", ",1,null]]", 50),
                                     nested(R"([{"sum":[)", R"({"mult":[null]})", "]}]", 40)}) {
    const auto request = decode_query_points(Request(R"({"prefetch":{},"query":{"formula":)" + formula + "}}"));
    EXPECT_EQ(request.status().code(), StatusCode::kInvalidArgument) << formula;
  }
  // A few levels are still read as the peer reads them.
  const auto formula = std::get<model::FormulaQuery>(kind_of(R"({"formula":[[[1]]]})"));
  EXPECT_TRUE(std::holds_alternative<model::Expression::Many>(formula.expression.node));
}

}  // namespace
}  // namespace alidade::faces::qdrant_rest
