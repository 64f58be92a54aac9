#include "faces/contract/read_json.h"
#include "faces/contract/write_json.h"
#include "faces/qdrant_rest/decode_collections.h"
#include "faces/qdrant_rest/errors.h"
#include "faces/qdrant_rest/repeated_fields.h"
#include "model/json_path.h"
#include "model/payload_schema.h"

namespace alidade::faces::qdrant_rest {
namespace {

/// Since 1.20; an index without them would answer otherwise.
Status check_served(const Value& params) {
  for (const char* name : {"nested", "scoring"}) {
    const Value* found = params.find(name);
    if (found == nullptr || found->is_null() || *found == Value(false)) continue;
    return unimplemented("The parameter `" + std::string(name) + "` of payload indexes is not available in this version");
  }
  return Status::ok_status();
}

Result<model::FieldSchema> read_schema(const Value& value, Rules& rules) {
  if (value.is_string()) {
    const auto type = model::field_type_from_name(value.as_string());
    if (!type) return no_variant("PayloadFieldSchema");
    return model::FieldSchema{.type = *type, .params = {}};
  }
  qdrant::IndexParams params;
  auto reading = contract::Reading::careful(&body_refused, rules.all());
  const Status read = contract::read(value, contract::ref(qdrant::kIndexParams), reading,
                                     contract::Place("field_schema"), &params);
  if (!read.ok()) return no_variant("PayloadFieldSchema");
  ALD_RETURN_IF_ERROR(check_served(value));
  return index_schema(std::move(params));
}

ops::WritePoints index_command(const RouteInput& input, model::Command command) {
  return ops::WritePoints{.collection = collection_of(input),
                          .command = std::move(command),
                          .durability = durability_of(input)};
}

}  // namespace

model::FieldSchema index_schema(qdrant::IndexParams params) {
  if (params.type == model::FieldType::kText && !params.tokenizer) params.tokenizer = qdrant::TokenizerKind::kWord;
  std::string text;
  base::json::Writer writer(text);
  contract::write(contract::ref(qdrant::kIndexParams), params, writer);
  return {.type = params.type, .params = base::json::parse(text).value()};
}

Result<ops::WritePoints> decode_create_index(const RouteInput& input) {
  ALD_ASSIGN(const Value body, read_body(input, kIndexShape));
  if (body.is_array()) {
    return body_refused("invalid length " + std::to_string(body.as_array().size()) +
                        ", expected struct CreateFieldIndex with 2 elements");
  }
  if (!body.is_object()) return not_a_struct(body, "CreateFieldIndex");
  std::optional<std::string> field;
  std::optional<model::FieldSchema> schema;
  Rules rules;
  for (const auto& [name, value] : body.as_object()) {
    if (name == "field_name") {
      ALD_ASSIGN(const model::JsonPath path, read_path(value));
      field = path.to_string();
    } else if ((name == "field_schema" || name == "field_type") && !value.is_null()) {
      ALD_ASSIGN(schema, read_schema(value, rules));
    }
  }
  if (!field) return missing_field("field_name");
  ALD_RETURN_IF_ERROR(rules.verdict());
  if (!schema) {
    return bad_request("Can't auto-detect field type, please specify `field_schema` in the request");
  }
  return index_command(input, model::CreateFieldIndex{*std::move(field), *std::move(schema)});
}

Result<ops::WritePoints> decode_delete_index(const RouteInput& input) {
  const std::string& text = input.parameter("field_name");
  const auto path = model::JsonPath::parse(text);
  if (!path) return worded(400, "Deserialize error in path parameters: Invalid json path: '" + text + "'");
  return index_command(input, model::DeleteFieldIndex{path->to_string()});
}

}  // namespace alidade::faces::qdrant_rest
