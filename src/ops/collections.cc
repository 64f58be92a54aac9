// Handlers of collections, aliases, tenants and databases: thin, the catalogue does the work.
#include <algorithm>

#include "collection/catalogue.h"
#include "ops/dispatcher.h"

namespace alidade::ops {

using observe::OpContext;

Result<ServerInfo> GetServerInfo::handle(const Services& services,
                                         OpContext&,
                                         const GetServerInfo&) {
  ServerInfo info;
  info.started_us = services.started_us;
  info.ready = services.catalogue.is_loaded();
  for (const auto& collection : services.catalogue.list_all()) {
    ++info.collections_count;
    if (const auto shard = collection->shard(); shard.ok()) info.points_count += (*shard)->stats().points_count;
  }
  return info;
}

Result<CreatedCollection> CreateCollection::handle(const Services& services,
                                                   OpContext&,
                                                   const CreateCollection& request) {
  auto created = services.catalogue.create(request.collection, request.config);
  if (created.ok()) return CreatedCollection{(*created)->description(), true};
  if (!request.get_or_create || created.status().kind() != ErrorKind::kCollectionExists) {
    return created.status();
  }
  ALD_ASSIGN(const auto existing, services.catalogue.find_exact(request.collection));
  return CreatedCollection{existing->description(), false};
}

Result<model::CollectionInfo> GetCollection::handle(const Services& services,
                                                    OpContext&,
                                                    const GetCollection& request) {
  ALD_ASSIGN(const auto collection, services.catalogue.find(request.collection));
  return collection->info();
}

Result<std::vector<model::CollectionDescription>> ListCollections::handle(const Services& services,
                                                                          OpContext& context,
                                                                          const ListCollections& request) {
  std::vector<model::CollectionDescription> out;
  for (const auto& collection : services.catalogue.list(request.tenant, request.database)) {
    auto description = collection->description();
    if (may_see(*context.identity, description)) out.push_back(std::move(description));
  }
  return out;
}

Result<std::monostate> UpdateCollection::handle(const Services& services,
                                                OpContext&,
                                                const UpdateCollection& request) {
  ALD_RETURN_IF_ERROR(services.catalogue.update(request.collection, request.new_name, request.change));
  return std::monostate{};
}

Result<bool> DeleteCollection::handle(const Services& services,
                                      OpContext&,
                                      const DeleteCollection& request) {
  return services.catalogue.drop(request.collection);
}

Result<bool> CollectionExists::handle(const Services& services,
                                      OpContext&,
                                      const CollectionExists& request) {
  return services.catalogue.find(request.collection).ok();
}

Result<bool> CompactCollection::handle(const Services& services,
                                       OpContext&,
                                       const CompactCollection& request) {
  ALD_ASSIGN(const auto collection, services.catalogue.find(request.collection));
  ALD_ASSIGN(const auto shard, collection->shard());
  ALD_RETURN_IF_ERROR(shard->compact());
  return true;
}

Result<bool> UpdateAliases::handle(const Services& services,
                                   OpContext&,
                                   const UpdateAliases& request) {
  using collection::AliasChange;
  std::vector<AliasChange> changes;
  for (const AliasAction& action : request.actions) {
    if (const auto* create = std::get_if<CreateAlias>(&action)) {
      changes.push_back({AliasChange::Kind::kCreate, create->alias, create->collection});
    } else if (const auto* rename = std::get_if<RenameAlias>(&action)) {
      changes.push_back({AliasChange::Kind::kRename, rename->old_alias, rename->new_alias});
    } else {
      changes.push_back({AliasChange::Kind::kDelete, std::get<DeleteAlias>(action).alias, ""});
    }
  }
  ALD_RETURN_IF_ERROR(services.catalogue.change_aliases(changes));
  return true;
}

Result<std::vector<AliasEntry>> ListAliases::handle(const Services& services,
                                                    OpContext& context,
                                                    const ListAliases&) {
  ALD_RETURN_IF_ERROR(services.catalogue.names_status());
  std::vector<AliasEntry> out;
  for (const auto& [alias, target] : services.catalogue.aliases()) {
    if (context.identity->may_see(target)) out.push_back({alias, target});
  }
  return out;
}

Result<std::vector<AliasEntry>> ListCollectionAliases::handle(const Services& services,
                                                              OpContext&,
                                                              const ListCollectionAliases& request) {
  ALD_RETURN_IF_ERROR(services.catalogue.names_status());
  std::vector<AliasEntry> out;
  for (const auto& [alias, target] : services.catalogue.aliases()) {
    if (target == request.collection.name) out.push_back({alias, target});
  }
  return out;
}

Result<std::monostate> CreateTenant::handle(const Services& services,
                                            OpContext&,
                                            const CreateTenant& request) {
  ALD_RETURN_IF_ERROR(services.catalogue.create_tenant(request.name));
  return std::monostate{};
}

Result<std::string> GetTenant::handle(const Services& services,
                                      OpContext&,
                                      const GetTenant& request) {
  if (services.catalogue.has_tenant(request.name)) return request.name;
  ALD_RETURN_IF_ERROR(services.catalogue.names_status());
  return Status(StatusCode::kNotFound, "tenant '" + request.name + "' does not exist",
                ErrorKind::kTenantNotFound, {request.name});
}

Result<std::monostate> CreateDatabase::handle(const Services& services,
                                              OpContext&,
                                              const CreateDatabase& request) {
  ALD_RETURN_IF_ERROR(services.catalogue.create_database(request.tenant, request.name));
  return std::monostate{};
}

Result<DatabaseInfo> GetDatabase::handle(const Services& services,
                                         OpContext&,
                                         const GetDatabase& request) {
  ALD_ASSIGN(const auto entry, services.catalogue.find_database(request.tenant, request.name));
  return DatabaseInfo{entry.uuid, entry.name, entry.tenant};
}

Result<std::vector<DatabaseInfo>> ListDatabases::handle(const Services& services,
                                                        OpContext&,
                                                        const ListDatabases& request) {
  ALD_RETURN_IF_ERROR(services.catalogue.names_status());
  std::vector<DatabaseInfo> out;
  for (const auto& entry : services.catalogue.list_databases(request.tenant)) {
    out.push_back({entry.uuid, entry.name, entry.tenant});
  }
  return out;
}

Result<std::monostate> DeleteDatabase::handle(const Services& services,
                                              OpContext&,
                                              const DeleteDatabase& request) {
  ALD_RETURN_IF_ERROR(services.catalogue.drop_database(request.tenant, request.name));
  return std::monostate{};
}

Result<std::monostate> Reset::handle(const Services& services, OpContext&, const Reset&) {
  ALD_RETURN_IF_ERROR(services.catalogue.reset());
  return std::monostate{};
}

}  // namespace alidade::ops
