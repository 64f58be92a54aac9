#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/json.h"
#include "base/status.h"
#include "base/uuid.h"
#include "model/distance.h"
#include "model/payload_schema.h"

namespace alidade::model {

/// Graph parameters that the engine uses; what else a dialect knows is kept in its echo.
struct HnswConfig {
  std::uint32_t m = 16;             ///< 0 = no graph: every search scans.
  std::uint32_t ef_construct = 100;
  std::uint32_t ef_search = 0;      ///< 0 = ef_construct (Qdrant's default); Chroma sets it.
};

struct VectorParams {
  /// 0 = not known yet: the first vector that is written decides (Chroma).
  std::uint32_t size = 0;
  Distance distance = Distance::kCosine;
  /// Set when the vector has its own; the collection's otherwise.
  std::optional<HnswConfig> hnsw;
};

/// What the engine needs of a collection, and what each dialect wants to read back. The engine
/// never looks into the echoes, and a face never into the other face's.
struct CollectionConfig {
  std::map<std::string, VectorParams> vectors;  ///< By name; "" is the unnamed vector.
  HnswConfig hnsw;
  /// Qdrant's optimizers_config.indexing_threshold: below it `indexed_vectors_count` shows 0;
  /// 0 = the graph is never built.
  std::uint64_t indexing_threshold_kb = 10000;
  /// Every metadata key is indexed from first sight (collections made through Chroma).
  bool automatic_indexes = false;
  /// Object of faces/qdrant_*: the parts of `config` as Qdrant shows them. Null when the collection
  /// was made through another dialect.
  base::json::Value qdrant_echo;
  /// Object of faces/chroma_rest: {"configuration_json":…, "schema":…, "metadata":…}. Null likewise.
  base::json::Value chroma_echo;

  base::json::Value to_json() const;
  static Result<CollectionConfig> from_json(const base::json::Value& json);
};

inline constexpr char kDefaultTenant[] = "default_tenant";
inline constexpr char kDefaultDatabase[] = "default_database";

/// How a request names a collection.
struct CollectionRef {
  std::string tenant = kDefaultTenant;
  std::string database = kDefaultDatabase;
  std::string name;                 ///< A name or an alias; not looked at when uuid is set.
  std::optional<base::Uuid> uuid;   ///< Must lie in tenant and database to be found.

  static CollectionRef by_name(std::string name) {
    CollectionRef ref;
    ref.name = std::move(name);
    return ref;
  }
  /// The name or the uuid, for messages.
  std::string to_string() const { return uuid ? uuid->to_string() : name; }
};

/// The identity and configuration of a collection.
/// From the configuration that is there to the one that is wanted, or an error. Empty: no change.
using ConfigChange = std::function<Result<CollectionConfig>(const CollectionConfig&)>;

struct CollectionDescription {
  std::string tenant;
  std::string database;
  std::string name;
  base::Uuid uuid;
  CollectionConfig config;  ///< Vector sizes as they are by now.
};

/// Kinds of values that a metadata key was seen with, as bits.
struct SeenKinds {
  static constexpr std::uint8_t kBool = 1, kInt = 2, kFloat = 4, kString = 8, kSparse = 16;
};

struct FieldIndexInfo {
  FieldSchema schema;
  std::uint64_t points_count = 0;
};

struct CollectionInfo {
  CollectionDescription description;
  std::uint64_t points_count = 0;
  /// As Qdrant shows it: 0 below the indexing threshold.
  std::uint64_t indexed_vectors_count = 0;
  /// Yellow while the rows outside the graph exceed the indexing threshold.
  bool optimizing = false;
  std::map<std::string, FieldIndexInfo> payload_schema;
  /// Top-level payload keys seen since creation, with SeenKinds bits (automatic_indexes only).
  std::map<std::string, std::uint8_t> seen_keys;
};

}  // namespace alidade::model
