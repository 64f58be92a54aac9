#include "faces/qdrant_rest/collection_settings.h"

#include <unordered_set>
#include <utility>

#include "base/json_strict.h"
#include "faces/contract/read_json.h"
#include "faces/qdrant_rest/errors.h"
#include "model/settings_fields.h"

namespace alidade::faces::qdrant_rest {
namespace {

using base::json::Object;
using model::CollectionConfig;

/// Reads a whole body after its table.
template <typename S>
Result<S> read_whole(const Value& body, const contract::ObjectOf<S>& table) {
  S out;
  Rules rules;
  auto reading = contract::Reading::careful(&body_refused, rules.all());
  ALD_RETURN_IF_ERROR(contract::read(body, table, reading, contract::Place(""), out));
  ALD_RETURN_IF_ERROR(rules.verdict());
  return out;
}

// Updates. ------------------------------------------------------------------------------------

Status unknown_vector(const std::string& name) {
  return Status(StatusCode::kInvalidArgument, "unknown vector '" + name + "'", ErrorKind::kVectorNameUnknown, {name});
}

template <typename T>
void take(const std::optional<T>& change, std::optional<T>& out) {
  if (change) out = change;
}

Status update_vectors(const qdrant::VectorChanges& changes, CollectionConfig& config) {
  for (const auto& [name, change] : changes) {
    const auto found = config.vectors.find(name);
    if (found == config.vectors.end()) return unknown_vector(name);
    model::VectorParams& params = found->second;
    if (change.hnsw) model::merge_settings(params.hnsw ? *params.hnsw : params.hnsw.emplace(), *change.hnsw);
    if (change.quantization) params.quantization = *change.quantization;
    take(change.on_disk, params.on_disk);
    take(change.memory, params.memory);
  }
  return Status::ok_status();
}

Status update_sparse_vectors(const std::map<std::string, model::SparseVectorParams>& changes, CollectionConfig& config) {
  for (const auto& [name, change] : changes) {
    if (!config.sparse_vectors || !config.sparse_vectors->contains(name)) return unknown_vector(name);
    model::merge_settings(config.sparse_vectors->at(name), change);
  }
  return Status::ok_status();
}

void update_metadata(const Value& changes, Value& metadata) {
  if (!metadata.is_object()) metadata = Object{};
  Object& members = metadata.as_object();
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
}

// Answers. ------------------------------------------------------------------------------------

template <typename T>
void show(std::optional<T>& setting, std::type_identity_t<T> otherwise) {
  if (!setting) setting = otherwise;
}

}  // namespace

std::string vector_name_problem(std::string_view name) {
  constexpr std::string_view kForbidden("<>:\"/\\|?*\0\x1f", 11);
  if (name.size() > 200) return "vector name must be at most 200 bytes long";
  const std::size_t found = name.find_first_of(kForbidden);
  if (found == std::string_view::npos) return "";
  return "vector name cannot contain \"" + std::string(1, name[found]) + "\" char";
}

Status check_vector_names(const CollectionConfig& config) {
  for (const auto& [name, params] : config.vectors) {
    const std::string rule = vector_name_problem(name);
    if (!rule.empty()) return wrong_input("Invalid dense vector name `" + name + "`: " + rule);
  }
  if (!config.sparse_vectors) return Status::ok_status();
  for (const auto& [name, params] : *config.sparse_vectors) {
    if (name.empty()) return wrong_input("Sparse vector name cannot be empty");
    const std::string rule = vector_name_problem(name);
    if (!rule.empty()) return wrong_input("Invalid sparse vector name `" + name + "`: " + rule);
    if (config.vectors.contains(name)) {
      return wrong_input("Dense and sparse vector names must be unique - duplicate found with '" + name + "'");
    }
  }
  return Status::ok_status();
}

Result<CollectionConfig> read_new_collection(const Value& body) {
  ALD_ASSIGN(CollectionConfig config, read_whole(body, qdrant::kCreateCollection));
  if (body.find("vectors") == nullptr) config.vectors_named = true;
  ALD_RETURN_IF_ERROR(check_vector_names(config));
  return config;
}

Result<qdrant::CollectionUpdate> read_collection_update(const Value& body) {
  return read_whole(body, qdrant::kUpdateCollection);
}

Result<CollectionConfig> updated(CollectionConfig config, const qdrant::CollectionUpdate& update) {
  if (update.vectors) ALD_RETURN_IF_ERROR(update_vectors(*update.vectors, config));
  if (update.sparse_vectors) ALD_RETURN_IF_ERROR(update_sparse_vectors(*update.sparse_vectors, config));
  model::merge_settings(config.shards, update.shards);
  model::merge_settings(config.hnsw, update.hnsw);
  model::merge_settings(config.optimizers, update.optimizers);
  if (update.quantization) config.quantization = *update.quantization;
  if (update.strict_mode) {
    model::merge_settings(config.strict_mode ? *config.strict_mode : config.strict_mode.emplace(), *update.strict_mode);
  }
  if (!update.metadata.is_null()) update_metadata(update.metadata, config.metadata);
  return config;
}

CollectionConfig shown_config(CollectionConfig config) {
  std::erase_if(config.vectors, [](const auto& vector) { return vector.second.size == 0; });
  model::ShardSettings& shards = config.shards;
  show(shards.shard_number, 1);
  show(shards.replication_factor, 1);
  show(shards.write_consistency_factor, 1);
  show(shards.on_disk_payload, true);
  show(config.hnsw.m, 16);
  show(config.hnsw.ef_construct, 100);
  show(config.hnsw.full_scan_threshold, 10000);
  show(config.hnsw.max_indexing_threads, 0);
  show(config.hnsw.on_disk, false);
  model::OptimizerSettings& optimizers = config.optimizers;
  show(optimizers.deleted_threshold, 0.2);
  show(optimizers.vacuum_min_vector_number, 1000);
  show(optimizers.default_segment_number, 0);
  show(optimizers.indexing_threshold, config.indexing_threshold_kb());
  show(optimizers.flush_interval_sec, 5);
  show(optimizers.max_optimization_threads, model::ThreadCount{});
  show(config.wal.wal_capacity_mb, 32);
  show(config.wal.wal_segments_ahead, 0);
  show(config.wal.wal_retain_closed, 1);
  return config;
}

std::vector<std::string> warnings_of(const CollectionConfig& config) {
  std::vector<std::string> warnings;
  for (const auto& [name, params] : config.vectors) {
    const auto own = params.hnsw ? params.hnsw->inline_storage : std::nullopt;
    if (!own.value_or(config.hnsw.inline_storage.value_or(false))) continue;
    const std::string lead = "The `hnsw_config.inline_storage` option for vector '" + name + "' ";
    if (params.multivector) {
      warnings.push_back(lead + "is not compatible with multivectors. This option will be ignored.");
    } else if (!config.quantization && !params.quantization) {
      warnings.push_back(lead + "requires quantization to be enabled. This option will be ignored.");
    }
  }
  return warnings;
}

}  // namespace alidade::faces::qdrant_rest
