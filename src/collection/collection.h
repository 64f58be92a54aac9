#pragma once

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
  /// Opens the shard below `directory`. Damage does not fail this: the collection is then
  /// quarantined, and shard() says why.
  static std::shared_ptr<Collection> open(const shard::Runtime& runtime,
                                          std::string directory,
                                          model::CollectionDescription description);

  /// A collection that must not be opened: shard() says `reason`.
  static std::shared_ptr<Collection> quarantined(const shard::Runtime& runtime,
                                                 std::string directory,
                                                 model::CollectionDescription description,
                                                 const Status& reason);

  /// With vector sizes as they are by now.
  model::CollectionDescription description() const;
  const base::Uuid& uuid() const { return uuid_; }
  const std::string& directory() const { return directory_; }

  /// @return kUnavailable (kQuarantined) with file and offset when the data could not be opened.
  Result<std::shared_ptr<shard::Shard>> shard() const;

  /// As Qdrant and Chroma show it.
  Result<model::CollectionInfo> info() const;

  /// The catalogue has stored the new description.
  void set_description(model::CollectionDescription description);

 private:
  Collection(std::string directory, model::CollectionDescription description);
  void quarantine(const shard::Runtime& runtime, const std::string& name, const Status& reason);

  // Constant after construction.
  const std::string directory_;
  const base::Uuid uuid_;
  std::shared_ptr<shard::Shard> shard_;
  Status damage_;
  // Guarded.
  mutable base::Mutex mutex_;
  model::CollectionDescription description_ ALD_GUARDED_BY(mutex_);
};

}  // namespace alidade::collection
