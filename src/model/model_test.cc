#include <gtest/gtest.h>

#include "model/collection_config.h"
#include "model/json_path.h"
#include "model/payload_edit.h"
#include "model/point_batch.h"
#include "model/point_id.h"

namespace alidade::model {
namespace {

using base::json::parse;
using base::json::to_text;

TEST(PointId, TakesATextAsNumberOrUuidOnlyInItsCanonicalForm) {
  EXPECT_EQ(point_id_from_text("7").id, PointId::from_number(7));
  EXPECT_EQ(point_id_from_text("007").original, "007");
  EXPECT_EQ(point_id_from_text("18446744073709551616").original, "18446744073709551616");
  const std::string uuid = "00000000-0000-0005-6bc7-5e2d63100abc";
  EXPECT_TRUE(point_id_from_text(uuid).original.empty());
  EXPECT_EQ(point_id_from_text(uuid).id.to_string(), uuid);
  const TextPointId named = point_id_from_text("bk00");
  EXPECT_EQ(text_of_point(named.id, named.original), "bk00");
  EXPECT_EQ(named.id, point_id_from_text("bk00").id);
  EXPECT_NE(named.id, point_id_from_text("bk01").id);
}

TEST(PointId, SortsNumbersBeforeUuids) {
  EXPECT_LT(PointId::from_number(UINT64_MAX), PointId::from_uuid({0, 0}));
}

TEST(VectorColumn, TakesRoomForTheRowsThatArePresent) {
  PointBatch batch;
  VectorColumn& column = batch.column("v");
  const float first[] = {1, 2};
  const float second[] = {3, 4};
  const float third[] = {5, 6};
  column.set_row(70'000, first, 2);
  column.set_row(3, second, 2);
  column.set_row(70'001, first, 2);
  column.set_row(70'000, third, 2);  // Again: the last one counts.
  EXPECT_EQ(column.values.size(), 6u);
  EXPECT_EQ(column.row(70'000)[1], 6);
  EXPECT_EQ(column.row(3)[0], 3);
  EXPECT_EQ(column.row(70'001)[0], 1);
  EXPECT_EQ(column.present.count(), 3u);
}

TEST(VectorColumn, RowsInOrderNeedNoPlaces) {
  PointBatch batch;
  VectorColumn& column = batch.column("");
  const float row[] = {1, 2};
  for (std::size_t i = 0; i < 4; ++i) column.set_row(i, row, 2);
  EXPECT_TRUE(column.places.empty());
  column.set_row(5, row, 2);
  EXPECT_EQ(column.row(3), column.values.data() + 6);
  EXPECT_EQ(column.row(5), column.values.data() + 8);
}

TEST(JsonPath, ReadsTheGrammarAndRefusesTheRest) {
  for (const auto* text : {"a", "a.b", "a[].b", "a[3].b", "\"a.b\".c", "\xC3\xA9t\xC3\xA9-1_x", "\"\"", "\"\".\"\"",
                           "a.\"\"", "\"\"[].b", "a[0].\"\"[]"}) {
    const auto path = JsonPath::parse(text);
    ASSERT_TRUE(path.has_value()) << text;
    EXPECT_EQ(path->to_string(), text);
  }
  for (const auto* text : {"", ".", "a.", "a..b", "[0]", "a b", "a[x]", "a[", "\"", "\"\"\"", "\"\"\"\"", "\"\"a", "a\"\""}) {
    EXPECT_FALSE(JsonPath::parse(text).has_value()) << text;
  }
}

TEST(JsonPath, EntersArraysOnlyWhereBracketsSaySo) {
  const auto value = *parse(R"({"a":[{"b":1},{"b":2}],"o":{"b":3}})");
  EXPECT_EQ(values_at(value, *JsonPath::parse("a.b")).size(), 0U);
  EXPECT_EQ(values_at(value, *JsonPath::parse("a[].b")).size(), 2U);
  EXPECT_EQ(values_at(value, *JsonPath::parse("a[1].b"))[0]->as_int(), 2);
  EXPECT_EQ(values_at(value, *JsonPath::parse("o.b"))[0]->as_int(), 3);
}

std::string merged(std::string_view payload, std::string_view patch, const char* key) {
  auto value = *parse(payload);
  const auto path = key == nullptr ? std::nullopt : JsonPath::parse(key);
  merge_payload(value, parse(patch)->as_object(), path);
  return to_text(value);
}

TEST(MergePayload, MergesMembersAndANullRemoves) {
  EXPECT_EQ(merged(R"({"a":1,"b":2})", R"({"b":null,"c":{"d":1}})", nullptr), R"({"a":1,"c":{"d":1}})");
}

TEST(MergePayload, MergesManyMembersAsOneAfterTheOther) {
  // Every third member of the patch is a null; half of the names are there already.
  base::json::Value at_once{base::json::Object{}};
  base::json::Object patch;
  for (int i = 0; i < 300; ++i) {
    at_once.set("k" + std::to_string(i), i);
    const std::string name = "k" + std::to_string((i * 7 + 150) % 450);
    patch.emplace_back(name, i % 3 == 0 ? base::json::Value() : base::json::Value(1000 + i));
  }
  base::json::Value one_by_one = at_once;
  merge_payload(at_once, patch, std::nullopt);
  for (const auto& member : patch) merge_payload(one_by_one, {member}, std::nullopt);
  EXPECT_EQ(to_text(at_once), to_text(one_by_one));
}

TEST(MergePayload, MakesParentsAndReachesExistingElements) {
  EXPECT_EQ(merged(R"({})", R"({"x":1})", "a.b"), R"({"a":{"b":{"x":1}}})");
  EXPECT_EQ(merged(R"({"a":[{"b":1},{"b":2}]})", R"({"x":1})", "a[1]"), R"({"a":[{"b":1},{"b":2,"x":1}]})");
  EXPECT_EQ(merged(R"({})", R"({"x":1})", "a[0]"), R"({"a":[]})");
  EXPECT_EQ(merged(R"({"a":5})", R"({"x":1})", "a"), R"({"a":{"x":1}})");
}

TEST(DeletePayloadPath, LeavesNumberedElementsAlone) {
  auto value = *parse(R"({"a":[{"b":1,"c":2},{"b":3}],"d":1})");
  delete_payload_path(value, *JsonPath::parse("a[].b"));
  delete_payload_path(value, *JsonPath::parse("a[0]"));
  EXPECT_EQ(to_text(value), R"({"a":[{"c":2},{}],"d":1})");
}

TEST(SelectPayload, IncludeKeepsTheStructureAroundItsPaths) {
  const auto value = *parse(R"({"o":[{"x":1,"y":2},{"x":3}],"p":{"q":1,"r":2},"s":5})");
  PayloadSelector selector{PayloadSelector::Kind::kInclude, {*JsonPath::parse("o[].x"), *JsonPath::parse("p.r")}};
  EXPECT_EQ(to_text(select_payload(value, selector)), R"({"o":[{"x":1},{"x":3}],"p":{"r":2}})");
  selector.kind = PayloadSelector::Kind::kExclude;
  EXPECT_EQ(to_text(select_payload(value, selector)), R"({"o":[{"y":2},{}],"p":{"q":1},"s":5})");
}

TEST(VectorColumn, MakesNoRoomAheadForTheProductOfManyRowsAndALongOne) {
  VectorColumn column;
  column.dim = 1U << 20;
  column.reserve_rows(std::size_t{1} << 20);
  EXPECT_LE(column.values.capacity(), std::size_t{1} << 24);
  column.dim = 4;
  column.reserve_rows(std::size_t{1} << 23);
  EXPECT_LE(column.values.capacity(), std::size_t{1} << 24);
}

TEST(VectorColumn, NotesTheFirstRowOfAnotherLength) {
  VectorColumn column;
  const float values[3] = {1, 2, 3};
  column.set_row(0, values, 2);
  column.set_row(2, values, 3);
  EXPECT_EQ(column.dim, 2U);
  EXPECT_EQ(column.other_dim, 3U);
}

TEST(CollectionConfig, ReadsBackWhatItWrote) {
  CollectionConfig config;
  config.vectors[""] = {.size = 384, .distance = Distance::kDot, .hnsw = HnswSettings{.m = 8, .ef_search = 32}};
  VectorParams& title = config.vectors["title"];
  title = {.size = 0, .distance = Distance::kEuclid};
  title.quantization = BinaryQuantization{.encoding = BinaryEncoding::kOneAndHalfBits,
                                          .query_encoding = BinaryQueryEncoding::kScalar8Bits};
  title.datatype = Datatype::kFloat16;
  title.multivector.emplace();
  config.vectors_named = true;
  config.sparse_vectors.emplace()["s"] = {.index = SparseIndexSettings{.on_disk = true}, .modifier = SparseModifier::kIdf};
  config.hnsw = {.ef_construct = 7, .memory = MemoryPlacement::kPinned};
  config.optimizers = {.deleted_threshold = 0.25, .max_optimization_threads = ThreadCount{}};
  config.wal.wal_capacity_mb = 3;
  config.quantization = ScalarQuantization{.quantile = 0.99F};
  config.shards = {.sharding_method = ShardingMethod::kCustom, .payload = PlacementSettings{MemoryPlacement::kCold}};
  config.strict_mode = StrictModeSettings{.enabled = true, .sparse_config = {{{"s", {.max_length = 5}}}},
                                          .max_resident_memory_percent = std::uint8_t{90}};
  config.metadata = *parse(R"({"x":[1]})");
  config.automatic_indexes = true;
  const auto read = CollectionConfig::from_json(*parse(base::json::to_text(config.to_json())));
  ASSERT_TRUE(read.ok()) << read.status().message();
  EXPECT_EQ(read->vectors, config.vectors);
  EXPECT_EQ(read->vectors_named, config.vectors_named);
  EXPECT_EQ(read->sparse_vectors, config.sparse_vectors);
  EXPECT_EQ(read->hnsw, config.hnsw);
  EXPECT_EQ(read->optimizers, config.optimizers);
  EXPECT_EQ(read->wal, config.wal);
  EXPECT_EQ(read->quantization, config.quantization);
  EXPECT_EQ(read->shards, config.shards);
  EXPECT_EQ(read->strict_mode, config.strict_mode);
  EXPECT_EQ(read->metadata, config.metadata);
  EXPECT_TRUE(read->automatic_indexes);
  EXPECT_FALSE(CollectionConfig::from_json(*parse("{}")).ok());
}

TEST(CollectionConfig, RefusesSettingsOfAnotherType) {
  CollectionConfig config;
  config.vectors[""].size = 2;
  const std::string good = base::json::to_text(config.to_json());
  ASSERT_TRUE(CollectionConfig::from_json(*parse(good)).ok());
  const std::pair<std::string, std::string> changes[] = {
      {R"("size":2)", R"("size":-2)"},
      {R"("size":2)", R"("size":"2")"},
      {R"("size":2)", R"("size":4294967296)"},
      {R"("distance":"Cosine")", R"("distance":"Far")"},
      {R"("hnsw":{})", R"("hnsw":[])"},
      {R"("hnsw":{})", R"("hnsw":{"on_disk":1})"},
      {R"("hnsw":{})", R"("hnsw":{},"quantization":{"round":{}})"},
      {R"("vectors_named":false)", R"("vectors_named":0)"},
  };
  for (const auto& [from, to] : changes) {
    std::string text = good;
    const std::size_t at = text.find(from);
    ASSERT_NE(at, std::string::npos) << from;
    text.replace(at, from.size(), to);
    EXPECT_EQ(CollectionConfig::from_json(*parse(text)).status().code(), StatusCode::kDataLoss) << text;
  }
}

// The form up to version 0.1: engine settings and, where Qdrant's dialect made the collection, its `config`.
TEST(CollectionConfig, ReadsTheFirstForm) {
  const auto chroma = CollectionConfig::from_json(*parse(
      R"({"vectors":{"":{"size":0,"distance":"Euclid"}},"hnsw":{"m":24,"ef_construct":50,"ef_search":60},)"
      R"("indexing_threshold_kb":0,"automatic_indexes":true,"qdrant":null,"chroma":{"schema":{}}})"));
  ASSERT_TRUE(chroma.ok()) << chroma.status().message();
  EXPECT_EQ(chroma->graph_of(chroma->vectors.at("")).m, 24U);
  EXPECT_EQ(chroma->graph_of(chroma->vectors.at("")).ef_search, 60U);
  EXPECT_EQ(chroma->indexing_threshold_kb(), 0U);
  EXPECT_FALSE(chroma->vectors_named);

  const auto qdrant = CollectionConfig::from_json(*parse(
      R"({"vectors":{"a":{"size":4,"distance":"Dot","hnsw":{"m":8,"ef_construct":100,"ef_search":0}}},)"
      R"("hnsw":{"m":16,"ef_construct":100,"ef_search":0},"indexing_threshold_kb":5,"automatic_indexes":false,)"
      R"("qdrant":{"params":{"vectors":{"a":{"size":4,"distance":"Dot","hnsw_config":{"m":8}},)"
      R"("m":{"size":2,"distance":"Dot","multivector_config":{"comparator":"max_sim"}}},"shard_number":1,)"
      R"("on_disk_payload":false,"sparse_vectors":{"s":{"modifier":"idf"}}},)"
      R"("hnsw_config":{"m":16,"ef_construct":100,"full_scan_threshold":10000,"max_indexing_threads":0,"on_disk":false},)"
      R"("optimizer_config":{"deleted_threshold":0.2,"max_segment_size":null,"indexing_threshold":5,)"
      R"("max_optimization_threads":null},"wal_config":{"wal_capacity_mb":32},"quantization_config":)"
      R"({"scalar":{"type":"int8"}},"strict_mode_config":{"enabled":true},"metadata":{"x":1}},"chroma":null})"));
  ASSERT_TRUE(qdrant.ok()) << qdrant.status().message();
  EXPECT_TRUE(qdrant->vectors_named);
  EXPECT_EQ(qdrant->graph_of(qdrant->vectors.at("a")).m, 8U);
  EXPECT_TRUE(qdrant->vectors.at("m").multivector.has_value());
  EXPECT_EQ(vector_count(*qdrant), 3U);
  EXPECT_EQ(qdrant->sparse_vectors->at("s").modifier, SparseModifier::kIdf);
  EXPECT_EQ(qdrant->shards.on_disk_payload, false);
  EXPECT_EQ(qdrant->indexing_threshold_kb(), 5U);
  EXPECT_EQ(qdrant->quantization, Quantization(ScalarQuantization{}));
  EXPECT_EQ(qdrant->strict_mode->enabled, true);
  EXPECT_EQ(qdrant->metadata, *parse(R"({"x":1})"));
}

}  // namespace
}  // namespace alidade::model
