#include "faces/chroma_rest/index_rules.h"

#include <iterator>
#include <string_view>
#include <type_traits>
#include <variant>
#include <vector>

namespace alidade::faces::chroma_rest {

namespace json = base::json;
using model::SeenKinds;

namespace {

struct KindRow {
  const char* type;
  const char* index;
  std::uint8_t bit;
};
constexpr KindRow kKinds[] = {
    {"string", "string_inverted_index", SeenKinds::kString},
    {"int", "int_inverted_index", SeenKinds::kInt},
    {"float", "float_inverted_index", SeenKinds::kFloat},
    {"bool", "bool_inverted_index", SeenKinds::kBool},
};

const json::Value* descend(const json::Value& value, std::initializer_list<const char*> path) {
  const json::Value* at = &value;
  for (const char* step : path) {
    if (!at) return nullptr;
    at = at->find(step);
  }
  return at;
}

bool is_false(const json::Value* value) { return value && value->is_bool() && !value->as_bool(); }

CollectionTraits::Kinds kinds_of(const json::Value& value_types) {
  CollectionTraits::Kinds kinds;
  for (const KindRow& row : kKinds) {
    const json::Value* enabled = descend(value_types, {row.type, row.index, "enabled"});
    if (!enabled) continue;
    kinds.given |= row.bit;
    if (is_false(enabled)) kinds.disabled |= row.bit;
  }
  return kinds;
}

struct ScalarKind {
  std::uint8_t bit;
  const char* name;
};
ScalarKind kind_of(const model::MetadataScalar& scalar) {
  switch (scalar.index()) {
    case 0: return {SeenKinds::kBool, "Bool"};
    case 1: return {SeenKinds::kInt, "Int"};
    case 2: return {SeenKinds::kFloat, "Float"};
    default: return {SeenKinds::kString, "Str"};
  }
}

Status no_index(const std::string& key, std::string_view kind) {
  return invalid_argument("Cannot filter using metadata key '" + key + "' with type '" +
                          std::string(kind) + "' because indexing is disabled");
}

}  // namespace

bool is_visible(const model::CollectionConfig& config) {
  if (config.vectors.size() != 1) return false;
  const auto& [name, params] = *config.vectors.begin();
  return name.empty() && params.distance != model::Distance::kManhattan;
}

CollectionTraits CollectionTraits::of(const model::CollectionConfig& config) {
  CollectionTraits traits;
  traits.visible = is_visible(config);
  // As in the default schema: documents are searched, never compared.
  traits.keys["#document"] = {SeenKinds::kString, SeenKinds::kString};
  const json::Value* schema = config.chroma_echo.find("schema");
  if (!schema) return traits;
  if (const json::Value* defaults = schema->find("defaults")) {
    traits.disabled_by_default = kinds_of(*defaults).disabled;
  }
  const json::Value* keys = schema->find("keys");
  if (!keys || !keys->is_object()) return traits;
  for (const auto& [key, value_types] : keys->as_object()) {
    const Kinds kinds = kinds_of(value_types);
    if (kinds.given != 0) traits.keys[key] = kinds;
  }
  traits.document_search_disabled =
      is_false(descend(*keys, {"#document", "string", "fts_index", "enabled"}));
  return traits;
}

Status CollectionTraits::check(const model::Filter& filter) const {
  for (const auto* conditions : {&filter.must, &filter.should, &filter.must_not}) {
    for (const model::Condition& condition : *conditions) {
      ALD_RETURN_IF_ERROR(check_condition(condition));
    }
  }
  return {};
}

Status CollectionTraits::check_condition(const model::Condition& condition) const {
  return std::visit(
      [this](const auto& test) -> Status {
        using Test = std::decay_t<decltype(test)>;
        if constexpr (std::is_same_v<Test, model::SubFilter>) {
          return check(*test.filter);
        } else if constexpr (std::is_same_v<Test, model::MetadataCompare> ||
                             std::is_same_v<Test, model::MetadataContains>) {
          return check_operand(test.key, test.operand);
        } else if constexpr (std::is_same_v<Test, model::MetadataIn>) {
          return check_operand(test.key, test.operands.front());
        } else if constexpr (std::is_same_v<Test, model::TextContains> ||
                             std::is_same_v<Test, model::TextRegex>) {
          if (!document_search_disabled) return {};
          return invalid_argument(
              "Cannot filter using full-text search because FTS indexing is disabled");
        } else {
          return {};
        }
      },
      condition);
}

Status CollectionTraits::check_operand(const std::string& key,
                                       const model::MetadataScalar& operand) const {
  const ScalarKind kind = kind_of(operand);
  const auto found = keys.find(key);
  const bool own_rule = found != keys.end() && (found->second.given & kind.bit) != 0;
  const std::uint8_t disabled = own_rule ? found->second.disabled : disabled_by_default;
  if ((disabled & kind.bit) == 0) return {};
  return no_index(key, kind.name);
}

Status CollectionTraits::check_sparse(const std::string& key) const {
  return no_index(key, "SparseVector");
}

std::shared_ptr<const CollectionTraits> TraitsCache::find(const base::Uuid& uuid) const {
  base::MutexLock lock(mutex_);
  const auto found = traits_.find(uuid);
  return found == traits_.end() ? nullptr : found->second;
}

void TraitsCache::put(const base::Uuid& uuid, std::shared_ptr<const CollectionTraits> traits) {
  base::MutexLock lock(mutex_);
  if (traits_.size() >= kMaxCount) traits_.clear();
  traits_[uuid] = std::move(traits);
}

}  // namespace alidade::faces::chroma_rest
