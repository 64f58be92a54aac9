// From the JSON form of the settings to messages.
#include <google/protobuf/descriptor.h>
#include <google/protobuf/message.h>

#include "collections.pb.h"
#include "faces/qdrant_grpc/setting_words.h"
#include "faces/qdrant_grpc/settings.h"
#include "faces/qdrant_grpc/values.h"

namespace alidade::faces::qdrant_grpc {
namespace {

using base::json::Value;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

std::uint64_t unsigned_of(const Value& json) {
  if (json.is_uint()) return json.as_uint();
  return json.is_int() && json.as_int() > 0 ? static_cast<std::uint64_t>(json.as_int()) : 0;
}

template <typename Map>
void fill_map(const Value& json, Map& map) {
  for (const auto& [name, value] : json.as_object()) fill_settings(value, map[name]);
}

// Messages that are not an object of their fields. ---------------------------------------------

void fill_vectors(const Value& json, ::qdrant::VectorsConfig& out) {
  const Value* size = json.find("size");
  if (size != nullptr && !size->is_object()) return fill_settings(json, *out.mutable_params());
  fill_map(json, *out.mutable_params_map()->mutable_map());
}

void fill_quantization(const Value& json, ::qdrant::QuantizationConfig& out) {
  if (const Value* scalar = json.find("scalar"))
    return fill_settings(*scalar, *out.mutable_scalar());
  if (const Value* product = json.find("product"))
    return fill_settings(*product, *out.mutable_product());
  if (const Value* binary = json.find("binary"))
    return fill_settings(*binary, *out.mutable_binary());
  if (const Value* turbo = json.find("turbo")) fill_settings(*turbo, *out.mutable_turboquant());
}

void fill_query_encoding(const Value& json, ::qdrant::BinaryQuantizationQueryEncoding& out) {
  if (!json.is_string()) return;
  const auto number = number_of_word(
      *::qdrant::BinaryQuantizationQueryEncoding::Setting_descriptor(), json.as_string());
  if (number)
    out.set_setting(static_cast<::qdrant::BinaryQuantizationQueryEncoding::Setting>(*number));
}

void fill_optimizers(const Value& json, ::qdrant::OptimizersConfigDiff& out) {
  const Value* threads = json.find("max_optimization_threads");
  auto& variant = *out.mutable_max_optimization_threads();
  if (threads == nullptr || !threads->is_integer()) {
    return variant.set_setting(::qdrant::MaxOptimizationThreads::Auto);
  }
  variant.set_value(unsigned_of(*threads));
  out.set_deprecated_max_optimization_threads(unsigned_of(*threads));
}

void fill_stopwords(const Value& json, ::qdrant::StopwordsSet& out) {
  if (json.is_string()) return out.add_languages(json.as_string());
  for (const char* name : {"languages", "custom"}) {
    const Value* list = json.find(name);
    if (list == nullptr || !list->is_array()) continue;
    for (const Value& word : list->as_array()) {
      if (!word.is_string()) continue;
      name[0] == 'l' ? out.add_languages(word.as_string()) : out.add_custom(word.as_string());
    }
  }
}

void fill_stemmer(const Value& json, ::qdrant::StemmingAlgorithm& out) {
  const Value* language = json.find("language");
  if (language == nullptr || !language->is_string()) {
    out.mutable_disabled();
  } else {
    out.mutable_snowball()->set_language(language->as_string());
  }
}

/// @return whether the message is one of those.
bool fill_special(const Value& json, Message& out) {
  const auto* type = out.GetDescriptor();
  if (type == ::qdrant::VectorsConfig::descriptor()) {
    fill_vectors(json, as<::qdrant::VectorsConfig>(out));
  } else if (type == ::qdrant::SparseVectorConfig::descriptor()) {
    fill_map(json, *as<::qdrant::SparseVectorConfig>(out).mutable_map());
  } else if (type == ::qdrant::QuantizationConfig::descriptor()) {
    fill_quantization(json, as<::qdrant::QuantizationConfig>(out));
  } else if (type == ::qdrant::BinaryQuantizationQueryEncoding::descriptor()) {
    fill_query_encoding(json, as<::qdrant::BinaryQuantizationQueryEncoding>(out));
  } else if (type == ::qdrant::StrictModeMultivectorConfig::descriptor()) {
    fill_map(json, *as<::qdrant::StrictModeMultivectorConfig>(out).mutable_multivector_config());
  } else if (type == ::qdrant::StrictModeSparseConfig::descriptor()) {
    fill_map(json, *as<::qdrant::StrictModeSparseConfig>(out).mutable_sparse_config());
  } else if (type == ::qdrant::StopwordsSet::descriptor()) {
    fill_stopwords(json, as<::qdrant::StopwordsSet>(out));
  } else if (type == ::qdrant::StemmingAlgorithm::descriptor()) {
    fill_stemmer(json, as<::qdrant::StemmingAlgorithm>(out));
  } else {
    return type == ::qdrant::KeywordPrefixParams::descriptor();
  }
  return true;
}

// Fields. -------------------------------------------------------------------------------------

const FieldDescriptor* field_of(const google::protobuf::Descriptor& type, const std::string& name) {
  if (name == "vectors") return type.FindFieldByName("vectors_config");
  if (name == "sparse_vectors") return type.FindFieldByName("sparse_vectors_config");
  return type.FindFieldByName(name);
}

void fill_field(const Value& json, const FieldDescriptor& field, Message& out) {
  const auto& reflection = *out.GetReflection();
  switch (field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_UINT32:
      return reflection.SetUInt32(&out, &field, static_cast<std::uint32_t>(unsigned_of(json)));
    case FieldDescriptor::CPPTYPE_UINT64:
      return reflection.SetUInt64(&out, &field, unsigned_of(json));
    case FieldDescriptor::CPPTYPE_FLOAT:
      if (json.is_number()) reflection.SetFloat(&out, &field, static_cast<float>(json.as_double()));
      return;
    case FieldDescriptor::CPPTYPE_DOUBLE:
      if (json.is_number()) reflection.SetDouble(&out, &field, json.as_double());
      return;
    case FieldDescriptor::CPPTYPE_BOOL:
      if (json.is_bool()) reflection.SetBool(&out, &field, json.as_bool());
      return;
    case FieldDescriptor::CPPTYPE_STRING:
      if (json.is_string()) reflection.SetString(&out, &field, json.as_string());
      return;
    case FieldDescriptor::CPPTYPE_ENUM:
      if (!json.is_string()) return;
      if (const auto number = number_of_word(*field.enum_type(), json.as_string())) {
        reflection.SetEnumValue(&out, &field, *number);
      }
      return;
    case FieldDescriptor::CPPTYPE_MESSAGE:
      // A flag of the JSON form that is an empty message here.
      if (json == Value(false)) return;
      return fill_settings(json, *reflection.MutableMessage(&out, &field));
    case FieldDescriptor::CPPTYPE_INT32:
    case FieldDescriptor::CPPTYPE_INT64:
      return;
  }
}

}  // namespace

void fill_settings(const Value& json, Message& out) {
  if (fill_special(json, out) || !json.is_object()) return;
  const bool is_optimizers = out.GetDescriptor() == ::qdrant::OptimizersConfigDiff::descriptor();
  if (is_optimizers) fill_optimizers(json, as<::qdrant::OptimizersConfigDiff>(out));
  for (const auto& [name, value] : json.as_object()) {
    const FieldDescriptor* field = field_of(*out.GetDescriptor(), name);
    if (field == nullptr || value.is_null() || field->is_repeated()) continue;
    if (is_optimizers && name == "max_optimization_threads") continue;
    fill_field(value, *field, out);
  }
}

}  // namespace alidade::faces::qdrant_grpc
