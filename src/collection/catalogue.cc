#include "collection/catalogue.h"

#include <algorithm>
#include <new>

#include <fmt/format.h>

#include "base/kill_point.h"
#include "collection/catalogue_errors.h"
#include "collection/descriptions.h"
#include "observe/log.h"

namespace alidade::collection {
namespace {

/// A row takes the builder about as long as a start takes for that much of a log.
constexpr std::uint64_t kBytesPerGraphRow = 64 << 10;
/// What is taken for the speed of a disk that nothing is known of.
constexpr double kDiskBytesPerSecond = 100e6;

shard::Runtime with_reserve(const shard::Runtime& given, const std::string& directory) {
  shard::Runtime runtime = given;
  runtime.reserve = std::make_shared<env::DiskReserve>(
      given.env, env::join_path(directory, kReserveFile), given.options.disk_reserve_bytes);
  return runtime;
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

Status Catalogue::changeable() const {
  return names_damage_.ok() ? unknown_damage_ : names_damage_;
}

Status Catalogue::not_found(const model::CollectionRef& ref) const {
  // It may be the one whose description cannot be read, or an alias.
  if (!unknown_damage_.ok()) return unknown_damage_;
  if (!names_damage_.ok() && !ref.uuid) return names_damage_;
  return collection_not_found(ref);
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
  // Durable before the description: power loss may keep the later of two names in a folder, and a
  // description without its shard's folder is what damage looks like.
  if (made.ok()) made = runtime_.env.sync_directory(path);
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

Status Catalogue::update(const model::CollectionRef& ref,
                         const std::optional<std::string>& new_name,
                         const model::ConfigChange& change) {
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
  if (change) {
    ALD_RETURN_IF_ERROR(collection->shard().status());  // It knows sizes that the description leaves open.
    ALD_ASSIGN(description.config, change(description.config));
  }
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

void Catalogue::checkpoint_all(const CheckpointLimits& limits) {
  if (runtime_.options.hold_checkpoints) return;
  struct Due {
    std::shared_ptr<shard::Shard> shard;
    std::string directory;
    shard::Unsaved unsaved;
  };
  std::vector<Due> due;
  for (const auto& collection : list_all()) {
    auto shard = collection->shard();
    if (!shard.ok()) continue;
    const shard::Unsaved unsaved = (*shard)->unsaved();
    if (unsaved.log_bytes == 0 && unsaved.graph_rows == 0) continue;
    due.push_back({std::move(*shard), collection->directory(), unsaved});
  }
  const auto gain = [](const Due& one) { return one.unsaved.log_bytes + one.unsaved.graph_rows * kBytesPerGraphRow; };
  std::stable_sort(due.begin(), due.end(), [&](const Due& a, const Due& b) { return gain(a) > gain(b); });
  const auto end = runtime_.env.monotonic_now() + limits.budget;
  for (std::size_t i = 0; i < due.size(); ++i) {
    const Due& one = due[i];
    const bool pays =
        one.unsaved.log_bytes >= limits.min_log_bytes || one.unsaved.graph_rows >= limits.min_graph_rows;
    if (!pays && i >= limits.few) continue;
    const std::chrono::duration<double> left = end - runtime_.env.monotonic_now();
    if (left.count() <= 0) break;
    if (static_cast<double>(one.shard->checkpoint_bytes()) >= left.count() * kDiskBytesPerSecond) continue;
    const Status written = one.shard->checkpoint();
    if (!written.ok()) {
      runtime_.log.warn("a checkpoint failed", {{"collection", one.directory}, {"reason", written.message()}});
    }
  }
}

}  // namespace alidade::collection
