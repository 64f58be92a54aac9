// What filters, queries and settings look like on the wire.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "alidade/qdrant.h"

namespace alidade::qdrant {
namespace {

TEST(QdrantFilter, OneTestIsAFilter) {
  EXPECT_EQ(Filter(field("city") == "Ber\"lin").json(),
            R"({"must":[{"key":"city","match":{"value":"Ber\"lin"}}]})");
  EXPECT_EQ(Filter(field("year") == 1999).json(), R"({"must":[{"key":"year","match":{"value":1999}}]})");
  EXPECT_EQ(Filter(field("sold") == true).json(), R"({"must":[{"key":"sold","match":{"value":true}}]})");
  EXPECT_EQ(Filter().json(), "{}");
  EXPECT_TRUE(Filter().empty());
}

TEST(QdrantFilter, OperatorsBecomeClauses) {
  const Filter a = field("a") == 1;
  const Condition b = field("b") == 2;
  const Condition c = field("c") == 3;
  EXPECT_EQ((a && b && !c).json(),
            R"({"must":[{"key":"a","match":{"value":1}},{"key":"b","match":{"value":2}}],)"
            R"("must_not":[{"key":"c","match":{"value":3}}]})");
  EXPECT_EQ((a || b || c).json(),
            R"({"should":[{"key":"a","match":{"value":1}},{"key":"b","match":{"value":2}},)"
            R"({"key":"c","match":{"value":3}}]})");
  EXPECT_EQ((field("a") != 1).json(), R"({"must_not":[{"key":"a","match":{"value":1}}]})");
  EXPECT_EQ((field("a") != "x").json(), R"({"must_not":[{"key":"a","match":{"value":"x"}}]})");
  EXPECT_EQ((field("a") != std::string("x")).json(), (field("a") != "x").json());
  EXPECT_EQ((field("a") != true).json(), R"({"must_not":[{"key":"a","match":{"value":true}}]})");
  EXPECT_EQ((a && Filter()).json(), a.json());
  EXPECT_EQ((Filter() && a).json(), a.json());
}

TEST(QdrantFilter, AlternativesOfBothSidesStayApart) {
  const Condition a = field("a") == 1;
  const Condition b = field("b") == 2;
  const Condition c = field("c") == 3;
  const Condition d = field("d") == 4;
  EXPECT_EQ(((a || b) && (c || d)).json(),
            R"({"must":[{"should":[{"key":"a","match":{"value":1}},{"key":"b","match":{"value":2}}]},)"
            R"({"should":[{"key":"c","match":{"value":3}},{"key":"d","match":{"value":4}}]}]})");
  EXPECT_EQ(((a && b) || c).json(),
            R"({"should":[{"must":[{"key":"a","match":{"value":1}},{"key":"b","match":{"value":2}}]},)"
            R"({"key":"c","match":{"value":3}}]})");
  // "Not (a and b)" is not "not a and not b".
  EXPECT_EQ((!(a && b)).json(),
            R"({"must_not":[{"must":[{"key":"a","match":{"value":1}},{"key":"b","match":{"value":2}}]}]})");
  EXPECT_EQ((!(a || b)).json(),
            R"({"must_not":[{"should":[{"key":"a","match":{"value":1}},{"key":"b","match":{"value":2}}]}]})");
  EXPECT_EQ((!!Filter(a)).json(), R"({"must_not":[{"must_not":[{"key":"a","match":{"value":1}}]}]})");
}

TEST(QdrantFilter, EverythingOrATestMatchesEverything) {
  EXPECT_EQ((Filter() || (field("a") == 1)).json(), R"({"should":[{},{"key":"a","match":{"value":1}}]})");
  EXPECT_EQ((!Filter()).json(), R"({"must_not":[{}]})");
}

TEST(QdrantFilter, ClausesByName) {
  Filter filter;
  filter.must(field("a") == 1).should(field("b") == 2).must_not(Filter(field("c") == 3));
  filter.min_should(2, {field("d") == 4, field("e") == 5});
  EXPECT_EQ(filter.json(),
            R"({"must":[{"key":"a","match":{"value":1}}],"should":[{"key":"b","match":{"value":2}}],)"
            R"("must_not":[{"must":[{"key":"c","match":{"value":3}}]}],)"
            R"("min_should":{"conditions":[{"key":"d","match":{"value":4}},{"key":"e","match":{"value":5}}],"min_count":2}})");
}

TEST(QdrantFilter, EveryTestOfAField) {
  const auto f = field("k");
  const std::vector<std::pair<Condition, std::string>> cases = {
      {f.any({"a", "b"}), R"({"key":"k","match":{"any":["a","b"]}})"},
      {f.any({1, 2}), R"({"key":"k","match":{"any":[1,2]}})"},
      {f.any(std::vector<std::string>{}), R"({"key":"k","match":{"any":[]}})"},
      {f.except({"a"}), R"({"key":"k","match":{"except":["a"]}})"},
      {f.except(std::vector<std::int64_t>{-1}), R"({"key":"k","match":{"except":[-1]}})"},
      {f.text("two words"), R"({"key":"k","match":{"text":"two words"}})"},
      {f.text_any("w"), R"({"key":"k","match":{"text_any":"w"}})"},
      {f.phrase("w"), R"({"key":"k","match":{"phrase":"w"}})"},
      {f.prefix("w"), R"({"key":"k","match":{"prefix":"w"}})"},
      {f.substring("w"), R"({"key":"k","match":{"substring":"w"}})"},
      {f < 2.5, R"({"key":"k","range":{"lt":2.5}})"},
      {f >= std::int64_t{9007199254740993}, R"({"key":"k","range":{"gte":9007199254740993}})"},
      {f.between(1, 2.5), R"({"key":"k","range":{"lte":2.5,"gte":1}})"},
      {f.range(Field::Range{}), R"({"key":"k","range":{}})"},
      {f > Datetime{"2024-02-29"}, R"({"key":"k","range":{"gt":"2024-02-29"}})"},
      {f.values_count({.gt = 2}), R"({"key":"k","values_count":{"gt":2}})"},
      {f.geo_radius({.lon = 13.4, .lat = 52.5}, 1000),
       R"({"key":"k","geo_radius":{"center":{"lon":13.4,"lat":52.5},"radius":1000.0}})"},
      {f.geo_bounding_box({1, 2}, {3, 4}),
       R"({"key":"k","geo_bounding_box":{"top_left":{"lon":1.0,"lat":2.0},"bottom_right":{"lon":3.0,"lat":4.0}}})"},
      {f.geo_polygon(std::vector<GeoPoint>{{1, 2}, {3, 4}}, {{{5, 6}}}),
       R"({"key":"k","geo_polygon":{"exterior":{"points":[{"lon":1.0,"lat":2.0},{"lon":3.0,"lat":4.0}]},)"
       R"("interiors":[{"points":[{"lon":5.0,"lat":6.0}]}]}})"},
      {f.is_empty(), R"({"is_empty":{"key":"k"}})"},
      {f.is_null(), R"({"is_null":{"key":"k"}})"},
      {has_id({1, "c4fe77e4-1f84-4dd5-9a9b-0c4c0b6c3b5a"}), R"({"has_id":[1,"c4fe77e4-1f84-4dd5-9a9b-0c4c0b6c3b5a"]})"},
      {has_vector(""), R"({"has_vector":""})"},
      {nested("o[]", f == 1), R"({"nested":{"key":"o[]","filter":{"must":[{"key":"k","match":{"value":1}}]}}})"},
      {slice(4, 1), R"({"slice":{"total":4,"index":1}})"},
      {Condition::raw(Json(Json::Object{{"new", 1}})), R"({"new":1})"},
  };
  for (const auto& [condition, text] : cases) EXPECT_EQ(condition.json(), text);
}

TEST(QdrantVector, FloatsAreExactAndNeverLookLikeWholeNumbers) {
  // A list of two lists of whole numbers would be read as a sparse vector.
  EXPECT_EQ(VectorInput(MultiVector{{{1, 2}, {3, 4}}}).json(), "[[1.0,2.0],[3.0,4.0]]");
  const DenseVector values = {0.1F, -0.0F, 1e-38F, 3.4028235e38F, 16777216.0F, std::nanf("")};
  EXPECT_EQ(VectorInput(values).json(), "[0.1,-0.0,1e-38,3.4028235e+38,16777216.0,null]");
  EXPECT_EQ(VectorInput(DenseVector()).json(), "[]");
  EXPECT_EQ(VectorInput(SparseVector{{3, 4000000000}, {0.5F, 2}}).json(),
            R"({"indices":[3,4000000000],"values":[0.5,2.0]})");
  EXPECT_EQ(VectorInput(Document{"hi", "qdrant/bm25"}).json(), R"({"text":"hi","model":"qdrant/bm25"})");
  EXPECT_EQ(VectorInput(PointId(7)).json(), "7");
  EXPECT_EQ(VectorInput(PointId(-7)).json(), R"("-7")");
}

TEST(QdrantQuery, EveryKind) {
  const DenseVector v = {1.5F};
  const ContextPair pair{PointId(1), v};
  const std::vector<std::pair<Query, std::string>> cases = {
      {Query(v), R"({"nearest":[1.5]})"},
      {Query(PointId(3)), R"({"nearest":3})"},
      {Query::nearest(v, Mmr{.diversity = 0.3, .candidates_limit = 50}),
       R"({"nearest":[1.5],"mmr":{"diversity":0.3,"candidates_limit":50}})"},
      {Query::recommend({.positive = {PointId(1)}, .negative = {v}, .strategy = RecommendStrategy::kBestScore}),
       R"({"recommend":{"positive":[1],"negative":[[1.5]],"strategy":"best_score"}})"},
      {Query::discover(v, {pair}), R"({"discover":{"target":[1.5],"context":[{"positive":1,"negative":[1.5]}]}})"},
      {Query::context({pair, pair}),
       R"({"context":[{"positive":1,"negative":[1.5]},{"positive":1,"negative":[1.5]}]})"},
      {Query::order_by({.key = "year", .direction = Direction::kDescending, .start_from = 1999}),
       R"({"order_by":{"key":"year","direction":"desc","start_from":1999}})"},
      {Query::fusion(Fusion::kDbsf), R"({"fusion":"dbsf"})"},
      {Query::rrf({.k = 60, .weights = {2, 0.5}}), R"({"rrf":{"k":60,"weights":[2.0,0.5]}})"},
      {Query::sample(), R"({"sample":"random"})"},
      {Query::relevance_feedback(v, {{PointId(1), 0.9}}, {.a = 1, .b = 0.5, .c = 0}),
       R"({"relevance_feedback":{"target":[1.5],"feedback":[{"example":1,"score":0.9}],)"
       R"("strategy":{"naive":{"a":1.0,"b":0.5,"c":0.0}}}})"},
      {Query::text("words"), R"({"text":{"query":"words"}})"},
      {Query::text("words", {.k = 1.5}), R"({"text":{"query":"words","scoring":{"bm25":{"k":1.5}}}})"},
      {Query::raw(Json(Json::Object{{"new", 1}})), R"({"new":1})"},
  };
  for (const auto& [query, text] : cases) EXPECT_EQ(query.json(), text);
}

TEST(QdrantQuery, FormulasAreExpressions) {
  const Expression e = score() + 0.5 * condition(field("new") == true) - ln(payload_value("age")) / 2;
  EXPECT_EQ(e.json(),
            R"({"sum":[{"sum":["$score[0]",{"mult":[0.5,{"must":[{"key":"new","match":{"value":true}}]}]}]},)"
            R"({"neg":{"div":{"left":{"ln":"age"},"right":2.0}}}]})");
  EXPECT_EQ(Query::formula(max({score(1), 0.0}), Json(Json::Object{{"age", 1}})).json(),
            R"({"formula":{"max":["$score[1]",0.0]},"defaults":{"age":1}})");
  EXPECT_EQ(gauss_decay(geo_distance({1, 2}, "place"), {.scale = 5000}).json(),
            R"({"gauss_decay":{"x":{"geo_distance":{"origin":{"lon":1.0,"lat":2.0},"to":"place"}},"scale":5000.0}})");
  EXPECT_EQ(exp_decay(datetime_value("day"), {.target = datetime({"2024-01-01"}), .midpoint = 0.5}).json(),
            R"({"exp_decay":{"x":{"datetime_key":"day"},"target":{"datetime":"2024-01-01"},"midpoint":0.5}})");
  EXPECT_EQ(div(score(), payload_value("n"), 1).json(),
            R"({"div":{"left":"$score[0]","right":"n","by_zero_default":1.0}})");
  EXPECT_EQ(pow(sqrt(abs(exp(log10(acosh(min({1.0})))))), 2).json(),
            R"({"pow":{"base":{"sqrt":{"abs":{"exp":{"log10":{"acosh":{"min":[1.0]}}}}}},"exponent":2.0}})");
}

TEST(QdrantQuery, RequestsNest) {
  const DenseVector v = {1.5F};
  const QueryRequest request{
      .query = Query::fusion(Fusion::kRrf),
      .prefetch = {Prefetch{.query = Query(v), .using_vector = "title", .filter = field("a") == 1, .limit = 20},
                   Prefetch{.query = Query(v), .prefetch = {Prefetch{.query = Query(v)}}, .score_threshold = 0.5}},
      .params = SearchParams{.hnsw_ef = 64, .quantization = QuantizationSearchParams{.rescore = true},
                             .acorn = AcornSearchParams{.enable = true}, .idf_corpus = field("b") == 2},
      .limit = 5,
      .offset = 2,
      .with_payload = WithPayload::include({"a"}),
      .with_vectors = WithVectors::named({"title"}),
      .lookup_from = LookupLocation{.collection = "other", .vector = "x"},
      .shard_key = ShardKeySelector(std::string("eu"))};
  EXPECT_EQ(request.json(),
            R"({"prefetch":[{"query":{"nearest":[1.5]},"using":"title","filter":{"must":[{"key":"a","match":{"value":1}}]},)"
            R"("limit":20},{"prefetch":[{"query":{"nearest":[1.5]}}],"query":{"nearest":[1.5]},"score_threshold":0.5}],)"
            R"("query":{"fusion":"rrf"},"params":{"hnsw_ef":64,"quantization":{"rescore":true},"acorn":{"enable":true},)"
            R"("idf":{"corpus":{"must":[{"key":"b","match":{"value":2}}]}}},)"
            R"("lookup_from":{"collection":"other","vector":"x"},"with_payload":{"include":["a"]},"with_vector":["title"],)"
            R"("shard_key":["eu"],"limit":5,"offset":2})");
  EXPECT_EQ(QueryRequest().json(), R"({"with_payload":false,"with_vector":false})");
  EXPECT_EQ((GroupsRequest{.query = {.query = Query(v), .limit = 99}, .group_by = "doc", .limit = 3, .with_lookup = "docs"})
                .json(),
            R"({"query":{"nearest":[1.5]},"with_payload":false,"with_vector":false,"group_by":"doc","limit":3,)"
            R"("with_lookup":"docs"})");
}

TEST(QdrantCollections, SettingsHaveTheServersNames) {
  const CreateCollection create{
      .vectors = NamedVectorParams{{"a", {.size = 4,
                                          .distance = Distance::kDot,
                                          .quantization = ScalarQuantization{.quantile = 0.9, .always_ram = true},
                                          .datatype = Datatype::kFloat16,
                                          .multivector = true}}},
      .sparse_vectors = {{"s", {.modifier = Modifier::kIdf, .on_disk = true}}},
      .hnsw = HnswConfig{.m = 8, .memory = Memory::kCached},
      .optimizers = OptimizersConfig{.indexing_threshold = 0},
      .wal = WalConfig{.wal_capacity_mb = 1},
      .quantization = BinaryQuantization{.encoding = "two_bits"},
      .shard_number = 2,
      .custom_sharding = true,
      .metadata = Json(Json::Object{{"owner", "me"}}),
      .extra = Json(Json::Object{{"id_tracker", Json(Json::Object{{"memory", "cold"}})}})};
  EXPECT_EQ(create.json(),
            R"({"vectors":{"a":{"size":4,"distance":"Dot","quantization_config":{"scalar":{"type":"int8","quantile":0.9,)"
            R"("always_ram":true}},"datatype":"float16","multivector_config":{"comparator":"max_sim"}}},)"
            R"("sparse_vectors":{"s":{"index":{"on_disk":true},"modifier":"idf"}},"hnsw_config":{"m":8,"memory":"cached"},)"
            R"("optimizers_config":{"indexing_threshold":0},"wal_config":{"wal_capacity_mb":1},)"
            R"("quantization_config":{"binary":{"encoding":"two_bits"}},"shard_number":2,"sharding_method":"custom",)"
            R"("metadata":{"owner":"me"},"id_tracker":{"memory":"cold"}})");
  EXPECT_EQ((CreateCollection{.vectors = VectorParams{.size = 2}}).json(),
            R"({"vectors":{"size":2,"distance":"Cosine"}})");
  EXPECT_EQ(CreateCollection().json(), "{}");
  EXPECT_EQ((UpdateCollection{.vectors = {{.name = "", .hnsw = HnswConfig{.m = 4}, .quantization = NoQuantization{}}},
                              .quantization = TurboQuantization{.bits = "bits4"}})
                .json(),
            R"({"vectors":{"":{"hnsw_config":{"m":4},"quantization_config":"Disabled"}},)"
            R"("quantization_config":{"turbo":{"bits":"bits4"}}})");
  EXPECT_EQ((PayloadIndex{.type = IndexType::kText, .tokenizer = "word", .phrase_matching = true, .scoring = true}).json(),
            R"({"type":"text","tokenizer":"word","phrase_matching":true,"scoring":true})");
  EXPECT_EQ(AliasAction::create("now", "books_2").json(),
            R"({"create_alias":{"alias_name":"now","collection_name":"books_2"}})");
  EXPECT_EQ(AliasAction::rename("a", "b").json(), R"({"rename_alias":{"old_alias_name":"a","new_alias_name":"b"}})");
  EXPECT_EQ(AliasAction::remove("a").json(), R"({"delete_alias":{"alias_name":"a"}})");
}

TEST(QdrantChange, EveryKind) {
  const PointsSelector points(std::vector<PointId>{1, 2});
  const Json payload(Json::Object{{"a", 1}});
  EXPECT_EQ(Change::upsert(PointBatch().add(1, DenseVector{1.5F}, payload), {.mode = UpdateMode::kInsertOnly}).json(),
            R"({"upsert":{"points":[{"id":1,"vector":[1.5],"payload":{"a":1}}],"update_mode":"insert_only"}})");
  EXPECT_EQ(Change::remove(points).json(), R"({"delete":{"points":[1,2]}})");
  EXPECT_EQ(Change::remove(Filter(field("a") == 1)).json(),
            R"({"delete":{"filter":{"must":[{"key":"a","match":{"value":1}}]}}})");
  EXPECT_EQ(Change::delete_vectors(points, {"v"}).json(), R"({"delete_vectors":{"points":[1,2],"vector":["v"]}})");
  EXPECT_EQ(Change::set_payload(points, payload, "in").json(),
            R"({"set_payload":{"points":[1,2],"payload":{"a":1},"key":"in"}})");
  EXPECT_EQ(Change::overwrite_payload(points, {}).json(), R"({"overwrite_payload":{"points":[1,2],"payload":{}}})");
  EXPECT_EQ(Change::delete_payload(points, {"a"}).json(), R"({"delete_payload":{"points":[1,2],"keys":["a"]}})");
  EXPECT_EQ(Change::clear_payload(points).json(), R"({"clear_payload":{"points":[1,2]}})");
  EXPECT_EQ(Change::update_vectors(PointBatch().add(1, Vectors(std::vector<NamedVector>{{"v", DenseVector{1}}}))).json(),
            R"({"update_vectors":{"points":[{"id":1,"vector":{"v":[1.0]}}]}})");
}

}  // namespace
}  // namespace alidade::qdrant
