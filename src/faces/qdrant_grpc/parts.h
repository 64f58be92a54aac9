#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/status.h"
#include "faces/contract/read_proto.h"
#include "faces/qdrant/selectors.h"
#include "faces/qdrant_grpc/errors.h"
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

Status check_consistency(const ::qdrant::ReadConsistency& consistency);

/// The parts that every read has: consistency and selectors, where they are given.
template <typename Request>
Status read_common(const Request& request,
                   model::PayloadSelector& payload,
                   model::VectorSelector& vectors) {
  if (request.has_with_payload()) {
    ALD_RETURN_IF_ERROR(contract::read(request.with_payload(), qdrant::kWithPayload, kProtoReading, payload));
  }
  if (request.has_with_vectors()) {
    ALD_RETURN_IF_ERROR(contract::read(request.with_vectors(), qdrant::kWithVectors, kProtoReading, vectors));
  }
  if (request.has_read_consistency()) return check_consistency(request.read_consistency());
  return Status::ok_status();
}

void fill_id(const model::PointId& id, ::qdrant::PointId& out);

}  // namespace alidade::faces::qdrant_grpc
