#include "auth/access.h"
#include "faces/contract/read_json.h"
#include "faces/contract/read_proto.h"
#include "faces/contract/write_proto.h"
#include "faces/qdrant/collection_settings.h"
#include "faces/qdrant_grpc/decode_index.h"
#include "faces/qdrant_grpc/errors.h"
#include "faces/qdrant_grpc/handlers.h"
#include "faces/qdrant_grpc/values.h"
#include "faces/qdrant_rest/collection_settings.h"
#include "faces/qdrant_rest/unserved_settings.h"

namespace alidade::faces::qdrant_grpc {
namespace {

using base::json::Value;

/// A request about settings as its table describes it.
template <typename S>
Result<S> read_settings(const google::protobuf::Message& request, const contract::ObjectOf<S>& table) {
  S settings;
  ALD_RETURN_IF_ERROR(contract::read(request, table, kProtoReading, settings));
  qdrant_rest::Rules rules;
  contract::find_refused_words(contract::ref(table), &settings, contract::Place(""), rules.all());
  ALD_RETURN_IF_ERROR(rules.verdict());
  return settings;
}

void fill_metadata(const Value& metadata, const google::protobuf::FieldDescriptor&, google::protobuf::Message& out) {
  fill_members(metadata, *as<::qdrant::CollectionConfig>(out).mutable_metadata());
}

void fill_aliases(const std::vector<ops::AliasEntry>& aliases,
                  ::qdrant::ListAliasesResponse& response) {
  for (const ops::AliasEntry& entry : aliases) {
    auto& one = *response.add_aliases();
    one.set_alias_name(entry.alias);
    one.set_collection_name(entry.collection);
  }
}

Result<ops::AliasAction> read_action(const ::qdrant::AliasOperations& operation) {
  using Wire = ::qdrant::AliasOperations;
  switch (operation.action_case()) {
    case Wire::kCreateAlias:
      return ops::AliasAction(ops::CreateAlias{operation.create_alias().collection_name(),
                                               operation.create_alias().alias_name()});
    case Wire::kRenameAlias:
      return ops::AliasAction(ops::RenameAlias{operation.rename_alias().old_alias_name(),
                                               operation.rename_alias().new_alias_name()});
    case Wire::kDeleteAlias:
      return ops::AliasAction(ops::DeleteAlias{operation.delete_alias().alias_name()});
    case Wire::ACTION_NOT_SET:
      break;
  }
  return malformed("Malformed AliasOperation type");
}

}  // namespace

Status create_collection(const Call& call,
                         const ::qdrant::CreateCollection& request,
                         ::qdrant::CollectionOperationResponse& response) {
  if (request.has_quantization_config() && request.quantization_config().quantization_case() ==
                                               ::qdrant::QuantizationConfig::QUANTIZATION_NOT_SET) {
    return malformed("Unable to convert quantization config");
  }
  ops::CreateCollection create;
  create.collection = ops::CollectionRef::by_name(request.collection_name());
  ALD_ASSIGN(create.config, read_settings(request, qdrant::kCreateCollection));
  ALD_RETURN_IF_ERROR(qdrant_rest::check_vector_names(create.config));
  ALD_RETURN_IF_ERROR(call.dispatcher.run(call.context, create).status());
  qdrant_rest::warn_of_unserved(call.dispatcher.log(), create.collection.name,
                                qdrant_rest::unserved_settings(create.config));
  response.set_result(true);
  return Status::ok_status();
}

Status update_collection(const Call& call,
                         const ::qdrant::UpdateCollection& request,
                         ::qdrant::CollectionOperationResponse& response) {
  ALD_ASSIGN(const qdrant::CollectionUpdate update, read_settings(request, qdrant::kUpdateCollection));
  const auto collection = ops::CollectionRef::by_name(request.collection_name());
  ALD_RETURN_IF_ERROR(call.dispatcher.allow(
      call.context, ops::UpdateCollection::kRow.access, collection.name));
  ops::UpdateCollection change;
  change.collection = collection;
  std::vector<std::string> unserved;
  change.change = [&](const model::CollectionConfig& config) {
    auto changed = qdrant_rest::updated(config, update);
    if (changed.ok()) unserved = qdrant_rest::newly_unserved(config, *changed);
    return changed;
  };
  ALD_RETURN_IF_ERROR(call.dispatcher.run(call.context, change).status());
  qdrant_rest::warn_of_unserved(call.dispatcher.log(), collection.name, unserved);
  response.set_result(true);
  return Status::ok_status();
}

Status delete_collection(const Call& call,
                         const ::qdrant::DeleteCollection& request,
                         ::qdrant::CollectionOperationResponse& response) {
  const ops::DeleteCollection drop{ops::CollectionRef::by_name(request.collection_name())};
  ALD_ASSIGN(const bool existed, call.dispatcher.run(call.context, drop));
  response.set_result(existed);
  return Status::ok_status();
}

Status get_collection(const Call& call,
                      const ::qdrant::GetCollectionInfoRequest& request,
                      ::qdrant::GetCollectionInfoResponse& response) {
  const ops::GetCollection get{ops::CollectionRef::by_name(request.collection_name())};
  ALD_ASSIGN(const model::CollectionInfo info, call.dispatcher.run(call.context, get));
  const model::CollectionConfig& config = info.description.config;
  auto& out = *response.mutable_result();
  out.set_status(info.optimizing ? ::qdrant::Yellow : ::qdrant::Green);
  out.mutable_optimizer_status()->set_ok(true);
  for (const std::string& warning : qdrant_rest::warnings_of(config))
    out.add_warnings()->set_message(warning);
  out.set_segments_count(2);  // The rows of the graph and the tail behind it.
  out.set_points_count(info.points_count);
  out.set_indexed_vectors_count(info.indexed_vectors_count);
  out.mutable_update_queue()->set_length(0);
  contract::write(qdrant::kCollectionConfig, qdrant_rest::shown_config(config), &fill_metadata, *out.mutable_config());
  for (const auto& [field, index] : info.payload_schema) {
    fill_schema_info(index.schema, index.points_count, (*out.mutable_payload_schema())[field]);
  }
  return Status::ok_status();
}

Status list_collections(const Call& call,
                        const ::qdrant::ListCollectionsRequest&,
                        ::qdrant::ListCollectionsResponse& response) {
  ALD_ASSIGN(const auto collections, call.dispatcher.run(call.context, ops::ListCollections{}));
  for (const model::CollectionDescription& one : collections) {
    response.add_collections()->set_name(one.name);
  }
  return Status::ok_status();
}

Status collection_exists(const Call& call,
                         const ::qdrant::CollectionExistsRequest& request,
                         ::qdrant::CollectionExistsResponse& response) {
  const ops::CollectionExists exists{ops::CollectionRef::by_name(request.collection_name())};
  ALD_ASSIGN(const bool found, call.dispatcher.run(call.context, exists));
  response.mutable_result()->set_exists(found);
  return Status::ok_status();
}

// One shard, on this node.
Status cluster_info(const Call& call,
                    const ::qdrant::CollectionClusterInfoRequest& request,
                    ::qdrant::CollectionClusterInfoResponse& response) {
  ALD_RETURN_IF_ERROR(check_rights(call, request, kReadsFiles));
  const ops::GetCollection get{ops::CollectionRef::by_name(request.collection_name())};
  ALD_ASSIGN(const model::CollectionInfo info, call.dispatcher.run(call.context, get));
  response.set_peer_id(1);
  response.set_shard_count(1);
  auto& shard = *response.add_local_shards();
  shard.set_points_count(info.points_count);
  shard.set_state(::qdrant::Active);
  return Status::ok_status();
}

Status list_shard_keys(const Call& call,
                       const ::qdrant::ListShardKeysRequest& request,
                       ::qdrant::ListShardKeysResponse&) {
  const ops::GetCollection get{ops::CollectionRef::by_name(request.collection_name())};
  return call.dispatcher.run(call.context, get).status();
}

Status update_aliases(const Call& call,
                      const ::qdrant::ChangeAliases& request,
                      ::qdrant::CollectionOperationResponse& response) {
  ops::UpdateAliases update;
  for (const auto& operation : request.actions()) {
    ALD_ASSIGN(auto action, read_action(operation));
    update.actions.push_back(std::move(action));
  }
  ALD_ASSIGN(const bool changed, call.dispatcher.run(call.context, update));
  response.set_result(changed);
  return Status::ok_status();
}

Status list_aliases(const Call& call,
                    const ::qdrant::ListAliasesRequest&,
                    ::qdrant::ListAliasesResponse& response) {
  ALD_ASSIGN(const auto aliases, call.dispatcher.run(call.context, ops::ListAliases{}));
  fill_aliases(aliases, response);
  return Status::ok_status();
}

Status list_collection_aliases(const Call& call,
                               const ::qdrant::ListCollectionAliasesRequest& request,
                               ::qdrant::ListAliasesResponse& response) {
  const ops::ListCollectionAliases list{ops::CollectionRef::by_name(request.collection_name())};
  ALD_ASSIGN(const auto aliases, call.dispatcher.run(call.context, list));
  fill_aliases(aliases, response);
  return Status::ok_status();
}

}  // namespace alidade::faces::qdrant_grpc
