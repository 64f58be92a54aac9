#include "faces/chroma_rest/vector_settings.h"

#include <algorithm>
#include <thread>

namespace alidade::faces::chroma_rest {

namespace json = base::json;

namespace {

// More than these only cost memory and time; what was asked for is still shown.
constexpr std::uint64_t kMaxNeighbors = 256;
constexpr std::uint64_t kMaxListSize = 10000;

std::uint64_t host_cores() { return std::thread::hardware_concurrency(); }

std::uint32_t capped(std::uint64_t value, std::uint64_t limit) {
  return static_cast<std::uint32_t>(std::min(value, limit));
}

std::uint64_t unsigned_member(const json::Value& object, std::string_view key, std::uint64_t other) {
  const json::Value* value = object.find(key);
  if (value && value->is_int() && value->as_int() >= 0) {
    return static_cast<std::uint64_t>(value->as_int());
  }
  return value && value->is_uint() ? value->as_uint() : other;
}

model::Distance distance_of(std::string_view space) {
  if (space == "cosine") return model::Distance::kCosine;
  return space == "ip" ? model::Distance::kDot : model::Distance::kEuclid;
}

std::string_view space_of(model::Distance distance) {
  switch (distance) {
    case model::Distance::kCosine: return "cosine";
    case model::Distance::kDot: return "ip";
    case model::Distance::kEuclid:
    case model::Distance::kManhattan: break;
  }
  return "l2";
}

std::optional<std::uint64_t> as_count(const json::Value& value) {
  if (!value.is_int() || value.as_int() < 0) return std::nullopt;
  return static_cast<std::uint64_t>(value.as_int());
}

/// @return false when the key is unknown or the value wrong.
bool apply_legacy(std::string_view name, const json::Value& value, VectorSettingsPatch& patch) {
  if (name == "space") {
    if (!value.is_string()) return false;
    patch.space = value.as_string();
    return *patch.space == "l2" || *patch.space == "cosine" || *patch.space == "ip";
  }
  if (name == "resize_factor") {
    if (!value.is_number()) return false;
    patch.resize_factor = value.as_double();
    return true;
  }
  std::optional<std::uint64_t>* target = name == "construction_ef"  ? &patch.ef_construction
                                         : name == "search_ef"      ? &patch.ef_search
                                         : name == "M"              ? &patch.max_neighbors
                                         : name == "num_threads"    ? &patch.num_threads
                                         : name == "sync_threshold" ? &patch.sync_threshold
                                         : name == "batch_size"     ? &patch.batch_size
                                                                    : nullptr;
  if (!target) return false;
  *target = as_count(value);
  const std::uint64_t least = name == "sync_threshold" || name == "batch_size" ? 2 : 0;
  return target->has_value() && **target >= least;
}

}  // namespace

void VectorSettings::apply(const VectorSettingsPatch& patch) {
  space = patch.space.value_or(space);
  ef_construction = patch.ef_construction.value_or(ef_construction);
  ef_search = patch.ef_search.value_or(ef_search);
  max_neighbors = patch.max_neighbors.value_or(max_neighbors);
  if (patch.num_threads) num_threads = patch.num_threads;
  batch_size = patch.batch_size.value_or(batch_size);
  sync_threshold = patch.sync_threshold.value_or(sync_threshold);
  resize_factor = patch.resize_factor.value_or(resize_factor);
  if (!patch.embedding_function.is_null()) embedding_function = patch.embedding_function;
}

bool VectorSettings::has_default_index() const {
  const VectorSettings other;
  return space == other.space && ef_construction == other.ef_construction &&
         ef_search == other.ef_search && max_neighbors == other.max_neighbors &&
         num_threads.value_or(host_cores()) == host_cores() && batch_size == other.batch_size &&
         sync_threshold == other.sync_threshold && resize_factor == other.resize_factor;
}

json::Value VectorSettings::to_configuration() const {
  json::Value hnsw(json::Object{});
  hnsw.set("space", space);
  hnsw.set("ef_construction", ef_construction);
  hnsw.set("ef_search", ef_search);
  hnsw.set("max_neighbors", max_neighbors);
  hnsw.set("resize_factor", resize_factor);
  hnsw.set("sync_threshold", sync_threshold);
  json::Value configuration(json::Object{});
  configuration.set("hnsw", std::move(hnsw));
  configuration.set("spann", nullptr);
  configuration.set("embedding_function", embedding_function);
  return configuration;
}

json::Value VectorSettings::to_index_config(SourceKey source_key) const {
  json::Value hnsw(json::Object{});
  hnsw.set("ef_construction", ef_construction);
  hnsw.set("max_neighbors", max_neighbors);
  hnsw.set("ef_search", ef_search);
  hnsw.set("num_threads", num_threads.value_or(host_cores()));
  hnsw.set("batch_size", batch_size);
  hnsw.set("sync_threshold", sync_threshold);
  hnsw.set("resize_factor", resize_factor);
  json::Value config(json::Object{});
  config.set("space", space);
  if (!embedding_function.is_null()) config.set("embedding_function", embedding_function);
  if (source_key == SourceKey::kShown) config.set("source_key", "#document");
  config.set("hnsw", std::move(hnsw));
  return config;
}

VectorSettings VectorSettings::from_index_config(const json::Value& config) {
  VectorSettings settings;
  const json::Value* space = config.find("space");
  if (space && space->is_string()) settings.space = space->as_string();
  if (const json::Value* function = config.find("embedding_function")) {
    settings.embedding_function = *function;
  }
  const json::Value* hnsw = config.find("hnsw");
  if (!hnsw) return settings;
  settings.ef_construction = unsigned_member(*hnsw, "ef_construction", settings.ef_construction);
  settings.ef_search = unsigned_member(*hnsw, "ef_search", settings.ef_search);
  settings.max_neighbors = unsigned_member(*hnsw, "max_neighbors", settings.max_neighbors);
  if (hnsw->find("num_threads")) {
    settings.num_threads = unsigned_member(*hnsw, "num_threads", host_cores());
  }
  settings.batch_size = unsigned_member(*hnsw, "batch_size", settings.batch_size);
  settings.sync_threshold = unsigned_member(*hnsw, "sync_threshold", settings.sync_threshold);
  const json::Value* factor = hnsw->find("resize_factor");
  if (factor && factor->is_number()) settings.resize_factor = factor->as_double();
  return settings;
}

VectorSettings VectorSettings::of_engine(const model::CollectionConfig& config) {
  VectorSettings settings;
  const auto found = config.vectors.find("");
  if (found == config.vectors.end()) return settings;
  const model::HnswConfig hnsw = config.graph_of(found->second);
  settings.space = space_of(found->second.distance);
  settings.ef_construction = hnsw.ef_construct;
  settings.ef_search = hnsw.ef_search != 0 ? hnsw.ef_search : hnsw.ef_construct;
  settings.max_neighbors = hnsw.m;
  return settings;
}

void VectorSettings::to_engine(model::CollectionConfig& config) const {
  model::VectorParams& vector = config.vectors[""];
  vector.distance = distance_of(space);
  config.hnsw.m = capped(max_neighbors, kMaxNeighbors);
  config.hnsw.ef_construct = capped(ef_construction, kMaxListSize);
  config.hnsw.ef_search = capped(ef_search, kMaxListSize);
}

bool is_default_function(const json::Value& function) {
  const json::Value* type = function.find("type");
  if (!type || type->as_string() == "unknown") return true;
  const json::Value* name = function.find("name");
  return type->as_string() == "known" && name && name->as_string() == "default";
}

Result<VectorSettingsPatch> legacy_settings(const json::Value& metadata) {
  constexpr std::string_view kPrefix = "hnsw:";
  VectorSettingsPatch patch;
  if (!metadata.is_object()) return patch;
  for (const auto& [key, value] : metadata.as_object()) {
    if (!key.starts_with(kPrefix)) continue;
    if (!apply_legacy(std::string_view(key).substr(kPrefix.size()), value, patch)) {
      return invalid_argument("Failed to parse hnsw parameters from segment metadata");
    }
  }
  return patch;
}

}  // namespace alidade::faces::chroma_rest
