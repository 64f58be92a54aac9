#include "faces/qdrant_grpc/parts.h"

#include "faces/qdrant/values.h"
#include "faces/qdrant_grpc/errors.h"

namespace alidade::faces::qdrant_grpc {

Result<model::PointId> read_id(const ::qdrant::PointId& id) {
  switch (id.point_id_options_case()) {
    case ::qdrant::PointId::kNum:
      return model::PointId::from_number(id.num());
    case ::qdrant::PointId::kUuid:
      if (const auto known = qdrant::point_id_of(std::string_view(id.uuid()))) return *known;
      return malformed("Unable to parse UUID: " + id.uuid());
    case ::qdrant::PointId::POINT_ID_OPTIONS_NOT_SET:
      break;
  }
  return malformed("No ID options provided");
}

Result<std::vector<model::PointId>> read_ids(
    const google::protobuf::RepeatedPtrField<::qdrant::PointId>& ids) {
  std::vector<model::PointId> read;
  read.reserve(static_cast<std::size_t>(ids.size()));
  for (const auto& one : ids) {
    ALD_ASSIGN(const model::PointId id, read_id(one));
    read.push_back(id);
  }
  return read;
}

Result<model::JsonPath> read_path(const std::string& text) {
  if (auto path = model::JsonPath::parse(text)) return *std::move(path);
  return malformed("Invalid json path: '" + text + "'");
}

Result<std::vector<model::JsonPath>> read_paths(
    const google::protobuf::RepeatedPtrField<std::string>& texts) {
  std::vector<model::JsonPath> paths;
  for (const std::string& text : texts) {
    ALD_ASSIGN(auto path, read_path(text));
    paths.push_back(std::move(path));
  }
  return paths;
}

Status check_consistency(const ::qdrant::ReadConsistency& consistency) {
  using ::qdrant::ReadConsistency;
  switch (consistency.value_case()) {
    case ReadConsistency::kFactor:
      if (consistency.factor() > 0) return Status::ok_status();
      return malformed(
          "factor: Validation error: range [{\"value\": Number(0), \"min\": Number(1)}]");
    case ReadConsistency::kType:
      if (::qdrant::ReadConsistencyType_IsValid(consistency.type())) return Status::ok_status();
      return malformed("invalid read consistency type value " + std::to_string(consistency.type()));
    case ReadConsistency::VALUE_NOT_SET:
      break;
  }
  return malformed("invalid read consistency message: `ReadConsistency::value` field is `None`");
}

void fill_id(const model::PointId& id, ::qdrant::PointId& out) {
  if (id.is_number()) {
    out.set_num(id.number());
  } else {
    out.set_uuid(id.to_string());
  }
}

}  // namespace alidade::faces::qdrant_grpc
