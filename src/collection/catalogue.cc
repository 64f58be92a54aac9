#include "collection/catalogue.h"

#include <new>

#include <fmt/format.h>

#include "base/kill_point.h"
#include "collection/descriptions.h"
#include "observe/log.h"

namespace alidade::collection {
namespace {

shard::Runtime with_reserve(const shard::Runtime& given, const std::string& directory) {
  shard::Runtime runtime = given;
  runtime.reserve = std::make_shared<env::DiskReserve>(
      given.env, env::join_path(directory, kReserveFile), given.options.disk_reserve_bytes);
  return runtime;
}

Status not_found_collection(const model::CollectionRef& ref) {
  return Status(StatusCode::kNotFound, fmt::format("collection '{}' does not exist", ref.to_string()),
                ErrorKind::kCollectionNotFound, {ref.to_string()});
}

Status database_not_found(const std::string& name, StatusCode code) {
  return Status(code, fmt::format("database '{}' does not exist", name), ErrorKind::kDatabaseNotFound, {name});
}

/// The folder that holds the data folder, however that was written ("data/").
std::string outer_directory(std::string directory) {
  while (directory.size() > 1 && directory.back() == '/') directory.pop_back();
  return env::parent_directory(directory);
}

}  // namespace

Catalogue::Catalogue(const shard::Runtime& runtime, std::string directory)
    : runtime_(with_reserve(runtime, directory)),
      directory_(std::move(directory)),
      out_of_memory_(StatusCode::kResourceExhausted, "not enough memory for this request"),
      loader_(runtime_) {}

Catalogue::~Catalogue() { loader_.stop(); }

Result<std::unique_ptr<Catalogue>> Catalogue::open(const shard::Runtime& runtime, std::string directory) {
  ALD_ASSIGN(auto catalogue, open_names(runtime, std::move(directory)));
  catalogue->loader_.run();
  return catalogue;
}

Result<std::unique_ptr<Catalogue>> Catalogue::open_names(const shard::Runtime& runtime,
                                                         std::string directory) {
  std::unique_ptr<Catalogue> catalogue(new Catalogue(runtime, std::move(directory)));
  ALD_RETURN_IF_ERROR(catalogue->load());
  return catalogue;
}

Status Catalogue::load() {
  const bool is_new = !runtime_.env.exists(directory_);
  ALD_RETURN_IF_ERROR(runtime_.env.create_directory(directory_));
  auto lock = runtime_.env.lock_file(env::join_path(directory_, "LOCK"));
  if (!lock.ok()) {
    if (lock.status().code() != StatusCode::kAlreadyExists) return lock.status();
    return Status(StatusCode::kAlreadyExists,
                  fmt::format("the data folder '{}' is in use by another server", directory_));
  }
  lock_ = std::move(*lock);
  ALD_RETURN_IF_ERROR(runtime_.env.create_directory(env::join_path(directory_, kCollectionsFolder)));
  // Whatever is acknowledged below these folders needs them. They may be there and not be durable
  // yet: an earlier start may have been killed between making and syncing them.
  ALD_RETURN_IF_ERROR(runtime_.env.sync_directory(directory_));
  const Status outer = runtime_.env.sync_directory(outer_directory(directory_));
  // A folder that was there before may lie in one that may not be opened.
  if (is_new) ALD_RETURN_IF_ERROR(outer);
  if (const Status reserved = runtime_.reserve->admit(); !reserved.ok()) {
    runtime_.log.warn("the disk is nearly full: deletions work, other writes are refused until there is space",
                      {{"folder", directory_}, {"reason", reserved.message()}});
  }
  ALD_RETURN_IF_ERROR(load_names());
  return load_collections();
}

Status Catalogue::load_names() {
  const std::string path = env::join_path(directory_, kNamesFile);
  auto names = collection::load_names(runtime_.env, path);
  if (names.status().code() == StatusCode::kNotFound) {
    // The first start stores it before any collection can be made.
    ALD_ASSIGN(const auto entries,
               runtime_.env.list_directory(env::join_path(directory_, kCollectionsFolder)));
    if (entries.empty()) {
      names = default_names();
      ALD_RETURN_IF_ERROR(collection::store_names(runtime_.env, path, *names));
    } else {
      names = data_loss(path + ": the file is missing");
    }
  }
  if (!names.ok()) {
    names_damage_ = Status(
        StatusCode::kUnavailable,
        fmt::format("tenants, databases and aliases cannot be read: {}", names.status().message()),
        ErrorKind::kQuarantined, {kNamesFile, names.status().message()});
    runtime_.log.error(
        "tenants, databases and aliases cannot be read: collections serve by name and nothing in the "
        "catalogue can be changed; restore the file, or see `alidade repair`",
        {{"file", path}, {"reason", names.status().message()}});
    names = default_names();
  }
  base::MutexLock lock(mutex_);
  names_ = std::move(*names);
  return {};
}

Status Catalogue::load_collections() {
  const std::string folder = env::join_path(directory_, kCollectionsFolder);
  ALD_RETURN_IF_ERROR(runtime_.env.sync_directory(folder));
  ALD_ASSIGN(const auto entries, runtime_.env.list_directory(folder));
  std::set<std::string> kept;
  for (const auto& entry : entries) {
    const std::string path = env::join_path(folder, entry.name);
    if (entry.is_directory && load_collection(path)) kept.insert(entry.name);
  }
  if (!names_damage_.ok()) derive_names();
  // A crash between the end of a collection and that of its aliases leaves aliases of nothing. Those
  // of a collection that is only unreadable wait for its repair.
  base::MutexLock lock(mutex_);
  std::erase_if(names_.aliases, [&](const auto& alias) { return !kept.contains(alias.second.to_string()); });
  return {};
}

/// @return false when there is no collection: what was left of one is removed.
bool Catalogue::load_collection(const std::string& path) {
  const std::string file = env::join_path(path, kCollectionFile);
  const auto description = load_description(runtime_.env, path);
  if (description.status().code() == StatusCode::kNotFound) {
    if (is_leftover(runtime_.env, path)) {
      ALD_KILL_POINT(leftover_before_removal);
      remove_dropped(path).ignore();  // Tried again at the next start.
      return false;
    }
    leave_out(file, data_loss(file + ": the file is missing"));
    return true;
  }
  if (!description.ok()) {
    leave_out(file, description.status());
    return true;
  }
  // It may be there and not be durable yet: a crash may have come before that, and what is written
  // to the collection from now on needs it.
  if (const Status synced = runtime_.env.sync_directory(path); !synced.ok()) {
    add(Collection::quarantined(runtime_, path, *description, synced), *description);
    return true;
  }
  const Key key{{description->tenant, description->database}, description->name};
  std::shared_ptr<Collection> other;
  {
    base::MutexLock lock(mutex_);
    if (const auto found = collections_.find(key); found != collections_.end()) other = found->second;
  }
  if (other != nullptr) {
    // Nobody can say which one is meant, so neither answers.
    const Status twice = data_loss(fmt::format("'{}' and '{}' are both named '{}'; move one of them away",
                                               other->directory(), path, description->name));
    add(Collection::quarantined(runtime_, path, *description, twice), *description);
    return true;
  }
  const auto collection = Collection::make(path, *description);
  loader_.add(collection);
  add(collection, *description);
  return true;
}

void Catalogue::add(const std::shared_ptr<Collection>& collection,
                    const model::CollectionDescription& description) {
  const Key key{{description.tenant, description.database}, description.name};
  base::MutexLock lock(mutex_);
  by_uuid_[collection->uuid()] = key;
  collections_[key] = collection;
}

/// Its name is unknown, so nothing can be shown under it; the files stay for repair.
void Catalogue::leave_out(const std::string& file, const Status& reason) {
  runtime_.log.error(
      "a collection cannot be read and is left out; unknown names are answered with an error and "
      "cannot be created; restore the file, or see `alidade repair`",
      {{"file", file}, {"reason", reason.message()}});
  unknown_damage_ = Status(StatusCode::kUnavailable,
                           fmt::format("a collection cannot be read, so its name is not known: {}",
                                       reason.message()),
                           ErrorKind::kQuarantined, {file, reason.message()});
}

/// Tenants and databases that collections are in. Their UUIDs are not known.
void Catalogue::derive_names() {
  base::MutexLock lock(mutex_);
  for (const auto& [key, collection] : collections_) {
    names_.tenants.insert(key.first.first);
    if (!names_.databases.contains(key.first)) names_.databases[key.first] = new_uuid();
  }
}

Status Catalogue::changeable() const {
  return names_damage_.ok() ? unknown_damage_ : names_damage_;
}

Status Catalogue::not_found(const model::CollectionRef& ref) const {
  // It may be the one whose description cannot be read, or an alias.
  if (!unknown_damage_.ok()) return unknown_damage_;
  if (!names_damage_.ok() && !ref.uuid) return names_damage_;
  return not_found_collection(ref);
}

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

base::Uuid Catalogue::new_uuid() { return base::Uuid::version4(runtime_.env.random_u64(), runtime_.env.random_u64()); }

std::shared_ptr<Collection> Catalogue::lookup(const model::CollectionRef& ref, bool follow_alias) const {
  base::MutexLock lock(mutex_);
  Key key{{ref.tenant, ref.database}, ref.name};
  if (ref.uuid) {
    const auto found = by_uuid_.find(*ref.uuid);
    if (found == by_uuid_.end() || found->second.first != key.first) return nullptr;
    key = found->second;
  }
  auto found = collections_.find(key);
  if (found == collections_.end() && follow_alias && !ref.uuid && ref.tenant == model::kDefaultTenant &&
      ref.database == model::kDefaultDatabase) {
    const auto alias = names_.aliases.find(ref.name);
    if (alias == names_.aliases.end()) return nullptr;
    const auto target = by_uuid_.find(alias->second);
    if (target == by_uuid_.end()) return nullptr;
    found = collections_.find(target->second);
  }
  return found == collections_.end() ? nullptr : found->second;
}

Status Catalogue::wait_until_open(const std::string& name, Waiter kind, const observe::OpContext& context) {
  std::vector<std::shared_ptr<Collection>> meant;
  if (const auto aliased = lookup(model::CollectionRef::by_name(name), true)) meant.push_back(aliased);
  const auto uuid = base::Uuid::parse_canonical(name);
  {
    base::MutexLock lock(mutex_);
    for (const auto& [key, collection] : collections_) {
      if (key.second == name || (uuid && collection->uuid() == *uuid)) meant.push_back(collection);
    }
  }
  for (const auto& collection : meant) ALD_RETURN_IF_ERROR(loader_.wait_for(*collection, kind, context));
  return {};
}

Status Catalogue::wait_until_loaded(Waiter kind, const observe::OpContext& context) {
  return loader_.wait_for_all(kind, context);
}

Result<std::shared_ptr<Collection>> Catalogue::find(const model::CollectionRef& ref) const {
  auto collection = lookup(ref, true);
  if (collection == nullptr) return not_found(ref);
  return collection;
}

Result<std::shared_ptr<Collection>> Catalogue::find_exact(const model::CollectionRef& ref) const {
  auto collection = lookup(ref, false);
  if (collection == nullptr) return not_found(ref);
  return collection;
}

Result<std::shared_ptr<Collection>> Catalogue::create(const model::CollectionRef& ref,
                                                      const model::CollectionConfig& config) {
  base::MutexLock ddl(ddl_mutex_);
  ALD_RETURN_IF_ERROR(settle());
  const Key key{{ref.tenant, ref.database}, ref.name};
  ALD_RETURN_IF_ERROR(changeable());
  {
    base::MutexLock lock(mutex_);
    if (collections_.contains(key)) {
      return Status(StatusCode::kAlreadyExists, fmt::format("collection '{}' already exists", ref.name),
                    ErrorKind::kCollectionExists, {ref.name});
    }
    if (names_.aliases.contains(ref.name) && ref.tenant == model::kDefaultTenant &&
        ref.database == model::kDefaultDatabase) {
      return Status(StatusCode::kInvalidArgument, fmt::format("'{}' is the name of an alias", ref.name),
                    ErrorKind::kCollectionNameIsAlias, {ref.name});
    }
    if (!names_.databases.contains(key.first)) {
      return database_not_found(ref.database, StatusCode::kInvalidArgument);
    }
  }
  model::CollectionDescription description{ref.tenant, ref.database, ref.name, new_uuid(), config};
  const std::string folder = env::join_path(directory_, kCollectionsFolder);
  const std::string path = env::join_path(folder, description.uuid.to_string());
  ALD_RETURN_IF_ERROR(runtime_.reserve->admit());
  // Nobody's until the end; also when there is no memory half-way.
  void_folders_.push_back(path);
  // The shard's folder first: collection.ald is what makes the collection exist.
  Status made = runtime_.env.create_directory(path);
  ALD_KILL_POINT(create_folder_made);
  if (made.ok()) made = runtime_.env.create_directory(env::join_path(path, kShardFolder));
  ALD_KILL_POINT(create_before_description);
  if (made.ok()) made = store_description(runtime_.env, path, description);
  ALD_KILL_POINT(create_after_description);
  if (made.ok()) made = runtime_.env.sync_directory(folder);
  if (!made.ok()) {
    settle().ignore();  // Tried again before the name is given to another.
    return made;
  }
  auto collection = Collection::open(runtime_, path, description);
  if (const auto shard = collection->shard(); !shard.ok()) {
    settle().ignore();
    return shard.status();
  }
  ALD_KILL_POINT(create_before_answer);
  base::MutexLock lock(mutex_);
  const auto known = collections_.try_emplace(key, collection).first;
  try {
    by_uuid_[description.uuid] = key;
  } catch (const std::bad_alloc&) {
    collections_.erase(known);
    throw;
  }
  void_folders_.pop_back();
  return collection;
}

Status Catalogue::drop_locked(const Key& key) {
  std::shared_ptr<Collection> collection;
  {
    base::MutexLock lock(mutex_);
    collection = collections_.at(key);
  }
  const std::string& folder = collection->directory();
  const std::string file = env::join_path(folder, kCollectionFile);
  void_folders_.push_back(folder);
  // Without its collection.ald the folder is nobody's: this is the moment of the deletion.
  Status marked = out_of_memory_;
  try {
    marked = mark_dropped(folder);
  } catch (const std::bad_alloc&) {  // It failed, and there was no memory to say so.
  }
  if (!marked.ok() && runtime_.env.exists(file)) {
    void_folders_.pop_back();
    return marked;
  }
  // When only the sync failed, nobody knows whether a power loss brings the file back. The collection
  // is gone all the same: what was written to it could be lost with any start.
  if (marked.ok()) void_folders_.pop_back();
  std::size_t aliases_removed = 0;
  {
    base::MutexLock lock(mutex_);
    collections_.erase(key);
    by_uuid_.erase(collection->uuid());
    aliases_removed = std::erase_if(
        names_.aliases, [&](const auto& alias) { return alias.second == collection->uuid(); });
  }
  if (auto shard = collection->shard(); shard.ok()) (*shard)->close();
  remove_dropped(folder).ignore();  // Tried again at the next start.
  // On disk an alias of a collection that is gone means nothing, so its removal may fail.
  if (aliases_removed > 0) store_current_names(Room::kFreed).ignore();
  return marked;
}

Status Catalogue::settle() {
  const std::string folder = env::join_path(directory_, kCollectionsFolder);
  for (const std::string& path : void_folders_) {
    ALD_RETURN_IF_ERROR(remove_dropped(path));
  }
  if (!void_folders_.empty()) ALD_RETURN_IF_ERROR(runtime_.env.sync_directory(folder));
  void_folders_.clear();
  while (!unsettled_.empty()) {
    const auto& collection = unsettled_.back();
    const model::CollectionDescription description = collection->description();
    bool exists = false;
    {
      base::MutexLock lock(mutex_);
      exists = by_uuid_.contains(collection->uuid());
    }
    if (exists) ALD_RETURN_IF_ERROR(store_description(runtime_.env, collection->directory(), description));
    unsettled_.pop_back();
  }
  return names_unsettled_ ? store_current_names(Room::kFreed) : Status();
}

Status Catalogue::store_current_names(Room room) {
  Names names;
  {
    base::MutexLock lock(mutex_);
    names = names_;
  }
  return store_names(names, room);
}

/// The mark tells a deletion from a lost file.
Status Catalogue::mark_dropped(const std::string& path) {
  const std::string mark = env::join_path(path, kDroppedMark);
  const std::string file = env::join_path(path, kCollectionFile);
  ALD_KILL_POINT(drop_before_mark);
  Status marked = env::write_file_atomically(runtime_.env, mark, {});
  ALD_KILL_POINT(drop_before_unlink);
  if (marked.ok()) {
    marked = runtime_.env.remove_file(file);
  } else if (marked.code() == StatusCode::kOutOfSpace) {
    // A full disk must not keep a collection from being deleted; a rename needs no space.
    marked = runtime_.env.rename(file, mark);
  }
  ALD_RETURN_IF_ERROR(marked);
  ALD_KILL_POINT(drop_after_unlink);
  return runtime_.env.sync_directory(path);
}

/// The mark goes last, and only when nothing is left that it explains. What fails is tried again at
/// the next start.
Status Catalogue::remove_dropped(const std::string& path) {
  if (!runtime_.env.exists(path)) return {};
  ALD_RETURN_IF_ERROR(runtime_.env.remove_directory_tree(env::join_path(path, kShardFolder)));
  ALD_RETURN_IF_ERROR(runtime_.env.sync_directory(path));
  return runtime_.env.remove_directory_tree(path);
}

Result<bool> Catalogue::drop(const model::CollectionRef& ref) {
  base::MutexLock ddl(ddl_mutex_);
  ALD_RETURN_IF_ERROR(names_damage_);
  const auto collection = lookup(ref, false);
  if (collection == nullptr) {
    ALD_RETURN_IF_ERROR(unknown_damage_);
    return false;
  }
  Key key;
  {
    base::MutexLock lock(mutex_);
    key = by_uuid_.at(collection->uuid());
  }
  ALD_RETURN_IF_ERROR(drop_locked(key));
  ALD_KILL_POINT(drop_before_answer);
  return true;
}

Status Catalogue::update(const model::CollectionRef& ref,
                         const std::optional<std::string>& new_name,
                         const std::optional<model::CollectionConfig>& config) {
  base::MutexLock ddl(ddl_mutex_);
  ALD_RETURN_IF_ERROR(settle());
  const auto collection = lookup(ref, true);
  if (collection == nullptr) return not_found(ref);
  if (new_name) ALD_RETURN_IF_ERROR(changeable());
  model::CollectionDescription description = collection->description();
  const Key old_key{{description.tenant, description.database}, description.name};
  Key key = old_key;
  if (new_name && *new_name != description.name) {
    key.second = *new_name;
    base::MutexLock lock(mutex_);
    const bool is_alias = key.first == DatabaseKey{model::kDefaultTenant, model::kDefaultDatabase} &&
                          names_.aliases.contains(*new_name);
    if (collections_.contains(key) || is_alias) {
      return Status(StatusCode::kAlreadyExists, fmt::format("collection '{}' already exists", *new_name),
                    ErrorKind::kCollectionExists, {*new_name});
    }
    description.name = *new_name;
  }
  if (config) description.config = *config;
  ALD_RETURN_IF_ERROR(runtime_.reserve->admit());
  ALD_KILL_POINT(description_before_store);
  unsettled_.push_back(collection);
  if (Status stored = store_description(runtime_.env, collection->directory(), description); !stored.ok()) {
    settle().ignore();  // Tried again before a name is given to another.
    return stored;
  }
  ALD_KILL_POINT(description_after_store);
  collection->set_description(description);
  unsettled_.pop_back();
  if (key == old_key) return {};
  base::MutexLock lock(mutex_);
  by_uuid_.at(collection->uuid()) = key;
  auto entry = collections_.extract(old_key);
  entry.key() = std::move(key);
  collections_.insert(std::move(entry));
  return {};
}

std::vector<std::shared_ptr<Collection>> Catalogue::list(const std::string& tenant,
                                                         const std::string& database) const {
  base::MutexLock lock(mutex_);
  std::vector<std::shared_ptr<Collection>> out;
  const DatabaseKey place{tenant, database};
  for (auto it = collections_.lower_bound(Key{place, ""}); it != collections_.end() && it->first.first == place;
       ++it) {
    out.push_back(it->second);
  }
  return out;
}

std::vector<std::shared_ptr<Collection>> Catalogue::list_all() const {
  base::MutexLock lock(mutex_);
  std::vector<std::shared_ptr<Collection>> out;
  for (const auto& [key, collection] : collections_) out.push_back(collection);
  return out;
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
      if (target == nullptr) return not_found_collection(model::CollectionRef::by_name(change.target));
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

void Catalogue::checkpoint_all() {
  if (runtime_.options.hold_checkpoints) return;
  for (const auto& collection : list_all()) {
    const auto shard = collection->shard();
    if (!shard.ok() || (*shard)->stats().log_bytes == 0) continue;
    const Status written = (*shard)->checkpoint();
    if (!written.ok()) {
      runtime_.log.warn("a checkpoint failed",
                           {{"collection", collection->directory()}, {"reason", written.message()}});
    }
  }
}

}  // namespace alidade::collection
