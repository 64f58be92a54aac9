#include "faces/qdrant_rest/collection_settings.h"

#include <gtest/gtest.h>

#include "faces/qdrant_rest/errors.h"
#include "faces/qdrant_rest/test_json.h"

namespace alidade::faces::qdrant_rest {
namespace {

using test::json;

std::string shown(const model::CollectionConfig& config) { return test::shown_text(config); }

model::CollectionConfig created(std::string_view body) {
  auto settings = read_new_collection(json(body));
  EXPECT_TRUE(settings.ok()) << settings.status().message();
  return std::move(settings).value();
}

TEST(CollectionSettings, ShowDefaultsAsThePeer) {
  EXPECT_EQ(shown(created(R"({"vectors":{"size":4,"distance":"Cosine"}})")),
            R"({"params":{"vectors":{"size":4,"distance":"Cosine"},"shard_number":1,"replication_factor":1,)"
            R"("write_consistency_factor":1,"on_disk_payload":true},"hnsw_config":{"m":16,"ef_construct":100,)"
            R"("full_scan_threshold":10000,"max_indexing_threads":0,"on_disk":false},"optimizer_config":)"
            R"({"deleted_threshold":0.2,"vacuum_min_vector_number":1000,"default_segment_number":0,)"
            R"("max_segment_size":null,"memmap_threshold":null,"indexing_threshold":10000,"flush_interval_sec":5,)"
            R"("max_optimization_threads":null,"prevent_unoptimized":null},"wal_config":{"wal_capacity_mb":32,)"
            R"("wal_segments_ahead":0,"wal_retain_closed":1},"quantization_config":null})");
}

TEST(CollectionSettings, GiveTheEngineWhatItUses) {
  const auto config = created(
      R"({"vectors":{"a":{"size":4,"distance":"Dot","hnsw_config":{"m":8}},"b":{"size":2,"distance":"Euclid"},)"
      R"("m":{"size":2,"distance":"Dot","multivector_config":{"comparator":"max_sim"}}},)"
      R"("hnsw_config":{"ef_construct":50},"optimizers_config":{"indexing_threshold":5}})");
  ASSERT_EQ(model::vector_count(config), 3u);
  EXPECT_EQ(config.vectors.at("a").size, 4u);
  EXPECT_EQ(config.graph_of(config.vectors.at("a")).m, 8u);
  EXPECT_EQ(config.graph_of(config.vectors.at("a")).ef_construct, 50u);
  EXPECT_EQ(config.vectors.at("b").distance, model::Distance::kEuclid);
  EXPECT_FALSE(config.vectors.at("b").hnsw.has_value());
  EXPECT_EQ(config.indexing_threshold_kb(), 5u);
}

struct RefusedCase {
  const char* body;
  const char* text;
};

TEST(CollectionSettings, RefuseACreationInThePeersWords) {
  const RefusedCase cases[] = {
      {R"({"vectors":{"size":0,"distance":"Cosine"}})",
       "Format error in JSON body: data did not match any variant of untagged enum VectorsConfig"},
      {R"({"vectors":null})", "Format error in JSON body: data did not match any variant of untagged enum VectorsConfig"},
      {R"({"vectors":{"size":65537,"distance":"Cosine"}})",
       "Validation error in JSON body: [vectors.size: value 65537 invalid, must be from 1 to 65536]"},
      {R"({"vectors":{"a":{"size":4,"distance":"Cosine","hnsw_config":{"ef_construct":0}}}})",
       "Validation error in JSON body: [vectors.?.hnsw_config.ef_construct: value 0 invalid, must be 4 or larger]"},
      {R"({"quantization_config":{"scalar":{"type":"int8","quantile":0.4}}})",
       "Validation error in JSON body: [quantization_config.scalar.quantile: value 0.4000000059604645 invalid, "
       "must be from 0.5 to 1.0]"},
      {R"({"quantization_config":"Disabled"})",
       "Format error in JSON body: data did not match any variant of untagged enum QuantizationConfig"},
      {R"({"optimizers_config":{"default_segment_number":-1}})",
       "Format error in JSON body: invalid value: integer `-1`, expected usize"},
      {R"({"optimizers_config":{"max_optimization_threads":"many"}})",
       "Format error in JSON body: data did not match any variant of untagged enum MaxOptimizationThreads"},
      {R"({"wal_config":32})", "Format error in JSON body: invalid type: integer `32`, expected struct WalConfigDiff"},
      {R"({"sharding_method":"manual"})",
       "Format error in JSON body: unknown variant `manual`, expected `auto` or `custom`"},
      {R"({"shard_number":1.5})", "Format error in JSON body: invalid type: floating point `1.5`, expected u32"},
      {R"({"sparse_vectors":["s"]})", "Format error in JSON body: invalid type: sequence, expected a map"},
      {R"({"sparse_vectors":{"s":{"index":{"datatype":"turbo4"}}}})",
       "Validation error in JSON body: [sparse_vectors[0].index.datatype: sparse vectors do not support the "
       "`turbo4` datatype]"},
      {R"({"vectors":{"size":4,"distance":"Cosine","memory":"pinned"}})",
       "Validation error in JSON body: [vectors.memory: `pinned` memory placement is not supported for dense "
       "vector storage]"},
      {R"({"strict_mode_config":{"max_resident_memory_percent":101}})",
       "Validation error in JSON body: [strict_mode_config.max_resident_memory_percent: value 101 invalid, "
       "must be from 1 to 100]"},
  };
  for (const RefusedCase& one : cases) {
    const auto settings = read_new_collection(json(one.body));
    ASSERT_FALSE(settings.ok()) << one.body;
    EXPECT_EQ(error_text(settings.status()), one.text);
  }
}

TEST(CollectionSettings, RefuseVectorNames) {
  const RefusedCase cases[] = {
      {R"({"vectors":{"a/b":{"size":4,"distance":"Cosine"}}})",
       "Wrong input: Invalid dense vector name `a/b`: vector name cannot contain \"/\" char"},
      {R"({"sparse_vectors":{"":{}}})", "Wrong input: Sparse vector name cannot be empty"},
      {R"({"vectors":{"a":{"size":4,"distance":"Cosine"}},"sparse_vectors":{"a":{}}})",
       "Wrong input: Dense and sparse vector names must be unique - duplicate found with 'a'"},
  };
  for (const RefusedCase& one : cases) {
    const auto settings = read_new_collection(json(one.body));
    ASSERT_FALSE(settings.ok()) << one.body;
    EXPECT_EQ(error_text(settings.status()), one.text);
  }
}

TEST(CollectionSettings, MergeAnUpdateKeyByKey) {
  auto config = created(
      R"({"vectors":{"size":4,"distance":"Cosine"},"strict_mode_config":{"enabled":true},"metadata":{"a":1,"b":2}})");
  const auto update = read_collection_update(json(
      R"({"vectors":{"":{"hnsw_config":{"m":7},"quantization_config":{"binary":{}}}},"hnsw_config":{"m":32},)"
      R"("params":{"read_fan_out_factor":3},"strict_mode_config":{"max_timeout":9},"metadata":{"b":null,"c":3}})"));
  ASSERT_TRUE(update.ok()) << update.status().message();
  const auto merged = updated(config, *update);
  ASSERT_TRUE(merged.ok());
  EXPECT_EQ(merged->hnsw.m, 32u);
  EXPECT_EQ(merged->vectors.at("").hnsw->m, 7u);
  const Value settings = test::shown_json(*merged);
  EXPECT_EQ(base::json::to_text(*settings.find("params")->find("vectors")),
            R"({"size":4,"distance":"Cosine","hnsw_config":{"m":7},"quantization_config":{"binary":{}}})");
  EXPECT_EQ(*settings.find("params")->find("read_fan_out_factor"), Value(3));
  EXPECT_EQ(base::json::to_text(*settings.find("strict_mode_config")), R"({"enabled":true,"max_timeout":9})");
  EXPECT_EQ(base::json::to_text(*settings.find("metadata")), R"({"a":1,"c":3})");

  const auto off = read_collection_update(json(
      R"({"vectors":{"":{"quantization_config":"Disabled"}},"quantization_config":"Disabled"})"));
  ASSERT_TRUE(off.ok());
  const auto without = updated(*merged, *off);
  ASSERT_TRUE(without.ok());
  EXPECT_EQ(test::shown_json(*without).find("params")->find("vectors")->find("quantization_config"), nullptr);
}

TEST(CollectionSettings, RefuseAnUpdateInThePeersWords) {
  const RefusedCase cases[] = {
      {"[]", "Format error in JSON body: invalid length 0, expected struct UpdateCollection with 8 elements"},
      {"\"x\"", "Format error in JSON body: invalid type: string \"x\", expected struct UpdateCollection"},
      {R"({"vectors":{"":5}})", "Format error in JSON body: invalid type: integer `5`, expected struct VectorParamsDiff"},
      {R"({"strict_mode_config":[]})",
       "Format error in JSON body: invalid length 0, expected struct StrictModeConfig with 21 elements"},
      {R"({"params":{"replication_factor":0}})",
       "Format error in JSON body: invalid value: integer `0`, expected a nonzero u32"},
      {R"({"params":{"payload":{"memory":"hot"}}})",
       "Format error in JSON body: unknown variant `hot`, expected one of `cold`, `cached`, `pinned`"},
      {R"({"optimizers_config":{"deleted_threshold":-1}})",
       "Validation error in JSON body: [optimizers_config.deleted_threshold: value -1.0 invalid, must be from 0.0 "
       "to 1.0]"},
  };
  for (const RefusedCase& one : cases) {
    const auto update = read_collection_update(json(one.body));
    ASSERT_FALSE(update.ok()) << one.body;
    EXPECT_EQ(error_text(update.status()), one.text);
  }
  const auto config = created(R"({"vectors":{"size":4,"distance":"Cosine"}})");
  const auto unknown = updated(config, read_collection_update(json(R"({"vectors":{"zz":{"on_disk":true}}})")).value());
  EXPECT_EQ(error_text(unknown.status()), "Wrong input: Not existing vector name error: zz");
}

TEST(CollectionSettings, AreBuiltForCollectionsOfOtherDialects) {
  model::CollectionConfig config;
  config.vectors[""] = {.size = 0, .distance = model::Distance::kEuclid, .hnsw = {}};
  EXPECT_EQ(base::json::to_text(*test::shown_json(config).find("params")->find("vectors")), "{}");
  config.vectors[""].size = 3;
  EXPECT_EQ(base::json::to_text(*test::shown_json(config).find("params")->find("vectors")),
            R"({"size":3,"distance":"Euclid"})");
}

TEST(CollectionSettings, AreKeptForCollectionsOfOtherDialects) {
  model::CollectionConfig config;
  config.vectors[""] = {.size = 0, .distance = model::Distance::kEuclid};
  config.hnsw = {.m = 24, .ef_construct = 50, .ef_search = 60};
  config.automatic_indexes = true;
  const auto update = read_collection_update(json(
      R"({"hnsw_config":{"ef_construct":70},"strict_mode_config":{"max_timeout":9},"metadata":{"a":1}})"));
  ASSERT_TRUE(update.ok());
  const auto changed = updated(config, *update);
  ASSERT_TRUE(changed.ok());
  const auto graph = changed->graph_of(changed->vectors.at(""));
  EXPECT_EQ(graph.m, 24U);
  EXPECT_EQ(graph.ef_construct, 70U);
  EXPECT_EQ(graph.ef_search, 60U);
  EXPECT_TRUE(changed->automatic_indexes);
  const Value settings = test::shown_json(*changed);
  EXPECT_EQ(settings.find("hnsw_config")->find("ef_search"), nullptr);
  EXPECT_EQ(base::json::to_text(*settings.find("strict_mode_config")), R"({"max_timeout":9})");
  EXPECT_EQ(base::json::to_text(*settings.find("metadata")), R"({"a":1})");
}

TEST(CollectionSettings, WarnOfStorageThatIsIgnored) {
  const auto config = created(R"({"vectors":{"size":4,"distance":"Cosine"},"hnsw_config":{"inline_storage":true}})");
  EXPECT_EQ(warnings_of(config),
            std::vector<std::string>{"The `hnsw_config.inline_storage` option for vector '' requires quantization to "
                                     "be enabled. This option will be ignored."});
}

}  // namespace
}  // namespace alidade::faces::qdrant_rest
