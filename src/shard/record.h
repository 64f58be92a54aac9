#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "base/bytes.h"
#include "base/ids.h"
#include "base/status.h"
#include "model/json_path.h"
#include "model/payload_schema.h"
#include "model/point_batch.h"
#include "model/point_id.h"

namespace alidade::shard {

// What a command was resolved to: ids and values only. Applying a change needs nothing but the
// state and the change, and cannot fail for the user's reasons. Ids within one change are distinct.

/// Inserts or replaces whole points.
struct PutRows {
  model::PointBatch points;
};
/// Existing points take the vectors and payload members that are given; missing ones are inserted.
struct MergeRows {
  model::PointBatch points;
};
struct DeleteRows {
  std::vector<model::PointId> ids;
};
/// Replaces the given vectors of existing points.
struct PutVectors {
  model::PointBatch points;
};
struct DropVectors {
  std::vector<model::PointId> ids;
  std::vector<std::string> names;
};
struct MergePayload {
  std::vector<model::PointId> ids;
  std::string payload;  ///< Object text; nulls remove.
  std::optional<std::string> key;
};
struct ReplacePayload {
  std::vector<model::PointId> ids;
  std::string payload;  ///< "" clears.
};
struct DeletePayloadKeys {
  std::vector<model::PointId> ids;
  std::vector<std::string> keys;
};
struct PutFieldIndex {
  std::string field;
  model::FieldSchema schema;
};
struct DropFieldIndex {
  std::string field;
};
/// The first vector of a collection whose dimension was open decides it.
struct SetVectorSize {
  std::string name;
  std::uint32_t size = 0;
};

using Change = std::variant<PutRows, MergeRows, DeleteRows, PutVectors, DropVectors, MergePayload,
                            ReplacePayload, DeletePayloadKeys, PutFieldIndex, DropFieldIndex,
                            SetVectorSize>;

/// One record of the log. The shard's operation counter is `last_operation` afterwards (creating
/// an index takes two numbers, some refused writes take one and hold no change).
struct Record {
  base::OpNumber last_operation;
  std::vector<Change> changes;
};

/// Format: docs/formats/record.md.
base::Bytes encode_record(const Record& record);
/// @return kDataLoss when the bytes are no record; kUnimplemented when they are newer than this build.
Result<Record> decode_record(std::span<const std::byte> bytes);

}  // namespace alidade::shard
