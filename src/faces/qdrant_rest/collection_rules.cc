#include "faces/qdrant_rest/collection_rules.h"

#include <iterator>

#include "faces/qdrant_rest/errors.h"

namespace alidade::faces::qdrant_rest {
namespace {

using enum FieldKind;
using base::json::Object;
using std::string_view;

constexpr string_view kMemory[] = {"cold", "cached", "pinned"};
constexpr string_view kDistances[] = {"Cosine", "Euclid", "Dot", "Manhattan"};
constexpr string_view kDatatypes[] = {"float32", "uint8", "float16", "turbo4"};
constexpr string_view kComparators[] = {"max_sim"};
constexpr string_view kModifiers[] = {"none", "idf"};
constexpr string_view kShardingMethods[] = {"auto", "custom"};
constexpr string_view kScalarTypes[] = {"int8"};
constexpr string_view kCompressions[] = {"x4", "x8", "x16", "x32", "x64"};
constexpr string_view kEncodings[] = {"one_bit", "two_bits", "one_and_half_bits"};
constexpr string_view kQueryEncodings[] = {"default", "binary", "scalar4bits", "scalar8bits"};
constexpr string_view kTurboBits[] = {"bits1", "bits1_5", "bits2", "bits4"};
constexpr string_view kTokenizers[] = {"prefix", "whitespace", "word", "multilingual"};
constexpr string_view kStopwordLanguageNames[] = {
    "arabic",   "azerbaijani", "basque",   "bengali",   "catalan",  "chinese",  "danish",   "dutch",
    "english",  "finnish",     "french",   "german",    "greek",    "hebrew",   "hinglish", "hungarian",
    "indonesian", "italian",   "japanese", "kazakh",    "nepali",   "norwegian", "portuguese",
    "romanian", "russian",     "slovene",  "spanish",   "swedish",  "tajik",    "turkish"};
constexpr string_view kStemmerLanguageNames[] = {
    "arabic",  "armenian", "danish",    "dutch",      "english",  "finnish", "french",
    "german",  "greek",    "hungarian", "italian",    "norwegian", "portuguese", "romanian",
    "russian", "spanish",  "swedish",   "tamil",      "turkish"};

constexpr FieldRule kMemoryField{.name = "memory", .kind = kVariant, .variants = kMemory};

// Collections. --------------------------------------------------------------------------------

constexpr FieldRule kHnswFields[] = {
    {.name = "m", .kind = kUsize},
    {.name = "ef_construct", .kind = kUsize, .smallest = 4},
    {.name = "full_scan_threshold", .kind = kUsize, .smallest = 10, .alias = "full_scan_threshold_kb"},
    {.name = "max_indexing_threads", .kind = kUsize},
    {.name = "on_disk", .kind = kBool},
    kMemoryField,
    {.name = "payload_m", .kind = kUsize},
    {.name = "inline_storage", .kind = kBool},
};
constexpr FieldRule kOptimizersFields[] = {
    {.name = "deleted_threshold", .kind = kFloat64, .smallest = 0, .largest = 1},
    {.name = "vacuum_min_vector_number", .kind = kUsize, .smallest = 100},
    {.name = "default_segment_number", .kind = kUsize},
    {.name = "max_segment_size", .kind = kUsize, .smallest = 1, .alias = "max_segment_size_kb"},
    {.name = "memmap_threshold", .kind = kUsize, .alias = "memmap_threshold_kb"},
    {.name = "indexing_threshold", .kind = kUsize, .alias = "indexing_threshold_kb"},
    {.name = "flush_interval_sec", .kind = kU64},
    {.name = "max_optimization_threads", .kind = kThreads},
    {.name = "prevent_unoptimized", .kind = kBool},
};
constexpr FieldRule kWalFields[] = {
    {.name = "wal_capacity_mb", .kind = kUsize, .smallest = 1},
    {.name = "wal_segments_ahead", .kind = kUsize},
    {.name = "wal_retain_closed", .kind = kUsize},
};
constexpr FieldRule kMultivectorLimitFields[] = {{.name = "max_vectors", .kind = kUsize, .smallest = 1}};
constexpr StructRule kMultivectorLimitRule{"StrictModeMultivector", kMultivectorLimitFields};
constexpr FieldRule kSparseLimitFields[] = {{.name = "max_length", .kind = kUsize, .smallest = 1}};
constexpr StructRule kSparseLimitRule{"StrictModeSparse", kSparseLimitFields};
constexpr FieldRule kStrictModeFields[] = {
    {.name = "enabled", .kind = kBool},
    {.name = "max_query_limit", .kind = kUsize, .smallest = 1},
    {.name = "max_timeout", .kind = kUsize, .smallest = 1},
    {.name = "unindexed_filtering_retrieve", .kind = kBool},
    {.name = "unindexed_filtering_update", .kind = kBool},
    {.name = "search_max_hnsw_ef", .kind = kUsize},
    {.name = "search_allow_exact", .kind = kBool},
    {.name = "search_max_oversampling", .kind = kFloat64},
    {.name = "upsert_max_batchsize", .kind = kUsize},
    {.name = "search_max_batchsize", .kind = kUsize},
    {.name = "max_collection_vector_size_bytes", .kind = kUsize},
    {.name = "read_rate_limit", .kind = kUsize, .smallest = 1},
    {.name = "write_rate_limit", .kind = kUsize, .smallest = 1},
    {.name = "max_collection_payload_size_bytes", .kind = kUsize},
    {.name = "max_points_count", .kind = kUsize, .smallest = 1},
    {.name = "filter_max_conditions", .kind = kUsize},
    {.name = "condition_max_size", .kind = kUsize},
    {.name = "multivector_config", .kind = kMap, .inner = &kMultivectorLimitRule},
    {.name = "sparse_config", .kind = kMap, .inner = &kSparseLimitRule},
    {.name = "max_payload_index_count", .kind = kUsize},
    {.name = "max_resident_memory_percent", .kind = kU8, .smallest = 1, .largest = 100},
};
constexpr FieldRule kPayloadStorageFields[] = {
    {.name = "memory",
     .kind = kVariant,
     .variants = kMemory,
     .refused_variant = "pinned",
     .refusal = "`pinned` memory placement is not supported for payload storage"},
};
constexpr StructRule kPayloadStorageRule{"PayloadStorageParams", kPayloadStorageFields};

// Vectors. ------------------------------------------------------------------------------------

constexpr FieldRule kVectorMemoryField{
    .name = "memory",
    .kind = kVariant,
    .variants = kMemory,
    .refused_variant = "pinned",
    .refusal = "`pinned` memory placement is not supported for dense vector storage"};
constexpr FieldRule kMultivectorFields[] = {
    {.name = "comparator", .kind = kVariant, .variants = kComparators, .required = true}};
constexpr StructRule kMultivectorRule{"MultiVectorConfig", kMultivectorFields};
constexpr FieldRule kVectorParamsFields[] = {
    {.name = "size", .kind = kU64, .smallest = 1, .largest = 65536, .required = true},
    {.name = "distance", .kind = kVariant, .variants = kDistances, .required = true},
    {.name = "hnsw_config", .kind = kStruct, .inner = &kHnswRule},
    {.name = "quantization_config", .kind = kQuantization, .alias = "quantization"},
    {.name = "on_disk", .kind = kBool},
    kVectorMemoryField,
    {.name = "datatype", .kind = kVariant, .variants = kDatatypes},
    {.name = "multivector_config", .kind = kStruct, .inner = &kMultivectorRule},
};
constexpr FieldRule kVectorParamsDiffFields[] = {
    {.name = "hnsw_config", .kind = kStruct, .inner = &kHnswRule},
    {.name = "quantization_config", .kind = kQuantizationDiff, .alias = "quantization"},
    {.name = "on_disk", .kind = kBool},
    kVectorMemoryField,
};
constexpr FieldRule kNewDenseVectorFields[] = {
    {.name = "size", .kind = kU64, .smallest = 1, .largest = 65536, .required = true},
    {.name = "distance", .kind = kVariant, .variants = kDistances, .required = true},
    {.name = "datatype", .kind = kVariant, .variants = kDatatypes},
    {.name = "multivector_config", .kind = kStruct, .inner = &kMultivectorRule},
};
constexpr FieldRule kNewSparseVectorFields[] = {
    {.name = "modifier", .kind = kVariant, .variants = kModifiers},
    {.name = "datatype", .kind = kVariant, .variants = kDatatypes},
};
constexpr FieldRule kSparseIndexFields[] = {
    {.name = "full_scan_threshold", .kind = kUsize},
    {.name = "on_disk", .kind = kBool},
    kMemoryField,
    {.name = "datatype",
     .kind = kVariant,
     .variants = kDatatypes,
     .refused_variant = "turbo4",
     .refusal = "sparse vectors do not support the `turbo4` datatype"},
};
constexpr StructRule kSparseIndexRule{"SparseIndexParams", kSparseIndexFields};
constexpr FieldRule kSparseVectorFields[] = {
    {.name = "index", .kind = kStruct, .inner = &kSparseIndexRule},
    {.name = "modifier", .kind = kVariant, .variants = kModifiers},
};

// Bodies. -------------------------------------------------------------------------------------

constexpr FieldRule kCreateFields[] = {
    {.name = "shard_number", .kind = kU32, .smallest = 1},
    {.name = "sharding_method", .kind = kVariant, .variants = kShardingMethods},
    {.name = "replication_factor", .kind = kU32, .smallest = 1},
    {.name = "write_consistency_factor", .kind = kU32, .smallest = 1},
    {.name = "on_disk_payload", .kind = kBool},
    {.name = "payload", .kind = kStruct, .inner = &kPayloadStorageRule},
    {.name = "hnsw_config", .kind = kStruct, .inner = &kHnswRule},
    {.name = "wal_config", .kind = kStruct, .inner = &kWalRule},
    {.name = "optimizers_config", .kind = kStruct, .inner = &kOptimizersRule},
    {.name = "quantization_config", .kind = kQuantization, .alias = "quantization"},
    {.name = "sparse_vectors", .kind = kNumberedMap, .inner = &kSparseVectorRule},
    {.name = "strict_mode_config", .kind = kStruct, .inner = &kStrictModeRule},
    {.name = "metadata", .kind = kObject},
};
constexpr FieldRule kParamsDiffFields[] = {
    {.name = "replication_factor", .kind = kNonZeroU32},
    {.name = "write_consistency_factor", .kind = kNonZeroU32},
    {.name = "read_fan_out_factor", .kind = kU32},
    {.name = "read_fan_out_delay_ms", .kind = kU64},
    {.name = "on_disk_payload", .kind = kBool},
    {.name = "payload", .kind = kStruct, .inner = &kPayloadStorageRule},
};
constexpr FieldRule kUpdateFields[] = {
    {.name = "vectors", .kind = kMap, .inner = &kVectorParamsDiffRule},
    {.name = "optimizers_config", .kind = kStruct, .inner = &kOptimizersRule},
    {.name = "params", .kind = kStruct, .inner = &kParamsDiffRule},
    {.name = "hnsw_config", .kind = kStruct, .inner = &kHnswRule},
    {.name = "quantization_config", .kind = kQuantizationDiff, .alias = "quantization"},
    {.name = "sparse_vectors", .kind = kNumberedMap, .inner = &kSparseVectorRule},
    {.name = "strict_mode_config", .kind = kStruct, .inner = &kStrictModeRule},
    {.name = "metadata", .kind = kObject},
};

// Quantization. -------------------------------------------------------------------------------

constexpr FieldRule kAlwaysRamField{.name = "always_ram", .kind = kBool};
constexpr FieldRule kScalarFields[] = {
    {.name = "type", .kind = kVariant, .variants = kScalarTypes, .required = true},
    {.name = "quantile", .kind = kFloat32, .smallest = 0.5, .largest = 1},
    kAlwaysRamField,
    kMemoryField,
};
constexpr FieldRule kProductFields[] = {
    {.name = "compression", .kind = kVariant, .variants = kCompressions, .required = true},
    kAlwaysRamField,
    kMemoryField,
};
constexpr FieldRule kBinaryFields[] = {
    kAlwaysRamField,
    kMemoryField,
    {.name = "encoding", .kind = kVariant, .variants = kEncodings},
    {.name = "query_encoding", .kind = kVariant, .variants = kQueryEncodings},
};
constexpr FieldRule kTurboFields[] = {
    kAlwaysRamField,
    kMemoryField,
    {.name = "bits", .kind = kVariant, .variants = kTurboBits},
};
struct Quantization {
  string_view name;
  StructRule rule;
};
// The order in which the peer tries them.
constexpr Quantization kQuantizations[] = {
    {"scalar", {"ScalarQuantizationConfig", kScalarFields}},
    {"product", {"ProductQuantizationConfig", kProductFields}},
    {"binary", {"BinaryQuantizationConfig", kBinaryFields}},
    {"turbo", {"TurboQuantQuantizationConfig", kTurboFields}},
};

std::optional<Value> quantization_of(const Value& value, const std::string& path, Rules& rules) {
  for (const Quantization& one : kQuantizations) {
    const Value* config = value.find(one.name);
    if (config == nullptr) continue;
    Rules own;
    auto read = read_struct(*config, one.rule, path + "." + std::string(one.name), own);
    if (!read.ok()) continue;
    rules.add(own);
    return Value(Object{{std::string(one.name), std::move(read).value()}});
  }
  return std::nullopt;
}

// Indexes. ------------------------------------------------------------------------------------

constexpr FieldRule kTypeField{.name = "type", .kind = kString, .required = true};
constexpr FieldRule kOnDiskField{.name = "on_disk", .kind = kBool};
constexpr FieldRule kEnableHnswField{.name = "enable_hnsw", .kind = kBool};
constexpr FieldRule kTenantField{.name = "is_tenant", .kind = kBool};
constexpr FieldRule kPrincipalField{.name = "is_principal", .kind = kBool};

constexpr FieldRule kKeywordFields[] = {kTypeField,   kTenantField,     kOnDiskField,
                                        kMemoryField, kEnableHnswField, {.name = "prefix", .kind = kBool}};
constexpr FieldRule kIntegerFields[] = {kTypeField,
                                        {.name = "lookup", .kind = kBool},
                                        {.name = "range", .kind = kBool},
                                        kPrincipalField,
                                        kOnDiskField,
                                        kMemoryField,
                                        kEnableHnswField};
constexpr FieldRule kRangeFields[] = {kTypeField, kPrincipalField, kOnDiskField, kMemoryField, kEnableHnswField};
constexpr FieldRule kPlainFields[] = {kTypeField, kOnDiskField, kMemoryField, kEnableHnswField};
constexpr FieldRule kUuidFields[] = {kTypeField, kTenantField, kOnDiskField, kMemoryField, kEnableHnswField};
constexpr FieldRule kTextFields[] = {
    kTypeField,
    {.name = "tokenizer", .kind = kVariant, .variants = kTokenizers},
    {.name = "min_token_len", .kind = kUsize},
    {.name = "max_token_len", .kind = kUsize},
    {.name = "lowercase", .kind = kBool},
    {.name = "ascii_folding", .kind = kBool},
    {.name = "phrase_matching", .kind = kBool},
    {.name = "stopwords", .kind = kStopwords},
    kOnDiskField,
    kMemoryField,
    {.name = "stemmer", .kind = kStemmer},
    kEnableHnswField,
};
struct IndexType {
  string_view name;
  StructRule rule;
};
constexpr IndexType kIndexTypes[] = {
    {"keyword", {"KeywordIndexParams", kKeywordFields}}, {"integer", {"IntegerIndexParams", kIntegerFields}},
    {"float", {"FloatIndexParams", kRangeFields}},       {"geo", {"GeoIndexParams", kPlainFields}},
    {"text", {"TextIndexParams", kTextFields}},          {"bool", {"BoolIndexParams", kPlainFields}},
    {"datetime", {"DatetimeIndexParams", kRangeFields}}, {"uuid", {"UuidIndexParams", kUuidFields}},
};

}  // namespace

const StructRule kHnswRule{"HnswConfigDiff", kHnswFields};
const StructRule kOptimizersRule{"OptimizersConfigDiff", kOptimizersFields};
const StructRule kWalRule{"WalConfigDiff", kWalFields};
const StructRule kStrictModeRule{"StrictModeConfig", kStrictModeFields};
const StructRule kVectorParamsRule{"VectorParams", kVectorParamsFields};
const StructRule kVectorParamsDiffRule{"VectorParamsDiff", kVectorParamsDiffFields};
const StructRule kNewDenseVectorRule{"DenseVectorConfig", kNewDenseVectorFields};
const StructRule kNewSparseVectorRule{"SparseVectorConfig", kNewSparseVectorFields};
const StructRule kSparseVectorRule{"SparseVectorParams", kSparseVectorFields};
const StructRule kParamsDiffRule{"CollectionParamsDiff", kParamsDiffFields};
const StructRule kCreateCollectionRule{"CreateCollection", kCreateFields};
const StructRule kUpdateCollectionRule{"UpdateCollection", kUpdateFields};

const std::span<const string_view> kStopwordLanguages(kStopwordLanguageNames);
const std::span<const string_view> kStemmerLanguages(kStemmerLanguageNames);

const StructRule* index_rule(string_view type) {
  for (const IndexType& one : kIndexTypes) {
    if (one.name == type) return &one.rule;
  }
  return nullptr;
}

Result<Value> read_quantization(const Value& value, const std::string& path, Rules& rules) {
  if (auto read = quantization_of(value, path, rules)) return *std::move(read);
  return no_variant("QuantizationConfig");
}

Result<Value> read_quantization_diff(const Value& value, const std::string& path, Rules& rules) {
  if (value == Value("Disabled")) return value;
  if (auto read = quantization_of(value, path, rules)) return *std::move(read);
  return no_variant("QuantizationConfigDiff");
}

Result<Value> read_vectors(const Value& value, Rules& rules) {
  // A size of 0 is a matter of form here: the peer's type excludes it.
  const auto is_zero = [](const Value& params) {
    const Value* size = params.find("size");
    return size != nullptr && *size == Value(0);
  };
  if (value.is_object() && !is_zero(value)) {
    Rules own;
    auto single = read_struct(value, kVectorParamsRule, "vectors", own);
    if (single.ok()) {
      rules.add(own);
      return single;
    }
  }
  if (!value.is_object()) return no_variant("VectorsConfig");
  Object out;
  for (const auto& [name, params] : value.as_object()) {
    auto read = read_struct(params, kVectorParamsRule, "vectors.?", rules);
    if (!read.ok() || is_zero(params)) return no_variant("VectorsConfig");
    out.emplace_back(name, std::move(read).value());
  }
  return Value(std::move(out));
}

std::string vector_name_problem(string_view name) {
  constexpr string_view kForbidden("<>:\"/\\|?*\0\x1f", 11);
  if (name.size() > 200) return "vector name must be at most 200 bytes long";
  const std::size_t found = name.find_first_of(kForbidden);
  if (found == string_view::npos) return "";
  return "vector name cannot contain \"" + std::string(1, name[found]) + "\" char";
}

}  // namespace alidade::faces::qdrant_rest
