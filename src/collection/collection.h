#pragma once

#include <atomic>
#include <memory>
#include <string>

#include "base/mutex.h"
#include "env/env.h"
#include "model/collection_config.h"
#include "shard/shard.h"

namespace alidade::collection {

/// One collection: its description and its shard (one, until there is a cluster). Any thread.
class Collection {
 public:
  /// A collection whose shard is not open yet.
  static std::shared_ptr<Collection> make(std::string directory, model::CollectionDescription description);
  /// make() and open_shard().
  static std::shared_ptr<Collection> open(const shard::Runtime& runtime,
                                          std::string directory,
                                          model::CollectionDescription description);
  /// Opens the shard below the folder, unless it is open or quarantined. Damage does not fail this:
  /// the collection is then quarantined, and shard() says why. When `control` stops it, the
  /// collection stays as it is. One thread at a time.
  void open_shard(const shard::Runtime& runtime, shard::OpenControl* control = nullptr);
  /// Whether the shard is open, or found to be damaged.
  bool is_open() const { return open_.load(std::memory_order_acquire); }

  /// A collection that must not be opened: shard() says `reason`.
  static std::shared_ptr<Collection> quarantined(const shard::Runtime& runtime,
                                                 std::string directory,
                                                 model::CollectionDescription description,
                                                 const Status& reason);

  /// With vector sizes as they are by now.
  model::CollectionDescription description() const;
  /// Its name, without a look at the shard: never waits for a writer.
  std::string name() const;
  const base::Uuid& uuid() const { return uuid_; }
  const std::string& directory() const { return directory_; }

  /// @return kUnavailable (kQuarantined) with file and offset when the data could not be opened;
  ///         kUnavailable while it is not open yet.
  Result<std::shared_ptr<shard::Shard>> shard() const;

  /// As Qdrant and Chroma show it.
  Result<model::CollectionInfo> info() const;
  /// The configured threshold; as many bytes as there are numbers when it is larger than that.
  std::uint64_t indexing_threshold_bytes() const;

  /// The catalogue has stored the new description.
  void set_description(model::CollectionDescription description);

 private:
  Collection(std::string directory, model::CollectionDescription description);
  /// The shard; null when it is damaged or not open yet.
  const shard::Shard* find_shard() const { return is_open() ? shard_.get() : nullptr; }
  void quarantine(const shard::Runtime& runtime, const std::string& name, const Status& reason);

  // Constant after construction.
  const std::string directory_;
  const base::Uuid uuid_;
  // Written once, before open_ is set; read by those who found it set.
  std::shared_ptr<shard::Shard> shard_;
  Status damage_;
  std::atomic<bool> open_ = false;
  // Guarded.
  mutable base::Mutex mutex_;
  model::CollectionDescription description_ ALD_GUARDED_BY(mutex_);
};

}  // namespace alidade::collection
