// How a catalogue comes back at the start: names, descriptions, and what a crash left of creations and deletions.
#include "collection/catalogue.h"

#include <fmt/format.h>

#include "base/kill_point.h"
#include "collection/descriptions.h"
#include "observe/log.h"

namespace alidade::collection {
namespace {

/// The folder that holds the data folder, however that was written ("data/").
std::string outer_directory(std::string directory) {
  while (directory.size() > 1 && directory.back() == '/') directory.pop_back();
  return env::parent_directory(directory);
}

}  // namespace

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

}  // namespace alidade::collection
