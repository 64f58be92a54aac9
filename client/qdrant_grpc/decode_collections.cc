// What is told about the server, its collections and their snapshots. Settings go into the JSON form of REST by reflection.

#include <google/protobuf/descriptor.h>
#include <google/protobuf/util/time_util.h>

#include <algorithm>

#include "alidade/qdrant/client.h"
#include "alidade_qdrant/collections.pb.h"
#include "alidade_qdrant/qdrant.pb.h"
#include "alidade_qdrant/snapshots_service.pb.h"
#include "qdrant_grpc/decode.h"

namespace alidade::qdrant::inline v0::wire {
namespace {

namespace pb = alidade_wire;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;

/// "OneAndHalfBits" is "one_and_half_bits" in REST; only distances keep their capital.
std::string rest_name(const google::protobuf::EnumValueDescriptor& value) {
  if (value.type()->name() == "Distance") return value.name();
  std::string out;
  char before = '\0';
  for (const char c : value.name()) {
    const bool is_upper = c >= 'A' && c <= 'Z';
    if (is_upper && before >= 'a' && before <= 'z') out += '_';
    out += static_cast<char>(is_upper ? c - 'A' + 'a' : c);
    before = c;
  }
  return out;
}

std::string rest_name(const FieldDescriptor& field) {
  if (field.name() == "vectors_config") return "vectors";
  if (field.name() == "sparse_vectors_config") return "sparse_vectors";
  if (field.name() == "turboquant") return "turbo";
  return field.name();
}

Json value_of(const pb::Value& value) {
  switch (value.kind_case()) {
    case pb::Value::kDoubleValue: return Json(value.double_value());
    case pb::Value::kIntegerValue: return Json(std::int64_t{value.integer_value()});
    case pb::Value::kStringValue: return Json(value.string_value());
    case pb::Value::kBoolValue: return Json(value.bool_value());
    case pb::Value::kStructValue: {
      Json::Object members;
      for (const auto& [key, inner] : value.struct_value().fields()) members.emplace_back(key, value_of(inner));
      std::sort(members.begin(), members.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
      return Json(std::move(members));
    }
    case pb::Value::kListValue: {
      Json::Array list;
      for (const auto& inner : value.list_value().values()) list.push_back(value_of(inner));
      return Json(std::move(list));
    }
    case pb::Value::kNullValue:
    case pb::Value::KIND_NOT_SET: return Json();
  }
  return Json();
}

Json field_json(const Message& message, const FieldDescriptor& field) {
  const Reflection& reflection = *message.GetReflection();
  switch (field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_MESSAGE: return to_json(reflection.GetMessage(message, &field));
    case FieldDescriptor::CPPTYPE_BOOL: return Json(reflection.GetBool(message, &field));
    case FieldDescriptor::CPPTYPE_DOUBLE: return Json(reflection.GetDouble(message, &field));
    case FieldDescriptor::CPPTYPE_FLOAT: return Json(reflection.GetFloat(message, &field));
    case FieldDescriptor::CPPTYPE_INT64: return Json(std::int64_t{reflection.GetInt64(message, &field)});
    case FieldDescriptor::CPPTYPE_UINT64: return Json(std::uint64_t{reflection.GetUInt64(message, &field)});
    case FieldDescriptor::CPPTYPE_UINT32: return Json(std::uint64_t{reflection.GetUInt32(message, &field)});
    case FieldDescriptor::CPPTYPE_INT32: return Json(std::int64_t{reflection.GetInt32(message, &field)});
    case FieldDescriptor::CPPTYPE_STRING: return Json(reflection.GetString(message, &field));
    case FieldDescriptor::CPPTYPE_ENUM: return Json(rest_name(*reflection.GetEnum(message, &field)));
  }
  return Json();
}

Json list_json(const Message& message, const FieldDescriptor& field) {
  const Reflection& reflection = *message.GetReflection();
  const int count = reflection.FieldSize(message, &field);
  if (field.is_map()) {
    Json::Object members;
    for (int i = 0; i < count; ++i) {
      const Message& entry = reflection.GetRepeatedMessage(message, &field, i);
      const auto& type = *field.message_type();
      members.emplace_back(entry.GetReflection()->GetString(entry, type.map_key()), field_json(entry, *type.map_value()));
    }
    std::sort(members.begin(), members.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
    return Json(std::move(members));
  }
  Json list = Json::array();
  for (int i = 0; i < count; ++i) {
    // Settings have lists of messages and of texts.
    if (field.cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE) {
      list.push_back(to_json(reflection.GetRepeatedMessage(message, &field, i)));
    } else if (field.cpp_type() == FieldDescriptor::CPPTYPE_STRING) {
      list.push_back(Json(reflection.GetRepeatedString(message, &field, i)));
    }
  }
  return list;
}

/// Whether REST has the one alternative that is set in the message's place: vectors with and without names, "auto" or a
/// number, the only setting of a query's encoding.
bool is_transparent(const Message& message) {
  const std::string& name = message.GetDescriptor()->name();
  return name == "VectorsConfig" || name == "MaxOptimizationThreads" || name == "BinaryQuantizationQueryEncoding";
}

SnapshotInfo snapshot_of(const pb::SnapshotDescription& description) {
  SnapshotInfo info;
  info.name = description.name();
  info.size_bytes = static_cast<std::uint64_t>(std::max<std::int64_t>(description.size(), 0));
  info.checksum = description.checksum();
  if (description.has_creation_time()) {
    info.creation_time = google::protobuf::util::TimeUtil::ToString(description.creation_time());
    // REST says it without a zone.
    if (info.creation_time.ends_with('Z')) info.creation_time.pop_back();
  }
  return info;
}

CollectionStatus status_of(pb::CollectionStatus status) {
  if (status == pb::Green) return CollectionStatus::kGreen;
  if (status == pb::Yellow) return CollectionStatus::kYellow;
  if (status == pb::Grey) return CollectionStatus::kGrey;
  if (status == pb::Red) return CollectionStatus::kRed;
  return CollectionStatus::kUnknown;
}

/// {"type": "integer", …} of the alternative that is set.
Json index_params(const std::string& type, const pb::PayloadIndexParams& params) {
  std::vector<const FieldDescriptor*> set;
  params.GetReflection()->ListFields(params, &set);
  if (set.empty()) return Json();
  Json json = to_json(params.GetReflection()->GetMessage(params, set.front()));
  Json::Object members = {{"type", Json(type)}};
  if (Json::Object* inner = json.if_object()) members.insert(members.end(), inner->begin(), inner->end());
  return Json(std::move(members));
}

template <class List>
std::vector<Alias> aliases_of(const List& list) {
  std::vector<Alias> aliases;
  for (const auto& one : list) aliases.push_back({one.alias_name(), one.collection_name()});
  return aliases;
}

}  // namespace

Json to_json(const Message& message) {
  if (message.GetDescriptor() == pb::Value::descriptor()) return value_of(static_cast<const pb::Value&>(message));
  if (message.GetDescriptor() == google::protobuf::Timestamp::descriptor()) {
    return Json(google::protobuf::util::TimeUtil::ToString(static_cast<const google::protobuf::Timestamp&>(message)));
  }
  const auto& type = *message.GetDescriptor();
  if (type.field_count() == 1 && type.field(0)->is_map()) return list_json(message, *type.field(0));
  Json object = Json::object();
  for (int i = 0; i < type.field_count(); ++i) {
    const FieldDescriptor& field = *type.field(i);
    // A field that always has a value is shown with it; one that may be left out only when it was not.
    const bool is_there = field.is_repeated() ? message.GetReflection()->FieldSize(message, &field) > 0
                                              : !field.has_presence() || message.GetReflection()->HasField(message, &field);
    if (!is_there) continue;
    Json value = field.is_repeated() ? list_json(message, field) : field_json(message, field);
    if (is_transparent(message)) return value;
    object.set(rest_name(field), std::move(value));
  }
  return object;
}

std::any read_done(const Message&, const Message& answer) { return static_cast<const pb::CollectionOperationResponse&>(answer).result(); }

std::any read_true(const Message&, const Message&) { return true; }

std::any read_version(const Message&, const Message& answer) {
  const auto& reply = static_cast<const pb::HealthCheckReply&>(answer);
  return VersionInfo{reply.title(), reply.version(), reply.commit()};
}

std::any read_names(const Message&, const Message& answer) {
  std::vector<std::string> names;
  for (const auto& one : static_cast<const pb::ListCollectionsResponse&>(answer).collections()) names.push_back(one.name());
  return names;
}

std::any read_exists(const Message&, const Message& answer) {
  return static_cast<const pb::CollectionExistsResponse&>(answer).result().exists();
}

std::any read_info(const Message&, const Message& answer) {
  const pb::CollectionInfo& result = static_cast<const pb::GetCollectionInfoResponse&>(answer).result();
  CollectionInfo info;
  info.status = status_of(result.status());
  info.optimizer_status = result.optimizer_status().ok() ? "ok" : result.optimizer_status().error();
  for (const auto& warning : result.warnings()) info.warnings.push_back(warning.message());
  info.points_count = result.points_count();
  info.indexed_vectors_count = result.indexed_vectors_count();
  info.segments_count = result.segments_count();
  info.config = to_json(result.config());
  for (const auto& [name, field] : result.payload_schema()) {
    const std::string type = rest_name(*pb::PayloadSchemaType_descriptor()->FindValueByNumber(
        pb::PayloadSchemaType_IsValid(field.data_type()) ? field.data_type() : pb::UnknownType));
    info.payload_schema[name] = {type, field.points(), field.has_params() ? index_params(type, field.params()) : Json()};
  }
  info.raw = to_json(result);
  return info;
}

std::any read_aliases(const Message&, const Message& answer) {
  return aliases_of(static_cast<const pb::ListAliasesResponse&>(answer).aliases());
}

std::any read_snapshot(const Message&, const Message& answer) {
  return snapshot_of(static_cast<const pb::CreateSnapshotResponse&>(answer).snapshot_description());
}

std::any read_snapshots(const Message&, const Message& answer) {
  std::vector<SnapshotInfo> infos;
  for (const auto& one : static_cast<const pb::ListSnapshotsResponse&>(answer).snapshot_descriptions()) {
    infos.push_back(snapshot_of(one));
  }
  return infos;
}

}  // namespace alidade::qdrant::inline v0::wire
