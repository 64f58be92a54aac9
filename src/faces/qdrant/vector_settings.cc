#include "faces/qdrant/vector_settings.h"

#include "faces/qdrant/setting_words.h"

namespace alidade::faces::qdrant {
namespace {

using contract::boolean;
using contract::Case;
using contract::field;
using contract::Field;
using contract::Lists;
using contract::ObjectOf;
using contract::ref;
using contract::unsigned_integer;
using contract::Variant;
using model::CollectionConfig;
using model::HnswSettings;
using model::VectorParams;

constexpr auto kCount = unsigned_integer(contract::kUsize);

constexpr Field kHnswFields[] = {
    field<&HnswSettings::m>("m", 1, kCount),
    field<&HnswSettings::ef_construct>("ef_construct", 2, kCount.at_least(4)),
    field<&HnswSettings::full_scan_threshold>("full_scan_threshold", 3, kCount.at_least(10)).also("full_scan_threshold_kb"),
    field<&HnswSettings::max_indexing_threads>("max_indexing_threads", 4, kCount),
    field<&HnswSettings::on_disk>("on_disk", 5, boolean()),
    field<&HnswSettings::memory>("memory", 8, ref(kMemory)),
    field<&HnswSettings::payload_m>("payload_m", 6, kCount),
    field<&HnswSettings::inline_storage>("inline_storage", 7, boolean()),
};

constexpr auto kVectorMemory = ref(kMemory).but_not(
    model::MemoryPlacement::kPinned, "`pinned` memory placement is not supported for dense vector storage");

constexpr Field kMultivectorFields[] = {
    field<&model::MultivectorSettings::comparator>("comparator", 1, ref(kComparator)).required()};
constexpr ObjectOf<model::MultivectorSettings> kMultivector{
    {.name = "MultiVectorConfig", .message = "MultiVectorConfig", .fields = kMultivectorFields,
     .lists = Lists::kWrongLength}};

constexpr Field kVectorParamsFields[] = {
    // A size of 0 is a matter of form: the peer's type excludes it.
    field<&VectorParams::size>("size", 1,
                               unsigned_integer<std::uint32_t>(contract::kNonZeroU64).at_least(1).at_most(65536))
        .required(),
    field<&VectorParams::distance>("distance", 2, ref(kDistance)).required(),
    field<&VectorParams::hnsw>("hnsw_config", 3, ref(kHnsw)),
    field<&VectorParams::quantization>("quantization_config", 4, ref(kQuantization)).also("quantization"),
    field<&VectorParams::on_disk>("on_disk", 5, boolean()),
    field<&VectorParams::memory>("memory", 8, kVectorMemory),
    field<&VectorParams::datatype>("datatype", 6, ref(kDatatype)),
    field<&VectorParams::multivector>("multivector_config", 7, ref(kMultivector)),
};

constexpr Field kVectorChangeFields[] = {
    field<&VectorChange::hnsw>("hnsw_config", 1, ref(kHnsw)),
    field<&VectorChange::quantization>("quantization_config", 2, ref(kQuantizationDiff)).also("quantization"),
    field<&VectorChange::on_disk>("on_disk", 3, boolean()),
    field<&VectorChange::memory>("memory", 4, kVectorMemory),
};
constexpr ObjectOf<VectorChange> kVectorChange{
    {.name = "VectorParamsDiff", .message = "VectorParamsDiff", .fields = kVectorChangeFields,
     .lists = Lists::kWrongLength}};

constexpr Field kSparseIndexFields[] = {
    field<&model::SparseIndexSettings::full_scan_threshold>("full_scan_threshold", 1, kCount),
    field<&model::SparseIndexSettings::on_disk>("on_disk", 2, boolean()),
    field<&model::SparseIndexSettings::memory>("memory", 4, ref(kMemory)),
    field<&model::SparseIndexSettings::datatype>(
        "datatype", 3,
        ref(kDatatype).but_not(model::Datatype::kTurbo4, "sparse vectors do not support the `turbo4` datatype")),
};
constexpr ObjectOf<model::SparseIndexSettings> kSparseIndex{
    {.name = "SparseIndexParams", .message = "SparseIndexConfig", .fields = kSparseIndexFields,
     .lists = Lists::kWrongLength}};

constexpr Field kSparseVectorFields[] = {
    field<&model::SparseVectorParams::index>("index", 1, ref(kSparseIndex)),
    field<&model::SparseVectorParams::modifier>("modifier", 2, ref(kModifier)),
};
constexpr ObjectOf<model::SparseVectorParams> kSparseVectorSettings{
    {.name = "SparseVectorParams", .message = "SparseVectorParams", .fields = kSparseVectorFields,
     .lists = Lists::kWrongLength}};

// All vectors of a collection. ----------------------------------------------------------------

constexpr auto kVectorMap = contract::map_of(ref(kVectorParams), contract::MapPlace::kUnnamed, "VectorParamsMap");

void* make_single(void* any) {
  auto& config = *static_cast<CollectionConfig*>(any);
  config.vectors.clear();
  config.vectors_named = false;
  return &config.vectors[""];
}
const void* single_of(const void* any) {
  const auto& config = *static_cast<const CollectionConfig*>(any);
  if (config.vectors_named || config.vectors.size() != 1) return nullptr;
  const auto& [name, params] = *config.vectors.begin();
  return name.empty() ? &params : nullptr;
}
void* make_map(void* any) {
  auto& config = *static_cast<CollectionConfig*>(any);
  config.vectors.clear();
  config.vectors_named = true;
  return &config.vectors;
}
const void* map_in(const void* any) {
  return single_of(any) != nullptr ? nullptr : &static_cast<const CollectionConfig*>(any)->vectors;
}

constexpr Variant kVectorsVariants[] = {
    {.type = ref(kVectorParams), .make = &make_single, .get = &single_of},
    {.type = ref(kVectorMap), .make = &make_map, .get = &map_in},
};
constexpr Case kVectorsCases[] = {
    {.number = 1, .name = "params", .type = ref(kVectorParams), .make = &make_single, .get = &single_of},
    {.number = 2, .name = "params_map", .type = ref(kVectorMap), .make = &make_map, .get = &map_in},
};

void* same_changes(void* changes) { return changes; }
void* unnamed_change(void* changes) { return &(*static_cast<VectorChanges*>(changes))[""]; }
constexpr Variant kVectorChangesVariants[] = {{ref(kVectorChanges), &same_changes}};
constexpr Case kVectorChangesCases[] = {
    {1, "params", ref(kVectorChange), &unnamed_change},
    {2, "params_map", ref(kVectorChanges), &same_changes},
};

}  // namespace

constexpr ObjectOf<HnswSettings> kHnsw{
    {.name = "HnswConfigDiff", .message = "HnswConfigDiff", .fields = kHnswFields, .lists = Lists::kWrongLength}};
constexpr ObjectOf<VectorParams> kVectorParams{
    {.name = "VectorParams", .message = "VectorParams", .fields = kVectorParamsFields, .lists = Lists::kWrongLength}};
constexpr contract::UnionOf<CollectionConfig> kVectors{
    {.name = "VectorsConfig", .variants = kVectorsVariants, .message = "VectorsConfig", .cases = kVectorsCases,
     .unset = [](void* any) { make_map(any); }}};
constexpr contract::MapOf<VectorChanges> kVectorChanges =
    contract::map_of(ref(kVectorChange), contract::MapPlace::kUnnamed, "VectorParamsDiffMap");
constexpr contract::UnionOf<VectorChanges> kVectorChangesMessage{
    {.name = "VectorsConfigDiff", .variants = kVectorChangesVariants, .message = "VectorsConfigDiff",
     .cases = kVectorChangesCases, .unset = [](void*) {}}};
constexpr contract::MapOf<std::map<std::string, model::SparseVectorParams>> kSparseVectors =
    contract::map_of(ref(kSparseVectorSettings), contract::MapPlace::kNumbered, "SparseVectorConfig");

}  // namespace alidade::faces::qdrant
