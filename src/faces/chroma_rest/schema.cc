#include "faces/chroma_rest/schema.h"

#include <algorithm>
#include <string_view>
#include <utility>
#include <vector>

#include "faces/chroma_rest/metadata.h"
#include "model/collection_config.h"

namespace alidade::faces::chroma_rest {

namespace json = base::json;
using model::SeenKinds;

namespace {

constexpr std::string_view kEmbedding = "#embedding";

json::Value object() { return json::Value(json::Object{}); }

json::Value index(bool enabled, json::Value config = object()) {
  json::Value value = object();
  value.set("enabled", enabled);
  value.set("config", std::move(config));
  return value;
}

json::Value one_member(std::string_view key, json::Value member) {
  json::Value value = object();
  value.set(key, std::move(member));
  return value;
}

json::Value text_types(bool search, bool compare) {
  json::Value value = object();
  value.set("fts_index", index(search));
  value.set("string_inverted_index", index(compare));
  return value;
}

json::Value default_types(const VectorSettings& settings) {
  json::Value sparse_config = object();
  sparse_config.set("embedding_function", one_member("type", "unknown"));
  sparse_config.set("bm25", false);
  json::Value types = object();
  types.set("string", text_types(false, true));
  types.set("float_list",
            one_member("vector_index",
                       index(false, settings.to_index_config(VectorSettings::SourceKey::kHidden))));
  types.set("sparse_vector",
            one_member("sparse_vector_index", index(false, std::move(sparse_config))));
  types.set("int", one_member("int_inverted_index", index(true)));
  types.set("float", one_member("float_inverted_index", index(true)));
  types.set("bool", one_member("bool_inverted_index", index(true)));
  return types;
}

/// Puts the members of `given` over those of `base`, object by object.
void merge(json::Value& base, const json::Value& given) {
  if (!given.is_object() || !base.is_object()) {
    base = given;
    return;
  }
  for (const auto& [key, value] : given.as_object()) {
    json::Value* old = base.find(key);
    // An embedding function is one value: its members do not mix with those of another.
    if (old && key != "embedding_function") {
      merge(*old, value);
    } else {
      base.set(key, value);
    }
  }
}

/// Drops what this server does not take over from a given vector index that it makes.
void drop_spann(json::Value& types) {
  json::Value* lists = types.find("float_list");
  json::Value* vector_index = lists ? lists->find("vector_index") : nullptr;
  json::Value* config = vector_index ? vector_index->find("config") : nullptr;
  if (config) config->erase("spann");
}

json::Value* vector_index_config(json::Value& types) {
  json::Value* at = &types;
  for (const char* step : {"float_list", "vector_index", "config"}) {
    at = at->find(step);
    if (!at) return nullptr;
  }
  return at;
}

const json::Value* find_path(const json::Value& root, std::initializer_list<std::string_view> path) {
  const json::Value* at = &root;
  for (const std::string_view step : path) {
    if (!at) return nullptr;
    at = at->find(step);
  }
  return at;
}

bool is_enabled(const json::Value& types, std::string_view type, std::string_view index_name) {
  const json::Value* enabled = find_path(types, {type, index_name, "enabled"});
  return enabled && enabled->is_bool() && enabled->as_bool();
}

bool has_other_types(const json::Value& types, std::string_view allowed) {
  const auto& members = types.as_object();
  return std::any_of(members.begin(), members.end(),
                     [allowed](const json::Member& member) { return member.first != allowed; });
}

/// Settings of both kinds of vector index at once.
bool has_two_index_kinds(const json::Value& vector_config) {
  return vector_config.find("hnsw") != nullptr && vector_config.find("spann") != nullptr;
}

Status check_defaults(const json::Value& defaults) {
  if (is_enabled(defaults, "float_list", "vector_index")) {
    return invalid_argument(
        "Vector index cannot be enabled by default. It can only be enabled on #embedding field.");
  }
  const json::Value* vector_config = find_path(defaults, {"float_list", "vector_index", "config"});
  if (vector_config && has_two_index_kinds(*vector_config)) {
    return invalid_argument("Both spann and hnsw config cannot be present at the same time.");
  }
  if (is_enabled(defaults, "sparse_vector", "sparse_vector_index")) {
    return invalid_argument(
        "Sparse vector index cannot be enabled by default. Please enable sparse vector index on "
        "specific keys. At most one sparse vector index is allowed for the collection.");
  }
  if (is_enabled(defaults, "string", "fts_index")) {
    return invalid_argument(
        "Full text search / regular expression index cannot be enabled by default. It can only be "
        "enabled on #document field.");
  }
  return {};
}

Status check_vector_source(const json::Value& types) {
  const json::Value* source =
      find_path(types, {"float_list", "vector_index", "config", "source_key"});
  if (source && source->as_string() != kDocument) {
    return invalid_argument("Vector index can only source from #document");
  }
  return {};
}

Status check_embedding_types(const json::Value& types) {
  if (has_other_types(types, "float_list")) {
    return invalid_argument(
        "Embedding field cannot have any value types other than float_list: #embedding");
  }
  return check_vector_source(types);
}

Status check_document_types(const json::Value& types) {
  if (has_other_types(types, "string")) {
    return invalid_argument(
        "Document field cannot have any value types other than string: #document");
  }
  if (is_enabled(types, "string", "string_inverted_index")) {
    return invalid_argument("String inverted index can not be enabled on #document key: #document");
  }
  return {};
}

/// @param sparse_keys  the keys with an enabled sparse index so far; adds this one.
Status check_sparse_index(const std::string& key, const json::Value& types,
                          std::vector<std::string>& sparse_keys) {
  const bool enabled = is_enabled(types, "sparse_vector", "sparse_vector_index");
  if (enabled) {
    sparse_keys.push_back(key);
    if (sparse_keys.size() > 1) {
      return invalid_argument("At most one sparse vector index is allowed for the collection: [" +
                              json::to_text(sparse_keys.front()) + ", " +
                              json::to_text(sparse_keys.back()) + "]");
    }
  }
  const json::Value* config = find_path(types, {"sparse_vector", "sparse_vector_index", "config"});
  const json::Value* source = config ? config->find("source_key") : nullptr;
  if (!source) return {};
  if (enabled && !config->find("embedding_function")) {
    return invalid_argument(
        "If source_key is provided then embedding_function must also be provided since there is no "
        "default embedding function.");
  }
  if (source->as_string().starts_with('#') && source->as_string() != kDocument) {
    return invalid_argument(
        "source_key cannot begin with '#'. The only valid key starting with '#' is Key.DOCUMENT or "
        "'#document'.");
  }
  return {};
}

Status check_key(const std::string& key, const json::Value& types,
                 std::vector<std::string>& sparse_keys) {
  if (key == kEmbedding) return check_embedding_types(types);
  if (key == kDocument) return check_document_types(types);
  if (key.starts_with('#')) {
    return invalid_argument(
        "key cannot begin with '#'. Keys starting with '#' are reserved for system use: " + key);
  }
  if (is_enabled(types, "float_list", "vector_index")) {
    return invalid_argument("Vector index can only be enabled on #embedding field: " + key);
  }
  ALD_RETURN_IF_ERROR(check_vector_source(types));
  ALD_RETURN_IF_ERROR(check_sparse_index(key, types, sparse_keys));
  if (is_enabled(types, "string", "fts_index")) {
    return invalid_argument(
        "Full text search / regular expression index can only be enabled on #document field: " + key);
  }
  return {};
}

Status check_keys(const json::Value& keys) {
  std::vector<const json::Member*> members;
  for (const json::Member& member : keys.as_object()) members.push_back(&member);
  std::sort(members.begin(), members.end(),
            [](const auto* a, const auto* b) { return a->first > b->first; });
  std::vector<std::string> sparse_keys;
  for (const json::Member* member : members) {
    ALD_RETURN_IF_ERROR(check_key(member->first, member->second, sparse_keys));
  }
  return {};
}

/// projects/…/locations/…/keyRings/…/cryptoKeys/…
bool is_key_name(std::string_view text) {
  for (const std::string_view word : {"projects", "locations", "keyRings", "cryptoKeys"}) {
    if (!text.starts_with(word) || text.size() <= word.size() || text[word.size()] != '/') return false;
    text.remove_prefix(word.size() + 1);
    const std::size_t end = std::min(text.find('/'), text.size());
    if (end == 0) return false;
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return text.empty();
}

}  // namespace

Status check_schema(const json::Value& given) {
  if (given.find("source_attached_function_id")) {
    return invalid_argument(
        "Cannot set source_attached_function_id. This field is reserved for system use.");
  }
  ALD_RETURN_IF_ERROR(check_defaults(*given.find("defaults")));
  ALD_RETURN_IF_ERROR(check_keys(*given.find("keys")));
  const json::Value* name = find_path(given, {"cmek", "gcp"});
  if (name && !is_key_name(name->as_string())) {
    return invalid_argument("CMEK does not match expected pattern: Gcp(\"" + name->as_string() + "\")");
  }
  return {};
}

bool wants_sparse_index(const json::Value& given) {
  const auto& keys = given.find("keys")->as_object();
  return std::any_of(keys.begin(), keys.end(), [](const json::Member& member) {
    return is_enabled(member.second, "sparse_vector", "sparse_vector_index");
  });
}

json::Value schema_of(const VectorSettings& settings) {
  json::Value keys = object();
  keys.set(kDocument, one_member("string", text_types(true, false)));
  keys.set(kEmbedding,
           one_member("float_list",
                      one_member("vector_index", index(true, settings.to_index_config(
                                                                 VectorSettings::SourceKey::kShown)))));
  json::Value schema = object();
  schema.set("defaults", default_types(settings));
  schema.set("keys", std::move(keys));
  return schema;
}

json::Value complete_schema(const json::Value& given) {
  json::Value schema = schema_of(VectorSettings());
  json::Value defaults = *given.find("defaults");
  drop_spann(defaults);
  merge(*schema.find("defaults"), defaults);
  json::Value& keys = *schema.find("keys");
  for (const auto& [key, given_types] : given.find("keys")->as_object()) {
    json::Value types = given_types;
    if (key == kEmbedding) drop_spann(types);
    if (json::Value* old = keys.find(key)) {
      merge(*old, types);
    } else {
      keys.set(key, std::move(types));
    }
  }
  if (const json::Value* cmek = given.find("cmek")) schema.set("cmek", *cmek);
  return schema;
}

VectorSettings settings_of_schema(const json::Value& schema) {
  const json::Value* config =
      find_path(schema, {"keys", kEmbedding, "float_list", "vector_index", "config"});
  return config ? VectorSettings::from_index_config(*config) : VectorSettings();
}

void patch_schema(json::Value& schema, const VectorSettingsPatch& patch) {
  json::Value* keys = schema.find("keys");
  json::Value* embedding = keys ? keys->find(kEmbedding) : nullptr;
  using SourceKey = VectorSettings::SourceKey;
  for (json::Value* types : {schema.find("defaults"), embedding}) {
    json::Value* config = types ? vector_index_config(*types) : nullptr;
    if (!config) continue;
    VectorSettings settings = VectorSettings::from_index_config(*config);
    settings.apply(patch);
    const json::Value* found = config->find("source_key");
    const json::Value source = found ? *found : json::Value();  // As given; nothing changes it.
    *config = settings.to_index_config(found ? SourceKey::kShown : SourceKey::kHidden);
    if (!source.is_null()) config->set("source_key", source);
  }
}

void add_seen_keys(json::Value& schema, const std::map<std::string, std::uint8_t>& seen) {
  constexpr std::pair<std::uint8_t, std::string_view> kTypes[] = {{SeenKinds::kString, "string"},
                                                                  {SeenKinds::kInt, "int"},
                                                                  {SeenKinds::kFloat, "float"},
                                                                  {SeenKinds::kBool, "bool"}};
  const json::Value defaults = *schema.find("defaults");
  json::Value& keys = *schema.find("keys");
  for (const auto& [key, kinds] : seen) {
    if (key.starts_with(kReservedPrefix) || kinds == 0) continue;
    json::Value* types = keys.find(key);
    if (!types) types = &keys.set(key, object());
    for (const auto& [bit, type] : kTypes) {
      if ((kinds & bit) != 0 && !types->find(type)) types->set(type, *defaults.find(type));
    }
  }
}

}  // namespace alidade::faces::chroma_rest
