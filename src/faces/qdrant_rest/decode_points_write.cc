#include "faces/qdrant_rest/decode_filter.h"
#include "faces/qdrant_rest/decode_points.h"
#include "faces/qdrant_rest/errors.h"
#include "faces/qdrant_rest/repeated_fields.h"
#include "faces/qdrant_rest/route_input.h"

namespace alidade::faces::qdrant_rest {
namespace {

// {"points": […]} or {"filter": {…}}, which say nothing else when they are refused.
Result<model::PointSelector> read_selector(const Value& body, const std::string& path, Rules& rules) {
  model::PointSelector selector;
  if (const Value* points = body.find("points")) {
    auto ids = read_point_ids(*points);
    if (ids.ok()) {
      if (ids->empty()) return empty_update_request();
      selector.ids = std::move(ids).value();
      return selector;
    }
  }
  if (const Value* filter = body.find("filter"); filter != nullptr && filter->is_object()) {
    auto read = read_filter(*filter, path + "filter", rules);
    if (read.ok()) {
      selector.filter = std::move(read).value();
      return selector;
    }
  }
  return no_variant("PointsSelector");
}

// The optional members `points` and `filter` of a body.
Status read_selector_member(const std::string& key,
                            const Value& value,
                            const std::string& path,
                            Rules& rules,
                            model::PointSelector& selector) {
  if (key == "points" && !value.is_null()) {
    ALD_ASSIGN(selector.ids, read_point_ids(value));
  } else if (key == "filter") {
    ALD_ASSIGN(selector.filter, read_optional_filter(value, path + "filter", rules));
  }
  return Status::ok_status();
}

Status check_selector(const model::PointSelector& selector) {
  if (selector.ids && selector.ids->empty()) return empty_update_request();
  if (selector.ids || selector.filter) return Status::ok_status();
  return body_refused("Either list of point ids or filter must be provided");
}

struct PayloadBody {
  model::PointSelector selector;
  std::string payload;
  std::optional<model::JsonPath> key;
};

Result<PayloadBody> read_payload_body(const Value& body, const std::string& path, Rules& rules) {
  if (!body.is_object()) return not_a_struct(body, "SetPayload");
  PayloadBody result;
  bool has_payload = false;
  for (const auto& [name, value] : body.as_object()) {
    if (name == "payload") {
      if (!value.is_object()) return invalid_type(value, "a map");
      result.payload = base::json::to_text(value);
      has_payload = true;
    } else if (name == "key") {
      if (value.is_null()) continue;
      ALD_ASSIGN(result.key, read_path(value));
    } else {
      ALD_RETURN_IF_ERROR(read_selector_member(name, value, path, rules, result.selector));
    }
  }
  if (!has_payload) return missing_field("payload");
  ALD_RETURN_IF_ERROR(check_selector(result.selector));
  return result;
}

struct OperationReader {
  std::string_view name;
  Result<model::Command> (*read)(const Value&, const std::string&, Rules&);
};
constexpr OperationReader kOperations[] = {
    {"upsert", &read_upsert},
    {"delete", &read_delete_points},
    {"set_payload", &read_set_payload},
    {"overwrite_payload", &read_overwrite_payload},
    {"delete_payload", &read_delete_payload},
    {"clear_payload", &read_clear_payload},
    {"update_vectors", &read_update_vectors},
    {"delete_vectors", &read_delete_vectors},
};

// One of the operations of a batch; its own refusals are lost, as in the peer, but for those that
// are no matter of form.
Result<model::Command> read_operation(const Value& value, const std::string& path, Rules& rules) {
  for (const OperationReader& reader : kOperations) {
    const Value* body = value.find(reader.name);
    if (body == nullptr) continue;
    auto command = reader.read(*body, path + "." + std::string(reader.name) + ".", rules);
    if (command.ok() || !is_body_refusal(command.status())) return command;
  }
  return no_variant("UpdateOperation");
}

using Reader = Result<model::Command> (*)(const Value&, const std::string&, Rules&);

/// @param shape nullptr where the peer reads the body as plain JSON first.
Result<ops::WritePoints> decode_write(const RouteInput& input, Reader read, const StructShape* shape) {
  ALD_ASSIGN(const Value body, shape == nullptr ? read_body(input) : read_body(input, *shape));
  Rules rules;
  ALD_ASSIGN(model::Command command, read(body, "", rules));
  ALD_RETURN_IF_ERROR(rules.verdict());
  return ops::WritePoints{.collection = collection_of(input),
                          .command = std::move(command),
                          .durability = durability_of(input)};
}

}  // namespace

Result<model::Command> read_delete_points(const Value& body, const std::string& path, Rules& rules) {
  model::DeletePoints command;
  ALD_ASSIGN(command.selector, read_selector(body, path, rules));
  return model::Command(std::move(command));
}

Result<model::Command> read_clear_payload(const Value& body, const std::string& path, Rules& rules) {
  model::ClearPayload command;
  ALD_ASSIGN(command.selector, read_selector(body, path, rules));
  return model::Command(std::move(command));
}

Result<model::Command> read_set_payload(const Value& body, const std::string& path, Rules& rules) {
  ALD_ASSIGN(PayloadBody read, read_payload_body(body, path, rules));
  return model::Command(
      model::SetPayload{std::move(read.selector), std::move(read.payload), std::move(read.key)});
}

Result<model::Command> read_overwrite_payload(const Value& body, const std::string& path, Rules& rules) {
  ALD_ASSIGN(PayloadBody read, read_payload_body(body, path, rules));
  return model::Command(model::OverwritePayload{std::move(read.selector), std::move(read.payload)});
}

Result<model::Command> read_delete_payload(const Value& body, const std::string& path, Rules& rules) {
  if (!body.is_object()) return not_a_struct(body, "DeletePayload");
  model::DeletePayload command;
  bool has_keys = false;
  for (const auto& [name, value] : body.as_object()) {
    if (name == "keys") {
      if (!value.is_array()) return invalid_type(value, "a sequence");
      for (const Value& item : value.as_array()) {
        ALD_ASSIGN(model::JsonPath key, read_path(item));
        command.keys.push_back(std::move(key));
      }
      has_keys = true;
    } else {
      ALD_RETURN_IF_ERROR(read_selector_member(name, value, path, rules, command.selector));
    }
  }
  if (!has_keys) return missing_field("keys");
  ALD_RETURN_IF_ERROR(check_selector(command.selector));
  return model::Command(std::move(command));
}

Result<model::Command> read_delete_vectors(const Value& body, const std::string& path, Rules& rules) {
  if (!body.is_object()) return not_a_struct(body, "DeleteVectors");
  model::DeleteVectors command;
  bool has_names = false;
  for (const auto& [name, value] : body.as_object()) {
    if (name == "vector" || name == "vectors") {
      if (has_names) return body_refused("duplicate field `vector`");
      ALD_ASSIGN(command.names, read_strings(value));
      has_names = true;
    } else {
      ALD_RETURN_IF_ERROR(read_selector_member(name, value, path, rules, command.selector));
    }
  }
  if (!has_names) return missing_field("vector");
  if (command.names.empty()) rules.broken(path + "vector", "must specify vector names to delete");
  ALD_RETURN_IF_ERROR(rules.verdict());
  if (!command.selector.ids && !command.selector.filter) {
    return bad_request("No filter or points provided");
  }
  ALD_RETURN_IF_ERROR(check_selector(command.selector));
  return model::Command(std::move(command));
}

Result<ops::WritePoints> decode_upsert_points(const RouteInput& input) {
  model::UpsertPoints fast;
  if (read_upsert_fast(input.body, fast.points)) {
    return ops::WritePoints{.collection = collection_of(input),
                            .command = model::Command(std::move(fast)),
                            .durability = durability_of(input)};
  }
  return decode_write(input, &read_upsert, nullptr);
}

Result<ops::WritePoints> decode_delete_points(const RouteInput& input) {
  return decode_write(input, &read_delete_points, &kSelectorShape);
}
Result<ops::WritePoints> decode_set_payload(const RouteInput& input) {
  return decode_write(input, &read_set_payload, &kSetPayloadShape);
}
Result<ops::WritePoints> decode_overwrite_payload(const RouteInput& input) {
  return decode_write(input, &read_overwrite_payload, &kSetPayloadShape);
}
Result<ops::WritePoints> decode_delete_payload(const RouteInput& input) {
  return decode_write(input, &read_delete_payload, &kDeletePayloadShape);
}
Result<ops::WritePoints> decode_clear_payload(const RouteInput& input) {
  return decode_write(input, &read_clear_payload, &kSelectorShape);
}
Result<ops::WritePoints> decode_update_vectors(const RouteInput& input) {
  return decode_write(input, &read_update_vectors, &kUpdateVectorsShape);
}
Result<ops::WritePoints> decode_delete_vectors(const RouteInput& input) {
  return decode_write(input, &read_delete_vectors, &kDeleteVectorsShape);
}

Result<ops::UpdateBatch> decode_update_batch(const RouteInput& input) {
  ALD_ASSIGN(const Value body, read_body(input, kUpdateOperationsShape));
  if (body.is_array()) {
    return body_refused("invalid length 0, expected struct UpdateOperations with 1 element");
  }
  if (!body.is_object()) return not_a_struct(body, "UpdateOperations");
  const Value* operations = body.find("operations");
  if (operations == nullptr) return missing_field("operations");
  if (!operations->is_array()) return invalid_type(*operations, "a sequence");
  ops::UpdateBatch request;
  request.collection = collection_of(input);
  request.durability = durability_of(input);
  Rules rules;
  for (std::size_t i = 0; i < operations->as_array().size(); ++i) {
    ALD_ASSIGN(model::Command command, read_operation(operations->as_array()[i],
                                                      "operations[" + std::to_string(i) + "]", rules));
    request.commands.push_back(std::move(command));
  }
  ALD_RETURN_IF_ERROR(rules.verdict());
  return request;
}

}  // namespace alidade::faces::qdrant_rest
