#include "faces/qdrant_grpc/values.h"

#include "collections.pb.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "faces/qdrant_grpc/errors.h"

namespace alidade::faces::qdrant_grpc {
namespace {

using base::json::Writer;

Status no_number() { return malformed("cannot convert to json number"); }

std::vector<const ValueMap::value_type*> sorted(const ValueMap& members) {
  std::vector<const ValueMap::value_type*> list;
  list.reserve(members.size());
  for (const auto& member : members) list.push_back(&member);
  std::sort(list.begin(), list.end(),
            [](const auto* a, const auto* b) { return a->first < b->first; });
  return list;
}

Status write_members(const ValueMap& members, Writer& writer);

Status write_value(const ::qdrant::Value& value, Writer& writer) {
  switch (value.kind_case()) {
    case ::qdrant::Value::kDoubleValue:
      if (!std::isfinite(value.double_value())) return no_number();
      writer.number(value.double_value());
      break;
    case ::qdrant::Value::kIntegerValue:
      writer.integer(value.integer_value());
      break;
    case ::qdrant::Value::kStringValue:
      writer.string(value.string_value());
      break;
    case ::qdrant::Value::kBoolValue:
      writer.boolean(value.bool_value());
      break;
    case ::qdrant::Value::kStructValue:
      return write_members(value.struct_value().fields(), writer);
    case ::qdrant::Value::kListValue:
      writer.begin_array();
      for (const auto& item : value.list_value().values())
        ALD_RETURN_IF_ERROR(write_value(item, writer));
      writer.end_array();
      break;
    case ::qdrant::Value::kNullValue:
    case ::qdrant::Value::KIND_NOT_SET:
      writer.null();
      break;
  }
  return Status::ok_status();
}

Status write_members(const ValueMap& members, Writer& writer) {
  writer.begin_object();
  for (const auto* member : sorted(members)) {
    writer.key(member->first);
    ALD_RETURN_IF_ERROR(write_value(member->second, writer));
  }
  writer.end_object();
  return Status::ok_status();
}

}  // namespace

Result<base::json::Value> json_of(const ::qdrant::Value& value) {
  switch (value.kind_case()) {
    case ::qdrant::Value::kDoubleValue:
      if (!std::isfinite(value.double_value())) return no_number();
      return base::json::Value(value.double_value());
    case ::qdrant::Value::kIntegerValue:
      return base::json::Value(std::int64_t{value.integer_value()});
    case ::qdrant::Value::kStringValue:
      return base::json::Value(value.string_value());
    case ::qdrant::Value::kBoolValue:
      return base::json::Value(value.bool_value());
    case ::qdrant::Value::kStructValue:
      return json_of(value.struct_value().fields());
    case ::qdrant::Value::kListValue: {
      base::json::Array items;
      for (const auto& item : value.list_value().values()) {
        ALD_ASSIGN(auto json, json_of(item));
        items.push_back(std::move(json));
      }
      return base::json::Value(std::move(items));
    }
    case ::qdrant::Value::kNullValue:
    case ::qdrant::Value::KIND_NOT_SET:
      break;
  }
  return base::json::Value();
}

Result<base::json::Value> json_of(const ValueMap& members) {
  base::json::Object object;
  for (const auto* member : sorted(members)) {
    ALD_ASSIGN(auto json, json_of(member->second));
    object.emplace_back(member->first, std::move(json));
  }
  return base::json::Value(std::move(object));
}

Status read_json(const google::protobuf::Message& parent, const google::protobuf::FieldDescriptor& field,
                 base::json::Value& out) {
  const auto& reflection = *parent.GetReflection();
  if (!field.is_map()) {
    ALD_ASSIGN(out, json_of(as<::qdrant::Value>(reflection.GetMessage(parent, &field))));
    return Status::ok_status();
  }
  base::json::Object members;
  for (int i = 0; i < reflection.FieldSize(parent, &field); ++i) {
    const auto& entry = reflection.GetRepeatedMessage(parent, &field, i);
    const auto& type = *field.message_type();
    ALD_ASSIGN(auto value, json_of(as<::qdrant::Value>(entry.GetReflection()->GetMessage(entry, type.map_value()))));
    members.emplace_back(entry.GetReflection()->GetString(entry, type.map_key()), std::move(value));
  }
  // A map of messages has no order.
  std::sort(members.begin(), members.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
  out = std::move(members);
  return Status::ok_status();
}

Result<std::string> payload_text(const ValueMap& members) {
  std::string text;
  Writer writer(text);
  ALD_RETURN_IF_ERROR(write_members(members, writer));
  return text;
}

void fill_value(const base::json::Value& json, ::qdrant::Value& out) {
  using Kind = base::json::Value::Kind;
  switch (json.kind()) {
    case Kind::kNull:
      out.set_null_value(::qdrant::NULL_VALUE);
      break;
    case Kind::kBool:
      out.set_bool_value(json.as_bool());
      break;
    case Kind::kInt:
      out.set_integer_value(json.as_int());
      break;
    case Kind::kUint:  // Beyond what the wire's integer holds.
    case Kind::kDouble:
      out.set_double_value(json.as_double());
      break;
    case Kind::kString:
      out.set_string_value(json.as_string());
      break;
    case Kind::kArray: {
      auto& list = *out.mutable_list_value();
      for (const auto& item : json.as_array()) fill_value(item, *list.add_values());
      break;
    }
    case Kind::kObject:
      fill_members(json, *out.mutable_struct_value()->mutable_fields());
      break;
  }
}

void fill_members(const base::json::Value& json, ValueMap& out) {
  for (const auto& [name, value] : json.as_object()) fill_value(value, out[name]);
}

void fill_payload(std::string_view text, ValueMap& out) {
  if (text.empty()) return;
  const auto json = base::json::parse(text);
  if (json.ok() && json->is_object()) fill_members(*json, out);
}

}  // namespace alidade::faces::qdrant_grpc
