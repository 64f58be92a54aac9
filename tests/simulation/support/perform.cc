#include "simulation/support/perform.h"

namespace alidade::simulation {
namespace {

using collection::AliasChange;

model::CollectionRef ref_of(const Place& place) {
  model::CollectionRef ref = model::CollectionRef::by_name(place.second);
  ref.tenant = place.first.first;
  ref.database = place.first.second;
  return ref;
}

struct Perform {
  Store& store;

  Status operator()(const Write& write) const {
    ALD_ASSIGN(const auto shard, store.find_shard(write.place));
    return shard->submit(write.command, write.durability, {}).problem;
  }
  Status operator()(const CreateCollection& create) const {
    return store.catalogue().create(ref_of(create.place), create.config).status();
  }
  Status operator()(const DropCollection& drop) const {
    ALD_ASSIGN(const bool existed, store.catalogue().drop(ref_of(drop.place)));
    return existed ? Status() : not_found("there was no such collection");
  }
  Status operator()(const UpdateCollection& update) const {
    model::ConfigChange change;
    if (update.indexing_threshold_kb) {
      change = [&update](model::CollectionConfig config) {
        config.optimizers.indexing_threshold = *update.indexing_threshold_kb;
        return config;
      };
    }
    return store.catalogue().update(ref_of(update.place), update.new_name, change);
  }
  Status operator()(const SetAlias& set) const {
    return aliases({{AliasChange::Kind::kCreate, set.alias, set.collection}});
  }
  Status operator()(const RenameAlias& rename) const {
    return aliases({{AliasChange::Kind::kRename, rename.alias, rename.new_alias}});
  }
  Status operator()(const DeleteAlias& gone) const {
    return aliases({{AliasChange::Kind::kDelete, gone.alias, ""}});
  }
  Status operator()(const SwitchAlias& change) const {
    return aliases({{AliasChange::Kind::kDelete, change.alias, ""},
                    {AliasChange::Kind::kCreate, change.alias, change.collection}});
  }
  Status operator()(const CreateTenant& create) const {
    return store.catalogue().create_tenant(create.name);
  }
  Status operator()(const CreateDatabase& create) const {
    return store.catalogue().create_database(create.database.first, create.database.second);
  }
  Status operator()(const DropDatabase& drop) const {
    return store.catalogue().drop_database(drop.database.first, drop.database.second);
  }
  Status operator()(const Reset&) const { return store.catalogue().reset(); }
  Status operator()(const MakeCheckpoint& make) const {
    ALD_ASSIGN(const auto shard, store.find_shard(make.place));
    return shard->checkpoint();
  }
  Status operator()(const Compact& compact) const {
    ALD_ASSIGN(const auto shard, store.find_shard(compact.place));
    return shard->compact();
  }
  Status operator()(const Maintain& maintain) const {
    store.background().run_maintenance(maintain.max_slices);
    return {};
  }
  Status operator()(const SyncLogs&) const {
    store.background().run_sync();
    return {};
  }
  Status aliases(const std::vector<AliasChange>& changes) const {
    return store.catalogue().change_aliases(changes);
  }
};

struct Outcomes {
  ExpectedCatalogue names;
  const base::Uuid& created;
  std::vector<ExpectedCatalogue> states = {};

  void operator()(const CreateCollection& create) {
    names.collections[create.place] = created;
    names.thresholds[created] = create.config.indexing_threshold_kb();
    states.push_back(names);
  }
  void operator()(const DropCollection& drop) {
    names.drop(drop.place);
    states.push_back(names);
  }
  // A change of what is not there has no outcome; it may be answered with any error.
  void operator()(const UpdateCollection& update) {
    if (!names.collections.contains(update.place)) return;
    const base::Uuid uuid = names.collections.at(update.place);
    if (update.new_name) {
      names.collections.erase(update.place);
      names.collections[{update.place.first, *update.new_name}] = uuid;
    }
    if (update.indexing_threshold_kb) names.thresholds[uuid] = *update.indexing_threshold_kb;
    states.push_back(names);
  }
  void operator()(const SetAlias& set) {
    if (!names.collections.contains(default_place(set.collection))) return;
    names.aliases[set.alias] = names.collections.at(default_place(set.collection));
    states.push_back(names);
  }
  void operator()(const RenameAlias& rename) {
    if (!names.aliases.contains(rename.alias)) return;
    const base::Uuid uuid = names.aliases.at(rename.alias);
    names.aliases.erase(rename.alias);
    names.aliases[rename.new_alias] = uuid;
    states.push_back(names);
  }
  void operator()(const DeleteAlias& gone) {
    names.aliases.erase(gone.alias);
    states.push_back(names);
  }
  void operator()(const SwitchAlias& change) { (*this)(SetAlias{change.alias, change.collection}); }
  void operator()(const CreateTenant& create) {
    names.tenants.insert(create.name);
    states.push_back(names);
  }
  void operator()(const CreateDatabase& create) {
    names.databases.insert(create.database);
    states.push_back(names);
  }
  /// Its collections go one by one, in the order of their names, then the database.
  void operator()(const DropDatabase& drop) {
    drop_all([&](const Place& place) { return place.first == drop.database; });
    names.databases.erase(drop.database);
    states.push_back(names);
  }
  void operator()(const Reset&) {
    drop_all([](const Place&) { return true; });
    names = ExpectedCatalogue::fresh();
    states.push_back(names);
  }
  template <typename Other>
  void operator()(const Other&) {}

  template <typename Which>
  void drop_all(Which which) {
    const auto collections = names.collections;
    for (const auto& [place, uuid] : collections) {
      if (!which(place)) continue;
      names.drop(place);
      states.push_back(names);
    }
  }
};

}  // namespace

Status perform(Store& store, const Action& action) { return std::visit(Perform{store}, action); }

bool changes_names(const Action& action) {
  return !std::holds_alternative<Write>(action) &&
         !std::holds_alternative<MakeCheckpoint>(action) && !std::holds_alternative<Compact>(action) &&
         !std::holds_alternative<Maintain>(action) && !std::holds_alternative<SyncLogs>(action);
}

std::vector<ExpectedCatalogue> outcomes(const ExpectedCatalogue& before,
                                        const Action& action,
                                        const base::Uuid& created) {
  Outcomes visitor{before, created};
  std::visit(visitor, action);
  return std::move(visitor.states);
}

ExpectedShard empty_shard(const model::CollectionConfig& config) {
  ExpectedShard shard;
  for (const auto& [name, params] : config.vectors) {
    if (params.size != 0) shard.decided_sizes[name] = params.size;
  }
  return shard;
}

}  // namespace alidade::simulation
