#include "faces/qdrant_rest/collection_settings.h"

#include <algorithm>
#include <string_view>
#include <unordered_set>
#include <utility>

#include "base/json_strict.h"
#include "faces/qdrant_rest/collection_rules.h"
#include "faces/qdrant_rest/errors.h"

namespace alidade::faces::qdrant_rest {
namespace {

using base::json::Object;
using model::CollectionConfig;

// The peer's built-in defaults, in its order.
Value default_hnsw() {
  return Value(Object{{"m", Value(16)},
                      {"ef_construct", Value(100)},
                      {"full_scan_threshold", Value(10000)},
                      {"max_indexing_threads", Value(0)},
                      {"on_disk", Value(false)}});
}
Value default_optimizers() {
  return Value(Object{{"deleted_threshold", Value(0.2)},
                      {"vacuum_min_vector_number", Value(1000)},
                      {"default_segment_number", Value(0)},
                      {"max_segment_size", Value()},
                      {"memmap_threshold", Value()},
                      {"indexing_threshold", Value(10000)},
                      {"flush_interval_sec", Value(5)},
                      {"max_optimization_threads", Value()},
                      {"prevent_unoptimized", Value()}});
}
Value default_wal() {
  return Value(Object{{"wal_capacity_mb", Value(32)}, {"wal_segments_ahead", Value(0)}, {"wal_retain_closed", Value(1)}});
}

Value member_or(const Value& object, std::string_view name, Value otherwise) {
  const Value* found = object.find(name);
  return found != nullptr ? *found : std::move(otherwise);
}

void copy_member(const Value& from, std::string_view name, Value& to) {
  if (const Value* found = from.find(name)) to.set(name, *found);
}

/// Defaults with the members of `changes` over them.
Value with_changes(Value defaults, const Value& body, std::string_view name, const StructRule& rule) {
  if (const Value* changes = body.find(name)) merge_struct(defaults, *changes, rule);
  return defaults;
}

Value params_of(const Value& body, Value vectors) {
  Value params;
  params.set("vectors", std::move(vectors));
  params.set("shard_number", member_or(body, "shard_number", Value(1)));
  copy_member(body, "sharding_method", params);
  params.set("replication_factor", member_or(body, "replication_factor", Value(1)));
  params.set("write_consistency_factor", member_or(body, "write_consistency_factor", Value(1)));
  params.set("on_disk_payload", member_or(body, "on_disk_payload", Value(true)));
  copy_member(body, "payload", params);
  copy_member(body, "sparse_vectors", params);
  return params;
}

Value settings_of(const Value& body, Value vectors) {
  Value settings;
  settings.set("params", params_of(body, std::move(vectors)));
  settings.set("hnsw_config", with_changes(default_hnsw(), body, "hnsw_config", kHnswRule));
  settings.set("optimizer_config", with_changes(default_optimizers(), body, "optimizers_config", kOptimizersRule));
  settings.set("wal_config", with_changes(default_wal(), body, "wal_config", kWalRule));
  settings.set("quantization_config", member_or(body, "quantization_config", Value()));
  copy_member(body, "strict_mode_config", settings);
  copy_member(body, "metadata", settings);
  return settings;
}

// Vectors. ------------------------------------------------------------------------------------

/// {"size", "distance", …} stands for the unnamed vector; a map of vectors has objects as members.
bool is_single(const Value& vectors) {
  const Value* size = vectors.find("size");
  return size != nullptr && !size->is_object();
}

/// Calls `visit(name, params)` for each dense vector.
template <typename Vectors, typename Visit>
void for_each_vector(Vectors& vectors, Visit visit) {
  if (is_single(vectors)) {
    visit(std::string(), vectors);
    return;
  }
  for (auto& [name, params] : vectors.as_object()) visit(name, params);
}

std::uint64_t number_at(const Value& object, std::string_view name, std::uint64_t otherwise) {
  const Value* found = object.find(name);
  if (found == nullptr || !found->is_integer()) return otherwise;
  return found->is_uint() ? found->as_uint() : static_cast<std::uint64_t>(found->as_int());
}

std::uint32_t clamped(std::uint64_t number) {
  return static_cast<std::uint32_t>(std::min<std::uint64_t>(number, UINT32_MAX));
}

model::HnswConfig hnsw_of(const Value& json, const model::HnswConfig& otherwise) {
  model::HnswConfig hnsw = otherwise;
  hnsw.m = clamped(number_at(json, "m", otherwise.m));
  hnsw.ef_construct = clamped(number_at(json, "ef_construct", otherwise.ef_construct));
  return hnsw;
}

/// What the engine uses of the settings. Multivectors and sparse vectors are not among its vectors
/// yet: a write to one is refused by name.
void take_engine_settings(const Value& settings, CollectionConfig& config) {
  config.hnsw = hnsw_of(*settings.find("hnsw_config"), model::HnswConfig{});
  config.indexing_threshold_kb = number_at(*settings.find("optimizer_config"), "indexing_threshold", 10000);
  config.vectors.clear();
  for_each_vector(*settings.find("params")->find("vectors"), [&](const std::string& name, const Value& json) {
    if (json.find("multivector_config") != nullptr) return;
    model::VectorParams params;
    params.size = clamped(number_at(json, "size", 0));
    params.distance = *model::distance_from_name(json.find("distance")->as_string());
    if (const Value* hnsw = json.find("hnsw_config")) params.hnsw = hnsw_of(*hnsw, config.hnsw);
    config.vectors.emplace(name, params);
  });
}

Status check_vector_names(const Value& vectors, const Value* sparse) {
  Status problem;
  for_each_vector(vectors, [&](const std::string& name, const Value&) {
    const std::string rule = vector_name_problem(name);
    if (!rule.empty() && problem.ok()) problem = wrong_input("Invalid dense vector name `" + name + "`: " + rule);
  });
  if (!problem.ok() || sparse == nullptr) return problem;
  for (const auto& [name, params] : sparse->as_object()) {
    if (name.empty()) return wrong_input("Sparse vector name cannot be empty");
    const std::string rule = vector_name_problem(name);
    if (!rule.empty()) return wrong_input("Invalid sparse vector name `" + name + "`: " + rule);
    for_each_vector(vectors, [&name = name, &problem](const std::string& dense, const Value&) {
      if (dense == name) {
        problem = wrong_input("Dense and sparse vector names must be unique - duplicate found with '" + name + "'");
      }
    });
  }
  return problem;
}

// Updates. ------------------------------------------------------------------------------------

Status unknown_vector(const std::string& name) {
  return Status(StatusCode::kInvalidArgument, "unknown vector '" + name + "'", ErrorKind::kVectorNameUnknown, {name});
}

void update_vector(Value& params, const Value& changes) {
  Value rest = changes;
  if (const Value* hnsw = changes.find("hnsw_config")) {
    Value merged = member_or(params, "hnsw_config", Value(Object{}));
    merge_struct(merged, *hnsw, kHnswRule);
    rest.set("hnsw_config", std::move(merged));
  }
  merge_struct(params, rest, kVectorParamsRule);
  if (const Value* quantization = params.find("quantization_config"); quantization && quantization->is_string()) {
    params.erase("quantization_config");  // "Disabled"
  }
}

Status update_vectors(Value& vectors, const Value& changes) {
  for (const auto& [name, change] : changes.as_object()) {
    bool found = false;
    for_each_vector(vectors, [&, &wanted = name, &diff = change](const std::string& own, Value& params) {
      if (own != wanted) return;
      update_vector(params, diff);
      found = true;
    });
    if (!found) return unknown_vector(name);
  }
  return Status::ok_status();
}

Status update_sparse_vectors(Value& params, const Value& changes) {
  Value* sparse = params.find("sparse_vectors");
  for (const auto& [name, change] : changes.as_object()) {
    Value* own = sparse == nullptr ? nullptr : sparse->find(name);
    if (own == nullptr) return unknown_vector(name);
    merge_struct(*own, change, kSparseVectorRule);
  }
  return Status::ok_status();
}

void update_params(Value& params, const Value& changes) {
  for (const auto& [name, value] : changes.as_object()) params.set(name, value);
}

void update_metadata(Value& settings, const Value& changes) {
  Value merged = member_or(settings, "metadata", Value(Object{}));
  if (!merged.is_object()) merged = Object{};
  Object& members = merged.as_object();
  std::unordered_set<std::string_view> removed;
  for (const auto& [name, value] : changes.as_object()) {
    if (value.is_null()) {
      removed.insert(name);
    } else {
      members.emplace_back(name, value);
    }
  }
  std::erase_if(members, [&removed](const auto& member) { return removed.contains(member.first); });
  base::json::merge_repeated_keys(members);
  settings.set("metadata", std::move(merged));
}

Status apply_update(Value& settings, const Value& update) {
  Value& params = *settings.find("params");
  if (const Value* vectors = update.find("vectors")) {
    ALD_RETURN_IF_ERROR(update_vectors(*params.find("vectors"), *vectors));
  }
  if (const Value* sparse = update.find("sparse_vectors")) {
    ALD_RETURN_IF_ERROR(update_sparse_vectors(params, *sparse));
  }
  if (const Value* changes = update.find("params")) update_params(params, *changes);
  if (const Value* changes = update.find("hnsw_config")) {
    merge_struct(*settings.find("hnsw_config"), *changes, kHnswRule);
  }
  if (const Value* changes = update.find("optimizers_config")) {
    merge_struct(*settings.find("optimizer_config"), *changes, kOptimizersRule);
  }
  if (const Value* quantization = update.find("quantization_config")) {
    settings.set("quantization_config", quantization->is_string() ? Value() : *quantization);
  }
  if (const Value* changes = update.find("strict_mode_config")) {
    Value merged = member_or(settings, "strict_mode_config", Value(Object{}));
    merge_struct(merged, *changes, kStrictModeRule);
    settings.set("strict_mode_config", std::move(merged));
  }
  if (const Value* changes = update.find("metadata")) update_metadata(settings, *changes);
  return Status::ok_status();
}

// Collections of other dialects. --------------------------------------------------------------

Value vectors_of_engine(const CollectionConfig& config) {
  Value vectors{Object{}};
  for (const auto& [name, params] : config.vectors) {
    if (params.size == 0) continue;  // Decided by the first vector; the peer has no such state.
    Value one;
    one.set("size", std::uint64_t{params.size});
    one.set("distance", model::distance_name(params.distance));
    if (name.empty() && config.vectors.size() == 1) return one;
    vectors.set(name, std::move(one));
  }
  return vectors;
}

Value settings_of_engine(const CollectionConfig& config) {
  Value settings = settings_of(Value(Object{}), vectors_of_engine(config));
  Value& hnsw = *settings.find("hnsw_config");
  hnsw.set("m", std::uint64_t{config.hnsw.m});
  hnsw.set("ef_construct", std::uint64_t{config.hnsw.ef_construct});
  settings.find("optimizer_config")->set("indexing_threshold", config.indexing_threshold_kb);
  return settings;
}

/// The peer's order: parameters before metadata and strict mode.
void put_in_order(Value& settings) {
  constexpr std::string_view kOrder[] = {"params",     "hnsw_config",         "optimizer_config",
                                         "wal_config", "quantization_config", "strict_mode_config", "metadata"};
  Object ordered;
  for (const std::string_view name : kOrder) {
    if (const Value* found = settings.find(name)) ordered.emplace_back(name, *found);
  }
  settings = Value(std::move(ordered));
}

}  // namespace

Result<CollectionConfig> read_new_collection(const Value& body) {
  Rules rules;
  Value vectors{Object{}};
  if (const Value* given = body.find("vectors")) {
    ALD_ASSIGN(vectors, read_vectors(*given, rules));
  }
  ALD_ASSIGN(const Value read, read_struct(body, kCreateCollectionRule, "", rules));
  ALD_RETURN_IF_ERROR(rules.verdict());
  ALD_RETURN_IF_ERROR(check_vector_names(vectors, read.find("sparse_vectors")));
  CollectionConfig config;
  config.qdrant_echo = settings_of(read, std::move(vectors));
  take_engine_settings(config.qdrant_echo, config);
  return config;
}

Result<Value> read_collection_update(const Value& body) {
  Rules rules;
  ALD_ASSIGN(Value read, read_struct(body, kUpdateCollectionRule, "", rules));
  ALD_RETURN_IF_ERROR(rules.verdict());
  return read;
}

Result<CollectionConfig> updated(const CollectionConfig& config, const Value& update) {
  Value settings = shown_config(config);
  ALD_RETURN_IF_ERROR(apply_update(settings, update));
  put_in_order(settings);
  CollectionConfig result = config;
  if (config.qdrant_echo.is_null()) {
    // Only what the engine uses changes; its vectors may not have a size yet.
    result.hnsw = hnsw_of(*settings.find("hnsw_config"), config.hnsw);
    result.indexing_threshold_kb =
        number_at(*settings.find("optimizer_config"), "indexing_threshold", config.indexing_threshold_kb);
    return result;
  }
  take_engine_settings(settings, result);
  result.qdrant_echo = std::move(settings);
  return result;
}

Value shown_config(const CollectionConfig& config) {
  return config.qdrant_echo.is_null() ? settings_of_engine(config) : config.qdrant_echo;
}

std::vector<std::string> warnings_of(const Value& shown) {
  std::vector<std::string> warnings;
  const Value* collection_inline = shown.find("hnsw_config")->find("inline_storage");
  const bool has_quantization = !shown.find("quantization_config")->is_null();
  for_each_vector(*shown.find("params")->find("vectors"), [&](const std::string& name, const Value& params) {
    const Value* hnsw = params.find("hnsw_config");
    const Value* own = hnsw == nullptr ? nullptr : hnsw->find("inline_storage");
    if (!is_true(own != nullptr ? own : collection_inline)) return;
    const std::string lead = "The `hnsw_config.inline_storage` option for vector '" + name + "' ";
    if (params.find("multivector_config") != nullptr) {
      warnings.push_back(lead + "is not compatible with multivectors. This option will be ignored.");
    } else if (!has_quantization && params.find("quantization_config") == nullptr) {
      warnings.push_back(lead + "requires quantization to be enabled. This option will be ignored.");
    }
  });
  return warnings;
}

}  // namespace alidade::faces::qdrant_rest
