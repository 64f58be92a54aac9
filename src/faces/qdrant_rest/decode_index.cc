#include "faces/qdrant_rest/collection_rules.h"
#include "faces/qdrant_rest/decode_collections.h"
#include "faces/qdrant_rest/errors.h"
#include "faces/qdrant_rest/repeated_fields.h"
#include "model/json_path.h"
#include "model/payload_schema.h"

namespace alidade::faces::qdrant_rest {
namespace {

using base::json::Object;

/// Members that the peer shows even when they were not given.
void show_defaults(std::string_view type, Value& params) {
  const auto show = [&params](std::string_view name, Value value) {
    if (params.find(name) == nullptr) params.set(name, std::move(value));
  };
  if (type == "integer") {
    show("lookup", Value());
    show("range", Value());
  }
  if (type == "integer" || type == "float" || type == "datetime") show("is_principal", Value());
  if (type == "text") show("tokenizer", Value("word"));
}

/// The members in the order of the rule.
Value in_order(const Value& params, const StructRule& rule) {
  Object ordered;
  for (const FieldRule& field : rule.fields) {
    if (const Value* found = params.find(field.name)) ordered.emplace_back(field.name, *found);
  }
  return Value(std::move(ordered));
}

std::optional<model::FieldSchema> schema_of_type(std::string_view name) {
  const auto type = model::field_type_from_name(name);
  if (!type) return std::nullopt;
  return model::FieldSchema{.type = *type, .params = {}};
}

std::optional<model::FieldSchema> schema_of_params(const Value& value, Rules& rules) {
  // A list stands for the members of the parameters in order; only the type alone is of any use.
  const bool is_list = value.is_array() && value.as_array().size() == 1;
  const Value* type = is_list ? value.as_array().data() : value.find("type");
  if (type == nullptr || !type->is_string()) return std::nullopt;
  const StructRule* rule = index_rule(type->as_string());
  auto schema = schema_of_type(type->as_string());
  if (rule == nullptr || !schema) return std::nullopt;
  const Value object = is_list ? Value(Object{{"type", *type}}) : value;
  auto params = read_struct(object, *rule, "field_schema", rules);
  if (!params.ok()) return std::nullopt;
  const Value* lookup = params->find("lookup");
  const Value* range = params->find("range");
  if (lookup != nullptr && range != nullptr && *lookup == Value(false) && *range == Value(false)) {
    rules.broken("field_schema.lookup",
                 "Validation error: the 'lookup' and 'range' capabilities can't be both disabled [{}]");
  }
  show_defaults(type->as_string(), *params);
  schema->params = in_order(*params, *rule);
  return schema;
}

Result<model::FieldSchema> read_schema(const Value& value, Rules& rules) {
  auto schema = value.is_string() ? schema_of_type(value.as_string()) : schema_of_params(value, rules);
  if (!schema) return no_variant("PayloadFieldSchema");
  return *std::move(schema);
}

ops::WritePoints index_command(const RouteInput& input, model::Command command) {
  return ops::WritePoints{.collection = collection_of(input),
                          .command = std::move(command),
                          .durability = durability_of(input)};
}

}  // namespace

std::optional<model::FieldSchema> field_schema_of(const Value& params, Rules& rules) {
  return schema_of_params(params, rules);
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
