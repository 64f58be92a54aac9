// Settings of collections and payload indexes between the messages and the model, through the tables of faces/qdrant.
#include <google/protobuf/util/message_differencer.h>
#include <gtest/gtest.h>

#include "faces/contract/read_proto.h"
#include "faces/contract/write_proto.h"
#include "faces/qdrant/collection_settings.h"
#include "faces/qdrant_grpc/decode_index.h"
#include "faces/qdrant_grpc/errors.h"
#include "faces/qdrant_grpc/test_message.h"
#include "faces/qdrant_grpc/values.h"
#include "faces/qdrant_rest/collection_settings.h"

namespace alidade::faces::qdrant_grpc {
namespace {

using test::message;

Result<model::CollectionConfig> created(const ::qdrant::CreateCollection& request) {
  model::CollectionConfig config;
  ALD_RETURN_IF_ERROR(contract::read(request, qdrant::kCreateCollection, kProtoReading, config));
  return config;
}

std::string refusal(const std::string& text) {
  const auto config = created(message<::qdrant::CreateCollection>(text));
  return config.ok() ? "" : wire_error(config.status()).text;
}

TEST(GrpcSettings, AreThoseOfTheModel) {
  const auto config = created(message<::qdrant::CreateCollection>(R"(
      collection_name: "c" timeout: 5
      vectors_config { params { size: 4 distance: Dot on_disk: true memory: Cold } }
      quantization_config { turboquant { bits: Bits1_5 } }
      optimizers_config { deprecated_max_optimization_threads: 3 }
      id_tracker { memory: Pinned }
      metadata { key: "b" value { integer_value: 2 } } metadata { key: "a" value { string_value: "x" } })"));
  ASSERT_TRUE(config.ok()) << config.status().to_string();
  ASSERT_EQ(config->vectors.size(), 1U);
  const model::VectorParams expected{.size = 4, .distance = model::Distance::kDot, .on_disk = true,
                                     .memory = model::MemoryPlacement::kCold};
  EXPECT_EQ(config->vectors.at(""), expected);
  EXPECT_FALSE(config->vectors_named);
  EXPECT_EQ(config->quantization, model::Quantization(model::TurboQuantization{.bits = model::TurboBits::kBits1And5}));
  EXPECT_EQ(config->optimizers.max_optimization_threads, model::ThreadCount{3});
  EXPECT_EQ(config->shards.id_tracker, model::PlacementSettings{model::MemoryPlacement::kPinned});
  EXPECT_EQ(base::json::to_text(config->metadata), R"({"a":"x","b":2})");

  qdrant::CollectionUpdate update;
  ASSERT_TRUE(contract::read(message<::qdrant::UpdateCollection>(
                                 R"(vectors_config { params { memory: Cached } } quantization_config { disabled {} }
                                    optimizers_config { max_optimization_threads { setting: Auto } })"),
                             qdrant::kUpdateCollection, kProtoReading, update)
                  .ok());
  EXPECT_EQ(update.vectors->at("").memory, model::MemoryPlacement::kCached);
  ASSERT_TRUE(update.quantization.has_value());
  EXPECT_FALSE(update.quantization->has_value());
  EXPECT_EQ(update.optimizers.max_optimization_threads, model::ThreadCount{});
}

TEST(GrpcSettings, WordEnumNumbersWithoutAName) {
  const std::string vector = "vectors_config { params { size: 4 ";
  EXPECT_EQ(refusal(vector + "} }"), "Malformed distance parameter: UnknownDistance");
  EXPECT_EQ(refusal("quantization_config {}"), "QuantizationConfig must contain quantization");
  EXPECT_EQ(refusal("optimizers_config { max_optimization_threads {} }"), "Malformed MaxOptimizationThreads");
  EXPECT_EQ(refusal("quantization_config { binary { query_encoding {} } }"),
            "Unknown binary quantization query encoding");
  EXPECT_EQ(refusal(vector + "distance: Dot memory: MemoryUnknown datatype: Default } }"), "");

  ::qdrant::CreateCollection request;
  auto& params = *request.mutable_vectors_config()->mutable_params();
  params.set_distance(static_cast<::qdrant::Distance>(9));
  EXPECT_EQ(wire_error(created(request).status()).text, "Malformed distance parameter, unexpected value: 9");
  params.set_distance(::qdrant::Dot);
  params.set_memory(static_cast<::qdrant::Memory>(9));
  EXPECT_EQ(wire_error(created(request).status()).text, "Cannot convert memory placement: 9");
  params.clear_memory();
  request.set_sharding_method(static_cast<::qdrant::ShardingMethod>(9));
  EXPECT_EQ(wire_error(created(request).status()).text,
            "Cannot convert ShardingMethod: 9, error: unknown enumeration value 9");
}

TEST(GrpcSettings, ShowACollectionAsItWasMade) {
  const auto config = created(message<::qdrant::CreateCollection>(R"(
      vectors_config { params_map { map { key: "a" value { size: 4 distance: Cosine
        quantization_config { binary { encoding: TwoBits query_encoding { setting: Scalar4Bits } } } } } } }
      sparse_vectors_config { map { key: "s" value { modifier: Idf } } }
      quantization_config { scalar { type: Int8 quantile: 0.99 } }
      strict_mode_config { sparse_config { sparse_config { key: "s" value { max_length: 2 } } } }
      metadata { key: "m" value { bool_value: true } })"));
  ASSERT_TRUE(config.ok());
  ::qdrant::CollectionConfig shown;
  const auto fill_metadata = [](const base::json::Value& metadata, const google::protobuf::FieldDescriptor&,
                                google::protobuf::Message& out) {
    fill_members(metadata, *as<::qdrant::CollectionConfig>(out).mutable_metadata());
  };
  contract::write(qdrant::kCollectionConfig, qdrant_rest::shown_config(*config), fill_metadata, shown);
  const auto expected = message<::qdrant::CollectionConfig>(R"(
      params { shard_number: 1 on_disk_payload: true replication_factor: 1 write_consistency_factor: 1
               vectors_config { params_map { map { key: "a" value { size: 4 distance: Cosine
                 quantization_config { binary { encoding: TwoBits query_encoding { setting: Scalar4Bits } } } } } } }
               sparse_vectors_config { map { key: "s" value { modifier: Idf } } } }
      hnsw_config { m: 16 ef_construct: 100 full_scan_threshold: 10000 max_indexing_threads: 0 on_disk: false }
      optimizer_config { deleted_threshold: 0.2 vacuum_min_vector_number: 1000 default_segment_number: 0
                         indexing_threshold: 10000 flush_interval_sec: 5
                         max_optimization_threads { setting: Auto } }
      wal_config { wal_capacity_mb: 32 wal_segments_ahead: 0 wal_retain_closed: 1 }
      quantization_config { scalar { type: Int8 quantile: 0.99 } }
      strict_mode_config { sparse_config { sparse_config { key: "s" value { max_length: 2 } } } }
      metadata { key: "m" value { bool_value: true } })");
  EXPECT_TRUE(google::protobuf::util::MessageDifferencer::Equals(shown, expected)) << shown.DebugString();
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
  EXPECT_EQ(refused("field_type: FieldTypeFloat field_index_params { float_index_params { nested: \"a\" } }"),
            "the parameter `nested` of payload indexes is not implemented");
  EXPECT_EQ(refused("field_type: FieldTypeText field_index_params { text_index_params { tokenizer: Word "
                    "stopwords { languages: \"klingon\" } } }")
                .substr(0, 44),
            "unknown language: unknown variant `klingon`,");
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
