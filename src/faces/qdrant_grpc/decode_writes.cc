#include <utility>

#include "faces/qdrant_grpc/decode_filter.h"
#include "faces/qdrant_grpc/decode_index.h"
#include "faces/qdrant_grpc/decode_points.h"
#include "faces/qdrant_grpc/errors.h"
#include "faces/qdrant_grpc/parts.h"
#include "faces/qdrant_grpc/values.h"
#include "faces/qdrant_rest/errors.h"

namespace alidade::faces::qdrant_grpc {
namespace {

using model::Command;

// Selectors. ----------------------------------------------------------------------------------

Result<model::PointSelector> read_selector(const ::qdrant::PointsSelector& selector) {
  using Wire = ::qdrant::PointsSelector;
  model::PointSelector read;
  switch (selector.points_selector_one_of_case()) {
    case Wire::kPoints: {
      ALD_ASSIGN(auto ids, read_ids(selector.points().ids()));
      if (ids.empty()) return qdrant_rest::empty_update_request();
      read.ids = std::move(ids);
      return read;
    }
    case Wire::kFilter: {
      ALD_ASSIGN(read.filter, read_filter(selector.filter()));
      return read;
    }
    case Wire::POINTS_SELECTOR_ONE_OF_NOT_SET:
      break;
  }
  return malformed("Malformed PointsSelector type");
}

/// The member `points` of the requests that delete or clear.
template <typename Request>
Result<model::PointSelector> points_of(const Request& request) {
  if (!request.has_points()) return malformed("PointSelector is missing");
  return read_selector(request.points());
}
/// The member `points_selector` of the requests that change.
template <typename Request>
Result<model::PointSelector> selector_of(const Request& request) {
  if (!request.has_points_selector()) return malformed("points_selector is expected");
  return read_selector(request.points_selector());
}

template <typename Request>
Result<std::optional<model::Filter>> update_filter_of(const Request& request) {
  if (!request.has_update_filter()) return std::optional<model::Filter>();
  ALD_ASSIGN(auto filter, read_filter(request.update_filter()));
  return std::optional<model::Filter>(std::move(filter));
}

// Points. -------------------------------------------------------------------------------------

model::UpdateMode mode_of(::qdrant::UpdateMode mode) {
  if (mode == ::qdrant::InsertOnly) return model::UpdateMode::kInsertOnly;
  if (mode == ::qdrant::UpdateOnly) return model::UpdateMode::kUpdateOnly;
  return model::UpdateMode::kUpsert;  // Unknown numbers too.
}

template <typename Request>
Result<Command> upsert_of(const Request& request) {
  model::UpsertPoints upsert;
  upsert.mode = mode_of(request.update_mode());
  ALD_ASSIGN(upsert.update_filter, update_filter_of(request));
  model::PointBatch& batch = upsert.points;
  Status later;
  batch.ids.reserve(static_cast<std::size_t>(request.points_size()));
  batch.payloads.resize(static_cast<std::size_t>(request.points_size()));
  for (const ::qdrant::PointStruct& point : request.points()) {
    const std::size_t row = batch.ids.size();
    if (!point.has_vectors()) return malformed("Expected some vectors");
    ALD_RETURN_IF_ERROR(add_vectors(point.vectors(), row, batch, later));
    if (!point.has_id()) return malformed("Empty ID is not allowed");
    ALD_ASSIGN(const model::PointId id, read_id(point.id()));
    if (!point.payload().empty()) {
      ALD_ASSIGN(batch.payloads[row], payload_text(point.payload()));
    }
    batch.ids.push_back(id);
  }
  if (!later.ok()) return later;
  if (batch.ids.empty()) return qdrant_rest::empty_update_request();
  return Command(std::move(upsert));
}

template <typename Request>
Result<Command> update_vectors_of(const Request& request) {
  model::UpdateVectors update;
  ALD_ASSIGN(update.update_filter, update_filter_of(request));
  Status later;
  for (const ::qdrant::PointVectors& point : request.points()) {
    if (!point.has_id()) return malformed("id is expected");
    ALD_ASSIGN(const model::PointId id, read_id(point.id()));
    if (!point.has_vectors()) return malformed("vectors is expected");
    ALD_RETURN_IF_ERROR(
        add_vectors(point.vectors(), update.points.ids.size(), update.points, later));
    update.points.ids.push_back(id);
  }
  if (!later.ok()) return later;
  if (update.points.ids.empty()) return qdrant_rest::empty_update_request();
  return Command(std::move(update));
}

template <typename Request>
Result<Command> delete_vectors_of(const Request& request) {
  model::DeleteVectors command;
  ALD_ASSIGN(command.selector, selector_of(request));
  if (!request.has_vectors()) return malformed("vectors is expected");
  command.names.assign(request.vectors().names().begin(), request.vectors().names().end());
  return Command(std::move(command));
}

template <typename Request>
Result<Command> delete_points_of(const Request& request) {
  model::DeletePoints command;
  ALD_ASSIGN(command.selector, points_of(request));
  return Command(std::move(command));
}

// Payload. ------------------------------------------------------------------------------------

template <typename Request>
Result<Command> set_payload_of(const Request& request) {
  model::SetPayload command;
  if (request.has_key()) {
    ALD_ASSIGN(command.key, read_path(request.key()));
  }
  ALD_ASSIGN(command.payload, payload_text(request.payload()));
  ALD_ASSIGN(command.selector, selector_of(request));
  return Command(std::move(command));
}

template <typename Request>
Result<Command> overwrite_payload_of(const Request& request) {
  model::OverwritePayload command;
  ALD_ASSIGN(command.payload, payload_text(request.payload()));
  ALD_ASSIGN(command.selector, selector_of(request));
  return Command(std::move(command));
}

template <typename Request>
Result<Command> delete_payload_of(const Request& request) {
  model::DeletePayload command;
  ALD_ASSIGN(command.keys, read_paths(request.keys()));
  ALD_ASSIGN(command.selector, selector_of(request));
  return Command(std::move(command));
}

template <typename Request>
Result<Command> clear_payload_of(const Request& request) {
  model::ClearPayload command;
  ALD_ASSIGN(command.selector, points_of(request));
  return Command(std::move(command));
}

// Batches. ------------------------------------------------------------------------------------

Result<Command> read_operation(const ::qdrant::PointsUpdateOperation& operation) {
  using Wire = ::qdrant::PointsUpdateOperation;
  switch (operation.operation_case()) {
    case Wire::kUpsert:
      return upsert_of(operation.upsert());
    case Wire::kSetPayload:
      return set_payload_of(operation.set_payload());
    case Wire::kOverwritePayload:
      return overwrite_payload_of(operation.overwrite_payload());
    case Wire::kDeletePayload:
      return delete_payload_of(operation.delete_payload());
    case Wire::kUpdateVectors:
      return update_vectors_of(operation.update_vectors());
    case Wire::kDeleteVectors:
      return delete_vectors_of(operation.delete_vectors());
    case Wire::kDeletePoints:
      return delete_points_of(operation.delete_points());
    case Wire::kClearPayload:
      return clear_payload_of(operation.clear_payload());
    case Wire::kDeleteDeprecated: {
      ALD_ASSIGN(auto selector, read_selector(operation.delete_deprecated()));
      return Command(model::DeletePoints{.selector = std::move(selector), .limit = {}});
    }
    case Wire::kClearPayloadDeprecated: {
      ALD_ASSIGN(auto selector, read_selector(operation.clear_payload_deprecated()));
      return Command(model::ClearPayload{std::move(selector)});
    }
    case Wire::OPERATION_NOT_SET:
      break;
  }
  return malformed("Operation is missing");
}

}  // namespace

Result<Command> read_upsert(const ::qdrant::UpsertPoints& request) { return upsert_of(request); }
Result<Command> read_delete(const ::qdrant::DeletePoints& request) {
  return delete_points_of(request);
}
Result<Command> read_set_payload(const ::qdrant::SetPayloadPoints& request) {
  return set_payload_of(request);
}
Result<Command> read_overwrite_payload(const ::qdrant::SetPayloadPoints& request) {
  return overwrite_payload_of(request);
}
Result<Command> read_delete_payload(const ::qdrant::DeletePayloadPoints& request) {
  return delete_payload_of(request);
}
Result<Command> read_clear_payload(const ::qdrant::ClearPayloadPoints& request) {
  return clear_payload_of(request);
}
Result<Command> read_update_vectors(const ::qdrant::UpdatePointVectors& request) {
  return update_vectors_of(request);
}
Result<Command> read_delete_vectors(const ::qdrant::DeletePointVectors& request) {
  return delete_vectors_of(request);
}

Result<Command> read_create_index(const ::qdrant::CreateFieldIndexCollection& request) {
  ALD_ASSIGN(model::FieldSchema schema, read_field_schema(request));
  ALD_ASSIGN(const model::JsonPath field, read_path(request.field_name()));
  return Command(model::CreateFieldIndex{field.to_string(), std::move(schema)});
}

Result<Command> read_delete_index(const ::qdrant::DeleteFieldIndexCollection& request) {
  ALD_ASSIGN(const model::JsonPath field, read_path(request.field_name()));
  return Command(model::DeleteFieldIndex{field.to_string()});
}

ReadBatch read_update_batch(const ::qdrant::UpdateBatchPoints& request) {
  ReadBatch batch;
  for (const auto& operation : request.operations()) {
    auto command = read_operation(operation);
    if (!command.ok()) {
      batch.problem = command.status();
      break;
    }
    batch.commands.push_back(std::move(command).value());
  }
  return batch;
}

}  // namespace alidade::faces::qdrant_grpc
