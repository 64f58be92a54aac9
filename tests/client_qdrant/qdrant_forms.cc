// Prints what the client of Qdrant sends, one form a line: the name of the official client's model, a tab, the JSON.
// test_qdrant_cpp.py reads each into that model, which takes no unknown member.

#include <cstdio>
#include <string>
#include <vector>

#include "alidade/qdrant.h"

namespace alidade::qdrant {
namespace {

void print(const char* model, const std::string& json) { std::printf("%s\t%s\n", model, json.c_str()); }

template <class... Parts>
void print_all(const char* model, const Parts&... parts) {
  (print(model, parts.json()), ...);
}

void print_filters() {
  const Field f = field("a.b");
  const std::vector<Condition> tests = {
      f == "x",
      f == 7,
      f == true,
      f.any({"x", "y"}),
      f.any({1, 2}),
      f.except({"x"}),
      f.text("x y"),
      f.text_any("x"),
      f.phrase("x y"),
      f.prefix("x"),
      f.substring("x"),
      f < 2.5,
      f.between(1, 2),
      f >= Datetime{"2024-02-29T12:00:00Z"},
      f.values_count({.lt = 5, .gte = 1}),
      f.geo_radius({13.4, 52.5}, 1000),
      f.geo_bounding_box({1, 2}, {3, 1}),
      f.geo_polygon(std::vector<GeoPoint>{{0, 0}, {0, 1}, {1, 1}, {0, 0}}, {{{0, 0}, {0, 0.1}, {0.1, 0.1}, {0, 0}}}),
      f.is_empty(),
      f.is_null(),
      has_id({1, "c4fe77e4-1f84-4dd5-9a9b-0c4c0b6c3b5a"}),
      has_vector("v"),
      nested("o[]", f == 1),
      slice(4, 1)};
  for (const Condition& test : tests) print("Filter", Filter(test).json());
  print_all("Filter", Filter(), (f == 1 || f == 2) && !(f == 3), Filter().min_should(1, tests));
}

void print_queries() {
  const DenseVector v = {0.5F, 1};
  const VectorInput id(PointId(1));
  const std::vector<Query> queries = {
      Query(v),
      Query(PointId("c4fe77e4-1f84-4dd5-9a9b-0c4c0b6c3b5a")),
      Query(SparseVector{{1, 2}, {0.5F, 1}}),
      Query(MultiVector{{{1, 2}, {3, 4}}}),
      Query(Document{"words", "qdrant/bm25", Json(Json::Object{{"k", 1.2}})}),
      Query(Image{"http://x/y.png", "clip"}),
      Query(InferenceObject{Json(Json::Object{{"a", 1}}), "m"}),
      Query::nearest(v, Mmr{.diversity = 0.5, .candidates_limit = 10}),
      Query::recommend({.positive = {id, v}, .negative = {id}, .strategy = RecommendStrategy::kSumScores}),
      Query::discover(v, {{id, v}}),
      Query::context({{id, v}}),
      Query::order_by({.key = "a", .direction = Direction::kAscending, .start_from = 1}),
      Query::order_by({.key = "a", .start_from = "2024-01-01T00:00:00Z"}),
      Query::fusion(Fusion::kRrf),
      Query::fusion(Fusion::kDbsf),
      Query::rrf({.k = 60, .weights = {1, 2}}),
      Query::sample(),
      Query::relevance_feedback(v, {{id, 0.5}}, {}),
      Query::text("words"),
      Query::text("words", {.k = 1.2, .b = 0.5}),
      Query::formula(score(1) + 2.0 * payload_value("a") - neg(abs(payload_value("b")))),
      Query::formula(condition(field("a") == 1) / 2.0, Json(Json::Object{{"a", 1}})),
      Query::formula(div(1.0, payload_value("a"), 0.0)),
      Query::formula(pow(sqrt(exp(log10(ln(2.0)))), 2.0)),
      Query::formula(max({acosh(2.0), min({1.0, 2.0})})),
      Query::formula(exp_decay(datetime_value("d"), {.target = datetime({"2024-01-01T00:00:00Z"}), .scale = 1, .midpoint = 0.5})),
      Query::formula(lin_decay(geo_distance({1, 2}, "place"))),
      Query::formula(gauss_decay(payload_value("a")))};
  for (const Query& query : queries) print("QueryRequest", QueryRequest{.query = query}.json());
  const Prefetch inner{.query = Query(v), .using_vector = "x", .filter = field("a") == 1, .score_threshold = 0.5, .limit = 5};
  print("QueryRequest",
        QueryRequest{.query = Query::fusion(Fusion::kRrf),
                     .prefetch = {inner, {.query = Query(v), .prefetch = {inner}, .lookup_from = LookupLocation{"c", "v"}}},
                     .filter = field("a") == 1,
                     .params = SearchParams{.hnsw_ef = 10,
                                            .exact = true,
                                            .indexed_only = true,
                                            .quantization = QuantizationSearchParams{true, false, 2.0},
                                            .acorn = AcornSearchParams{true, 0.3},
                                            .idf_corpus = field("a") == 1},
                     .score_threshold = 0.5,
                     .limit = 5,
                     .offset = 1,
                     .with_payload = WithPayload::exclude({"a"}),
                     .with_vectors = WithVectors::named({"v"}),
                     .lookup_from = LookupLocation{.collection = "c", .vector = "v", .shard_key = ShardKeySelector(1)},
                     .shard_key = ShardKeySelector(std::vector<std::string>{"a", "b"})}
            .json());
  print("QueryGroupsRequest",
        GroupsRequest{.query = {.query = Query(v)}, .group_by = "g", .limit = 2, .group_size = 3, .with_lookup = "c"}.json());
}

void print_points() {
  const PointsSelector ids(std::vector<PointId>{1, 2});
  const Json payload(Json::Object{{"a", Json(Json::Array{1, "x", Json()})}});
  PointBatch batch;
  batch.add(1, DenseVector{0.5F}, payload);
  batch.add("c4fe77e4-1f84-4dd5-9a9b-0c4c0b6c3b5a",
            Vectors(std::vector<NamedVector>{{"d", DenseVector{1}},
                                             {"s", SparseVector{{1}, {1}}},
                                             {"m", MultiVector{{{1, 2}, {3, 4}}}},
                                             {"t", Document{"x", "m"}}}));
  batch.add(3, Vectors());
  print("UpsertOperation", Change::upsert(batch, {.shard_key = ShardKeySelector(1), .update_filter = field("a") == 1,
                                                  .mode = UpdateMode::kUpdateOnly}).json());
  print("UpdateVectorsOperation", Change::update_vectors(PointBatch().add(1, DenseVector{0.5F})).json());
  print("DeleteOperation", Change::remove(ids).json());
  print("DeleteOperation", Change::remove(field("a") == 1).json());
  print("DeleteVectorsOperation", Change::delete_vectors(ids, {"v"}).json());
  print("SetPayloadOperation", Change::set_payload(ids, payload, "in").json());
  print("OverwritePayloadOperation", Change::overwrite_payload(ids, payload).json());
  print("DeletePayloadOperation", Change::delete_payload(field("a") == 1, {"a"}).json());
  print("ClearPayloadOperation", Change::clear_payload(ids).json());
  print("ScrollRequest",
        ScrollRequest{.limit = 5, .offset = PointId(3), .filter = field("a") == 1, .order_by = OrderBy{.key = "a"}}.json());
  print("PointRequest", RetrieveRequest{.ids = {1, 2}, .with_vectors = WithVectors::all()}.json());
  print("FacetRequest", FacetRequest{.key = "a", .filter = field("a") == 1, .limit = 5, .exact = true}.json());
  print("SearchMatrixRequest",
        MatrixRequest{.sample = 10, .limit = 3, .using_vector = "v", .filter = field("a") == 1}.json());
}

void print_collections() {
  const VectorParams params{.size = 4,
                            .distance = Distance::kManhattan,
                            .hnsw = HnswConfig{8, 64, 10000, 2, 8, false, Memory::kCached, true},
                            .quantization = ScalarQuantization{0.9, true, Memory::kPinned},
                            .on_disk = true,
                            .memory = Memory::kCold,
                            .datatype = Datatype::kTurbo8,
                            .multivector = true};
  print("CreateCollection",
        CreateCollection{.vectors = NamedVectorParams{{"a", params}},
                         .sparse_vectors = {{"s", {Modifier::kIdf, 5000, true, Memory::kCold, Datatype::kFloat16}}},
                         .hnsw = HnswConfig{.m = 0},
                         .optimizers = OptimizersConfig{0.2, 1000, 2, 100, 100, 100, 5, 1, false},
                         .wal = WalConfig{32, 0, 1},
                         .quantization = ProductQuantization{16, true, Memory::kCold},
                         .shard_number = 1,
                         .replication_factor = 1,
                         .write_consistency_factor = 1,
                         .custom_sharding = true,
                         .on_disk_payload = true,
                         .strict_mode = Json(Json::Object{{"enabled", true}}),
                         .metadata = Json(Json::Object{{"a", 1}})}
            .json());
  for (const Quantization& quantization :
       {Quantization(BinaryQuantization{"two_bits", "scalar8bits", true, Memory::kCold}),
        Quantization(TurboQuantization{"bits1_5", true, Memory::kCold})}) {
    print("CreateCollection", CreateCollection{.vectors = VectorParams{.size = 1}, .quantization = quantization}.json());
  }
  print("UpdateCollection", UpdateCollection{.vectors = {{"", HnswConfig{.m = 4}, NoQuantization{}, true, Memory::kCold}},
                                             .hnsw = HnswConfig{.m = 4},
                                             .optimizers = OptimizersConfig{.indexing_threshold = 1},
                                             .quantization = NoQuantization{},
                                             .params = Json(Json::Object{{"replication_factor", 1}}),
                                             .metadata = Json(Json::Object{{"a", 1}})}
                                .json());
  print("KeywordIndexParams", PayloadIndex{.is_tenant = true, .prefix = true, .nested = "o", .on_disk = true}.json());
  print("IntegerIndexParams",
        PayloadIndex{.type = IndexType::kInteger, .is_principal = true, .lookup = true, .range = false}.json());
  print("FloatIndexParams", PayloadIndex{.type = IndexType::kFloat, .is_principal = true}.json());
  print("BoolIndexParams", PayloadIndex{.type = IndexType::kBool}.json());
  print("GeoIndexParams", PayloadIndex{.type = IndexType::kGeo}.json());
  print("DatetimeIndexParams", PayloadIndex{.type = IndexType::kDatetime}.json());
  print("UuidIndexParams", PayloadIndex{.type = IndexType::kUuid, .memory = Memory::kCached}.json());
  print("TextIndexParams", PayloadIndex{.type = IndexType::kText,
                                        .tokenizer = "word",
                                        .lowercase = true,
                                        .phrase_matching = true,
                                        .ascii_folding = true,
                                        .min_token_len = 2,
                                        .max_token_len = 20,
                                        .scoring = true}
                               .json());
  print("CreateAliasOperation", AliasAction::create("a", "b").json());
  print("RenameAliasOperation", AliasAction::rename("a", "b").json());
  print("DeleteAliasOperation", AliasAction::remove("a").json());
}

}  // namespace

void print_forms() {
  print_filters();
  print_queries();
  print_points();
  print_collections();
}

}  // namespace alidade::qdrant

int main() {
  alidade::qdrant::print_forms();
  return 0;
}
