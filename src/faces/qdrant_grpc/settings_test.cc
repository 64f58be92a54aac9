#include "faces/qdrant_grpc/settings.h"

#include <google/protobuf/util/message_differencer.h>
#include <gtest/gtest.h>

#include "faces/qdrant_grpc/decode_index.h"
#include "faces/qdrant_grpc/errors.h"
#include "faces/qdrant_grpc/test_message.h"
#include "faces/qdrant_rest/collection_settings.h"

namespace alidade::faces::qdrant_grpc {
namespace {

using test::message;

std::string json_text(const google::protobuf::Message& wire) {
  const auto json = settings_json(wire);
  return json.ok() ? base::json::to_text(*json) : wire_error(json.status()).text;
}

TEST(GrpcSettings, TranslateIntoTheRestForm) {
  EXPECT_EQ(
      json_text(message<::qdrant::CreateCollection>(R"(
      collection_name: "c" timeout: 5
      vectors_config { params { size: 4 distance: Dot on_disk: true memory: Cold } }
      quantization_config { turboquant { bits: Bits1_5 } }
      optimizers_config { max_optimization_threads { setting: Auto } })")),
      R"({"optimizers_config":{"max_optimization_threads":"auto"},"vectors":{"size":4,"distance":"Dot",)"
      R"("on_disk":true,"memory":"cold"},"quantization_config":{"turbo":{"bits":"bits1_5"}}})");
  EXPECT_EQ(
      json_text(message<::qdrant::UpdateCollection>(
          R"(vectors_config { params { memory: Cached } } quantization_config { disabled {} })")),
      R"({"vectors":{"":{"memory":"cached"}},"quantization_config":"Disabled"})");
}

TEST(GrpcSettings, WordEnumNumbersWithoutAName) {
  EXPECT_EQ(json_text(message<::qdrant::VectorParams>("size: 4")),
            "Malformed distance parameter: UnknownDistance");
  ::qdrant::VectorParams params;
  params.set_distance(static_cast<::qdrant::Distance>(9));
  EXPECT_EQ(json_text(params), "Malformed distance parameter, unexpected value: 9");
  params.set_distance(::qdrant::Dot);
  params.set_memory(static_cast<::qdrant::Memory>(9));
  EXPECT_EQ(json_text(params), "Cannot convert memory placement: 9");
  EXPECT_EQ(json_text(::qdrant::QuantizationConfig()),
            "QuantizationConfig must contain quantization");
  EXPECT_EQ(json_text(::qdrant::MaxOptimizationThreads()), "Malformed MaxOptimizationThreads");
}

TEST(GrpcSettings, ShowACollectionAsItWasMade) {
  const auto request = message<::qdrant::CreateCollection>(R"(
      vectors_config { params_map { map { key: "a" value { size: 4 distance: Cosine } } } }
      sparse_vectors_config { map { key: "s" value { modifier: Idf } } }
      strict_mode_config { sparse_config { sparse_config { key: "s" value { max_length: 2 } } } })");
  const auto body = settings_json(request);
  ASSERT_TRUE(body.ok());
  const auto config = qdrant_rest::read_new_collection(*body);
  ASSERT_TRUE(config.ok());
  ::qdrant::CollectionConfig shown;
  fill_settings(qdrant_rest::shown_config(*config), shown);
  const auto expected = message<::qdrant::CollectionConfig>(R"(
      params { shard_number: 1 on_disk_payload: true replication_factor: 1 write_consistency_factor: 1
               vectors_config { params_map { map { key: "a" value { size: 4 distance: Cosine } } } }
               sparse_vectors_config { map { key: "s" value { modifier: Idf } } } }
      hnsw_config { m: 16 ef_construct: 100 full_scan_threshold: 10000 max_indexing_threads: 0 on_disk: false }
      optimizer_config { deleted_threshold: 0.2 vacuum_min_vector_number: 1000 default_segment_number: 0
                         indexing_threshold: 10000 flush_interval_sec: 5
                         max_optimization_threads { setting: Auto } }
      wal_config { wal_capacity_mb: 32 wal_segments_ahead: 0 wal_retain_closed: 1 }
      strict_mode_config { sparse_config { sparse_config { key: "s" value { max_length: 2 } } } })");
  EXPECT_TRUE(google::protobuf::util::MessageDifferencer::Equals(shown, expected))
      << shown.DebugString();
}

TEST(GrpcIndex, NeedsATypeThatAgreesWithItsParameters) {
  const auto refused = [](const std::string& text) {
    const auto schema = read_field_schema(message<::qdrant::CreateFieldIndexCollection>(text));
    return schema.ok() ? "" : wire_error(schema.status()).text;
  };
  EXPECT_EQ(refused("field_index_params { float_index_params {} }"), "cannot convert field_type");
  EXPECT_EQ(refused("field_type: FieldTypeKeyword field_index_params { integer_index_params {} }"),
            "field_type (Keyword) and field_index_params do not match");
  EXPECT_EQ(refused("field_type: FieldTypeText field_index_params { text_index_params {} }"),
            "unknown tokenizer type");
  EXPECT_EQ(refused("field_type: FieldTypeText"), "");
}

TEST(GrpcIndex, ShowsItsParametersAgain) {
  const auto request = message<::qdrant::CreateFieldIndexCollection>(R"(
      field_type: FieldTypeText
      field_index_params { text_index_params {
        tokenizer: Word lowercase: true min_token_len: 2 stopwords { languages: "german" custom: "x" }
        stemmer { snowball { language: "german" } } } })");
  const auto schema = read_field_schema(request);
  ASSERT_TRUE(schema.ok()) << schema.status().to_string();
  ::qdrant::PayloadSchemaInfo info;
  fill_schema_info(*schema, 3, info);
  EXPECT_EQ(info.data_type(), ::qdrant::Text);
  EXPECT_TRUE(google::protobuf::util::MessageDifferencer::Equals(info.params(),
                                                                 request.field_index_params()))
      << info.DebugString();
}

}  // namespace
}  // namespace alidade::faces::qdrant_grpc
