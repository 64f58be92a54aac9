#include "model/collection_config.h"

namespace alidade::model {
namespace {

using base::json::Value;

Value hnsw_to_json(const HnswConfig& hnsw) {
  Value json;
  json.set("m", std::uint64_t{hnsw.m});
  json.set("ef_construct", std::uint64_t{hnsw.ef_construct});
  json.set("ef_search", std::uint64_t{hnsw.ef_search});
  return json;
}

Result<std::uint64_t> number_at(const Value& json, std::string_view key) {
  const Value* value = json.find(key);
  if (value == nullptr || !value->is_int() || value->as_int() < 0) {
    return data_loss("collection configuration: no number '" + std::string(key) + "'");
  }
  return static_cast<std::uint64_t>(value->as_int());
}

Result<HnswConfig> hnsw_from_json(const Value& json) {
  HnswConfig hnsw;
  ALD_ASSIGN(const auto m, number_at(json, "m"));
  ALD_ASSIGN(const auto ef_construct, number_at(json, "ef_construct"));
  ALD_ASSIGN(const auto ef_search, number_at(json, "ef_search"));
  hnsw.m = static_cast<std::uint32_t>(m);
  hnsw.ef_construct = static_cast<std::uint32_t>(ef_construct);
  hnsw.ef_search = static_cast<std::uint32_t>(ef_search);
  return hnsw;
}

Result<VectorParams> vector_from_json(const Value& json) {
  VectorParams params;
  ALD_ASSIGN(const auto size, number_at(json, "size"));
  params.size = static_cast<std::uint32_t>(size);
  const Value* distance = json.find("distance");
  const auto parsed = distance != nullptr && distance->is_string()
                          ? distance_from_name(distance->as_string())
                          : std::nullopt;
  if (!parsed) return data_loss("collection configuration: no valid 'distance'");
  params.distance = *parsed;
  if (const Value* hnsw = json.find("hnsw"); hnsw != nullptr) {
    ALD_ASSIGN(params.hnsw, hnsw_from_json(*hnsw));
  }
  return params;
}

}  // namespace

Value CollectionConfig::to_json() const {
  Value json;
  Value names{base::json::Object{}};
  for (const auto& [name, params] : vectors) {
    Value vector;
    vector.set("size", std::uint64_t{params.size});
    vector.set("distance", distance_name(params.distance));
    if (params.hnsw) vector.set("hnsw", hnsw_to_json(*params.hnsw));
    names.set(name, std::move(vector));
  }
  json.set("vectors", std::move(names));
  json.set("hnsw", hnsw_to_json(hnsw));
  json.set("indexing_threshold_kb", indexing_threshold_kb);
  json.set("automatic_indexes", automatic_indexes);
  json.set("qdrant", qdrant_echo);
  json.set("chroma", chroma_echo);
  return json;
}

Result<CollectionConfig> CollectionConfig::from_json(const Value& json) {
  CollectionConfig config;
  const Value* names = json.find("vectors");
  const Value* hnsw = json.find("hnsw");
  const Value* automatic = json.find("automatic_indexes");
  if (names == nullptr || !names->is_object() || hnsw == nullptr || automatic == nullptr ||
      !automatic->is_bool()) {
    return data_loss("collection configuration: a part is missing");
  }
  for (const auto& [name, value] : names->as_object()) {
    ALD_ASSIGN(config.vectors[name], vector_from_json(value));
  }
  ALD_ASSIGN(config.hnsw, hnsw_from_json(*hnsw));
  ALD_ASSIGN(config.indexing_threshold_kb, number_at(json, "indexing_threshold_kb"));
  config.automatic_indexes = automatic->as_bool();
  if (const Value* echo = json.find("qdrant")) config.qdrant_echo = *echo;
  if (const Value* echo = json.find("chroma")) config.chroma_echo = *echo;
  return config;
}

}  // namespace alidade::model
