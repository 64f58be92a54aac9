#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "alidade/client/json.h"
#include "alidade/qdrant/filter.h"
#include "alidade/qdrant/point_id.h"
#include "alidade/qdrant/query.h"
#include "alidade/qdrant/selectors.h"
#include "alidade/qdrant/vector.h"

// Points on their way to the server and back.

namespace alidade::qdrant::inline v0 {

struct Point {
  PointId id;
  Vectors vectors;
  /// An object, or null for none.
  Json payload = {};
};

/// Points as they go over the wire: values of a span are printed into the request at once and not kept, so the caller's
/// matrix needs no copy. A value; not for two threads at a time.
///
/// Collection::batch() makes one for that collection's transport: over gRPC it keeps values as they are, and fits nowhere
/// else. A batch made without one fits everywhere, at the cost of printing and reading the values where that is not needed.
class ALIDADE_API PointBatch {
 public:
  PointBatch() = default;

  /// @param payload an object, or null for none.
  PointBatch& add(const PointId& id, std::span<const float> vector, const Json& payload = {});
  PointBatch& add(const PointId& id, const DenseVector& vector, const Json& payload = {}) {
    return add(id, std::span<const float>(vector), payload);
  }
  PointBatch& add(const PointId& id, const Vectors& vectors, const Json& payload = {});
  PointBatch& add(const Point& point) { return add(point.id, point.vectors, point.payload); }

  bool empty() const { return count_ == 0; }
  std::size_t size() const { return count_; }
  std::size_t size_bytes() const { return json_.size() + values_.size() * sizeof(float); }
  void clear();

  /// The points, separated by commas.
  const std::string& json() const { return json_; }
  /// Values of vectors that are not in json(), which counts them in their places: {"$": count}.
  const std::vector<float>& values() const { return values_; }

 private:
  friend class Collection;
  explicit PointBatch(bool keeps_values) : keeps_values_(keeps_values) {}
  std::string& begin(const PointId& id);
  void end(const Json& payload);
  void append(std::span<const float> vector);

  bool keeps_values_ = false;
  std::string json_;
  std::vector<float> values_;
  std::size_t count_ = 0;
};

enum class UpdateMode { kUpsert, kInsertOnly, kUpdateOnly };
enum class WriteOrdering { kWeak, kMedium, kStrong };

/// How a write is made.
struct WriteOptions {
  /// The answer comes when the write is durable and seen by searches.
  bool wait = true;
  std::optional<WriteOrdering> ordering = {};
  /// The server gives up after that time.
  std::optional<std::uint64_t> timeout_s = {};
  std::optional<ShardKeySelector> shard_key = {};
};

/// WriteOptions and what only points have.
struct UpsertOptions {
  bool wait = true;
  std::optional<WriteOrdering> ordering = {};
  std::optional<std::uint64_t> timeout_s = {};
  std::optional<ShardKeySelector> shard_key = {};
  /// Points that are there change only when they match (Qdrant 1.16).
  std::optional<Filter> update_filter = {};
  std::optional<UpdateMode> mode = {};
};

/// How a read is made.
struct ReadOptions {
  /// "majority", "quorum", "all" or a number; empty: the default.
  std::string consistency = {};
  std::optional<std::uint64_t> timeout_s = {};
};

enum class UpdateStatus { kAcknowledged, kCompleted, kWaitTimeout, kUnknown };

struct UpdateResult {
  std::optional<std::uint64_t> operation_id;
  UpdateStatus status = UpdateStatus::kUnknown;
};

struct Record {
  PointId id;
  /// Null when none was asked for or there is none.
  Json payload;
  Vectors vectors;
  /// Null unless the collection has shard keys.
  Json shard_key;
  /// What an ordered read was ordered by; null otherwise.
  Json order_value;
};

struct ScoredPoint : Record {
  double score = 0;
  std::uint64_t version = 0;
};

struct PointGroup {
  /// The value that these have in common: a text or a number.
  Json id;
  std::vector<ScoredPoint> hits;
  std::optional<Record> lookup;
};

struct ALIDADE_API ScrollRequest {
  /// Points per page.
  std::optional<std::uint64_t> limit = {};
  /// The first id of the page; not together with order_by.
  std::optional<PointId> offset = {};
  Filter filter = {};
  std::optional<OrderBy> order_by = {};
  WithPayload with_payload = WithPayload::all();
  WithVectors with_vectors = WithVectors::none();
  std::optional<ShardKeySelector> shard_key = {};
  std::string json() const;
};

struct ScrollPage {
  std::vector<Record> points;
  /// Where the next page begins; none after the last one.
  std::optional<PointId> next;
};

struct ALIDADE_API RetrieveRequest {
  std::vector<PointId> ids;
  WithPayload with_payload = WithPayload::all();
  WithVectors with_vectors = WithVectors::none();
  std::optional<ShardKeySelector> shard_key = {};
  std::string json() const;
};

struct ALIDADE_API FacetRequest {
  std::string key;
  Filter filter = {};
  std::optional<std::uint64_t> limit = {};
  std::optional<bool> exact = {};
  std::string json() const;
};

struct FacetHit {
  /// A text, a whole number or a bool.
  Json value;
  std::uint64_t count = 0;
};

struct ALIDADE_API MatrixRequest {
  std::optional<std::uint64_t> sample = {};
  std::optional<std::uint64_t> limit = {};
  std::string using_vector = {};
  Filter filter = {};
  std::string json() const;
};

struct MatrixPair {
  PointId a;
  PointId b;
  double score = 0;
};

struct MatrixOffsets {
  std::vector<std::uint64_t> rows;
  std::vector<std::uint64_t> columns;
  std::vector<double> scores;
  std::vector<PointId> ids;
};

/// One change of Collection::update(), which makes several in order. A batch is not one transaction: it ends at the first
/// change that fails, and what came before stays.
class ALIDADE_API Change {
 public:
  static Change upsert(const PointBatch& points, const UpsertOptions& options = {});
  static Change update_vectors(const PointBatch& points);
  static Change remove(const PointsSelector& points);
  static Change delete_vectors(const PointsSelector& points, const std::vector<std::string>& names);
  /// @param key path of a nested object that is changed instead of the whole payload.
  static Change set_payload(const PointsSelector& points, const Json& payload, const std::string& key = {});
  static Change overwrite_payload(const PointsSelector& points, const Json& payload);
  static Change delete_payload(const PointsSelector& points, const std::vector<std::string>& keys);
  static Change clear_payload(const PointsSelector& points);

  const std::string& json() const { return json_; }
  /// As of PointBatch.
  const std::vector<float>& values() const { return values_; }

 private:
  explicit Change(std::string json, std::vector<float> values = {}) : json_(std::move(json)), values_(std::move(values)) {}
  std::string json_;
  std::vector<float> values_;
};

}  // namespace alidade::qdrant::inline v0
