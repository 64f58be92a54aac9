#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/mutex.h"
#include "collection/collection.h"
#include "collection/loader.h"
#include "collection/descriptions.h"
#include "env/disk_reserve.h"
#include "env/env.h"
#include "model/collection_config.h"
#include "shard/shard.h"

namespace alidade::collection {

struct DatabaseEntry {
  base::Uuid uuid;
  std::string name;
  std::string tenant;
};

struct AliasChange {
  enum class Kind { kCreate, kRename, kDelete };
  Kind kind = Kind::kCreate;
  std::string alias;
  std::string target;  ///< kCreate: the collection; kRename: the new alias.
};

/// Every tenant, database, collection and alias of one data folder. Any thread.
///
///   LOCK                              held while the folder is in use
///   RESERVE                           space for deletions on a full disk
///   catalogue.ald                     tenants, databases and aliases
///   collections/<uuid>/collection.ald name, place and configuration of one collection
///   collections/<uuid>/shard-0/       its data
///
/// Each of the two kinds of small file is replaced atomically. A collection's folder with the mark
/// `dropped` and without collection.ald is what is left of a deletion, one without both and without
/// data what is left of a creation: they are removed at the next start.
///
/// Damage never stops the others from serving. While catalogue.ald cannot be read, tenants and
/// databases are those that collections name, and nothing in the catalogue can be changed. While a
/// description cannot be read, its collection's name is not known: a name that is not found may be
/// its, so it is answered with kUnavailable (kQuarantined) instead of kNotFound, and cannot be created.
class Catalogue {
 public:
  /// Locks the folder (made when missing), reads every name, and opens every collection. Damage in
  /// one collection quarantines that one.
  /// @return kAlreadyExists when another server uses the folder; kIo.
  static Result<std::unique_ptr<Catalogue>> open(const shard::Runtime& runtime, std::string directory);
  /// As open(), but the collections are not open yet: start_loading() opens them.
  static Result<std::unique_ptr<Catalogue>> open_names(const shard::Runtime& runtime, std::string directory);
  ~Catalogue();

  /// Opens the collections on threads of its own; `when_done` runs on one of them. Once.
  void start_loading(const Loader::Limits& limits, std::function<void()> when_done) {
    loader_.start(limits, std::move(when_done));
  }
  /// Gives up what is not open yet. Before the end of whatever requests need.
  void stop_loading() { loader_.stop(); }
  bool is_loaded() const { return loader_.is_done(); }
  LoadProgress load_progress() const { return loader_.progress(); }
  /// Waits some seconds for every collection that goes by that name, alias or UUID.
  /// @return as Loader::wait_for.
  Status wait_until_open(const std::string& name, Waiter kind, const observe::OpContext& context);
  Status wait_until_loaded(Waiter kind, const observe::OpContext& context);

  /// By uuid, by name or by alias. @return kNotFound (kCollectionNotFound).
  Result<std::shared_ptr<Collection>> find(const model::CollectionRef& ref) const;
  /// As find(), but an alias is not followed.
  Result<std::shared_ptr<Collection>> find_exact(const model::CollectionRef& ref) const;

  /// @return kAlreadyExists (kCollectionExists), kInvalidArgument (kCollectionNameIsAlias,
  ///         kDatabaseNotFound).
  Result<std::shared_ptr<Collection>> create(const model::CollectionRef& ref,
                                             const model::CollectionConfig& config);
  /// @return whether there was one. Its data folder is gone afterwards.
  Result<bool> drop(const model::CollectionRef& ref);
  /// @param change sees the configuration as it is, and its outcome is stored before another update
  ///        begins: of two at once, none is lost.
  Status update(const model::CollectionRef& ref,
                const std::optional<std::string>& new_name,
                const model::ConfigChange& change);
  /// Sorted by name.
  std::vector<std::shared_ptr<Collection>> list(const std::string& tenant, const std::string& database) const;
  std::vector<std::shared_ptr<Collection>> list_all() const;

  /// All or none. Aliases live in the default tenant and database.
  Status change_aliases(const std::vector<AliasChange>& changes);
  /// Whether tenants, databases and aliases are known. @return kUnavailable (kQuarantined) with file
  /// and offset when catalogue.ald cannot be read.
  Status names_status() const { return names_damage_; }
  /// alias -> collection name; see names_status().
  std::map<std::string, std::string> aliases() const;

  Status create_tenant(const std::string& name);
  bool has_tenant(const std::string& name) const;
  Status create_database(const std::string& tenant, const std::string& name);
  Result<DatabaseEntry> find_database(const std::string& tenant, const std::string& name) const;
  std::vector<DatabaseEntry> list_databases(const std::string& tenant) const;
  Status drop_database(const std::string& tenant, const std::string& name);
  /// Back to an empty data folder with the default tenant and database.
  Status reset();

  /// Which checkpoints are worth their time. Whatever was acknowledged is in the logs without any.
  struct CheckpointLimits {
    /// Below both, a start gets there as fast by itself: these wait for it, but for the few that gain most.
    std::uint64_t min_log_bytes = 1;
    std::uint64_t min_graph_rows = 1;
    std::size_t few = 0;
    /// None is begun that would probably take longer than what is left of this.
    std::chrono::milliseconds budget = std::chrono::hours(1);
  };
  /// Writes what shortens the next start, most of it first; call before the end. A collection without a
  /// change is not touched.
  void checkpoint_all(const CheckpointLimits& limits);
  void checkpoint_all() { checkpoint_all(CheckpointLimits()); }

 private:
  using Key = std::pair<std::pair<std::string, std::string>, std::string>;  // ((tenant, database), name)
  using DatabaseKey = std::pair<std::string, std::string>;                  // (tenant, name)

  Catalogue(const shard::Runtime& runtime, std::string directory);
  Status load();
  Status load_names();
  Status load_collections();
  bool load_collection(const std::string& path);
  void leave_out(const std::string& file, const Status& reason);
  void add(const std::shared_ptr<Collection>& collection, const model::CollectionDescription& description);
  void derive_names();
  Status not_found(const model::CollectionRef& ref) const;
  /// Not ok while names are not known: nothing that depends on all of them may be changed.
  Status changeable() const;
  enum class Room { kTaken, kFreed };
  /// @param room kFreed: on a full disk the disk's reserve is used.
  Status store_names(const Names& names, Room room) ALD_REQUIRES(ddl_mutex_);
  Status store_current_names(Room room) ALD_REQUIRES(ddl_mutex_);
  Status drop_locked(const Key& key) ALD_REQUIRES(ddl_mutex_);
  Status mark_dropped(const std::string& path);
  Status remove_dropped(const std::string& path);
  /// Undoes on disk what failed half-way, before a name is given anew.
  Status settle() ALD_REQUIRES(ddl_mutex_);
  std::shared_ptr<Collection> lookup(const model::CollectionRef& ref, bool follow_alias) const;
  std::vector<Key> keys_of(const std::string& tenant, const std::string& database) const;
  base::Uuid new_uuid();

  // Constant after construction.
  const shard::Runtime runtime_;
  const std::string directory_;
  const Status out_of_memory_;
  std::unique_ptr<env::FileLock> lock_;
  // Any thread.
  Loader loader_;
  // Constant after load().
  Status names_damage_;    // catalogue.ald cannot be read.
  Status unknown_damage_;  // Of a collection.ald: some collection's name is not known.

  /// One change of the catalogue at a time; held across its I/O, so nothing that serves requests
  /// on existing collections waits for it. Order: ddl_mutex_, mutex_.
  base::Mutex ddl_mutex_;
  /// Where a change failed after it may have reached the disk: folders of collections that are none,
  /// descriptions and names that are not what the maps below say.
  std::vector<std::string> void_folders_ ALD_GUARDED_BY(ddl_mutex_);
  std::vector<std::shared_ptr<Collection>> unsettled_ ALD_GUARDED_BY(ddl_mutex_);
  bool names_unsettled_ ALD_GUARDED_BY(ddl_mutex_) = false;
  // Guarded; changed only by the holder of ddl_mutex_.
  mutable base::Mutex mutex_;
  Names names_ ALD_GUARDED_BY(mutex_);
  std::map<Key, std::shared_ptr<Collection>> collections_ ALD_GUARDED_BY(mutex_);
  std::map<base::Uuid, Key> by_uuid_ ALD_GUARDED_BY(mutex_);
};

}  // namespace alidade::collection
