#include "shard/shard_state.h"

#include <fmt/format.h>

#include "base/bytes.h"
#include "base/hash.h"
#include "env/env.h"

namespace alidade::shard {
namespace {

using base::json::Value;

Status bad_state(const std::string& directory, const std::string& what) {
  return data_loss(fmt::format("{}: the shard state in the manifest has no valid '{}'", directory, what));
}

Result<std::uint64_t> state_number(const Value& state, const std::string& key, const std::string& directory) {
  const Value* value = state.find(key);
  if (value == nullptr || !value->is_int()) return bad_state(directory, key);
  return static_cast<std::uint64_t>(value->as_int());
}

}  // namespace

std::string to_text(const ShardState& state) {
  Value json;
  json.set("last_operation", state.counters.last_operation.value);
  json.set("next_first_seen", state.counters.next_first_seen);
  Value sizes{base::json::Object{}};
  for (const auto& [name, size] : state.vector_sizes) sizes.set(name, std::uint64_t{size});
  json.set("vector_sizes", std::move(sizes));
  if (!state.identity.empty()) json.set("collection", state.identity);
  json.set("graphs", state.graphs);
  if (!state.lost_payloads.empty()) {
    base::json::Array rows;
    for (const std::uint32_t row : state.lost_payloads) rows.emplace_back(std::uint64_t{row});
    json.set("lost_payloads", Value(std::move(rows)));
  }
  return base::json::to_text(json);
}

Result<ShardState> state_from_text(const std::string& text,
                                   const std::string& directory,
                                   const std::string& identity) {
  ShardState state;
  const auto parsed = base::json::parse(text);
  if (!parsed.ok()) return bad_state(directory, "text");
  const Value& json = *parsed;
  if (const Value* owner = json.find("collection"); owner != nullptr && owner->is_string()) {
    state.identity = owner->as_string();
  }
  if (!identity.empty() && !state.identity.empty() && state.identity != identity) {
    return data_loss(env::join_path(directory, "manifest") +
                     ": byte 40: it belongs to the collection " + state.identity);
  }
  ALD_ASSIGN(state.counters.last_operation.value, state_number(json, "last_operation", directory));
  ALD_ASSIGN(state.counters.next_first_seen, state_number(json, "next_first_seen", directory));
  const Value* sizes = json.find("vector_sizes");
  if (sizes == nullptr || !sizes->is_object()) return bad_state(directory, "vector_sizes");
  for (const auto& [name, size] : sizes->as_object()) {
    if (!size.is_int()) return bad_state(directory, "vector_sizes");
    state.vector_sizes[name] = static_cast<std::uint32_t>(size.as_int());
  }
  if (const Value* graphs = json.find("graphs"); graphs != nullptr && graphs->is_object()) {
    state.graphs = *graphs;
  }
  if (const Value* lost = json.find("lost_payloads"); lost != nullptr) {
    if (!lost->is_array()) return bad_state(directory, "lost_payloads");
    for (const Value& row : lost->as_array()) {
      if (!row.is_int()) return bad_state(directory, "lost_payloads");
      state.lost_payloads.push_back(static_cast<std::uint32_t>(row.as_int()));
    }
  }
  return state;
}

std::string schema_text(const model::PayloadSchema& schema) {
  Value json{base::json::Object{}};
  for (const auto& [field, entry] : schema) {
    Value item;
    item.set("type", model::field_type_name(entry.type));
    item.set("params", entry.params);
    json.set(field, std::move(item));
  }
  return base::json::to_text(json);
}

Result<model::PayloadSchema> schema_from_text(const std::string& text, const std::string& directory) {
  model::PayloadSchema schema;
  const auto parsed = base::json::parse(text.empty() ? "{}" : text);
  if (!parsed.ok() || !parsed->is_object()) return bad_state(directory, "schema");
  const Value& json = *parsed;
  for (const auto& [field, item] : json.as_object()) {
    const Value* name = item.find("type");
    const Value* params = item.find("params");
    const auto type = name != nullptr && name->is_string() ? model::field_type_from_name(name->as_string())
                                                           : std::nullopt;
    if (!type || params == nullptr) return bad_state(directory, "schema");
    schema[field] = {*type, *params};
  }
  return schema;
}

model::CollectionConfig with_sizes(const model::CollectionConfig& config,
                                   const std::map<std::string, std::uint32_t>& sizes) {
  model::CollectionConfig sized = config;
  for (auto& [name, params] : sized.vectors) {
    if (const auto found = sizes.find(name); params.size == 0 && found != sizes.end()) {
      params.size = found->second;
    }
  }
  return sized;
}

std::vector<storage::VectorSpec> specs_of(const model::CollectionConfig& config) {
  std::vector<storage::VectorSpec> specs;
  for (const auto& [name, params] : config.vectors) {
    if (params.size == 0) continue;
    // Rows of a multivector are given back as they are compared: of unit length under cosine.
    if (params.multivector) {
      specs.push_back({name, params.size, false, model::VectorKind::kMulti});
    } else {
      specs.push_back({name, params.size, params.distance == model::Distance::kCosine});
    }
  }
  if (config.sparse_vectors) {
    for (const auto& [name, params] : *config.sparse_vectors) specs.push_back({name, 0, false, model::VectorKind::kSparse});
  }
  return specs;
}

std::uint64_t log_identity(const std::string& identity) {
  return identity.empty() ? 0 : base::hash64(base::as_bytes(identity));
}

Status missing_manifest(const std::string& directory, const std::string& file_name) {
  return data_loss(env::join_path(directory, "manifest") + ": the file is missing, but '" + file_name +
                   "' of a checkpoint is there");
}

}  // namespace alidade::shard
