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
#include "model/payload_schema.h"
#include "model/settings.h"

namespace alidade::model {

/// Graph parameters as the engine uses them: what a vector sets, else what its collection sets, else the defaults.
struct HnswConfig {
  std::uint32_t m = 16;             ///< 0 = no graph: every search scans.
  std::uint32_t ef_construct = 100;
  std::uint32_t ef_search = 0;      ///< 0 = ef_construct (Qdrant's default); Chroma sets it.
};

/// What users set of a collection, whichever dialect it was made through. Each dialect shows it in its own form.
struct CollectionConfig {
  std::map<std::string, VectorParams> vectors;  ///< Dense and multivectors by name; "" is the unnamed vector.
  /// The vectors were given by their names, which shows when the only one is "".
  bool vectors_named = false;
  std::optional<std::map<std::string, SparseVectorParams>> sparse_vectors;
  HnswSettings hnsw;
  OptimizerSettings optimizers;
  WalSettings wal;
  std::optional<Quantization> quantization;
  ShardSettings shards;
  std::optional<StrictModeSettings> strict_mode;
  /// An object of the user's (Qdrant's metadata), or null.
  base::json::Value metadata;
  /// Every metadata key is indexed from first sight (collections made through Chroma).
  bool automatic_indexes = false;
  /// Object of faces/chroma_rest: {"configuration_json":…, "schema":…, "metadata":…}. Null when the collection was made
  /// through another dialect.
  base::json::Value chroma_echo;

  HnswConfig graph_of(const VectorParams& vector) const;
  /// In KB of vectors: below it `indexed_vectors_count` shows 0; 0 = the graph is never built.
  std::uint64_t indexing_threshold_kb() const { return optimizers.indexing_threshold.value_or(10000); }

  /// The form of `collection.ald` (docs/formats/catalogue.md).
  base::json::Value to_json() const;
  /// Also of the form that earlier versions wrote.
  static Result<CollectionConfig> from_json(const base::json::Value& json);
};

/// How many vectors a point of the collection may have.
std::size_t vector_count(const CollectionConfig& config);

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

/// From the configuration that is there to the one that is wanted, or an error. Empty: no change.
using ConfigChange = std::function<Result<CollectionConfig>(const CollectionConfig&)>;

/// The identity and configuration of a collection.
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
