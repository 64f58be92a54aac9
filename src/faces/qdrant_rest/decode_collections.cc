#include "faces/qdrant_rest/decode_collections.h"

#include "auth/access.h"
#include "faces/qdrant_rest/collection_settings.h"
#include "faces/qdrant_rest/errors.h"
#include "faces/qdrant_rest/repeated_fields.h"
#include "faces/qdrant_rest/unserved_settings.h"

namespace alidade::faces::qdrant_rest {
Result<ops::CreateCollection> decode_create_collection(const RouteInput& input) {
  ALD_ASSIGN(const Value body, read_body(input));
  ALD_RETURN_IF_ERROR(check_repeated_fields(input.body, contract::ref(qdrant::kCreateCollection)));
  ops::CreateCollection request;
  request.collection = collection_of(input);
  ALD_ASSIGN(request.config, read_new_collection(body));
  return request;
}

Status create_collection(const Call& call, std::string& result) {
  ALD_ASSIGN(const ops::CreateCollection request, decode_create_collection(call.input));
  ALD_RETURN_IF_ERROR(call.dispatcher.run(call.context, request).status());
  warn_of_unserved(call.dispatcher.log(), request.collection.name,
                   unserved_settings(request.config));
  result += "true";
  return Status::ok_status();
}

Status update_collection(const Call& call, std::string& result) {
  const model::CollectionRef collection = collection_of(call.input);
  ALD_ASSIGN(const Value body, read_body(call.input));
  ALD_RETURN_IF_ERROR(check_repeated_fields(call.input.body, contract::ref(qdrant::kUpdateCollection)));
  ALD_ASSIGN(const qdrant::CollectionUpdate update, read_collection_update(body));
  ALD_RETURN_IF_ERROR(call.dispatcher.allow(call.context, ops::UpdateCollection::kRow.access, collection.name));
  ops::UpdateCollection request;
  request.collection = collection;
  std::vector<std::string> unserved;
  request.change = [&](const model::CollectionConfig& config) {
    auto changed = updated(config, update);
    if (changed.ok()) unserved = newly_unserved(config, *changed);
    return changed;
  };
  ALD_RETURN_IF_ERROR(call.dispatcher.run(call.context, request).status());
  warn_of_unserved(call.dispatcher.log(), collection.name, unserved);
  result += "true";
  return Status::ok_status();
}

Status list_collections(const Call& call, std::string& result) {
  ALD_ASSIGN(const auto collections, call.dispatcher.run(call.context, ops::ListCollections{}));
  base::json::Writer writer(result);
  writer.begin_object();
  writer.key("collections");
  writer.begin_array();
  for (const model::CollectionDescription& one : collections) {
    writer.begin_object();
    writer.key("name");
    writer.string(one.name);
    writer.end_object();
  }
  writer.end_array();
  writer.end_object();
  return Status::ok_status();
}

Result<ops::GetCollection> decode_get_collection(const RouteInput& input) {
  return ops::GetCollection{collection_of(input)};
}

Result<ops::DeleteCollection> decode_delete_collection(const RouteInput& input) {
  return ops::DeleteCollection{collection_of(input)};
}

Result<ops::CollectionExists> decode_collection_exists(const RouteInput& input) {
  return ops::CollectionExists{collection_of(input)};
}

Result<ops::CompactCollection> decode_compact_collection(const RouteInput& input) {
  return ops::CompactCollection{collection_of(input)};
}

// Aliases. ------------------------------------------------------------------------------------

namespace {

std::optional<std::string> text_at(const Value& object, std::string_view name) {
  const Value* found = object.find(name);
  if (found == nullptr || !found->is_string()) return std::nullopt;
  return found->as_string();
}

// An action is told by its members; the refusal of one that fits none says nothing else.
std::optional<ops::AliasAction> action_of(const Value& value) {
  if (const Value* create = value.find("create_alias")) {
    auto collection = text_at(*create, "collection_name");
    auto alias = text_at(*create, "alias_name");
    if (collection && alias) return ops::CreateAlias{*std::move(collection), *std::move(alias)};
  }
  if (const Value* drop = value.find("delete_alias")) {
    if (auto alias = text_at(*drop, "alias_name")) return ops::DeleteAlias{*std::move(alias)};
  }
  if (const Value* rename = value.find("rename_alias")) {
    auto from = text_at(*rename, "old_alias_name");
    auto to = text_at(*rename, "new_alias_name");
    if (from && to) return ops::RenameAlias{*std::move(from), *std::move(to)};
  }
  return std::nullopt;
}

}  // namespace

Result<ops::UpdateAliases> decode_update_aliases(const RouteInput& input) {
  ALD_ASSIGN(const Value body, read_body(input, kAliasesShape));
  if (body.is_array()) {
    return body_refused("invalid length " + std::to_string(body.as_array().size()) +
                        ", expected struct ChangeAliasesOperation with 1 element");
  }
  if (!body.is_object()) return not_a_struct(body, "ChangeAliasesOperation");
  const Value* actions = body.find("actions");
  if (actions == nullptr) return missing_field("actions");
  if (!actions->is_array()) return invalid_type(*actions, "a sequence");
  ops::UpdateAliases request;
  for (const Value& value : actions->as_array()) {
    auto action = action_of(value);
    if (!action) return no_variant("AliasOperations");
    request.actions.push_back(*std::move(action));
  }
  return request;
}

Result<ops::ListCollectionAliases> decode_collection_aliases(const RouteInput& input) {
  return ops::ListCollectionAliases{collection_of(input)};
}

Status list_aliases(const Call& call, std::string& result) {
  ALD_ASSIGN(const auto aliases, call.dispatcher.run(call.context, ops::ListAliases{}));
  base::json::Writer writer(result);
  encode_aliases(aliases, writer);
  return Status::ok_status();
}

}  // namespace alidade::faces::qdrant_rest
