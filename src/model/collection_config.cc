#include "model/collection_config.h"

#include <algorithm>

#include "model/settings_json.h"

namespace alidade::model {
namespace {

using base::json::Value;

std::uint32_t clamped(std::uint64_t number) {
  return static_cast<std::uint32_t>(std::min<std::uint64_t>(number, UINT32_MAX));
}

Status missing_part() { return data_loss("collection configuration: a part is missing"); }

/// Reads a member where there is one.
template <typename T>
Status read_part(const Value& json, std::string_view name, T& out) {
  const Value* part = json.find(name);
  return part == nullptr || part->is_null() ? Status::ok_status() : from_json(*part, out);
}
template <typename T>
Status read_part(const Value& json, std::string_view name, std::optional<T>& out) {
  const Value* part = json.find(name);
  return part == nullptr || part->is_null() ? Status::ok_status() : from_json(*part, out.emplace());
}

// The form of versions up to 0.1: what the engine used, and `config` as Qdrant's dialect showed it. ------------

/// {"size", "distance", …} stands for the unnamed vector; a map of vectors has objects as members.
Status read_shown_vectors(const Value& shown, CollectionConfig& config) {
  const Value* size = shown.find("size");
  config.vectors.clear();
  config.vectors_named = size == nullptr || size->is_object();
  return config.vectors_named ? from_json(shown, config.vectors) : from_json(shown, config.vectors[""]);
}

Status read_shown(const Value& shown, CollectionConfig& config) {
  const Value* params = shown.find("params");
  const Value* vectors = params == nullptr ? nullptr : params->find("vectors");
  if (vectors == nullptr) return missing_part();
  ALD_RETURN_IF_ERROR(read_shown_vectors(*vectors, config));
  ALD_RETURN_IF_ERROR(read_part(*params, "sparse_vectors", config.sparse_vectors));
  ALD_RETURN_IF_ERROR(from_json(*params, config.shards));
  config.hnsw = {};
  ALD_RETURN_IF_ERROR(read_part(shown, "hnsw_config", config.hnsw));
  ALD_RETURN_IF_ERROR(read_part(shown, "optimizer_config", config.optimizers));
  ALD_RETURN_IF_ERROR(read_part(shown, "wal_config", config.wal));
  ALD_RETURN_IF_ERROR(read_part(shown, "quantization_config", config.quantization));
  ALD_RETURN_IF_ERROR(read_part(shown, "strict_mode_config", config.strict_mode));
  if (const Value* metadata = shown.find("metadata")) config.metadata = *metadata;
  return Status::ok_status();
}

Status read_version_1(const Value& json, CollectionConfig& config) {
  for (auto& [name, vector] : json.find("vectors")->as_object()) {
    VectorParams& params = config.vectors[name];
    if (vector.find("size") == nullptr || vector.find("distance") == nullptr) return missing_part();
    ALD_RETURN_IF_ERROR(from_json(vector, params));
    ALD_RETURN_IF_ERROR(read_part(vector, "hnsw", params.hnsw));
  }
  config.vectors_named = config.vectors.size() != 1 || !config.vectors.contains("");
  config.optimizers.indexing_threshold.emplace();
  const Value* threshold = json.find("indexing_threshold_kb");
  if (!threshold->is_int() || threshold->as_int() < 0) return missing_part();
  config.optimizers.indexing_threshold = static_cast<std::uint64_t>(threshold->as_int());
  const Value* shown = json.find("qdrant");
  return shown != nullptr && shown->is_object() ? read_shown(*shown, config) : Status::ok_status();
}

}  // namespace

HnswConfig CollectionConfig::graph_of(const VectorParams& vector) const {
  const HnswSettings own = vector.hnsw.value_or(HnswSettings{});
  const auto pick = [](const std::optional<std::uint64_t>& first, const std::optional<std::uint64_t>& second,
                       std::uint32_t otherwise) { return first ? clamped(*first) : clamped(second.value_or(otherwise)); };
  const HnswConfig defaults;
  return {.m = pick(own.m, hnsw.m, defaults.m),
          .ef_construct = pick(own.ef_construct, hnsw.ef_construct, defaults.ef_construct),
          .ef_search = pick(own.ef_search, hnsw.ef_search, defaults.ef_search)};
}

std::size_t vector_count(const CollectionConfig& config) {
  return config.vectors.size() + (config.sparse_vectors ? config.sparse_vectors->size() : 0);
}

Value CollectionConfig::to_json() const {
  Value json;
  json.set("vectors", model::to_json(vectors));
  json.set("vectors_named", vectors_named);
  if (sparse_vectors) json.set("sparse_vectors", model::to_json(*sparse_vectors));
  json.set("hnsw", model::to_json(hnsw));
  json.set("optimizers", model::to_json(optimizers));
  json.set("wal", model::to_json(wal));
  if (quantization) json.set("quantization", model::to_json(*quantization));
  json.set("shards", model::to_json(shards));
  if (strict_mode) json.set("strict_mode", model::to_json(*strict_mode));
  if (!metadata.is_null()) json.set("metadata", metadata);
  json.set("automatic_indexes", automatic_indexes);
  json.set("chroma", chroma_echo);
  return json;
}

Result<CollectionConfig> CollectionConfig::from_json(const Value& json) {
  CollectionConfig config;
  const Value* names = json.find("vectors");
  const Value* automatic = json.find("automatic_indexes");
  if (names == nullptr || !names->is_object() || json.find("hnsw") == nullptr || automatic == nullptr ||
      !automatic->is_bool()) {
    return missing_part();
  }
  config.automatic_indexes = automatic->as_bool();
  if (const Value* echo = json.find("chroma")) config.chroma_echo = *echo;
  ALD_RETURN_IF_ERROR(read_part(json, "hnsw", config.hnsw));
  if (json.find("indexing_threshold_kb") != nullptr) {
    ALD_RETURN_IF_ERROR(read_version_1(json, config));
    return config;
  }
  const Value* named = json.find("vectors_named");
  if (named == nullptr || !named->is_bool()) return missing_part();
  config.vectors_named = named->as_bool();
  ALD_RETURN_IF_ERROR(read_part(json, "vectors", config.vectors));
  ALD_RETURN_IF_ERROR(read_part(json, "sparse_vectors", config.sparse_vectors));
  ALD_RETURN_IF_ERROR(read_part(json, "optimizers", config.optimizers));
  ALD_RETURN_IF_ERROR(read_part(json, "wal", config.wal));
  ALD_RETURN_IF_ERROR(read_part(json, "quantization", config.quantization));
  ALD_RETURN_IF_ERROR(read_part(json, "shards", config.shards));
  ALD_RETURN_IF_ERROR(read_part(json, "strict_mode", config.strict_mode));
  if (const Value* metadata = json.find("metadata")) config.metadata = *metadata;
  return config;
}

}  // namespace alidade::model
