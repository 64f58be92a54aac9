#include "faces/qdrant_grpc/parts.h"

#include "faces/qdrant/values.h"
#include "faces/qdrant_grpc/errors.h"
#include "model/datetime.h"

namespace alidade::faces::qdrant_grpc {
namespace {

template <typename Selector>
Result<model::PayloadSelector> listed(model::PayloadSelector::Kind kind, const Selector& selector) {
  ALD_ASSIGN(auto paths, read_paths(selector.fields()));
  return model::PayloadSelector{kind, std::move(paths)};
}

Result<std::optional<model::OrderValue>> read_start(const ::qdrant::StartFrom& start) {
  switch (start.value_case()) {
    case ::qdrant::StartFrom::kFloat:
      return std::optional<model::OrderValue>(start.float_());
    case ::qdrant::StartFrom::kInteger:
      return std::optional<model::OrderValue>(std::int64_t{start.integer()});
    case ::qdrant::StartFrom::kTimestamp: {
      ALD_ASSIGN(const std::int64_t us, read_timestamp(start.timestamp()));
      return std::optional<model::OrderValue>(us);
    }
    case ::qdrant::StartFrom::kDatetime: {
      const auto us = model::parse_datetime_us(start.datetime());
      if (us) return std::optional<model::OrderValue>(*us);
      return malformed(start.datetime().empty()
                           ? "Malformed datetime: premature end of input"
                           : "Malformed datetime: input contains invalid characters");
    }
    case ::qdrant::StartFrom::VALUE_NOT_SET:
      break;
  }
  return std::optional<model::OrderValue>();
}

}  // namespace

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

Result<model::PayloadSelector> read_selector(const ::qdrant::WithPayloadSelector& selector) {
  using Kind = model::PayloadSelector::Kind;
  switch (selector.selector_options_case()) {
    case ::qdrant::WithPayloadSelector::kEnable:
      return selector.enable() ? model::PayloadSelector::all() : model::PayloadSelector::none();
    case ::qdrant::WithPayloadSelector::kInclude:
      return listed(Kind::kInclude, selector.include());
    case ::qdrant::WithPayloadSelector::kExclude:
      return listed(Kind::kExclude, selector.exclude());
    case ::qdrant::WithPayloadSelector::SELECTOR_OPTIONS_NOT_SET:
      break;
  }
  return malformed("No PayloadSelector");
}

Result<model::VectorSelector> read_selector(const ::qdrant::WithVectorsSelector& selector) {
  switch (selector.selector_options_case()) {
    case ::qdrant::WithVectorsSelector::kEnable:
      return selector.enable() ? model::VectorSelector::all() : model::VectorSelector::none();
    case ::qdrant::WithVectorsSelector::kInclude: {
      model::VectorSelector names{model::VectorSelector::Kind::kNames, {}};
      names.names.assign(selector.include().names().begin(), selector.include().names().end());
      return names;
    }
    case ::qdrant::WithVectorsSelector::SELECTOR_OPTIONS_NOT_SET:
      break;
  }
  return model::VectorSelector::none();
}

Result<std::int64_t> read_timestamp(const google::protobuf::Timestamp& time) {
  std::int64_t us = 0;
  ALD_RETURN_IF_ERROR(qdrant::read_timestamp(time.seconds(), time.nanos(), kProtoReading, us));
  return us;
}

Result<model::OrderBy> read_order_by(const ::qdrant::OrderBy& order) {
  model::OrderBy read;
  ALD_ASSIGN(read.key, read_path(order.key()));
  if (order.direction() == ::qdrant::Desc) read.direction = model::Direction::Kind::kDescending;
  if (order.has_start_from()) {
    ALD_ASSIGN(read.start_from, read_start(order.start_from()));
  }
  return read;
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
