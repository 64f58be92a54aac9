// Queries, formulas and changes, whose kinds are members of one object in REST and alternatives in gRPC.

#include "alidade_qdrant/points.pb.h"
#include "qdrant_grpc/encode.h"

namespace alidade::qdrant::inline v0::wire {
namespace {

namespace dom = simdjson::dom;
namespace pb = alidade_wire;

bool member(element json, std::string_view key, element& found) {
  return json.is_object() && json[key].get(found) == simdjson::SUCCESS && !found.is_null();
}

bool query(Encoder& encoder, pb::Query& out, element json) {
  element inner;
  element words;
  if (member(json, "nearest", inner)) {
    if (member(json, "mmr", words)) return encoder.fill(*out.mutable_nearest_with_mmr(), json);
    return encoder.fill(*out.mutable_nearest(), inner);
  }
  if (member(json, "formula", inner)) {
    if (!encoder.fill(*out.mutable_formula()->mutable_expression(), inner)) return false;
    return !member(json, "defaults", inner) || encoder.set(*out.mutable_formula(), "defaults", inner);
  }
  // {"text": …} is also how a document begins, which has a model besides.
  const bool is_document = member(json, "model", words);
  if (!is_document && json.is_object() && dom::object(json).size() == 1) {
    const dom::key_value_pair only = *dom::object(json).begin();
    if (pb::Query::descriptor()->FindFieldByName(std::string(only.key)) != nullptr) return encoder.set(out, only.key, only.value);
  }
  return encoder.fill(*out.mutable_nearest(), json);
}

bool context(Encoder& encoder, pb::ContextInput& out, element json) {
  if (json.is_array()) return encoder.set(out, "pairs", json);
  return encoder.fill(*out.add_pairs(), json);
}

bool order_by(Encoder& encoder, pb::OrderBy& out, element json) {
  return json.is_string() ? encoder.set(out, "key", json) : encoder.fill_members(out, json);
}

bool start_from(Encoder& encoder, pb::StartFrom& out, element json) {
  if (json.is_string()) return encoder.set(out, "timestamp", json);
  // is_double() is true of whole numbers as well.
  return encoder.set(out, json.type() == dom::element_type::DOUBLE ? "float" : "integer", json);
}

bool text_query(Encoder& encoder, pb::TextQuery& out, element json) {
  element inner;
  if (!member(json, "query", inner) || !encoder.set(out, "query", inner)) return encoder.fail("expected the words of a query");
  element scoring;
  if (!member(json, "scoring", scoring)) return true;
  if (!member(scoring, "bm25", inner)) return encoder.fail("the gRPC interface ranks texts by bm25 only");
  return encoder.set(out, "bm25", inner);
}

/// The field of an operator; nullptr when the name is of none.
const google::protobuf::FieldDescriptor* operator_of(std::string_view name) {
  if (name == "constant" || name == "variable" || name == "condition") return nullptr;
  return pb::Expression::descriptor()->FindFieldByName(std::string(name));
}

bool expression(Encoder& encoder, pb::Expression& out, element json) {
  double number = 0;
  std::string_view variable;
  if (json.get(number) == simdjson::SUCCESS) return out.set_constant(static_cast<float>(number)), true;
  if (json.get(variable) == simdjson::SUCCESS) return out.set_variable(std::string(variable)), true;
  dom::object object;
  if (json.get(object) != simdjson::SUCCESS || object.size() != 1) return encoder.fill(*out.mutable_condition(), json);
  const dom::key_value_pair only = *object.begin();
  const auto* field = operator_of(only.key);
  if (field == nullptr) return encoder.fill(*out.mutable_condition(), json);
  if (!only.value.is_array() || field->message_type() == nullptr) return encoder.set(out, only.key, only.value);
  // sum, mult, max and min have their operands in a list, under the same name once more.
  return encoder.set(*out.GetReflection()->MutableMessage(&out, field), only.key, only.value);
}

bool lookup(Encoder& encoder, pb::LookupLocation& out, element json) {
  if (!json.is_object()) return encoder.fail("expected where vectors are looked up");
  for (const auto& [key, inner] : dom::object(json)) {
    const std::string_view name = key == "collection" ? "collection_name" : key == "vector" ? "vector_name" : key;
    if (!encoder.set(out, name, inner)) return false;
  }
  return true;
}

bool with_lookup(Encoder& encoder, pb::WithLookup& out, element json) {
  return json.is_string() ? encoder.set(out, "collection", json) : encoder.fill_members(out, json);
}

bool change(Encoder& encoder, pb::PointsUpdateOperation& out, element json) {
  element inner;
  if (member(json, "delete", inner)) return encoder.fill(*out.mutable_delete_points(), inner);
  return encoder.fill_members(out, json);
}

}  // namespace

std::span<const FillerRow> query_fillers() {
  static const FillerRow rows[] = {
      filler<pb::Query, query>(),
      filler<pb::ContextInput, context>(),
      filler<pb::OrderBy, order_by>(),
      filler<pb::StartFrom, start_from>(),
      filler<pb::TextQuery, text_query>(),
      filler<pb::Expression, expression>(),
      filler<pb::LookupLocation, lookup>(),
      filler<pb::WithLookup, with_lookup>(),
      filler<pb::PointsUpdateOperation, change>(),
  };
  return rows;
}

}  // namespace alidade::qdrant::inline v0::wire
