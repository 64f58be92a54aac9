#pragma once

#include <memory>
#include <string>

#include "collection/catalogue.h"
#include "env/env.h"
#include "observe/log.h"
#include "shard/background.h"
#include "shard/shard.h"
#include "simulation/support/expected.h"

namespace alidade::simulation {

/// Sizes that make a short run cross many files.
shard::ShardOptions small_options();

/// A whole store on an Env, without threads: background work runs when run_background() is called,
/// so that the same calls always make the same trace. Its end is kill -9: nothing is written.
class Store {
 public:
  /// @param env borrowed.
  explicit Store(env::Env& env, std::string directory = "data");

  /// Opens the folder. Once.
  Status open();
  collection::Catalogue& catalogue() { return *catalogue_; }
  shard::Background& background() { return background_; }
  /// What was logged at level warn and above.
  const std::string& complaints() const { return complaints_; }

  /// The shard of the collection of that UUID.
  Result<std::shared_ptr<shard::Shard>> find_shard(const Place& place) const;

  /// The names as they are. An alias that points at nothing is an error.
  Result<ExpectedCatalogue> read_catalogue() const;

 private:
  const std::string directory_;
  std::string complaints_;
  observe::Log log_;
  shard::Background background_;
  const shard::Runtime runtime_;
  std::unique_ptr<collection::Catalogue> catalogue_;
};

/// The rows and indexes as they are. @return kInternal when two ways of reading disagree:
/// number of points, listing, filters with and without an index, nearest neighbours.
Result<ExpectedShard> read_shard(const shard::Shard& shard);

}  // namespace alidade::simulation
