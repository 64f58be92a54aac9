#include "faces/qdrant/collection_settings.h"

#include "faces/contract/read_proto.h"
#include "faces/contract/write_proto.h"
#include "faces/qdrant/setting_words.h"

namespace alidade::faces::qdrant {
namespace {

using contract::boolean;
using contract::field;
using contract::field_in;
using contract::Field;
using contract::json_object;
using contract::Json;
using contract::Lists;
using contract::ObjectOf;
using contract::Place;
using contract::Proto;
using contract::ProtoOut;
using contract::ProtoReading;
using contract::Reading;
using contract::ref;
using contract::unsigned_integer;
using model::CollectionConfig;
using model::OptimizerSettings;
using model::ShardSettings;
using model::StrictModeSettings;
using model::ThreadCount;

constexpr auto kCountOf = unsigned_integer(contract::kUsize);

// Threads: a number, or "auto", which is shown as null. -------------------------------------------

constexpr int kThreadsValue = 1, kThreadsSetting = 2;

Status read_threads(const Json& value, Reading& reading, const Place&, void* out) {
  auto& threads = *static_cast<ThreadCount*>(out);
  threads.count = value.unsigned_integer();
  const bool is_auto = value.is_string() && value.as_string() == "auto";
  return threads.count || is_auto ? Status::ok_status() : reading.no_variant("MaxOptimizationThreads");
}
Status read_threads(const Proto& value, const ProtoReading& reading, void* out) {
  auto& threads = *static_cast<ThreadCount*>(out);
  threads.count.reset();
  if (value.has(kThreadsValue)) {
    threads.count = value.unsigned_integer(kThreadsValue);
    return Status::ok_status();
  }
  if (!value.has(kThreadsSetting)) return reading.malformed("Malformed MaxOptimizationThreads");
  const int setting = value.enumeration(kThreadsSetting);
  if (setting == 0) return Status::ok_status();
  return reading.malformed("Invalid MaxOptimizationThreads setting: unknown enumeration value " +
                           std::to_string(setting));
}
void write_threads(const void* value, base::json::Writer& writer) {
  const auto& threads = *static_cast<const ThreadCount*>(value);
  if (threads.count) return writer.unsigned_integer(*threads.count);
  writer.null();
}
void write_threads(const void* value, ProtoOut& out) {
  const auto& threads = *static_cast<const ThreadCount*>(value);
  if (threads.count) return out.set_unsigned(kThreadsValue, *threads.count);
  out.set_enumeration(kThreadsSetting, 0);
}
constexpr contract::CustomOf<ThreadCount> kThreads{{.schema = "MaxOptimizationThreads", .read = &read_threads,
                                                    .read_proto = &read_threads, .write = &write_threads,
                                                    .write_proto = &write_threads}};

// The message had a plain number before it could say "auto".
void* make_old_threads(void* settings) {
  return &static_cast<OptimizerSettings*>(settings)->max_optimization_threads.emplace().count.emplace();
}
const void* old_threads(const void* settings) {
  const auto& threads = static_cast<const OptimizerSettings*>(settings)->max_optimization_threads;
  return threads && threads->count ? &*threads->count : nullptr;
}

// Parts. --------------------------------------------------------------------------------------

constexpr Field kOptimizersFields[] = {
    field<&OptimizerSettings::deleted_threshold>("deleted_threshold", 1, contract::f64().at_least(0).at_most(1)),
    field<&OptimizerSettings::vacuum_min_vector_number>("vacuum_min_vector_number", 2, kCountOf.at_least(100)),
    field<&OptimizerSettings::default_segment_number>("default_segment_number", 3, kCountOf),
    field<&OptimizerSettings::max_segment_size>("max_segment_size", 4, kCountOf.at_least(1))
        .also("max_segment_size_kb").shown_as_null(),
    field<&OptimizerSettings::memmap_threshold>("memmap_threshold", 5, kCountOf).also("memmap_threshold_kb").shown_as_null(),
    field<&OptimizerSettings::indexing_threshold>("indexing_threshold", 6, kCountOf).also("indexing_threshold_kb"),
    field<&OptimizerSettings::flush_interval_sec>("flush_interval_sec", 7, unsigned_integer(contract::kU64)),
    {.name = "", .number = 8, .type = kCountOf, .make = &make_old_threads, .get = &old_threads,
     .wire_name = "deprecated_max_optimization_threads"},
    field<&OptimizerSettings::max_optimization_threads>("max_optimization_threads", 9, ref(kThreads)).shown_as_null(),
    field<&OptimizerSettings::prevent_unoptimized>("prevent_unoptimized", 10, boolean()).shown_as_null(),
};
constexpr ObjectOf<OptimizerSettings> kOptimizers{{.name = "OptimizersConfigDiff", .message = "OptimizersConfigDiff",
                                                   .fields = kOptimizersFields, .lists = Lists::kWrongLength}};

constexpr Field kWalFields[] = {
    field<&model::WalSettings::wal_capacity_mb>("wal_capacity_mb", 1, kCountOf.at_least(1)),
    field<&model::WalSettings::wal_segments_ahead>("wal_segments_ahead", 2, kCountOf),
    field<&model::WalSettings::wal_retain_closed>("wal_retain_closed", 3, kCountOf),
};
constexpr ObjectOf<model::WalSettings> kWal{
    {.name = "WalConfigDiff", .message = "WalConfigDiff", .fields = kWalFields, .lists = Lists::kWrongLength}};

constexpr Field kMultivectorLimitFields[] = {
    field<&model::MultivectorLimit::max_vectors>("max_vectors", 1, kCountOf.at_least(1))};
constexpr ObjectOf<model::MultivectorLimit> kMultivectorLimit{
    {.name = "StrictModeMultivector", .message = "StrictModeMultivector", .fields = kMultivectorLimitFields,
     .lists = Lists::kWrongLength}};
constexpr Field kSparseLimitFields[] = {
    field<&model::SparseLimit::max_length>("max_length", 10, kCountOf.at_least(1))};
constexpr ObjectOf<model::SparseLimit> kSparseLimit{
    {.name = "StrictModeSparse", .message = "StrictModeSparse", .fields = kSparseLimitFields,
     .lists = Lists::kWrongLength}};
constexpr auto kMultivectorLimits =
    contract::map_of(ref(kMultivectorLimit), contract::MapPlace::kUnnamed, "StrictModeMultivectorConfig");
constexpr auto kSparseLimits =
    contract::map_of(ref(kSparseLimit), contract::MapPlace::kUnnamed, "StrictModeSparseConfig");

constexpr Field kStrictModeFields[] = {
    field<&StrictModeSettings::enabled>("enabled", 1, boolean()),
    field<&StrictModeSettings::max_query_limit>("max_query_limit", 2, kCountOf.at_least(1)),
    field<&StrictModeSettings::max_timeout>("max_timeout", 3, kCountOf.at_least(1)),
    field<&StrictModeSettings::unindexed_filtering_retrieve>("unindexed_filtering_retrieve", 4, boolean()),
    field<&StrictModeSettings::unindexed_filtering_update>("unindexed_filtering_update", 5, boolean()),
    field<&StrictModeSettings::search_max_hnsw_ef>("search_max_hnsw_ef", 6, kCountOf),
    field<&StrictModeSettings::search_allow_exact>("search_allow_exact", 7, boolean()),
    field<&StrictModeSettings::search_max_oversampling>("search_max_oversampling", 8, contract::f64()),
    field<&StrictModeSettings::upsert_max_batchsize>("upsert_max_batchsize", 9, kCountOf),
    field<&StrictModeSettings::search_max_batchsize>("search_max_batchsize", 20, kCountOf),
    field<&StrictModeSettings::max_collection_vector_size_bytes>("max_collection_vector_size_bytes", 10, kCountOf),
    field<&StrictModeSettings::read_rate_limit>("read_rate_limit", 11, kCountOf.at_least(1)),
    field<&StrictModeSettings::write_rate_limit>("write_rate_limit", 12, kCountOf.at_least(1)),
    field<&StrictModeSettings::max_collection_payload_size_bytes>("max_collection_payload_size_bytes", 13, kCountOf),
    field<&StrictModeSettings::max_points_count>("max_points_count", 18, kCountOf.at_least(1)),
    field<&StrictModeSettings::filter_max_conditions>("filter_max_conditions", 14, kCountOf),
    field<&StrictModeSettings::condition_max_size>("condition_max_size", 15, kCountOf),
    field<&StrictModeSettings::multivector_config>("multivector_config", 16, ref(kMultivectorLimits)),
    field<&StrictModeSettings::sparse_config>("sparse_config", 17, ref(kSparseLimits)),
    field<&StrictModeSettings::max_payload_index_count>("max_payload_index_count", 19, kCountOf),
    field<&StrictModeSettings::max_resident_memory_percent>(
        "max_resident_memory_percent", 21, unsigned_integer<std::uint8_t>(contract::kU8).at_least(1).at_most(100)),
};
constexpr ObjectOf<StrictModeSettings> kStrictMode{{.name = "StrictModeConfig", .message = "StrictModeConfig",
                                                    .fields = kStrictModeFields, .lists = Lists::kWrongLength}};

constexpr Field kPayloadStorageFields[] = {field<&model::PlacementSettings::memory>(
    "memory", 1,
    ref(kMemory).but_not(model::MemoryPlacement::kPinned,
                         "`pinned` memory placement is not supported for payload storage"))};
constexpr ObjectOf<model::PlacementSettings> kPayloadStorage{
    {.name = "PayloadStorageParams", .message = "PayloadStorageParams", .fields = kPayloadStorageFields,
     .lists = Lists::kWrongLength}};
constexpr Field kIdTrackerFields[] = {field<&model::PlacementSettings::memory>("memory", 1, ref(kMemory))};
constexpr ObjectOf<model::PlacementSettings> kIdTracker{
    {.name = "IdTrackerParams", .message = "IdTrackerParams", .fields = kIdTrackerFields,
     .lists = Lists::kWrongLength}};

// Bodies. -------------------------------------------------------------------------------------

constexpr auto kFactor = unsigned_integer<std::uint32_t>(contract::kU32);
constexpr auto kPositive = unsigned_integer<std::uint32_t>(contract::kU32).at_least(1);
constexpr auto kNonZero = unsigned_integer<std::uint32_t>(contract::kNonZeroU32).at_least(1);

template <auto P>
constexpr Field shard_field(std::string_view name, int number,
                            contract::Of<typename contract::detail::Held<contract::detail::MemberOf<P>>::Type> type) {
  return field_in<&CollectionConfig::shards, P>(name, number, type);
}

const void* metadata_of(const void* config) {
  const auto& metadata = static_cast<const CollectionConfig*>(config)->metadata;
  return metadata.is_null() ? nullptr : &metadata;
}
constexpr Field metadata_field(int number) {
  return {.name = "metadata", .number = number, .type = json_object(),
          .make = &contract::make_member<&CollectionConfig::metadata>, .get = &metadata_of, .is_nullable = true};
}

constexpr int kCreateBesides[] = {1, 9};  // collection_name, timeout.
constexpr Field kCreateFields[] = {
    contract::whole("vectors", 10, ref(kVectors)).on_wire("vectors_config"),
    shard_field<&ShardSettings::shard_number>("shard_number", 7, kPositive),
    shard_field<&ShardSettings::sharding_method>("sharding_method", 15, ref(kSharding)),
    shard_field<&ShardSettings::replication_factor>("replication_factor", 11, kPositive),
    shard_field<&ShardSettings::write_consistency_factor>("write_consistency_factor", 12, kPositive),
    shard_field<&ShardSettings::on_disk_payload>("on_disk_payload", 8, boolean()),
    shard_field<&ShardSettings::payload>("payload", 19, ref(kPayloadStorage)),
    shard_field<&ShardSettings::id_tracker>("id_tracker", 20, ref(kIdTracker)),
    field<&CollectionConfig::hnsw>("hnsw_config", 4, ref(kHnsw)).nullable(),
    field<&CollectionConfig::wal>("wal_config", 5, ref(kWal)).nullable(),
    field<&CollectionConfig::optimizers>("optimizers_config", 6, ref(kOptimizers)).nullable(),
    field<&CollectionConfig::quantization>("quantization_config", 14, ref(kQuantization)).also("quantization"),
    field<&CollectionConfig::sparse_vectors>("sparse_vectors", 16, ref(kSparseVectors)).on_wire("sparse_vectors_config"),
    field<&CollectionConfig::strict_mode>("strict_mode_config", 17, ref(kStrictMode)),
    metadata_field(18),
};

constexpr Field kParamsDiffFields[] = {
    field<&ShardSettings::replication_factor>("replication_factor", 1, kNonZero),
    field<&ShardSettings::write_consistency_factor>("write_consistency_factor", 2, kNonZero),
    field<&ShardSettings::read_fan_out_factor>("read_fan_out_factor", 4, kFactor),
    field<&ShardSettings::read_fan_out_delay_ms>("read_fan_out_delay_ms", 5, unsigned_integer(contract::kU64)),
    field<&ShardSettings::on_disk_payload>("on_disk_payload", 3, boolean()),
    field<&ShardSettings::payload>("payload", 6, ref(kPayloadStorage)),
    field<&ShardSettings::id_tracker>("id_tracker", 7, ref(kIdTracker)),
};
constexpr ObjectOf<ShardSettings> kParamsDiff{{.name = "CollectionParamsDiff", .message = "CollectionParamsDiff",
                                               .fields = kParamsDiffFields, .lists = Lists::kWrongLength}};

constexpr int kUpdateBesides[] = {1, 3};  // collection_name, timeout.
constexpr Field kUpdateFields[] = {
    field<&CollectionUpdate::vectors>("vectors", 0, ref(kVectorChanges)),
    field<&CollectionUpdate::vectors>("", 6, ref(kVectorChangesMessage)).on_wire("vectors_config"),
    field<&CollectionUpdate::optimizers>("optimizers_config", 2, ref(kOptimizers)).nullable(),
    field<&CollectionUpdate::shards>("params", 4, ref(kParamsDiff)).nullable(),
    field<&CollectionUpdate::hnsw>("hnsw_config", 5, ref(kHnsw)).nullable(),
    field<&CollectionUpdate::quantization>("quantization_config", 7, ref(kQuantizationDiff)).also("quantization"),
    field<&CollectionUpdate::sparse_vectors>("sparse_vectors", 8, ref(kSparseVectors)).on_wire("sparse_vectors_config"),
    field<&CollectionUpdate::strict_mode>("strict_mode_config", 9, ref(kStrictMode)),
    field<&CollectionUpdate::metadata>("metadata", 10, json_object()).nullable(),
};

// Answers. ------------------------------------------------------------------------------------

constexpr Field kParamsFields[] = {
    contract::whole("vectors", 5, ref(kVectors)).on_wire("vectors_config"),
    shard_field<&ShardSettings::shard_number>("shard_number", 3, kFactor),
    shard_field<&ShardSettings::sharding_method>("sharding_method", 9, ref(kSharding)),
    shard_field<&ShardSettings::replication_factor>("replication_factor", 6, kFactor),
    shard_field<&ShardSettings::write_consistency_factor>("write_consistency_factor", 7, kFactor),
    shard_field<&ShardSettings::read_fan_out_factor>("read_fan_out_factor", 8, kFactor),
    shard_field<&ShardSettings::read_fan_out_delay_ms>("read_fan_out_delay_ms", 11, unsigned_integer(contract::kU64)),
    shard_field<&ShardSettings::on_disk_payload>("on_disk_payload", 4, boolean()),
    shard_field<&ShardSettings::payload>("payload", 12, ref(kPayloadStorage)),
    shard_field<&ShardSettings::id_tracker>("id_tracker", 13, ref(kIdTracker)),
    field<&CollectionConfig::sparse_vectors>("sparse_vectors", 10, ref(kSparseVectors)).on_wire("sparse_vectors_config"),
};

constexpr Field kConfigFields[] = {
    contract::whole("params", 1, ref(kCollectionParams)),
    field<&CollectionConfig::hnsw>("hnsw_config", 2, ref(kHnsw)),
    field<&CollectionConfig::optimizers>("optimizer_config", 3, ref(kOptimizers)),
    field<&CollectionConfig::wal>("wal_config", 4, ref(kWal)),
    field<&CollectionConfig::quantization>("quantization_config", 5, ref(kQuantization)).shown_as_null(),
    field<&CollectionConfig::strict_mode>("strict_mode_config", 6, ref(kStrictMode)),
    metadata_field(7),
};

}  // namespace

constexpr ObjectOf<CollectionConfig> kCreateCollection{
    {.name = "CreateCollection", .message = "CreateCollection", .fields = kCreateFields, .lists = Lists::kWrongLength,
     .besides = kCreateBesides}};
constexpr ObjectOf<CollectionUpdate> kUpdateCollection{
    {.name = "UpdateCollection", .message = "UpdateCollection", .fields = kUpdateFields, .lists = Lists::kWrongLength,
     .besides = kUpdateBesides}};
constexpr ObjectOf<CollectionConfig> kCollectionParams{
    {.name = "CollectionParams", .message = "CollectionParams", .fields = kParamsFields}};
constexpr ObjectOf<CollectionConfig> kCollectionConfig{
    {.name = "CollectionConfig", .message = "CollectionConfig", .fields = kConfigFields}};

}  // namespace alidade::faces::qdrant
