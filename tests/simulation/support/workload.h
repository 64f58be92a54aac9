#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <random>
#include <string>
#include <variant>
#include <vector>

#include "model/commands.h"
#include "simulation/support/expected.h"

namespace alidade::simulation {

// What a workload does, step by step. --------------------------------------------------------

struct Write {
  Place place;
  model::Command command;
  model::Durability durability = model::Durability::kSynced;
};
struct CreateCollection {
  Place place;
  model::CollectionConfig config;
};
struct DropCollection {
  Place place;
};
struct UpdateCollection {
  Place place;
  std::optional<std::string> new_name;
  std::optional<std::uint64_t> indexing_threshold_kb;
};
struct SetAlias {
  std::string alias;
  std::string collection;
};
struct RenameAlias {
  std::string alias;
  std::string new_alias;
};
struct DeleteAlias {
  std::string alias;
};
/// Deletes one alias and makes another in one request.
struct SwitchAlias {
  std::string alias;
  std::string collection;
};
struct CreateTenant {
  std::string name;
};
struct CreateDatabase {
  Database database;
};
struct DropDatabase {
  Database database;
};
struct Reset {};
/// Writes a checkpoint of one collection.
struct MakeCheckpoint {
  Place place;
};
/// Writes all files of one collection anew.
struct Compact {
  Place place;
};
/// Slices of maintenance: graphs, due checkpoints.
struct Maintain {
  std::size_t max_slices;
};
/// The sync of unwaited writes that is due within a second.
struct SyncLogs {};

using Action = std::variant<Write, CreateCollection, DropCollection, UpdateCollection, SetAlias,
                            RenameAlias, DeleteAlias, SwitchAlias, CreateTenant, CreateDatabase,
                            DropDatabase, Reset, MakeCheckpoint, Compact, Maintain, SyncLogs>;

/// For people: "upsert into books, synced".
std::string describe(const Action& action);

/// The collection of that name in the default database.
Place default_place(const std::string& name);

/// Makes up commands for one collection: every kind of write, on few ids, so that points are
/// written again and again. The same seed makes the same commands.
class CommandMaker {
 public:
  explicit CommandMaker(std::uint64_t seed) : random_(seed) {}

  model::Command any(const model::CollectionConfig& config, const Points& present);
  model::UpsertPoints upsert(const model::CollectionConfig& config, std::size_t count);
  /// `count` new points in one batch, with ids from 1000 on.
  model::UpsertPoints bulk(const model::CollectionConfig& config, std::size_t count);
  std::uint64_t below(std::uint64_t limit) { return random_() % limit; }

 private:
  model::PointBatch batch(const model::CollectionConfig& config, std::vector<model::PointId> ids);
  void add_vectors(const model::CollectionConfig& config, model::PointBatch& batch, std::size_t i);
  std::string payload();
  std::vector<float> values(std::uint32_t dim);
  model::PointSelector some_of(const Points& present);
  model::PointSelector by_filter();

  std::mt19937_64 random_;
  std::uint64_t counter_ = 0;
};

/// Configurations that workloads use.
model::CollectionConfig plain_config();      ///< One vector of 4, Euclid.
model::CollectionConfig named_config();      ///< "a" of 3, dot; "b" of 2, cosine.
model::CollectionConfig automatic_config();  ///< One vector of open dimension, automatic indexes.
model::CollectionConfig graph_config();      ///< As plain, with a small graph from 1 KB on.

/// Everything once, in an order that crosses every kind of file: rotation of the log, checkpoints,
/// merges, payload indexes, drop and recreate under the same name, switch of an alias, rename,
/// databases, reset.
std::vector<Action> scripted_workload();
/// A collection that grows a graph, with checkpoints that hold it.
std::vector<Action> graph_workload();
/// `steps` random actions, mostly writes.
std::vector<Action> random_workload(std::uint64_t seed, std::size_t steps);

}  // namespace alidade::simulation
