// Tenants, databases and aliases.
#include "collection/catalogue.h"

#include <fmt/format.h>

#include "base/kill_point.h"
#include "collection/catalogue_errors.h"
#include "collection/descriptions.h"

namespace alidade::collection {

Status Catalogue::store_names(const Names& names, Room room) {
  if (room == Room::kTaken) ALD_RETURN_IF_ERROR(runtime_.reserve->admit());
  const std::string path = env::join_path(directory_, kNamesFile);
  names_unsettled_ = true;
  ALD_KILL_POINT(names_before_store);
  Status stored = collection::store_names(runtime_.env, path, names);
  if (stored.code() == StatusCode::kOutOfSpace && room == Room::kFreed) {
    const env::DiskReserve::Use use(*runtime_.reserve);
    if (use.given()) stored = collection::store_names(runtime_.env, path, names);
  }
  ALD_RETURN_IF_ERROR(stored);
  names_unsettled_ = false;
  ALD_KILL_POINT(names_after_store);
  return {};
}

Status Catalogue::store_current_names(Room room) {
  Names names;
  {
    base::MutexLock lock(mutex_);
    names = names_;
  }
  return store_names(names, room);
}

Status Catalogue::change_aliases(const std::vector<AliasChange>& changes) {
  base::MutexLock ddl(ddl_mutex_);
  ALD_RETURN_IF_ERROR(changeable());
  ALD_RETURN_IF_ERROR(settle());
  Names names;
  {
    base::MutexLock lock(mutex_);
    names = names_;
  }
  Room room = Room::kFreed;
  for (const AliasChange& change : changes) {
    if (change.kind != AliasChange::Kind::kDelete) room = Room::kTaken;
    if (change.kind == AliasChange::Kind::kCreate) {
      const auto target = lookup(model::CollectionRef::by_name(change.target), false);
      if (target == nullptr) return collection_not_found(model::CollectionRef::by_name(change.target));
      if (lookup(model::CollectionRef::by_name(change.alias), false) != nullptr) {
        return Status(StatusCode::kAlreadyExists, fmt::format("collection '{}' already exists", change.alias),
                      ErrorKind::kAliasNameIsCollection, {change.alias});
      }
      names.aliases[change.alias] = target->uuid();
    } else if (change.kind == AliasChange::Kind::kDelete) {
      names.aliases.erase(change.alias);
    } else {
      const auto found = names.aliases.find(change.alias);
      if (found == names.aliases.end()) {
        return Status(StatusCode::kNotFound, fmt::format("alias '{}' does not exist", change.alias),
                      ErrorKind::kAliasNotFound, {change.alias});
      }
      const base::Uuid target = found->second;
      names.aliases.erase(found);
      names.aliases[change.target] = target;
    }
  }
  ALD_RETURN_IF_ERROR(store_names(names, room));
  base::MutexLock lock(mutex_);
  names_ = std::move(names);
  return {};
}

std::map<std::string, std::string> Catalogue::aliases() const {
  base::MutexLock lock(mutex_);
  std::map<std::string, std::string> out;
  for (const auto& [alias, uuid] : names_.aliases) {
    if (const auto found = by_uuid_.find(uuid); found != by_uuid_.end()) out[alias] = found->second.second;
  }
  return out;
}

Status Catalogue::create_tenant(const std::string& name) {
  base::MutexLock ddl(ddl_mutex_);
  ALD_RETURN_IF_ERROR(changeable());
  Names names;
  {
    base::MutexLock lock(mutex_);
    names = names_;
  }
  if (!names.tenants.insert(name).second) {
    return Status(StatusCode::kAlreadyExists, fmt::format("tenant '{}' already exists", name),
                  ErrorKind::kTenantExists, {name});
  }
  ALD_RETURN_IF_ERROR(store_names(names, Room::kTaken));
  base::MutexLock lock(mutex_);
  names_ = std::move(names);
  return {};
}

bool Catalogue::has_tenant(const std::string& name) const {
  base::MutexLock lock(mutex_);
  return names_.tenants.contains(name);
}

Status Catalogue::create_database(const std::string& tenant, const std::string& name) {
  base::MutexLock ddl(ddl_mutex_);
  ALD_RETURN_IF_ERROR(changeable());
  Names names;
  {
    base::MutexLock lock(mutex_);
    names = names_;
  }
  if (!names.databases.try_emplace({tenant, name}, new_uuid()).second) {
    return Status(StatusCode::kAlreadyExists, fmt::format("database '{}' already exists", name),
                  ErrorKind::kDatabaseExists, {name});
  }
  ALD_RETURN_IF_ERROR(store_names(names, Room::kTaken));
  base::MutexLock lock(mutex_);
  names_ = std::move(names);
  return {};
}

Result<DatabaseEntry> Catalogue::find_database(const std::string& tenant, const std::string& name) const {
  base::MutexLock lock(mutex_);
  const auto found = names_.databases.find({tenant, name});
  if (found == names_.databases.end()) {
    ALD_RETURN_IF_ERROR(names_damage_);
    return database_not_found(name, StatusCode::kNotFound);
  }
  return DatabaseEntry{found->second, name, tenant};
}

std::vector<DatabaseEntry> Catalogue::list_databases(const std::string& tenant) const {
  base::MutexLock lock(mutex_);
  std::vector<DatabaseEntry> out;
  for (const auto& [key, uuid] : names_.databases) {
    if (key.first == tenant) out.push_back({uuid, key.second, tenant});
  }
  return out;
}

std::vector<Catalogue::Key> Catalogue::keys_of(const std::string& tenant, const std::string& database) const {
  base::MutexLock lock(mutex_);
  std::vector<Key> keys;
  for (const auto& [key, collection] : collections_) {
    if (key.first == DatabaseKey{tenant, database}) keys.push_back(key);
  }
  return keys;
}

Status Catalogue::drop_database(const std::string& tenant, const std::string& name) {
  base::MutexLock ddl(ddl_mutex_);
  ALD_RETURN_IF_ERROR(changeable());
  Names names;
  {
    base::MutexLock lock(mutex_);
    names = names_;
  }
  if (names.databases.erase({tenant, name}) == 0) return database_not_found(name, StatusCode::kNotFound);
  // Collections first: a crash in between leaves a database with fewer of them, never orphans.
  for (const Key& key : keys_of(tenant, name)) ALD_RETURN_IF_ERROR(drop_locked(key));
  {
    base::MutexLock lock(mutex_);
    names.aliases = names_.aliases;
  }
  ALD_RETURN_IF_ERROR(store_names(names, Room::kFreed));
  base::MutexLock lock(mutex_);
  names_ = std::move(names);
  return {};
}

Status Catalogue::reset() {
  base::MutexLock ddl(ddl_mutex_);
  ALD_RETURN_IF_ERROR(changeable());
  std::vector<Key> keys;
  {
    base::MutexLock lock(mutex_);
    for (const auto& [key, collection] : collections_) keys.push_back(key);
  }
  for (const Key& key : keys) ALD_RETURN_IF_ERROR(drop_locked(key));
  Names names = default_names();
  ALD_RETURN_IF_ERROR(store_names(names, Room::kFreed));
  base::MutexLock lock(mutex_);
  names_ = std::move(names);
  return {};
}

}  // namespace alidade::collection
