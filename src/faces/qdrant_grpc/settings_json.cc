// From messages to the JSON form of the settings.
#include <google/protobuf/descriptor.h>
#include <google/protobuf/message.h>

#include <utility>

#include "collections.pb.h"
#include "faces/qdrant_grpc/errors.h"
#include "faces/qdrant_grpc/setting_words.h"
#include "faces/qdrant_grpc/settings.h"
#include "faces/qdrant_grpc/values.h"

namespace alidade::faces::qdrant_grpc {
namespace {

using base::json::Array;
using base::json::Object;
using base::json::Value;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

template <typename Map>
Result<Value> map_json(const Map& map) {
  Object object;
  for (const auto& [name, message] : map) {
    ALD_ASSIGN(Value value, settings_json(message));
    object.emplace_back(name, std::move(value));
  }
  return Value(std::move(object));
}

Result<Value> named(const char* name, const Message& message) {
  ALD_ASSIGN(Value value, settings_json(message));
  return Value(Object{{name, std::move(value)}});
}

// Messages that are not an object of their fields. ---------------------------------------------

Result<Value> vectors_json(const ::qdrant::VectorsConfig& config) {
  if (config.has_params()) return settings_json(config.params());
  return map_json(config.params_map().map());
}

Result<Value> vectors_diff_json(const ::qdrant::VectorsConfigDiff& config) {
  if (config.has_params()) return named("", config.params());
  return map_json(config.params_map().map());
}

Result<Value> quantization_json(const ::qdrant::QuantizationConfig& config) {
  if (config.has_scalar()) return named("scalar", config.scalar());
  if (config.has_product()) return named("product", config.product());
  if (config.has_binary()) return named("binary", config.binary());
  if (config.has_turboquant()) return named("turbo", config.turboquant());
  return malformed("QuantizationConfig must contain quantization");
}

Result<Value> quantization_diff_json(const ::qdrant::QuantizationConfigDiff& config) {
  if (config.has_disabled()) return Value("Disabled");
  if (config.has_scalar()) return named("scalar", config.scalar());
  if (config.has_product()) return named("product", config.product());
  if (config.has_binary()) return named("binary", config.binary());
  if (config.has_turboquant()) return named("turbo", config.turboquant());
  return malformed("Quantization type is not specified");
}

Result<Value> query_encoding_json(const ::qdrant::BinaryQuantizationQueryEncoding& encoding) {
  if (encoding.variant_case() == ::qdrant::BinaryQuantizationQueryEncoding::VARIANT_NOT_SET) {
    return malformed("Unknown binary quantization query encoding");
  }
  ALD_ASSIGN(const auto word,
             word_of(*::qdrant::BinaryQuantizationQueryEncoding::Setting_descriptor(),
                     encoding.setting()));
  return word ? Value(*word) : Value();
}

Result<Value> threads_json(const ::qdrant::MaxOptimizationThreads& threads) {
  using Wire = ::qdrant::MaxOptimizationThreads;
  if (threads.variant_case() == Wire::kValue) return Value(std::uint64_t{threads.value()});
  if (threads.variant_case() == Wire::VARIANT_NOT_SET)
    return malformed("Malformed MaxOptimizationThreads");
  if (threads.setting() == Wire::Auto) return Value("auto");
  return malformed("Invalid MaxOptimizationThreads setting: unknown enumeration value " +
                   std::to_string(threads.setting()));
}

Value stemmer_json(const ::qdrant::StemmingAlgorithm& stemmer) {
  if (stemmer.has_snowball()) {
    return Value(
        Object{{"type", Value("snowball")}, {"language", Value(stemmer.snowball().language())}});
  }
  return Value(Object{{"type", Value("none")}});
}

struct Special {
  const google::protobuf::Descriptor* type;
  Result<Value> (*json)(const Message&);
};
const Special kSpecials[] = {
    {::qdrant::VectorsConfig::descriptor(),
     [](const Message& m) { return vectors_json(as<::qdrant::VectorsConfig>(m)); }},
    {::qdrant::VectorsConfigDiff::descriptor(),
     [](const Message& m) { return vectors_diff_json(as<::qdrant::VectorsConfigDiff>(m)); }},
    {::qdrant::SparseVectorConfig::descriptor(),
     [](const Message& m) { return map_json(as<::qdrant::SparseVectorConfig>(m).map()); }},
    {::qdrant::QuantizationConfig::descriptor(),
     [](const Message& m) { return quantization_json(as<::qdrant::QuantizationConfig>(m)); }},
    {::qdrant::QuantizationConfigDiff::descriptor(),
     [](const Message& m) {
       return quantization_diff_json(as<::qdrant::QuantizationConfigDiff>(m));
     }},
    {::qdrant::BinaryQuantizationQueryEncoding::descriptor(),
     [](const Message& m) {
       return query_encoding_json(as<::qdrant::BinaryQuantizationQueryEncoding>(m));
     }},
    {::qdrant::MaxOptimizationThreads::descriptor(),
     [](const Message& m) { return threads_json(as<::qdrant::MaxOptimizationThreads>(m)); }},
    {::qdrant::StrictModeMultivectorConfig::descriptor(),
     [](const Message& m) {
       return map_json(as<::qdrant::StrictModeMultivectorConfig>(m).multivector_config());
     }},
    {::qdrant::StrictModeSparseConfig::descriptor(),
     [](const Message& m) {
       return map_json(as<::qdrant::StrictModeSparseConfig>(m).sparse_config());
     }},
    {::qdrant::KeywordPrefixParams::descriptor(),
     [](const Message&) { return Result<Value>(Value(true)); }},
    {::qdrant::StemmingAlgorithm::descriptor(),
     [](const Message& m) {
       return Result<Value>(stemmer_json(as<::qdrant::StemmingAlgorithm>(m)));
     }},
};

// Fields. -------------------------------------------------------------------------------------

Result<Value> field_json(const Message& message, const FieldDescriptor& field) {
  const auto& reflection = *message.GetReflection();
  switch (field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_UINT32:
      return Value(std::uint64_t{reflection.GetUInt32(message, &field)});
    case FieldDescriptor::CPPTYPE_UINT64:
      return Value(std::uint64_t{reflection.GetUInt64(message, &field)});
    case FieldDescriptor::CPPTYPE_FLOAT:
      return Value(double{reflection.GetFloat(message, &field)});
    case FieldDescriptor::CPPTYPE_DOUBLE:
      return Value(reflection.GetDouble(message, &field));
    case FieldDescriptor::CPPTYPE_BOOL:
      return Value(reflection.GetBool(message, &field));
    case FieldDescriptor::CPPTYPE_STRING:
      return Value(reflection.GetString(message, &field));
    case FieldDescriptor::CPPTYPE_MESSAGE:
      return settings_json(reflection.GetMessage(message, &field));
    case FieldDescriptor::CPPTYPE_ENUM: {
      ALD_ASSIGN(const auto word,
                 word_of(*field.enum_type(), reflection.GetEnumValue(message, &field)));
      return word ? Value(*word) : Value();
    }
    case FieldDescriptor::CPPTYPE_INT32:
    case FieldDescriptor::CPPTYPE_INT64:
      break;
  }
  return Value();
}

/// Lists of texts are the only repeated fields here.
Value texts_json(const Message& message, const FieldDescriptor& field) {
  Array texts;
  const auto& reflection = *message.GetReflection();
  for (int i = 0; i < reflection.FieldSize(message, &field); ++i) {
    texts.emplace_back(reflection.GetRepeatedString(message, &field, i));
  }
  return Value(std::move(texts));
}

std::string member_name(const FieldDescriptor& field) {
  if (field.name() == "vectors_config") return "vectors";
  if (field.name() == "sparse_vectors_config") return "sparse_vectors";
  if (field.name() == "deprecated_max_optimization_threads") return "max_optimization_threads";
  return field.name();
}

bool is_setting(const FieldDescriptor& field) {
  return field.name() != "collection_name" && field.name() != "timeout" && !field.is_map();
}

}  // namespace

Result<Value> settings_json(const Message& message) {
  const auto& type = *message.GetDescriptor();
  for (const Special& special : kSpecials) {
    if (special.type == &type) return special.json(message);
  }
  Value out{Object{}};
  for (int i = 0; i < type.field_count(); ++i) {
    const FieldDescriptor& field = *type.field(i);
    if (!is_setting(field)) continue;
    if (field.is_repeated()) {
      if (message.GetReflection()->FieldSize(message, &field) > 0)
        out.set(field.name(), texts_json(message, field));
      continue;
    }
    if (field.has_presence() && !message.GetReflection()->HasField(message, &field)) continue;
    ALD_ASSIGN(Value value, field_json(message, field));
    if (!value.is_null()) out.set(member_name(field), std::move(value));
  }
  return out;
}

}  // namespace alidade::faces::qdrant_grpc
