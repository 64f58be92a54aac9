// Deletions, and what could not be finished of earlier changes.
#include "collection/catalogue.h"

#include <new>

#include "base/kill_point.h"
#include "collection/descriptions.h"

namespace alidade::collection {

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

}  // namespace alidade::collection
