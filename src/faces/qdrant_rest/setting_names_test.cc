// Settings have second names, as in the peer.
#include <gtest/gtest.h>

#include "faces/qdrant_rest/collection_settings.h"
#include "faces/qdrant_rest/errors.h"
#include "faces/qdrant_rest/test_json.h"

namespace alidade::faces::qdrant_rest {
namespace {

using test::json;

std::string at(const Value& shown, std::initializer_list<std::string_view> path) {
  const Value* value = &shown;
  for (const std::string_view name : path) {
    value = value->find(name);
    if (value == nullptr) return "nothing";
  }
  return base::json::to_text(*value);
}

constexpr char kScalar[] = R"({"scalar":{"type":"int8"}})";

TEST(SettingNames, QuantizationIsTheSameUnderBothOfItsNames) {
  const auto config = read_new_collection(json(
      R"({"vectors":{"a":{"size":2,"distance":"Dot","quantization":{"scalar":{"type":"int8"}}}},)"
      R"("quantization":{"binary":{"always_ram":true}}})"));
  ASSERT_TRUE(config.ok()) << config.status().message();
  EXPECT_EQ(at(test::shown_json(*config), {"quantization_config"}), R"({"binary":{"always_ram":true}})");
  EXPECT_EQ(at(test::shown_json(*config), {"params", "vectors", "a", "quantization_config"}), kScalar);
  const auto single =
      read_new_collection(json(R"({"vectors":{"size":2,"distance":"Dot","quantization":{"scalar":{"type":"int8"}}}})"));
  ASSERT_TRUE(single.ok());
  EXPECT_EQ(at(test::shown_json(*single), {"params", "vectors", "quantization_config"}), kScalar);

  const auto update = read_collection_update(
      json(R"({"quantization":{"scalar":{"type":"int8"}},"vectors":{"a":{"quantization":"Disabled"}}})"));
  ASSERT_TRUE(update.ok()) << update.status().message();
  const auto changed = updated(*config, *update);
  ASSERT_TRUE(changed.ok());
  EXPECT_EQ(at(test::shown_json(*changed), {"quantization_config"}), kScalar);
  EXPECT_EQ(at(test::shown_json(*changed), {"params", "vectors", "a", "quantization_config"}), "nothing");
}

TEST(SettingNames, ThresholdsMaySayTheirUnit) {
  const auto config = read_new_collection(
      json(R"({"optimizers_config":{"max_segment_size_kb":7,"memmap_threshold_kb":8,"indexing_threshold_kb":9},)"
           R"("hnsw_config":{"full_scan_threshold_kb":11}})"));
  ASSERT_TRUE(config.ok()) << config.status().message();
  EXPECT_EQ(config->indexing_threshold_kb(), 9U);
  const Value shown = test::shown_json(*config);
  EXPECT_EQ(at(shown, {"optimizer_config", "max_segment_size"}), "7");
  EXPECT_EQ(at(shown, {"optimizer_config", "memmap_threshold"}), "8");
  EXPECT_EQ(at(shown, {"hnsw_config", "full_scan_threshold"}), "11");
  const auto broken = read_new_collection(json(R"({"hnsw_config":{"full_scan_threshold_kb":1}})"));
  EXPECT_EQ(error_text(broken.status()),
            "Validation error in JSON body: [hnsw_config.full_scan_threshold: value 1 invalid, must be 10 or larger]");
}

TEST(SettingNames, BothNamesAtOnceAreADuplicate) {
  const std::string text = "Format error in JSON body: duplicate field `quantization_config`";
  EXPECT_EQ(error_text(read_new_collection(json(R"({"quantization":null,"quantization_config":null})")).status()), text);
  EXPECT_EQ(error_text(read_collection_update(
                           json(R"({"quantization_config":"Disabled","quantization":"Disabled"})")).status()),
            text);
  EXPECT_EQ(error_text(read_collection_update(
                           json(R"({"vectors":{"a":{"quantization":null,"quantization_config":null}}})")).status()),
            text);
  EXPECT_EQ(error_text(read_collection_update(
                           json(R"({"optimizers_config":{"indexing_threshold":1,"indexing_threshold_kb":1}})")).status()),
            "Format error in JSON body: duplicate field `indexing_threshold`");
  // Among vectors a form that does not fit says nothing else.
  EXPECT_EQ(error_text(read_new_collection(json(
                           R"({"vectors":{"size":2,"distance":"Dot","quantization":null,"quantization_config":null}})"))
                           .status()),
            "Format error in JSON body: data did not match any variant of untagged enum VectorsConfig");
}

}  // namespace
}  // namespace alidade::faces::qdrant_rest
