#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/json.h"
#include "model/distance.h"

namespace alidade::model {

// What users may set of a collection, in the dialect that has a name for it. A setting holds a value exactly when it
// was given; its default is known where it is used or shown. The words of an enum are its names in stored
// configurations and on both wires; the value i has the i-th.

enum class MemoryPlacement : std::uint8_t { kCold, kCached, kPinned };
inline constexpr std::array<std::string_view, 3> kMemoryWords{"cold", "cached", "pinned"};

/// How the numbers of a vector are stored.
enum class Datatype : std::uint8_t { kFloat32, kUint8, kFloat16, kTurbo4, kTurbo8, kTurbo16 };
inline constexpr std::array<std::string_view, 6> kDatatypeWords{"float32", "uint8",  "float16",
                                                                "turbo4",  "turbo8", "turbo16"};

inline constexpr std::array<std::string_view, 4> kDistanceWords{"Cosine", "Euclid", "Dot", "Manhattan"};

enum class MultivectorComparator : std::uint8_t { kMaxSim };
inline constexpr std::array<std::string_view, 1> kComparatorWords{"max_sim"};

enum class SparseModifier : std::uint8_t { kNone, kIdf };
inline constexpr std::array<std::string_view, 2> kModifierWords{"none", "idf"};

enum class ShardingMethod : std::uint8_t { kAuto, kCustom };
inline constexpr std::array<std::string_view, 2> kShardingWords{"auto", "custom"};

// Graphs and upkeep. --------------------------------------------------------------------------

struct HnswSettings {
  std::optional<std::uint64_t> m = {};  ///< 0 = no graph: every search scans.
  std::optional<std::uint64_t> ef_construct = {};
  std::optional<std::uint64_t> ef_search = {};  ///< Chroma's alone.
  std::optional<std::uint64_t> full_scan_threshold = {};  ///< In KB of vectors.
  std::optional<std::uint64_t> max_indexing_threads = {};  ///< 0 = chosen by the server.
  std::optional<bool> on_disk = {};
  std::optional<MemoryPlacement> memory = {};
  std::optional<std::uint64_t> payload_m = {};
  std::optional<bool> inline_storage = {};

  friend bool operator==(const HnswSettings&, const HnswSettings&) = default;
};

/// A number of threads, or none: chosen by the server ("auto").
struct ThreadCount {
  std::optional<std::uint64_t> count = {};

  friend bool operator==(const ThreadCount&, const ThreadCount&) = default;
};

struct OptimizerSettings {
  std::optional<double> deleted_threshold = {};
  std::optional<std::uint64_t> vacuum_min_vector_number = {};
  std::optional<std::uint64_t> default_segment_number = {};
  std::optional<std::uint64_t> max_segment_size = {};  ///< In KB.
  std::optional<std::uint64_t> memmap_threshold = {};  ///< In KB.
  /// In KB of vectors: below it `indexed_vectors_count` shows 0; 0 = the graph is never built.
  std::optional<std::uint64_t> indexing_threshold = {};
  std::optional<std::uint64_t> flush_interval_sec = {};
  std::optional<ThreadCount> max_optimization_threads = {};
  std::optional<bool> prevent_unoptimized = {};

  friend bool operator==(const OptimizerSettings&, const OptimizerSettings&) = default;
};

struct WalSettings {
  std::optional<std::uint64_t> wal_capacity_mb = {};
  std::optional<std::uint64_t> wal_segments_ahead = {};
  std::optional<std::uint64_t> wal_retain_closed = {};

  friend bool operator==(const WalSettings&, const WalSettings&) = default;
};

// Quantization. -------------------------------------------------------------------------------

enum class ScalarType : std::uint8_t { kInt8 };
inline constexpr std::array<std::string_view, 1> kScalarTypeWords{"int8"};

enum class ProductCompression : std::uint8_t { kX4, kX8, kX16, kX32, kX64 };
inline constexpr std::array<std::string_view, 5> kCompressionWords{"x4", "x8", "x16", "x32", "x64"};

enum class BinaryEncoding : std::uint8_t { kOneBit, kTwoBits, kOneAndHalfBits };
inline constexpr std::array<std::string_view, 3> kBinaryEncodingWords{"one_bit", "two_bits", "one_and_half_bits"};

enum class BinaryQueryEncoding : std::uint8_t { kDefault, kBinary, kScalar4Bits, kScalar8Bits };
inline constexpr std::array<std::string_view, 4> kQueryEncodingWords{"default", "binary", "scalar4bits",
                                                                     "scalar8bits"};

enum class TurboBits : std::uint8_t { kBits1, kBits1And5, kBits2, kBits4, kBits8 };
inline constexpr std::array<std::string_view, 5> kTurboBitsWords{"bits1", "bits1_5", "bits2", "bits4", "bits8"};

struct ScalarQuantization {
  ScalarType type = ScalarType::kInt8;
  std::optional<float> quantile = {};  ///< 0.5 to 1.
  std::optional<bool> always_ram = {};
  std::optional<MemoryPlacement> memory = {};

  friend bool operator==(const ScalarQuantization&, const ScalarQuantization&) = default;
};
struct ProductQuantization {
  ProductCompression compression = ProductCompression::kX4;
  std::optional<bool> always_ram = {};
  std::optional<MemoryPlacement> memory = {};

  friend bool operator==(const ProductQuantization&, const ProductQuantization&) = default;
};
struct BinaryQuantization {
  std::optional<bool> always_ram = {};
  std::optional<MemoryPlacement> memory = {};
  std::optional<BinaryEncoding> encoding = {};
  std::optional<BinaryQueryEncoding> query_encoding = {};

  friend bool operator==(const BinaryQuantization&, const BinaryQuantization&) = default;
};
struct TurboQuantization {
  std::optional<bool> always_ram = {};
  std::optional<MemoryPlacement> memory = {};
  std::optional<TurboBits> bits = {};

  friend bool operator==(const TurboQuantization&, const TurboQuantization&) = default;
};
/// The order is the one in which JSON tries them.
using Quantization = std::variant<ScalarQuantization, ProductQuantization, BinaryQuantization, TurboQuantization>;
inline constexpr std::array<std::string_view, 4> kQuantizationWords{"scalar", "product", "binary", "turbo"};

// Vectors. ------------------------------------------------------------------------------------

struct MultivectorSettings {
  MultivectorComparator comparator = MultivectorComparator::kMaxSim;

  friend bool operator==(const MultivectorSettings&, const MultivectorSettings&) = default;
};

/// A dense vector, or a multivector where `multivector` has a value.
struct VectorParams {
  /// 0 = not known yet: the first vector that is written decides (Chroma).
  std::uint32_t size = 0;
  Distance distance = Distance::kCosine;
  /// What differs from the collection's.
  std::optional<HnswSettings> hnsw = {};
  std::optional<Quantization> quantization = {};
  std::optional<bool> on_disk = {};
  std::optional<MemoryPlacement> memory = {};
  std::optional<Datatype> datatype = {};
  std::optional<MultivectorSettings> multivector = {};

  friend bool operator==(const VectorParams&, const VectorParams&) = default;
};

struct SparseIndexSettings {
  std::optional<std::uint64_t> full_scan_threshold = {};
  std::optional<bool> on_disk = {};
  std::optional<MemoryPlacement> memory = {};
  std::optional<Datatype> datatype = {};

  friend bool operator==(const SparseIndexSettings&, const SparseIndexSettings&) = default;
};
struct SparseVectorParams {
  std::optional<SparseIndexSettings> index = {};
  std::optional<SparseModifier> modifier = {};

  friend bool operator==(const SparseVectorParams&, const SparseVectorParams&) = default;
};

// The collection. -----------------------------------------------------------------------------

/// Where a part of the collection is kept.
struct PlacementSettings {
  std::optional<MemoryPlacement> memory = {};

  friend bool operator==(const PlacementSettings&, const PlacementSettings&) = default;
};

struct ShardSettings {
  std::optional<std::uint32_t> shard_number = {};
  std::optional<ShardingMethod> sharding_method = {};
  std::optional<std::uint32_t> replication_factor = {};
  std::optional<std::uint32_t> write_consistency_factor = {};
  std::optional<std::uint32_t> read_fan_out_factor = {};
  std::optional<std::uint64_t> read_fan_out_delay_ms = {};
  std::optional<bool> on_disk_payload = {};
  std::optional<PlacementSettings> payload = {};
  std::optional<PlacementSettings> id_tracker = {};

  friend bool operator==(const ShardSettings&, const ShardSettings&) = default;
};

struct MultivectorLimit {
  std::optional<std::uint64_t> max_vectors = {};

  friend bool operator==(const MultivectorLimit&, const MultivectorLimit&) = default;
};
struct SparseLimit {
  std::optional<std::uint64_t> max_length = {};

  friend bool operator==(const SparseLimit&, const SparseLimit&) = default;
};
/// What requests of the collection may cost.
struct StrictModeSettings {
  std::optional<bool> enabled = {};
  std::optional<std::uint64_t> max_query_limit = {};
  std::optional<std::uint64_t> max_timeout = {};  ///< Seconds.
  std::optional<bool> unindexed_filtering_retrieve = {};
  std::optional<bool> unindexed_filtering_update = {};
  std::optional<std::uint64_t> search_max_hnsw_ef = {};
  std::optional<bool> search_allow_exact = {};
  std::optional<double> search_max_oversampling = {};
  std::optional<std::uint64_t> upsert_max_batchsize = {};
  std::optional<std::uint64_t> search_max_batchsize = {};
  std::optional<std::uint64_t> max_collection_vector_size_bytes = {};
  std::optional<std::uint64_t> read_rate_limit = {};   ///< Per minute.
  std::optional<std::uint64_t> write_rate_limit = {};  ///< Per minute.
  std::optional<std::uint64_t> max_collection_payload_size_bytes = {};
  std::optional<std::uint64_t> max_points_count = {};
  std::optional<std::uint64_t> filter_max_conditions = {};
  std::optional<std::uint64_t> condition_max_size = {};
  std::optional<std::map<std::string, MultivectorLimit>> multivector_config = {};
  std::optional<std::map<std::string, SparseLimit>> sparse_config = {};
  std::optional<std::uint64_t> max_payload_index_count = {};
  std::optional<std::uint8_t> max_resident_memory_percent = {};

  friend bool operator==(const StrictModeSettings&, const StrictModeSettings&) = default;
};

}  // namespace alidade::model
