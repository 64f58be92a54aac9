// Forms of REST that are not the object of a message's members: ids, values, vectors, conditions, selectors, settings.

#include <google/protobuf/util/time_util.h>

#include <algorithm>

#include "alidade_qdrant/collections.pb.h"
#include "alidade_qdrant/points.pb.h"
#include "alidade_qdrant/qdrant_common.pb.h"
#include "qdrant_grpc/encode.h"

namespace alidade::qdrant::inline v0::wire {
namespace {

namespace dom = simdjson::dom;
namespace pb = alidade_wire;
using google::protobuf::Timestamp;
using google::protobuf::util::TimeUtil;

bool has(element json, std::string_view key) { return json.is_object() && json[key].error() == simdjson::SUCCESS; }

/// The member of that name; null's element when there is none.
bool find(element json, std::string_view key, element& found) {
  return json.is_object() && json[key].get(found) == simdjson::SUCCESS && !found.is_null();
}

bool point_id(Encoder& encoder, pb::PointId& id, element json) {
  std::uint64_t number = 0;
  std::string_view text;
  if (json.get(number) == simdjson::SUCCESS) return id.set_num(number), true;
  if (json.get(text) == simdjson::SUCCESS) return id.set_uuid(std::string(text)), true;
  return encoder.fail("expected the id of a point");
}

bool value(Encoder& encoder, pb::Value& out, element json) {
  switch (json.type()) {
    case dom::element_type::NULL_VALUE: return out.set_null_value(pb::NULL_VALUE), true;
    case dom::element_type::BOOL: return out.set_bool_value(bool(json)), true;
    case dom::element_type::INT64: return out.set_integer_value(std::int64_t(json)), true;
    // Beyond the signed ones there are only doubles.
    case dom::element_type::UINT64: return out.set_double_value(static_cast<double>(std::uint64_t(json))), true;
    case dom::element_type::DOUBLE: return out.set_double_value(double(json)), true;
    case dom::element_type::STRING: return out.set_string_value(std::string(std::string_view(json))), true;
    case dom::element_type::ARRAY: {
      pb::ListValue& list = *out.mutable_list_value();
      for (const element one : dom::array(json)) {
        if (!value(encoder, *list.add_values(), one)) return false;
      }
      return true;
    }
    case dom::element_type::OBJECT: {
      auto& fields = *out.mutable_struct_value()->mutable_fields();
      for (const auto& [key, inner] : dom::object(json)) {
        if (!value(encoder, fields[std::string(key)], inner)) return false;
      }
      return true;
    }
  }
  return encoder.fail("expected a JSON value");
}

bool floats(Encoder& encoder, google::protobuf::RepeatedField<float>& out, element json) {
  dom::array list;
  if (json.get(list) != simdjson::SUCCESS) return encoder.fail("expected a list of numbers");
  out.Reserve(out.size() + static_cast<int>(list.size()));
  for (const element one : list) {
    double number = 0;
    if (one.get(number) != simdjson::SUCCESS) return encoder.fail("expected a number in a vector");
    out.Add(static_cast<float>(number));
  }
  return true;
}

bool dense(Encoder& encoder, pb::DenseVector& out, element json) { return floats(encoder, *out.mutable_data(), json); }

bool multi(Encoder& encoder, pb::MultiDenseVector& out, element json) {
  for (const element row : dom::array(json)) {
    if (!dense(encoder, *out.add_vectors(), row)) return false;
  }
  return true;
}

/// Values that lie beside the text: {"$": count}.
bool is_beside(element json, std::uint64_t& count) {
  return json.is_object() && dom::object(json).size() == 1 && json["$"].get(count) == simdjson::SUCCESS;
}

/// A vector of any kind. @tparam Target Vector or VectorInput, which name the kinds alike.
template <class Target>
bool any_vector(Encoder& encoder, Target& out, element json) {
  std::uint64_t count = 0;
  if (json.is_array()) {
    const dom::array list(json);
    const bool has_rows = list.size() != 0 && list.at(0).is_array();
    return has_rows ? multi(encoder, *out.mutable_multi_dense(), json) : dense(encoder, *out.mutable_dense(), json);
  }
  if (is_beside(json, count)) {
    std::span<const float> values;
    if (!encoder.take(count, values)) return false;
    out.mutable_dense()->mutable_data()->Add(values.begin(), values.end());
    return true;
  }
  if (has(json, "indices")) return encoder.fill(*out.mutable_sparse(), json);
  if (has(json, "text")) return encoder.fill(*out.mutable_document(), json);
  if (has(json, "image")) return encoder.fill(*out.mutable_image(), json);
  if (has(json, "object")) return encoder.fill(*out.mutable_object(), json);
  return encoder.fail("expected a vector");
}

bool vector(Encoder& encoder, pb::Vector& out, element json) { return any_vector(encoder, out, json); }

bool vector_input(Encoder& encoder, pb::VectorInput& out, element json) {
  if (json.is_uint64() || json.is_int64() || json.is_string()) return encoder.fill(*out.mutable_id(), json);
  return any_vector(encoder, out, json);
}

/// Whether the object is one vector rather than vectors by name. As REST takes it: names are free, so the kinds are told by
/// the members that they must have.
bool is_one_vector(element json) {
  std::uint64_t count = 0;
  if (!json.is_object() || is_beside(json, count)) return true;
  element model;
  if (find(json, "model", model) && model.is_string()) return has(json, "text") || has(json, "image") || has(json, "object");
  return dom::object(json).size() == 2 && has(json, "indices") && has(json, "values");
}

bool vectors(Encoder& encoder, pb::Vectors& out, element json) {
  if (is_one_vector(json)) return encoder.fill(*out.mutable_vector(), json);
  return encoder.fill(*out.mutable_vectors(), json);
}

/// RFC 3339, and what REST takes besides: a date alone, a space for the T, no zone for UTC.
bool timestamp(Encoder& encoder, Timestamp& out, element json) {
  std::string_view given;
  if (json.get(given) != simdjson::SUCCESS) return encoder.fail("expected a date");
  std::string text(given);
  if (text.size() == 10) text += "T00:00:00Z";
  if (text.size() > 10 && text[10] == ' ') text[10] = 'T';
  const bool has_zone = text.ends_with('Z') || text.ends_with('z') || text.find_first_of("+-", 11) != std::string::npos;
  if (text.size() > 10 && !has_zone) text += 'Z';
  if (text.ends_with('z')) text.back() = 'Z';
  return TimeUtil::FromString(text, &out) || encoder.fail("'" + std::string(given) + "' is no date of RFC 3339");
}

// Filters.

bool match_any(Encoder& encoder, pb::Match& out, element list, bool is_except) {
  dom::array values;
  if (list.get(values) != simdjson::SUCCESS) return encoder.fail("expected a list of values that match");
  const bool has_numbers = values.size() != 0 && !values.at(0).is_string();
  for (const element one : values) {
    std::int64_t number = 0;
    std::string_view text;
    if (has_numbers && one.get(number) == simdjson::SUCCESS) {
      (is_except ? out.mutable_except_integers() : out.mutable_integers())->add_integers(number);
    } else if (!has_numbers && one.get(text) == simdjson::SUCCESS) {
      (is_except ? out.mutable_except_keywords() : out.mutable_keywords())->add_strings(std::string(text));
    } else {
      return encoder.fail("expected texts, or whole numbers, that match");
    }
  }
  // No values match nothing, which is not the same as no condition.
  if (values.size() == 0) (void)(is_except ? out.mutable_except_keywords() : out.mutable_keywords());
  return true;
}

bool match(Encoder& encoder, pb::Match& out, element json) {
  element found;
  if (find(json, "any", found)) return match_any(encoder, out, found, false);
  if (find(json, "except", found)) return match_any(encoder, out, found, true);
  if (!find(json, "value", found)) return encoder.fill_members(out, json);
  std::int64_t number = 0;
  std::string_view text;
  bool flag = false;
  if (found.get(text) == simdjson::SUCCESS) return out.set_keyword(std::string(text)), true;
  if (found.get(number) == simdjson::SUCCESS) return out.set_integer(number), true;
  if (found.get(flag) == simdjson::SUCCESS) return out.set_boolean(flag), true;
  return encoder.fail("expected a text, a whole number or a bool that matches");
}

bool field_condition(Encoder& encoder, pb::FieldCondition& out, element json) {
  for (const auto& [key, inner] : dom::object(json)) {
    if (key != "range" || !inner.is_object()) {
      if (!encoder.set(out, key, inner)) return false;
      continue;
    }
    const dom::object bounds(inner);
    const bool has_dates = std::any_of(bounds.begin(), bounds.end(), [](const auto& bound) { return bound.value.is_string(); });
    if (!(has_dates ? encoder.fill(*out.mutable_datetime_range(), inner) : encoder.fill(*out.mutable_range(), inner))) return false;
  }
  return true;
}

bool condition(Encoder& encoder, pb::Condition& out, element json) {
  element inner;
  if (!json.is_object()) return encoder.fail("expected a condition");
  if (has(json, "key")) return encoder.fill(*out.mutable_field(), json);
  if (find(json, "is_empty", inner)) return encoder.fill(*out.mutable_is_empty(), inner);
  if (find(json, "is_null", inner)) return encoder.fill(*out.mutable_is_null(), inner);
  if (find(json, "nested", inner)) return encoder.fill(*out.mutable_nested(), inner);
  if (find(json, "slice", inner)) return encoder.fill(*out.mutable_slice(), inner);
  if (has(json, "has_id")) return encoder.fill(*out.mutable_has_id(), json);
  if (has(json, "has_vector")) return encoder.fill(*out.mutable_has_vector(), json);
  return encoder.fill(*out.mutable_filter(), json);
}

bool filter(Encoder& encoder, pb::Filter& out, element json) {
  if (!json.is_object()) return encoder.fail("expected a filter");
  for (const auto& [key, inner] : dom::object(json)) {
    // A clause of one condition may stand without its list.
    if (inner.is_object() && key != "min_should") {
      pb::Condition* one = key == "must"       ? out.add_must()
                           : key == "should"   ? out.add_should()
                           : key == "must_not" ? out.add_must_not()
                                               : nullptr;
      if (one == nullptr) return encoder.fail("the gRPC interface has no clause '" + std::string(key) + "'");
      if (!condition(encoder, *one, inner)) return false;
    } else if (!encoder.set(out, key, inner)) {
      return false;
    }
  }
  return true;
}

// Selectors.

bool ids_list(Encoder& encoder, pb::PointsIdsList& out, element json) {
  dom::array list;
  if (json.get(list) != simdjson::SUCCESS) return encoder.fail("expected a list of ids");
  for (const element id : list) {
    if (!point_id(encoder, *out.add_ids(), id)) return false;
  }
  return true;
}

template <class Selector>
bool list_of_names(Encoder& encoder, Selector& names, element json) {
  dom::array list;
  if (json.get(list) != simdjson::SUCCESS) return encoder.fail("expected a list of names");
  for (const element one : list) {
    std::string_view name;
    if (one.get(name) != simdjson::SUCCESS) return encoder.fail("expected a name");
    names.Add(std::string(name));
  }
  return true;
}

bool with_payload(Encoder& encoder, pb::WithPayloadSelector& out, element json) {
  bool flag = false;
  if (json.get(flag) == simdjson::SUCCESS) return out.set_enable(flag), true;
  if (json.is_array()) return list_of_names(encoder, *out.mutable_include()->mutable_fields(), json);
  element list;
  if (find(json, "include", list)) return list_of_names(encoder, *out.mutable_include()->mutable_fields(), list);
  if (find(json, "exclude", list)) return list_of_names(encoder, *out.mutable_exclude()->mutable_fields(), list);
  return encoder.fail("expected what part of the payload is wanted");
}

bool with_vectors(Encoder& encoder, pb::WithVectorsSelector& out, element json) {
  bool flag = false;
  if (json.get(flag) == simdjson::SUCCESS) return out.set_enable(flag), true;
  return list_of_names(encoder, *out.mutable_include()->mutable_names(), json);
}

bool vector_names(Encoder& encoder, pb::VectorsSelector& out, element json) {
  return list_of_names(encoder, *out.mutable_names(), json);
}

bool shard_key(Encoder& encoder, pb::ShardKey& out, element json) {
  std::uint64_t number = 0;
  std::string_view text;
  if (json.get(number) == simdjson::SUCCESS) return out.set_number(number), true;
  if (json.get(text) == simdjson::SUCCESS) return out.set_keyword(std::string(text)), true;
  return encoder.fail("expected a shard key");
}

bool shard_keys(Encoder& encoder, pb::ShardKeySelector& out, element json) {
  element target;
  element fallback;
  if (find(json, "target", target) && find(json, "fallback", fallback)) {
    return shard_key(encoder, *out.add_shard_keys(), target) && shard_key(encoder, *out.mutable_fallback(), fallback);
  }
  if (!json.is_array()) return shard_key(encoder, *out.add_shard_keys(), json);
  for (const element key : dom::array(json)) {
    if (!shard_key(encoder, *out.add_shard_keys(), key)) return false;
  }
  return true;
}

// Settings.

bool vectors_config(Encoder& encoder, pb::VectorsConfig& out, element json) {
  element size;
  const bool is_unnamed = find(json, "size", size) && size.is_uint64() + size.is_int64() != 0;
  return is_unnamed ? encoder.fill(*out.mutable_params(), json) : encoder.fill(*out.mutable_params_map(), json);
}

bool vectors_config_diff(Encoder& encoder, pb::VectorsConfigDiff& out, element json) {
  element unnamed;
  const bool is_unnamed = json.is_object() && dom::object(json).size() == 1 && find(json, "", unnamed);
  return is_unnamed ? encoder.fill(*out.mutable_params(), unnamed) : encoder.fill(*out.mutable_params_map(), json);
}

bool quantization_diff(Encoder& encoder, pb::QuantizationConfigDiff& out, element json) {
  std::string_view text;
  if (json.get(text) != simdjson::SUCCESS) return encoder.fill_members(out, json);
  if (text != "Disabled") return encoder.fail("expected a quantization or \"Disabled\"");
  (void)out.mutable_disabled();
  return true;
}

bool query_encoding(Encoder& encoder, pb::BinaryQuantizationQueryEncoding& out, element json) {
  return encoder.set(out, "setting", json);
}

bool optimization_threads(Encoder& encoder, pb::MaxOptimizationThreads& out, element json) {
  return encoder.set(out, json.is_string() ? "setting" : "value", json);
}

bool index_creation(Encoder& encoder, pb::CreateFieldIndexCollection& out, element json) {
  element schema;
  std::string_view field;
  if (!find(json, "field_name", schema) || schema.get(field) != simdjson::SUCCESS) return encoder.fail("expected 'field_name'");
  out.set_field_name(std::string(field));
  if (!find(json, "field_schema", schema)) return true;
  if (schema.is_string()) return encoder.set(out, "field_type", schema);
  element type;
  std::string_view name;
  if (!find(schema, "type", type) || type.get(name) != simdjson::SUCCESS) return encoder.fail("expected the type of an index");
  if (!encoder.set(out, "field_type", type)) return false;
  pb::PayloadIndexParams& all = *out.mutable_field_index_params();
  const auto* kind = pb::PayloadIndexParams::descriptor()->FindFieldByName(std::string(name) + "_index_params");
  if (kind == nullptr) return encoder.fail("the gRPC interface has no index of type '" + std::string(name) + "'");
  Message& params = *all.GetReflection()->MutableMessage(&all, kind);
  for (const auto& [key, inner] : dom::object(schema)) {
    // These are messages that are there or not: there is no other way to say false.
    const bool is_off = (key == "prefix" || key == "scoring") && inner.is_bool() && !bool(inner);
    if (key != "type" && !is_off && !encoder.set(params, key, inner)) return false;
  }
  return true;
}

bool prefix_params(Encoder& encoder, pb::KeywordPrefixParams& out, element json) {
  bool flag = false;
  return (json.get(flag) == simdjson::SUCCESS) || encoder.fill_members(out, json);
}

bool scoring_params(Encoder& encoder, pb::TextScoringParams& out, element json) {
  bool flag = false;
  if (json.get(flag) != simdjson::SUCCESS) return encoder.fill_members(out, json);
  out.set_type(pb::Bm25);
  return true;
}

bool stopwords(Encoder& encoder, pb::StopwordsSet& out, element json) {
  std::string_view language;
  if (json.get(language) == simdjson::SUCCESS) return out.add_languages(std::string(language)), true;
  return encoder.fill_members(out, json);
}

bool stemmer(Encoder& encoder, pb::StemmingAlgorithm& out, element json) {
  element type;
  std::string_view name;
  if (!find(json, "type", type) || type.get(name) != simdjson::SUCCESS) return encoder.fail("expected the type of a stemmer");
  if (name != "snowball") return (void)out.mutable_disabled(), true;
  element language;
  return find(json, "language", language) ? encoder.set(*out.mutable_snowball(), "language", language)
                                          : ((void)out.mutable_snowball(), true);
}

/// {"dense": {…}} or {"sparse": {…}}, whose index has a datatype at most.
bool vector_creation(Encoder& encoder, pb::CreateVectorNameRequest& out, element json) {
  element what;
  if (find(json, "dense", what)) return encoder.fill(*out.mutable_dense_config(), what);
  if (!find(json, "sparse", what) || !what.is_object()) return encoder.fail("expected a dense or a sparse vector");
  for (const auto& [key, inner] : dom::object(what)) {
    if (key != "index") {
      if (!encoder.set(*out.mutable_sparse_config(), key, inner)) return false;
    } else if (inner.is_object()) {
      for (const auto& [name, setting] : dom::object(inner)) {
        if (!encoder.set(*out.mutable_sparse_config(), name, setting)) return false;
      }
    }
  }
  (void)out.mutable_sparse_config();
  return true;
}

}  // namespace

std::span<const FillerRow> form_fillers() {
  static const FillerRow rows[] = {
      filler<pb::PointId, point_id>(),
      filler<pb::Value, value>(),
      filler<pb::DenseVector, dense>(),
      filler<pb::MultiDenseVector, multi>(),
      filler<pb::Vector, vector>(),
      filler<pb::VectorInput, vector_input>(),
      filler<pb::Vectors, vectors>(),
      filler<Timestamp, timestamp>(),
      filler<pb::Match, match>(),
      filler<pb::FieldCondition, field_condition>(),
      filler<pb::Condition, condition>(),
      filler<pb::Filter, filter>(),
      filler<pb::PointsIdsList, ids_list>(),
      filler<pb::WithPayloadSelector, with_payload>(),
      filler<pb::WithVectorsSelector, with_vectors>(),
      filler<pb::VectorsSelector, vector_names>(),
      filler<pb::ShardKey, shard_key>(),
      filler<pb::ShardKeySelector, shard_keys>(),
      filler<pb::VectorsConfig, vectors_config>(),
      filler<pb::VectorsConfigDiff, vectors_config_diff>(),
      filler<pb::QuantizationConfigDiff, quantization_diff>(),
      filler<pb::BinaryQuantizationQueryEncoding, query_encoding>(),
      filler<pb::MaxOptimizationThreads, optimization_threads>(),
      filler<pb::CreateFieldIndexCollection, index_creation>(),
      filler<pb::KeywordPrefixParams, prefix_params>(),
      filler<pb::TextScoringParams, scoring_params>(),
      filler<pb::StopwordsSet, stopwords>(),
      filler<pb::StemmingAlgorithm, stemmer>(),
      filler<pb::CreateVectorNameRequest, vector_creation>(),
  };
  return rows;
}

}  // namespace alidade::qdrant::inline v0::wire
