#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/ids.h"
#include "base/status.h"
#include "model/filter.h"
#include "model/json_path.h"
#include "model/payload_schema.h"
#include "model/point_batch.h"

namespace alidade::model {

// What a user may ask of the points of one collection. Commands may hold filters and conditions;
// the shard resolves them to ids and values before anything is logged.

enum class UpdateMode { kUpsert, kInsertOnly, kUpdateOnly };

/// Which points a command is about. Ids win when both are given.
struct PointSelector {
  std::optional<std::vector<PointId>> ids;
  std::optional<Filter> filter;
};

/// Replaces whole points (Qdrant's upsert; with kInsertOnly Chroma's add, where the first of
/// repeated ids wins). Every named vector that is not given is gone afterwards.
struct UpsertPoints {
  PointBatch points;
  UpdateMode mode = UpdateMode::kUpsert;
  /// Existing points are changed only if they match.
  std::optional<Filter> update_filter;
};
/// Chroma's update and upsert: vectors are replaced where given, payloads are merged member by
/// member (null removes one). Repeated ids apply in turn.
struct MergePoints {
  PointBatch points;
  /// kUpsert or kUpdateOnly.
  UpdateMode mode = UpdateMode::kUpsert;
};
struct DeletePoints {
  PointSelector selector;
  /// At most this many, in order of insertion (Chroma).
  std::optional<std::uint64_t> limit;
  /// Chroma: ids and filter together intersect, instead of ids winning.
  bool intersect = false;
};
/// Replaces the given named vectors of existing points.
struct UpdateVectors {
  PointBatch points;
  std::optional<Filter> update_filter;
};
struct DeleteVectors {
  PointSelector selector;
  std::vector<std::string> names;
};
/// Merges top-level members (null removes one), at `key` when given.
struct SetPayload {
  PointSelector selector;
  std::string payload;  ///< Compact JSON object text.
  std::optional<JsonPath> key;
};
/// Replaces the whole payload, nulls are kept.
struct OverwritePayload {
  PointSelector selector;
  std::string payload;
};
struct DeletePayload {
  PointSelector selector;
  std::vector<JsonPath> keys;
};
struct ClearPayload {
  PointSelector selector;
};
struct CreateFieldIndex {
  std::string field;  ///< JsonPath text.
  FieldSchema schema;
};
struct DeleteFieldIndex {
  std::string field;
};

using Command = std::variant<UpsertPoints, MergePoints, DeletePoints, UpdateVectors, DeleteVectors,
                             SetPayload, OverwritePayload, DeletePayload, ClearPayload,
                             CreateFieldIndex, DeleteFieldIndex>;

/// When a write is answered.
enum class Durability {
  kLogged,  ///< Record in the kernel and applied: survives kill -9.
  kSynced,  ///< Also fdatasync'ed: survives power loss.
};

struct UpdateResult {
  enum class State {
    kAcknowledged,
    kCompleted,
    kWaitTimeout,  ///< Done and seen by everybody; the time was up before the disk had it.
  };
  base::OpNumber operation;
  State state = State::kCompleted;
  /// Points that the command touched (Chroma's delete shows it).
  std::uint64_t affected_count = 0;
};

}  // namespace alidade::model
