#include "simulation/support/workload.h"

#include <fmt/format.h>

namespace alidade::simulation {
namespace {

using model::Durability;

const Database kOther{model::kDefaultTenant, "other"};

struct Describe {
  std::string operator()(const Write& write) const {
    static constexpr const char* kNames[] = {
        "upsert", "merge", "delete", "update vectors", "delete vectors", "set payload",
        "overwrite payload", "delete payload", "clear payload", "create index", "drop index"};
    return fmt::format("{} in {}, {}", kNames[write.command.index()], write.place.second,
                       write.durability == Durability::kSynced ? "synced" : "logged");
  }
  std::string operator()(const CreateCollection& create) const {
    return "create " + create.place.second;
  }
  std::string operator()(const DropCollection& drop) const { return "drop " + drop.place.second; }
  std::string operator()(const UpdateCollection& update) const {
    return "update " + update.place.second;
  }
  std::string operator()(const SetAlias& set) const {
    return "alias " + set.alias + " to " + set.collection;
  }
  std::string operator()(const RenameAlias& rename) const { return "rename alias " + rename.alias; }
  std::string operator()(const DeleteAlias& gone) const { return "delete alias " + gone.alias; }
  std::string operator()(const SwitchAlias& change) const {
    return "switch alias " + change.alias + " to " + change.collection;
  }
  std::string operator()(const CreateTenant& create) const { return "tenant " + create.name; }
  std::string operator()(const CreateDatabase& create) const {
    return "database " + create.database.second;
  }
  std::string operator()(const DropDatabase& drop) const {
    return "drop database " + drop.database.second;
  }
  std::string operator()(const Reset&) const { return "reset"; }
  std::string operator()(const MakeCheckpoint& make) const {
    return "checkpoint of " + make.place.second;
  }
  std::string operator()(const Compact& compact) const { return "compaction of " + compact.place.second; }
  std::string operator()(const Maintain&) const { return "maintenance"; }
  std::string operator()(const SyncLogs&) const { return "sync of logs"; }
};

/// Actions that make sense one after the other: the writer of a workload keeps in mind what exists.
class Author {
 public:
  explicit Author(std::uint64_t seed) : make_(seed) {}

  void create(const Place& place, const model::CollectionConfig& config) {
    configs_[place] = config;
    rows_[place] = {};
    actions_.emplace_back(CreateCollection{place, config});
  }
  void drop(const Place& place) {
    configs_.erase(place);
    rows_.erase(place);
    actions_.emplace_back(DropCollection{place});
  }
  void rename(const Place& place, const std::string& new_name) {
    const Place to{place.first, new_name};
    configs_[to] = configs_.extract(place).mapped();
    rows_[to] = rows_.extract(place).mapped();
    actions_.emplace_back(UpdateCollection{place, new_name, std::nullopt});
  }
  void write(const Place& place, model::Command command, Durability durability) {
    rows_[place].apply(command);
    actions_.emplace_back(Write{place, std::move(command), durability});
  }
  void writes(const Place& place, std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) {
      write(place, make_.any(configs_[place], rows_[place].points),
            make_.below(2) == 0 ? Durability::kSynced : Durability::kLogged);
    }
  }
  void forget_database(const Database& database) {
    std::erase_if(configs_, [&](const auto& entry) { return entry.first.first == database; });
    std::erase_if(rows_, [&](const auto& entry) { return entry.first.first == database; });
  }
  void forget_all() {
    configs_.clear();
    rows_.clear();
  }
  template <typename Any>
  void add(Any action) {
    actions_.emplace_back(std::move(action));
  }

  CommandMaker& make() { return make_; }
  const std::map<Place, model::CollectionConfig>& configs() const { return configs_; }
  std::vector<Action> take() { return std::move(actions_); }

 private:
  CommandMaker make_;
  std::map<Place, model::CollectionConfig> configs_;
  std::map<Place, ExpectedShard> rows_;
  std::vector<Action> actions_;
};

const model::CollectionConfig& any_config(CommandMaker& make) {
  static const model::CollectionConfig kConfigs[] = {plain_config(), named_config(),
                                                     automatic_config()};
  return kConfigs[make.below(3)];
}

Place any_place(Author& author) {
  const auto& configs = author.configs();
  return std::next(configs.begin(),
                   static_cast<std::ptrdiff_t>(author.make().below(configs.size())))
      ->first;
}

/// One random change of names.
void change_names(Author& author, std::uint64_t kind) {
  CommandMaker& make = author.make();
  const Place place = default_place(fmt::format("c{}", make.below(3)));
  const bool exists = author.configs().contains(place);
  const std::string alias = fmt::format("alias{}", make.below(2));
  switch (kind) {
    case 0:
    case 1:
      if (!exists) author.create(place, any_config(make));
      break;
    case 2:
      if (exists) author.drop(place);
      if (make.below(2) == 0) author.create(place, any_config(make));
      break;
    case 3:
      if (exists) author.add(SetAlias{alias, place.second});
      break;
    case 4:
      if (exists) author.add(SwitchAlias{alias, place.second});
      break;
    case 5: author.add(DeleteAlias{alias}); break;
    case 6: {
      const std::string name = fmt::format("c{}", make.below(3));
      if (exists && !author.configs().contains(default_place(name))) author.rename(place, name);
      break;
    }
    case 7:
      if (exists) author.add(UpdateCollection{place, std::nullopt, make.below(3)});
      break;
    case 8:
      author.add(CreateDatabase{kOther});
      author.create({kOther, "x"}, any_config(make));
      author.writes({kOther, "x"}, 2);
      if (make.below(2) == 0) author.create({kOther, "y"}, any_config(make));
      author.add(DropDatabase{kOther});
      author.forget_database(kOther);
      break;
    default:
      if (make.below(4) != 0) break;
      author.add(Reset{});
      author.forget_all();
  }
}

}  // namespace

std::string describe(const Action& action) { return std::visit(Describe{}, action); }

Place default_place(const std::string& name) {
  return {{model::kDefaultTenant, model::kDefaultDatabase}, name};
}

std::vector<Action> scripted_workload() {
  Author author(20);
  const Place books = default_place("books");
  const Place notes = default_place("notes");
  author.create(books, plain_config());
  author.add(Compact{books});  // Nothing was written yet.
  author.writes(books, 6);
  author.add(SyncLogs{});
  author.write(books, model::CreateFieldIndex{"n", {model::FieldType::kInteger, {}}},
               Durability::kSynced);
  author.writes(books, 8);
  author.add(SetAlias{"current", "books"});
  author.add(MakeCheckpoint{books});
  author.create(notes, named_config());
  author.writes(notes, 10);
  author.add(Maintain{100});
  author.add(SwitchAlias{"current", "notes"});
  author.add(CreateTenant{"acme"});
  author.add(CreateDatabase{{"acme", "papers"}});
  author.create({{"acme", "papers"}, "drafts"}, automatic_config());
  author.writes({{"acme", "papers"}, "drafts"}, 5);
  author.add(SetAlias{"old", "books"});
  author.drop(books);
  author.create(books, automatic_config());
  author.writes(books, 4);
  author.add(Compact{books});
  author.writes(books, 2);
  author.add(RenameAlias{"current", "latest"});
  author.rename(notes, "remarks");
  author.writes(default_place("remarks"), 3);
  author.add(UpdateCollection{books, std::nullopt, 5});
  // Enough files of one kind that they are merged.
  for (int i = 0; i < 17; ++i) {
    author.writes(books, 1);
    author.add(MakeCheckpoint{books});
  }
  author.write(books, model::CreateFieldIndex{"s", {model::FieldType::kKeyword, {}}},
               Durability::kLogged);
  author.writes(books, 3);
  author.add(Compact{books});
  author.add(Compact{books});
  author.add(SyncLogs{});
  author.create({{"acme", "papers"}, "proofs"}, plain_config());
  author.add(DropDatabase{{"acme", "papers"}});
  author.forget_database({"acme", "papers"});
  author.add(DeleteAlias{"latest"});
  author.add(Reset{});
  author.forget_all();
  author.create(books, named_config());
  author.writes(books, 4);
  return author.take();
}

std::vector<Action> graph_workload() {
  Author author(21);
  const Place place = default_place("graph");
  author.create(place, graph_config());
  author.write(place, author.make().bulk(graph_config(), 1100), Durability::kLogged);
  author.add(Maintain{4});
  author.add(MakeCheckpoint{place});
  author.writes(place, 6);
  author.add(Maintain{100});
  author.add(MakeCheckpoint{place});
  author.writes(place, 4);
  author.add(Compact{place});
  author.writes(place, 1);
  author.drop(place);
  author.create(place, graph_config());
  author.writes(place, 3);
  return author.take();
}

std::vector<Action> random_workload(std::uint64_t seed, std::size_t steps) {
  Author author(seed);
  author.create(default_place("c0"), any_config(author.make()));
  for (std::size_t i = 0; i < steps; ++i) {
    const std::uint64_t kind = author.make().below(64);
    if (author.configs().empty()) {
      author.create(default_place("c1"), any_config(author.make()));
    } else if (kind < 10) {
      change_names(author, kind);
    } else if (kind < 13) {
      author.add(SyncLogs{});
    } else if (kind < 16) {
      author.add(Maintain{author.make().below(6)});
    } else if (kind < 19) {
      author.add(MakeCheckpoint{any_place(author)});
    } else if (kind == 19) {
      author.add(Compact{any_place(author)});
    } else {
      author.writes(any_place(author), 1);
    }
  }
  return author.take();
}

}  // namespace alidade::simulation
