#include "collection/descriptions.h"

#include <fmt/format.h>

#include "collection/catalogue_file.h"

namespace alidade::collection {
namespace {

using base::json::Value;

// Chroma clients know the default database by the nil UUID.
constexpr base::Uuid kDefaultDatabaseUuid{};

Result<std::string> text_at(const Value& json, std::string_view key) {
  const Value* value = json.find(key);
  if (value == nullptr || !value->is_string()) return data_loss(fmt::format("no text '{}'", key));
  return value->as_string();
}

Result<base::Uuid> uuid_at(const Value& json, std::string_view key) {
  ALD_ASSIGN(const std::string text, text_at(json, key));
  const auto uuid = base::Uuid::parse_canonical(text);
  if (!uuid) return data_loss(fmt::format("'{}' is no UUID", key));
  return *uuid;
}

Result<Names> names_from_json(const Value& json) {
  Names names;
  const Value* tenants = json.find("tenants");
  const Value* databases = json.find("databases");
  const Value* aliases = json.find("aliases");
  if (tenants == nullptr || !tenants->is_array() || databases == nullptr || !databases->is_array() ||
      aliases == nullptr || !aliases->is_object()) {
    return data_loss("a part is missing");
  }
  for (const Value& tenant : tenants->as_array()) {
    if (tenant.is_string()) names.tenants.insert(tenant.as_string());
  }
  for (const Value& entry : databases->as_array()) {
    ALD_ASSIGN(const auto tenant, text_at(entry, "tenant"));
    ALD_ASSIGN(const auto name, text_at(entry, "name"));
    ALD_ASSIGN(const auto uuid, uuid_at(entry, "uuid"));
    names.databases[{tenant, name}] = uuid;
  }
  for (const auto& [alias, target] : aliases->as_object()) {
    const auto uuid = target.is_string() ? base::Uuid::parse_canonical(target.as_string()) : std::nullopt;
    if (!uuid) return data_loss(fmt::format("the target of alias '{}' is no UUID", alias));
    names.aliases[alias] = *uuid;
  }
  return names;
}

Result<model::CollectionDescription> description_from_json(const Value& json) {
  model::CollectionDescription description;
  ALD_ASSIGN(description.uuid, uuid_at(json, "uuid"));
  ALD_ASSIGN(description.tenant, text_at(json, "tenant"));
  ALD_ASSIGN(description.database, text_at(json, "database"));
  ALD_ASSIGN(description.name, text_at(json, "name"));
  const Value* config = json.find("config");
  if (config == nullptr) return data_loss("no 'config'");
  ALD_ASSIGN(description.config, model::CollectionConfig::from_json(*config));
  return description;
}

}  // namespace

Names default_names() {
  Names names;
  names.tenants.insert(model::kDefaultTenant);
  names.databases[{model::kDefaultTenant, model::kDefaultDatabase}] = kDefaultDatabaseUuid;
  return names;
}

Result<Names> load_names(env::Env& env, const std::string& path) {
  ALD_ASSIGN(const Value json, load_catalogue_file(env, path));
  auto names = names_from_json(json);
  if (!names.ok()) return names.status().with_context(path);
  return names;
}

Status store_names(env::Env& env, const std::string& path, const Names& names) {
  Value json;
  base::json::Array tenants(names.tenants.begin(), names.tenants.end());
  base::json::Array databases;
  for (const auto& [key, uuid] : names.databases) {
    Value entry;
    entry.set("tenant", key.first);
    entry.set("name", key.second);
    entry.set("uuid", uuid.to_string());
    databases.push_back(std::move(entry));
  }
  Value aliases{base::json::Object{}};
  for (const auto& [alias, target] : names.aliases) aliases.set(alias, target.to_string());
  json.set("tenants", std::move(tenants));
  json.set("databases", std::move(databases));
  json.set("aliases", std::move(aliases));
  return store_catalogue_file(env, path, json);
}

Result<model::CollectionDescription> load_description(env::Env& env, const std::string& folder) {
  const std::string path = env::join_path(folder, kCollectionFile);
  ALD_ASSIGN(const Value json, load_catalogue_file(env, path));
  auto description = description_from_json(json);
  if (!description.ok()) return description.status().with_context(path);
  const std::string uuid = description->uuid.to_string();
  if (uuid != folder.substr(folder.find_last_of('/') + 1)) {
    return data_loss(path + ": it describes the collection " + uuid + " of another folder");
  }
  return description;
}

Status store_description(env::Env& env,
                         const std::string& folder,
                         const model::CollectionDescription& description) {
  Value json;
  json.set("uuid", description.uuid.to_string());
  json.set("tenant", description.tenant);
  json.set("database", description.database);
  json.set("name", description.name);
  json.set("config", description.config.to_json());
  return store_catalogue_file(env, env::join_path(folder, kCollectionFile), json);
}

bool is_leftover(env::Env& env, const std::string& folder) {
  if (env.exists(env::join_path(folder, kDroppedMark))) return true;
  const auto data = env.list_directory(env::join_path(folder, kShardFolder));
  return data.status().code() == StatusCode::kNotFound || (data.ok() && data->empty());
}

}  // namespace alidade::collection
