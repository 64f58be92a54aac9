#include "qdrant_grpc/encode.h"

#include <google/protobuf/descriptor.h>

#include <cstdint>
#include <unordered_map>
#include <utility>

namespace alidade::qdrant::inline v0::wire {
namespace {

namespace dom = simdjson::dom;
using google::protobuf::Descriptor;
using google::protobuf::EnumDescriptor;
using google::protobuf::EnumValueDescriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Reflection;

Filler filler_of(const Descriptor* type) {
  static const auto* const fillers = [] {
    // tidy: allow, because calls may outlive main(): it is never destroyed.
    auto* all = new std::unordered_map<const Descriptor*, Filler>;
    for (const auto rows : {form_fillers(), query_fillers()}) {
      for (const FillerRow& row : rows) all->emplace(row.type, row.fill);
    }
    return all;
  }();
  const auto found = fillers->find(type);
  return found == fillers->end() ? nullptr : found->second;
}

/// Names that REST has for a member, where they differ.
constexpr std::pair<std::string_view, const char*> kRenamed[] = {
    {"shard_key", "shard_key_selector"}, {"with_vector", "with_vectors"}, {"vector", "vectors"},
    {"vectors", "vectors_config"},       {"sparse_vectors", "sparse_vectors_config"},
    {"searches", "query_points"},        {"filter", "points_selector"},   {"points", "points_selector"},
    {"filter", "points"},                {"turbo", "turboquant"}};

const FieldDescriptor* find_field(const Descriptor& type, std::string_view key) {
  if (const FieldDescriptor* field = type.FindFieldByName(std::string(key))) return field;
  for (const auto& [rest, grpc] : kRenamed) {
    if (rest != key) continue;
    if (const FieldDescriptor* field = type.FindFieldByName(grpc)) return field;
  }
  return nullptr;
}

/// "average_vector" and "AverageVector" are the same.
std::string plain(std::string_view name) {
  std::string out;
  for (const char c : name) {
    if (c != '_') out += static_cast<char>(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
  }
  return out;
}

const EnumValueDescriptor* find_value(const EnumDescriptor& type, std::string_view name) {
  const std::string wanted = plain(name);
  const std::string with_type = plain(type.name()) + wanted;
  for (int i = 0; i < type.value_count(); ++i) {
    const std::string candidate = plain(type.value(i)->name());
    if (candidate == wanted || candidate == with_type) return type.value(i);
  }
  return nullptr;
}

/// Whether the message is nothing but a map, whose entries are then the JSON's members.
const FieldDescriptor* only_map(const Descriptor& type) {
  return type.field_count() == 1 && type.field(0)->is_map() ? type.field(0) : nullptr;
}

}  // namespace

bool Encoder::fail(std::string why) {
  if (error_.empty()) error_ = std::move(why);
  return false;
}

bool Encoder::take(std::uint64_t count, std::span<const float>& values) {
  if (count > vectors_.size()) return fail("expected more vectors beside the request");
  values = vectors_.first(count);
  vectors_ = vectors_.subspan(count);
  return true;
}

bool Encoder::fill(Message& message, element json) {
  const Filler special = filler_of(message.GetDescriptor());
  return special != nullptr ? special(*this, message, json) : fill_members(message, json);
}

bool Encoder::fill_members(Message& message, element json) {
  const Descriptor& type = *message.GetDescriptor();
  dom::object members;
  if (json.get(members) != simdjson::SUCCESS) return fail("expected an object for " + type.name());
  if (const FieldDescriptor* map = only_map(type)) return set_one(message, *map, json);
  for (const auto& [key, value] : members) {
    if (!set(message, key, value)) return false;
  }
  return true;
}

bool Encoder::set(Message& message, std::string_view key, element value) {
  if (value.is_null()) return true;
  const FieldDescriptor* field = find_field(*message.GetDescriptor(), key);
  if (field == nullptr) {
    return fail("the gRPC interface has no member '" + std::string(key) + "' in " + message.GetDescriptor()->name());
  }
  // Both forms of a selector are members of the object around it in REST.
  if (field->message_type() != nullptr && !field->is_repeated() && field->message_type()->name() == "PointsSelector") {
    return set(*message.GetReflection()->MutableMessage(&message, field), key, value);
  }
  return set_one(message, *field, value);
}

bool Encoder::set_one(Message& message, const FieldDescriptor& field, element value) {
  const Reflection& reflection = *message.GetReflection();
  const std::string& name = field.name();
  if (field.is_map()) {
    dom::object members;
    if (value.get(members) != simdjson::SUCCESS) return fail("expected an object '" + name + "'");
    for (const auto& [key, inner] : members) {
      Message& entry = *reflection.AddMessage(&message, &field);
      const FieldDescriptor& entry_value = *field.message_type()->map_value();
      entry.GetReflection()->SetString(&entry, field.message_type()->map_key(), std::string(key));
      if (!fill(*entry.GetReflection()->MutableMessage(&entry, &entry_value), inner)) return false;
    }
    return true;
  }
  if (field.is_repeated()) {
    dom::array list;
    if (value.get(list) != simdjson::SUCCESS) return fail("expected a list '" + name + "'");
    for (const element one : list) {
      if (!add_one(message, field, one)) return false;
    }
    return true;
  }
  bool flag = false;
  double number = 0;
  std::int64_t integer = 0;
  std::uint64_t whole = 0;
  std::string_view text;
  switch (field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_MESSAGE: return fill(*reflection.MutableMessage(&message, &field), value);
    case FieldDescriptor::CPPTYPE_BOOL:
      if (value.get(flag) != simdjson::SUCCESS) break;
      return reflection.SetBool(&message, &field, flag), true;
    case FieldDescriptor::CPPTYPE_DOUBLE:
      if (value.get(number) != simdjson::SUCCESS) break;
      return reflection.SetDouble(&message, &field, number), true;
    case FieldDescriptor::CPPTYPE_FLOAT:
      if (value.get(number) != simdjson::SUCCESS) break;
      return reflection.SetFloat(&message, &field, static_cast<float>(number)), true;
    case FieldDescriptor::CPPTYPE_INT64:
      if (value.get(integer) != simdjson::SUCCESS) break;
      return reflection.SetInt64(&message, &field, integer), true;
    case FieldDescriptor::CPPTYPE_UINT64:
      if (value.get(whole) != simdjson::SUCCESS) break;
      return reflection.SetUInt64(&message, &field, whole), true;
    case FieldDescriptor::CPPTYPE_UINT32:
      if (value.get(whole) != simdjson::SUCCESS || !std::in_range<std::uint32_t>(whole)) break;
      return reflection.SetUInt32(&message, &field, static_cast<std::uint32_t>(whole)), true;
    case FieldDescriptor::CPPTYPE_INT32:
      if (value.get(integer) != simdjson::SUCCESS || !std::in_range<std::int32_t>(integer)) break;
      return reflection.SetInt32(&message, &field, static_cast<std::int32_t>(integer)), true;
    case FieldDescriptor::CPPTYPE_STRING:
      if (value.get(text) != simdjson::SUCCESS) break;
      return reflection.SetString(&message, &field, std::string(text)), true;
    case FieldDescriptor::CPPTYPE_ENUM:
      if (value.get(text) != simdjson::SUCCESS) break;
      if (const EnumValueDescriptor* found = find_value(*field.enum_type(), text)) {
        return reflection.SetEnum(&message, &field, found), true;
      }
      return fail("the gRPC interface has no '" + std::string(text) + "' for '" + name + "'");
  }
  return fail("'" + name + "' is of another kind in the gRPC interface");
}

bool Encoder::add_one(Message& message, const FieldDescriptor& field, element value) {
  const Reflection& reflection = *message.GetReflection();
  double number = 0;
  std::int64_t integer = 0;
  std::uint64_t whole = 0;
  std::string_view text;
  switch (field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_MESSAGE: return fill(*reflection.AddMessage(&message, &field), value);
    case FieldDescriptor::CPPTYPE_FLOAT:
      if (value.get(number) != simdjson::SUCCESS) break;
      return reflection.AddFloat(&message, &field, static_cast<float>(number)), true;
    case FieldDescriptor::CPPTYPE_INT64:
      if (value.get(integer) != simdjson::SUCCESS) break;
      return reflection.AddInt64(&message, &field, integer), true;
    case FieldDescriptor::CPPTYPE_UINT32:
      if (value.get(whole) != simdjson::SUCCESS || !std::in_range<std::uint32_t>(whole)) break;
      return reflection.AddUInt32(&message, &field, static_cast<std::uint32_t>(whole)), true;
    case FieldDescriptor::CPPTYPE_STRING:
      if (value.get(text) != simdjson::SUCCESS) break;
      return reflection.AddString(&message, &field, std::string(text)), true;
    case FieldDescriptor::CPPTYPE_DOUBLE:
    case FieldDescriptor::CPPTYPE_UINT64:
    case FieldDescriptor::CPPTYPE_INT32:
    case FieldDescriptor::CPPTYPE_BOOL:
    case FieldDescriptor::CPPTYPE_ENUM: break;
  }
  return fail("an element of '" + field.name() + "' is of another kind in the gRPC interface");
}

}  // namespace alidade::qdrant::inline v0::wire
