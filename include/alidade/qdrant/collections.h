#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "alidade/client/json.h"

// What a collection is made of. Members that are left out take the server's default. `extra` of each struct is an
// object whose members are sent as they are, for settings that this library has no name for.

namespace alidade::qdrant::inline v0 {

using client::Json;

enum class Distance { kCosine, kEuclid, kDot, kManhattan };
/// Where a part of the data lies (Qdrant 1.19).
enum class Memory { kCold, kCached, kPinned };
enum class Datatype { kFloat32, kFloat16, kUint8, kTurbo4, kTurbo8, kTurbo16 };
enum class Modifier { kNone, kIdf };

struct ALIDADE_API HnswConfig {
  std::optional<std::uint64_t> m = {};
  std::optional<std::uint64_t> ef_construct = {};
  std::optional<std::uint64_t> full_scan_threshold = {};
  std::optional<std::uint64_t> max_indexing_threads = {};
  std::optional<std::uint64_t> payload_m = {};
  std::optional<bool> on_disk = {};
  std::optional<Memory> memory = {};
  std::optional<bool> inline_storage = {};
  Json extra = {};
  std::string json() const;
};

struct ScalarQuantization {
  std::optional<double> quantile = {};
  std::optional<bool> always_ram = {};
  std::optional<Memory> memory = {};
};
struct ProductQuantization {
  /// 4, 8, 16, 32 or 64.
  std::uint64_t compression = 4;
  std::optional<bool> always_ram = {};
  std::optional<Memory> memory = {};
};
struct BinaryQuantization {
  /// "one_bit", "two_bits", "one_and_half_bits"; empty: the default.
  std::string encoding = {};
  /// "default", "binary", "scalar4bits", "scalar8bits"; empty: the default.
  std::string query_encoding = {};
  std::optional<bool> always_ram = {};
  std::optional<Memory> memory = {};
};
struct TurboQuantization {
  /// "bits1", "bits1_5", "bits2", "bits4", "bits8"; empty: the default.
  std::string bits = {};
  std::optional<bool> always_ram = {};
  std::optional<Memory> memory = {};
};
/// Turns quantization off; only in an update.
struct NoQuantization {};
using Quantization =
    std::variant<ScalarQuantization, ProductQuantization, BinaryQuantization, TurboQuantization, NoQuantization>;

struct ALIDADE_API VectorParams {
  std::uint64_t size = 0;
  Distance distance = Distance::kCosine;
  std::optional<HnswConfig> hnsw = {};
  std::optional<Quantization> quantization = {};
  std::optional<bool> on_disk = {};
  std::optional<Memory> memory = {};
  std::optional<Datatype> datatype = {};
  /// Takes lists of vectors, compared by the sum of the best matches (max_sim).
  bool multivector = false;
  Json extra = {};
  std::string json() const;
};

struct ALIDADE_API SparseVectorParams {
  std::optional<Modifier> modifier = {};
  std::optional<std::uint64_t> full_scan_threshold = {};
  std::optional<bool> on_disk = {};
  std::optional<Memory> memory = {};
  std::optional<Datatype> datatype = {};
  Json extra = {};
  std::string json() const;
};

struct ALIDADE_API OptimizersConfig {
  std::optional<double> deleted_threshold = {};
  std::optional<std::uint64_t> vacuum_min_vector_number = {};
  std::optional<std::uint64_t> default_segment_number = {};
  std::optional<std::uint64_t> max_segment_size = {};
  std::optional<std::uint64_t> memmap_threshold = {};
  std::optional<std::uint64_t> indexing_threshold = {};
  std::optional<std::uint64_t> flush_interval_sec = {};
  std::optional<std::uint64_t> max_optimization_threads = {};
  std::optional<bool> prevent_unoptimized = {};
  Json extra = {};
  std::string json() const;
};

struct ALIDADE_API WalConfig {
  std::optional<std::uint64_t> wal_capacity_mb = {};
  std::optional<std::uint64_t> wal_segments_ahead = {};
  std::optional<std::uint64_t> wal_retain_closed = {};
  std::string json() const;
};

using NamedVectorParams = std::vector<std::pair<std::string, VectorParams>>;

struct ALIDADE_API CreateCollection {
  /// One vector without a name, or named ones; none is allowed, too.
  std::variant<std::monostate, VectorParams, NamedVectorParams> vectors = {};
  std::vector<std::pair<std::string, SparseVectorParams>> sparse_vectors = {};
  std::optional<HnswConfig> hnsw = {};
  std::optional<OptimizersConfig> optimizers = {};
  std::optional<WalConfig> wal = {};
  std::optional<Quantization> quantization = {};
  std::optional<std::uint64_t> shard_number = {};
  std::optional<std::uint64_t> replication_factor = {};
  std::optional<std::uint64_t> write_consistency_factor = {};
  /// Shards are named by keys (create_shard_key) instead of chosen by the ids.
  bool custom_sharding = false;
  std::optional<bool> on_disk_payload = {};
  /// Strict mode's limits as the REST interface names them; null: none.
  Json strict_mode = {};
  /// Free data that stays with the collection; null: none.
  Json metadata = {};
  Json extra = {};
  std::string json() const;
};

struct ALIDADE_API UpdateCollection {
  /// Changes of one named vector ("" is the unnamed one). Size, distance and datatype stay.
  struct ALIDADE_API Vector {
    std::string name;
    std::optional<HnswConfig> hnsw = {};
    std::optional<Quantization> quantization = {};
    std::optional<bool> on_disk = {};
    std::optional<Memory> memory = {};
  };
  std::vector<Vector> vectors = {};
  std::optional<HnswConfig> hnsw = {};
  std::optional<OptimizersConfig> optimizers = {};
  std::optional<Quantization> quantization = {};
  /// The collection's `params` as the REST interface names them; null: unchanged.
  Json params = {};
  Json strict_mode = {};
  Json metadata = {};
  Json extra = {};
  std::string json() const;
};

enum class IndexType { kKeyword, kInteger, kFloat, kBool, kGeo, kDatetime, kText, kUuid };

/// An index over one payload field.
struct ALIDADE_API PayloadIndex {
  IndexType type = IndexType::kKeyword;
  std::optional<bool> is_tenant = {};
  std::optional<bool> is_principal = {};
  std::optional<bool> lookup = {};
  std::optional<bool> range = {};
  /// Keyword: serves match.prefix and match.substring.
  std::optional<bool> prefix = {};
  // Text.
  std::string tokenizer = {};
  std::optional<bool> lowercase = {};
  std::optional<bool> phrase_matching = {};
  std::optional<bool> ascii_folding = {};
  std::optional<std::uint64_t> min_token_len = {};
  std::optional<std::uint64_t> max_token_len = {};
  /// Serves queries of kind text (BM25, Qdrant 1.20).
  std::optional<bool> scoring = {};
  /// The array whose elements are entries of their own (Qdrant 1.20).
  std::string nested = {};
  std::optional<bool> on_disk = {};
  std::optional<Memory> memory = {};
  Json extra = {};
  std::string json() const;
};

enum class CollectionStatus { kGreen, kYellow, kGrey, kRed, kUnknown };

struct CollectionInfo {
  CollectionStatus status = CollectionStatus::kUnknown;
  /// "ok", or what went wrong.
  std::string optimizer_status;
  std::vector<std::string> warnings;
  std::uint64_t points_count = 0;
  std::uint64_t indexed_vectors_count = 0;
  std::uint64_t segments_count = 0;
  /// As the server shows it.
  Json config;
  struct Field {
    std::string type;
    std::uint64_t points = 0;
    /// Null when the index was made by its type alone.
    Json params;
  };
  std::map<std::string, Field> payload_schema;
  /// The whole answer, for members that have no name here.
  Json raw;
};

struct Alias {
  std::string alias;
  std::string collection;
  friend bool operator==(const Alias&, const Alias&) = default;
};

/// A change of aliases; several in one call are made together.
class ALIDADE_API AliasAction {
 public:
  /// Points `alias` to the collection, away from another one if need be.
  static AliasAction create(const std::string& alias, const std::string& collection);
  static AliasAction rename(const std::string& from, const std::string& to);
  static AliasAction remove(const std::string& alias);

  const std::string& json() const { return json_; }

 private:
  explicit AliasAction(std::string json) : json_(std::move(json)) {}
  std::string json_;
};

}  // namespace alidade::qdrant::inline v0
