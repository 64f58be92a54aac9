#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/status.h"
#include "model/json_path.h"
#include "model/point_id.h"
#include "model/query.h"
#include "points.pb.h"

namespace alidade::faces::qdrant_grpc {

// Readers of the parts that many requests share. A refusal is malformed() unless said otherwise.

/// @return "No ID options provided", "Unable to parse UUID: …".
Result<model::PointId> read_id(const ::qdrant::PointId& id);
Result<std::vector<model::PointId>> read_ids(
    const google::protobuf::RepeatedPtrField<::qdrant::PointId>& ids);
/// @return "Invalid json path: '…'".
Result<model::JsonPath> read_path(const std::string& text);
Result<std::vector<model::JsonPath>> read_paths(
    const google::protobuf::RepeatedPtrField<std::string>& texts);

Result<model::PayloadSelector> read_selector(const ::qdrant::WithPayloadSelector& selector);
Result<model::VectorSelector> read_selector(const ::qdrant::WithVectorsSelector& selector);

/// Microseconds since 1970. @return "Unable to parse timestamp: …".
Result<std::int64_t> read_timestamp(const google::protobuf::Timestamp& time);
Result<model::OrderBy> read_order_by(const ::qdrant::OrderBy& order);
Status check_consistency(const ::qdrant::ReadConsistency& consistency);

/// The parts that every read has: consistency and selectors, where they are given.
template <typename Request>
Status read_common(const Request& request,
                   model::PayloadSelector& payload,
                   model::VectorSelector& vectors) {
  if (request.has_with_payload()) {
    ALD_ASSIGN(payload, read_selector(request.with_payload()));
  }
  if (request.has_with_vectors()) {
    ALD_ASSIGN(vectors, read_selector(request.with_vectors()));
  }
  if (request.has_read_consistency()) return check_consistency(request.read_consistency());
  return Status::ok_status();
}

void fill_id(const model::PointId& id, ::qdrant::PointId& out);

}  // namespace alidade::faces::qdrant_grpc
