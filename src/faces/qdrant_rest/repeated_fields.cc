#include "faces/qdrant_rest/repeated_fields.h"

#include <simdjson.h>

#include <algorithm>
#include <functional>
#include <string>

#include "base/json.h"
#include "faces/contract/read_json.h"
#include "faces/qdrant/filter.h"
#include "faces/qdrant_rest/errors.h"

namespace alidade::faces::qdrant_rest {
namespace {

namespace dom = simdjson::dom;

// Bodies above this get a parser of their own, so that a worker does not keep its memory.
constexpr std::size_t kKeptParserLimitBytes = 1U << 20;

constexpr std::string_view kNoSelector = "data did not match any variant of untagged enum PointsSelector";
constexpr std::string_view kNoOperation = "data did not match any variant of untagged enum UpdateOperation";
constexpr std::string_view kNoAction = "data did not match any variant of untagged enum AliasOperations";

// Parts. --------------------------------------------------------------------------------------

constexpr contract::Type kFilter = contract::ref(qdrant::kFilter);

// Reads. --------------------------------------------------------------------------------------

constexpr ShapeField kFilterField{"filter", "", nullptr, &kFilter}, kVectorsField{"with_vector", "with_vectors"};

constexpr ShapeField kScrollFields[] = {{"offset"}, {"limit"}, kFilterField, {"with_payload"},
                                        kVectorsField, {"order_by"}, {"shard_key"}};
constexpr ShapeField kCountFields[] = {kFilterField, {"exact"}, {"shard_key"}};
constexpr ShapeField kFacetFields[] = {{"key"}, {"limit"}, kFilterField, {"exact"}, {"shard_key"}};
constexpr ShapeField kRetrieveFields[] = {{"ids"}, {"with_payload"}, kVectorsField, {"shard_key"}};

// Writes. -------------------------------------------------------------------------------------

constexpr ShapeField kSelectorFields[] = {{"points"}, kFilterField, {"shard_key"}};
constexpr ShapeField kSetPayloadFields[] = {{"payload"}, {"points"}, kFilterField, {"key"}, {"shard_key"}};
constexpr ShapeField kDeletePayloadFields[] = {{"keys"}, {"points"}, kFilterField, {"shard_key"}};
constexpr ShapeField kPointVectorsFields[] = {{"id"}, {"vector", "vectors"}};
constexpr StructShape kPointVectors{kPointVectorsFields};
constexpr ShapeField kUpdateVectorsFields[] = {{"points", "", &kPointVectors}, {"shard_key"}};
constexpr ShapeField kDeleteVectorsFields[] = {{"points"}, kFilterField, {"vector", "vectors"}, {"shard_key"}};
constexpr ShapeField kOperationFields[] = {
    {"upsert"}, {"delete", "", &kSelectorShape}, {"set_payload", "", &kSetPayloadShape},
    {"overwrite_payload", "", &kSetPayloadShape}, {"delete_payload", "", &kDeletePayloadShape},
    {"clear_payload", "", &kSelectorShape}, {"update_vectors", "", &kUpdateVectorsShape},
    {"delete_vectors", "", &kDeleteVectorsShape}};
constexpr StructShape kOperation{kOperationFields, kNoOperation};
constexpr ShapeField kUpdateOperationsFields[] = {{"operations", "", &kOperation}};

constexpr ShapeField kIndexFields[] = {{"field_name"}, {"field_schema", "field_type"}};

constexpr ShapeField kCreateAliasFields[] = {{"collection_name"}, {"alias_name"}};
constexpr StructShape kCreateAlias{kCreateAliasFields};
constexpr ShapeField kRenameAliasFields[] = {{"old_alias_name"}, {"new_alias_name"}};
constexpr StructShape kRenameAlias{kRenameAliasFields};
constexpr ShapeField kActionFields[] = {{"create_alias", "", &kCreateAlias}, {"delete_alias", "", &kCreateAlias},
                                        {"rename_alias", "", &kRenameAlias}};
constexpr StructShape kAction{kActionFields, kNoAction};
constexpr ShapeField kAliasesFields[] = {{"actions", "", &kAction}};

// The walk. -----------------------------------------------------------------------------------

std::string duplicate(std::string_view name) { return "duplicate field `" + std::string(name) + "`"; }

/// The first field that stands twice; "" = none.
std::string repeated_in(const dom::element& element, const StructShape& shape);

std::string repeated_in(const dom::object& object, const StructShape& shape) {
  std::uint32_t seen = 0;
  for (const dom::key_value_pair member : object) {
    const auto field = std::find_if(shape.fields.begin(), shape.fields.end(), [&](const ShapeField& one) {
      return one.name == member.key || (!one.alias.empty() && one.alias == member.key);
    });
    if (field == shape.fields.end()) continue;
    const std::uint32_t bit = std::uint32_t{1} << (field - shape.fields.begin());
    if ((seen & bit) != 0) return duplicate(field->name);
    seen |= bit;
    if (field->table != nullptr) {
      const auto name = contract::repeated_field(contract::Json::of(member.value), *field->table);
      if (!name.empty()) return duplicate(name);
    }
    if (field->inner == nullptr) continue;
    if (std::string text = repeated_in(member.value, *field->inner); !text.empty()) return text;
  }
  return "";
}

std::string repeated_in(const dom::element& element, const StructShape& shape) {
  dom::array items;
  if (element.get_array().get(items) == simdjson::SUCCESS) {
    for (const dom::element item : items) {
      dom::object object;
      if (item.get_object().get(object) != simdjson::SUCCESS) continue;
      if (std::string text = repeated_in(item, shape); !text.empty()) return text;
    }
    return "";
  }
  dom::object object;
  if (element.get_object().get(object) != simdjson::SUCCESS) return "";
  std::string text = repeated_in(object, shape);
  return text.empty() || shape.refusal.empty() ? text : std::string(shape.refusal);
}

/// Refuses what `find(root)` finds.
Status refuse_repeated(std::string_view body, const std::function<std::string(const dom::element&)>& find) {
  static thread_local dom::parser kept(kKeptParserLimitBytes);
  dom::parser own;
  dom::parser& parser = body.size() < kKeptParserLimitBytes ? kept : own;
  const std::size_t room = std::max<std::size_t>(body.size(), 1024);
  if (parser.allocate(room, static_cast<std::size_t>(base::json::kMaxDepth)) != simdjson::SUCCESS) return {};
  dom::element root;
  if (parser.parse(body.data(), body.size()).get(root) != simdjson::SUCCESS) return {};  // Numbers beyond 64 bits.
  const std::string text = find(root);
  return text.empty() ? Status() : body_refused(text);
}

}  // namespace

constexpr StructShape kScrollShape{kScrollFields}, kCountShape{kCountFields}, kFacetShape{kFacetFields},
    kRetrieveShape{kRetrieveFields};
constexpr StructShape kSelectorShape{kSelectorFields, kNoSelector}, kSetPayloadShape{kSetPayloadFields},
    kDeletePayloadShape{kDeletePayloadFields}, kUpdateVectorsShape{kUpdateVectorsFields},
    kDeleteVectorsShape{kDeleteVectorsFields}, kUpdateOperationsShape{kUpdateOperationsFields};
constexpr StructShape kIndexShape{kIndexFields}, kAliasesShape{kAliasesFields};

Status check_repeated_fields(std::string_view body, const StructShape& shape) {
  return refuse_repeated(body, [&](const dom::element& root) { return repeated_in(root, shape); });
}

Status check_repeated_fields(std::string_view body, const contract::Type& type) {
  return refuse_repeated(body, [&](const dom::element& root) {
    const std::string_view name = contract::repeated_field(contract::Json::of(root), type);
    return name.empty() ? std::string() : duplicate(name);
  });
}

}  // namespace alidade::faces::qdrant_rest
