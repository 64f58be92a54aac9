// Every kind of file of a data folder is damaged in every way that a disk, a cable or a hand can think
// of, one file at a time. A store is opened over it as the server does it, everything is asked of it,
// and each answer must be the undamaged folder's or an error. What was damaged must be told, and the
// other collections must serve as before.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <regex>

#include "simulation/support/damages.h"
#include "simulation/support/data_folder.h"
#include "simulation/support/reproduce.h"

namespace alidade::simulation {
namespace {

std::uint64_t damage_seed() { return seed_or(11); }

/// Random damages per file beside those that are always made; see for_each_damage().
std::uint64_t sample_size() { return is_long_form() ? 6500 : 24; }
std::uint64_t edge_step() { return is_long_form() ? 1 : 8; }

const Library& library() {
  static const Library made = make_library(damage_seed());
  return made;
}

std::string folder_of(const std::string& collection) {
  if (collection == "books") return library().books_folder;
  return collection == "notes" ? library().notes_folder : library().shelf_folder;
}

/// The path of the first file whose path holds the text, from the back when `last`.
std::string path_with(const std::string& text, bool last = false) {
  std::string found;
  for (const auto& [path, content] : library().files) {
    if (path.find(text) == std::string::npos) continue;
    found = path;
    if (!last) break;
  }
  EXPECT_NE(found, "") << "no file like " << text;
  return found;
}

/// What opening and asking a damaged folder came to.
struct Outcome {
  Status opened;
  std::map<std::string, Answers> answers;
  Status names;
  std::string log;
  FileTree files;  // Afterwards.
};

Outcome outcome_of(const FileTree& files) {
  Outcome outcome;
  const auto disk = make_disk(files);
  {
    OpenStore store(*disk);
    outcome.opened = store.status();
    if (!store.status().ok()) return outcome;
    for (const char* name : {"books", "notes", "shelf"}) {
      outcome.answers[name] = answers_of(store, name);
    }
    outcome.names = store.catalogue().names_status();
    outcome.log = store.log_text();
  }
  outcome.files = read_tree(*disk, kRoot);
  return outcome;
}

FileTree damaged_tree(const std::string& path, const base::Bytes& content) {
  FileTree files = library().files;
  files[path] = content;
  return files;
}

class DamageTest : public testing::Test {
 protected:
  /// The others answer as ever; the owner of the file answers rightly or with an error.
  void expect_nothing_wrong(const Outcome& outcome,
                            const std::string& owner,
                            const std::vector<const Answers*>& allowed = {}) {
    ASSERT_TRUE(outcome.opened.ok()) << outcome.opened.to_string();
    for (const auto& [name, answers] : outcome.answers) {
      if (name == owner && !allowed.empty()) continue;
      EXPECT_EQ(difference(library().answers.at(name), answers), "") << name;
      if (name == owner) continue;
      EXPECT_TRUE(errors_of(answers).empty()) << name << ": " << errors_of(answers)[0];
    }
    if (allowed.empty()) return;
    std::string least;
    for (const Answers* state : allowed) {
      const std::string differs = difference(*state, outcome.answers.at(owner));
      if (differs.empty()) return;
      least = differs;
    }
    ADD_FAILURE() << owner << ": " << least;
  }

  /// All damages of one file. @param check what this kind of file promises besides.
  void damage_all(const std::string& path,
                  const std::function<void(const Damage&, const Outcome&)>& check) {
    std::uint64_t cases = 0;
    for_each_damage(library().files.at(path), edge_step(), sample_size(), damage_seed(), [&](const Damage& damage) {
      SCOPED_TRACE(path + ": " + damage.name + " " + reproduce(damage_seed()));
      const Outcome outcome = outcome_of(damaged_tree(path, damage.content));
      if (outcome.opened.ok()) {
        check(damage, outcome);
      } else {
        ADD_FAILURE() << outcome.opened.to_string();
      }
      ++cases;
      return !HasFailure();
    });
    RecordProperty("cases", static_cast<int>(cases));
    fmt::print("{}: {} damages\n", path.substr(path.rfind('/') + 1), cases);
  }

  /// The owner is stopped, says which file and byte, and is not changed.
  void expect_stopped(const std::string& path, const std::string& owner, const FileTree& files, const Outcome& outcome) {
    expect_nothing_wrong(outcome, owner);
    const Status& error = outcome.answers.at(owner).error;
    ASSERT_FALSE(error.ok()) << "not detected";
    EXPECT_EQ(error.code(), StatusCode::kUnavailable) << error.to_string();
    EXPECT_NE(error.message().find(path), std::string::npos) << error.message();
    EXPECT_NE(outcome.log.find(path), std::string::npos) << outcome.log;
    EXPECT_EQ(outcome.files, files) << "files were changed";
  }

  void expect_stopped_by_all(const std::string& path, const std::string& owner) {
    damage_all(path, [&](const Damage& damage, const Outcome& outcome) {
      expect_stopped(path, owner, damaged_tree(path, damage.content), outcome);
      const std::string& message = outcome.answers.at(owner).error.message();
      std::smatch byte;
      ASSERT_TRUE(std::regex_search(message, byte, std::regex(": byte (\\d+)"))) << message;
      // The part that is damaged begins there.
      const bool in_place = damage.kind == Damage::Kind::kFlipped || damage.kind == Damage::Kind::kOverwritten;
      if (in_place && path.ends_with(".log")) {
        EXPECT_LE(std::stoull(byte[1]), damage.offset) << message;
      }
    });
  }
};

TEST_F(DamageTest, TheUndamagedFolderAnswersWithoutAnError) {
  const Outcome outcome = outcome_of(library().files);
  for (const auto& [name, answers] : outcome.answers) {
    EXPECT_EQ(difference(library().answers.at(name), answers), "") << name;
    EXPECT_TRUE(errors_of(answers).empty()) << name;
  }
  EXPECT_EQ(outcome.log, "");
  EXPECT_EQ(outcome.files, library().files);
  EXPECT_GE(library().history.at("books").size(), 20U);
  for (const char* kind : {"/manifest", "/rows-", "/payload-", "/table-", "/graph-", "/payload_index-"}) {
    path_with(library().books_folder + kind);
  }
}

TEST_F(DamageTest, ADamagedRowsFileStopsItsCollection) {
  expect_stopped_by_all(path_with(library().books_folder + "/rows-"), "books");
}

TEST_F(DamageTest, ADamagedTableStopsItsCollection) {
  expect_stopped_by_all(path_with(library().books_folder + "/table-"), "books");
}

TEST_F(DamageTest, ADamagedManifestStopsItsCollection) {
  expect_stopped_by_all(path_with(library().books_folder + "/manifest"), "books");
}

TEST_F(DamageTest, ADamagedEarlierLogSegmentStopsItsCollection) {
  // Not the first: what the checkpoint covers of it is not needed.
  const std::string last = path_with(library().books_folder + "/log/", true);
  const std::string first = path_with(library().books_folder + "/log/");
  std::string earlier;
  for (const auto& [path, content] : library().files) {
    if (path > first && path < last) earlier = path;
  }
  ASSERT_NE(earlier, "") << "too few segments";
  expect_stopped_by_all(earlier, "books");
  expect_stopped_by_all(path_with(library().notes_folder + "/log/"), "notes");
}

TEST_F(DamageTest, ADamagedLastLogSegmentIsCutAtATailOrStopsItsCollection) {
  const std::string path = path_with(library().books_folder + "/log/", true);
  const std::uint64_t base = std::stoull(path.substr(path.rfind('/') + 1));
  const auto& positions = library().books_positions;
  std::uint64_t cut = 0;
  std::uint64_t stopped = 0;
  damage_all(path, [&](const Damage& damage, const Outcome& outcome) {
    if (!outcome.answers.at("books").error.ok()) {
      ++stopped;
      return expect_stopped(path, "books", damaged_tree(path, damage.content), outcome);
    }
    // The state behind the last record that is whole.
    const std::uint64_t whole = damage.offset < 64 ? base : base + damage.offset - 64;
    std::size_t state = 0;
    while (state + 1 < positions.size() && positions[state + 1] <= whole) ++state;
    expect_nothing_wrong(outcome, "books", {&library().history.at("books")[state]});
    EXPECT_TRUE(errors_of(outcome.answers.at("books")).empty());
    const std::uint64_t keeps = std::max(positions[state], base) - base + 64;
    const std::uint64_t bytes = damage.content.size() - std::min<std::uint64_t>(keeps, damage.content.size());
    if (damage.content.size() < 64) return;  // A segment that never was; told with its size.
    ++cut;
    if (bytes == 0) return;  // Cut between two records: nothing is left that could be told.
    EXPECT_NE(outcome.log.find("cut a torn tail"), std::string::npos);
    EXPECT_NE(outcome.log.find(path), std::string::npos);
    EXPECT_NE(outcome.log.find(fmt::format("\"bytes\":{}", bytes)), std::string::npos) << outcome.log << " wanted " << bytes;
  });
  // A flip before the last durable record stops; cuts leave a tail.
  EXPECT_GT(stopped, 0U);
  EXPECT_GT(cut, 0U);
}

TEST_F(DamageTest, ADamagedPayloadBlockCostsItsPointsOnly) {
  const std::string path = path_with(library().books_folder + "/payload-");
  ASSERT_GT(library().files.at(path).size(), 2 * 65536U) << "too small for a second whole block";
  std::uint64_t partly = 0;
  damage_all(path, [&](const Damage& damage, const Outcome& outcome) {
    const Answers& books = outcome.answers.at("books");
    if (!books.error.ok()) {
      return expect_stopped(path, "books", damaged_tree(path, damage.content), outcome);
    }
    expect_nothing_wrong(outcome, "books");
    const auto errors = errors_of(books);
    ASSERT_FALSE(errors.empty()) << "not detected";
    for (const std::string& error : errors) {
      EXPECT_NE(error.find(path + ": byte "), std::string::npos) << error;
    }
    // Vectors and indexed members do not need the payloads.
    EXPECT_FALSE(books.queries.at("search").starts_with('!'));
    EXPECT_FALSE(books.queries.at("count color=red").starts_with('!'));
    if (errors.size() < books.points.size()) ++partly;
  });
  EXPECT_GT(partly, 0U);
}

TEST_F(DamageTest, ADamagedDerivedFileChangesNoAnswerAndIsTold) {
  for (const char* kind : {"/graph-", "/payload_index-"}) {
    const std::string path = path_with(library().books_folder + kind);
    damage_all(path, [&](const Damage&, const Outcome& outcome) {
      expect_nothing_wrong(outcome, "books");
      EXPECT_TRUE(errors_of(outcome.answers.at("books")).empty());
      EXPECT_NE(outcome.log.find(path), std::string::npos) << outcome.log;
    });
  }
}

TEST_F(DamageTest, ADamagedDescriptionLeavesItsCollectionOutAndKeepsItsName) {
  const std::string path = library().books_folder.substr(0, library().books_folder.rfind('/')) + "/collection.ald";
  damage_all(path, [&](const Damage& damage, const Outcome& outcome) {
    expect_stopped(path, "books", damaged_tree(path, damage.content), outcome);
  });
}

TEST_F(DamageTest, ADamagedCatalogueFileStopsNoCollection) {
  const std::string path = std::string(kRoot) + "/catalogue.ald";
  damage_all(path, [&](const Damage& damage, const Outcome& outcome) {
    expect_nothing_wrong(outcome, "");
    EXPECT_EQ(outcome.names.code(), StatusCode::kUnavailable);
    EXPECT_NE(outcome.names.message().find(path), std::string::npos) << outcome.names.message();
    EXPECT_NE(outcome.log.find(path), std::string::npos);
    EXPECT_EQ(outcome.files, damaged_tree(path, damage.content));
  });
}

TEST_F(DamageTest, AMissingFileIsNeverTakenForAnEmptyOne) {
  std::uint64_t stopped = 0;
  for (const auto& [path, content] : library().files) {
    SCOPED_TRACE(path + " missing " + reproduce(damage_seed()));
    FileTree files = library().files;
    files.erase(path);
    const Outcome outcome = outcome_of(files);
    ASSERT_TRUE(outcome.opened.ok()) << outcome.opened.to_string();
    // The last segment of a log leaves no trace when no checkpoint covers a part of it: what is left
    // is the collection as it was before it (docs/formats/log.md).
    const auto next = library().files.upper_bound(path);
    const bool last_segment = path.ends_with(".log") &&
                              (next == library().files.end() || !next->first.ends_with(".log") ||
                               env::parent_directory(next->first) != env::parent_directory(path));
    for (const auto& [name, answers] : outcome.answers) {
      if (last_segment && path.starts_with(folder_of(name))) continue;
      EXPECT_EQ(difference(library().answers.at(name), answers), "") << name;
      if (!answers.error.ok()) ++stopped;
    }
    // What has no effect on an answer may be replaced; what stops a collection must stay.
    const bool derived = path.find("/graph-") != std::string::npos ||
                         path.find("/payload_index-") != std::string::npos ||
                         path.ends_with("/manifest") || last_segment;
    if (derived) continue;
    EXPECT_EQ(outcome.files, files);
  }
  EXPECT_GT(stopped, 10U);
}

TEST_F(DamageTest, AMissingShardFolderStopsItsCollection) {
  FileTree files;
  for (const auto& [path, content] : library().files) {
    if (!path.starts_with(library().books_folder)) files[path] = content;
  }
  const Outcome outcome = outcome_of(files);
  expect_nothing_wrong(outcome, "books");
  EXPECT_NE(outcome.answers.at("books").error.message().find("missing"), std::string::npos);
}

TEST_F(DamageTest, AnotherCollectionsFileIsNeverTaken) {
  // Every file of books is replaced by each file of the same kind of the other two collections.
  const auto kind_of = [](const std::string& path) {
    const std::string name = path.substr(path.rfind('/') + 1);
    return name.ends_with(".log") ? ".log" : name.substr(0, name.find('-'));
  };
  std::uint64_t cases = 0;
  std::uint64_t candidates = 0;
  for (const auto& [path, content] : library().files) {
    for (const auto& [other, foreign] : library().files) {
      if (path == other || kind_of(path) != kind_of(other)) continue;
      if (path.substr(0, path.rfind("shard-0")) == other.substr(0, other.rfind("shard-0"))) continue;
      if (!is_long_form() && ++candidates % 4 != 0) continue;
      SCOPED_TRACE(path + " replaced by " + other);
      const Outcome outcome = outcome_of(damaged_tree(path, foreign));
      ASSERT_TRUE(outcome.opened.ok());
      for (const auto& [name, answers] : outcome.answers) {
        EXPECT_EQ(difference(library().answers.at(name), answers), "") << name;
      }
      ++cases;
    }
  }
  EXPECT_GT(cases, 20U);
}

TEST_F(DamageTest, AnOlderFileOfTheSameNameOrKindIsNeverTaken) {
  // Files as they were before the second checkpoint, under the names that are there now.
  for (const auto& [path, content] : library().before_second_checkpoint) {
    const std::string name = path.substr(path.rfind('/') + 1);
    std::vector<std::string> targets;
    for (const auto& [present, bytes] : library().files) {
      if (!present.starts_with(library().books_folder)) continue;
      const std::string present_name = present.substr(present.rfind('/') + 1);
      const bool same_kind = name.ends_with(".ald") && present_name.ends_with(".ald") &&
                             name.substr(0, name.find('-')) == present_name.substr(0, present_name.find('-'));
      if ((present_name == name || same_kind) && bytes != content) targets.push_back(present);
    }
    for (const std::string& target : targets) {
      SCOPED_TRACE(target + " replaced by an older " + name);
      const Outcome outcome = outcome_of(damaged_tree(target, content));
      ASSERT_TRUE(outcome.opened.ok());
      for (const auto& [collection, answers] : outcome.answers) {
        EXPECT_EQ(difference(library().answers.at(collection), answers), "") << collection;
      }
    }
  }
}

TEST_F(DamageTest, DerivedFilesAreBuiltAgainBehindExactAnswers) {
  const std::string graph = path_with(library().books_folder + "/graph-");
  const std::string indexes = path_with(library().books_folder + "/payload_index-");
  FileTree files = library().files;
  files[graph][files[graph].size() / 2] ^= std::byte{1};
  files[indexes][files[indexes].size() / 2] ^= std::byte{1};
  const auto disk = make_disk(files);
  const Answers& expected = library().answers.at("books");
  {
    OpenStore store(*disk);
    const auto shard = store.shard("books");
    ASSERT_NE(shard, nullptr);
    EXPECT_EQ(difference(expected, answers_of(store, "books")), "");
    // After each slice of building, what is in the graph and what is not answer together.
    int slices = 0;
    while (shard->maintain()) {
      ++slices;
      const Answers answers = answers_of(store, "books");
      ASSERT_EQ(difference(expected, answers), "") << "slice " << slices;
      ASSERT_TRUE(errors_of(answers).empty());
    }
    EXPECT_GT(slices, 5);
    EXPECT_NE(store.log_text().find("a graph is damaged"), std::string::npos);
    EXPECT_NE(store.log_text().find("payload indexes are damaged"), std::string::npos);
    ASSERT_TRUE(shard->checkpoint().ok());
  }
  OpenStore again(*disk);
  EXPECT_EQ(again.log_text(), "") << "the checkpoint wrote good files";
  EXPECT_EQ(difference(expected, answers_of(again, "books")), "");
  EXPECT_FALSE(again.shard("books")->maintain()) << "the graph was complete";
}

TEST_F(DamageTest, AWriteHealsAPointWhosePayloadIsDamaged) {
  const std::string path = path_with(library().books_folder + "/payload-");
  FileTree files = library().files;
  files[path][100] ^= std::byte{1};
  const auto disk = make_disk(files);
  OpenStore store(*disk);
  Answers answers = answers_of(store, "books");
  std::string broken;
  for (const auto& [id, text] : answers.points) {
    if (text.starts_with('!')) broken = id;
  }
  ASSERT_NE(broken, "");
  const std::vector<model::PointId> ids = {model::PointId::from_number(std::stoull(broken))};
  const auto shard = store.shard("books");
  // A change that builds on the damaged payload is refused, before it is logged.
  const auto merged = shard->submit(model::SetPayload{{ids, std::nullopt}, R"({"x":1})", std::nullopt},
                                    model::Durability::kSynced, {});
  EXPECT_EQ(merged.problem.code(), StatusCode::kDataLoss) << merged.problem.to_string();
  // A whole point, or its deletion, needs nothing of it.
  model::UpsertPoints whole;
  whole.points.ids = ids;
  const float values[8] = {1, 2, 3, 4, 5, 6, 7, 8};
  whole.points.column("").set_row(0, values, 8);
  whole.points.payloads = {R"({"n":1})"};
  EXPECT_TRUE(shard->submit(whole, model::Durability::kSynced, {}).problem.ok());
  answers = answers_of(store, "books");
  EXPECT_TRUE(answers.points.at(broken).starts_with(R"({"n":1})")) << answers.points.at(broken);
}

TEST_F(DamageTest, WhileADescriptionIsUnreadableItsNameCannotBeTaken) {
  const std::string path = library().books_folder.substr(0, library().books_folder.rfind('/')) + "/collection.ald";
  FileTree files = library().files;
  const base::Bytes good = files[path];
  files[path][40] ^= std::byte{1};
  {
    const auto disk = make_disk(files);
    OpenStore store(*disk);
    const auto name = model::CollectionRef::by_name("books");
    EXPECT_EQ(store.catalogue().find(name).status().code(), StatusCode::kUnavailable);
    EXPECT_EQ(store.catalogue().create(name, {}).status().code(), StatusCode::kUnavailable);
    EXPECT_EQ(store.catalogue().drop(name).status().code(), StatusCode::kUnavailable);
    EXPECT_TRUE(store.catalogue().drop(model::CollectionRef::by_name("notes")).ok());
    files = read_tree(*disk, kRoot);
  }
  files[path] = good;
  const auto disk = make_disk(files);
  OpenStore repaired(*disk);
  EXPECT_EQ(repaired.log_text(), "");
  EXPECT_EQ(difference(library().answers.at("books"), answers_of(repaired, "books")), "");
}

TEST_F(DamageTest, WhileNamesAreUnreadableNothingInTheCatalogueChanges) {
  const std::string path = std::string(kRoot) + "/catalogue.ald";
  FileTree files = library().files;
  files[path][60] ^= std::byte{1};
  const auto disk = make_disk(files);
  OpenStore store(*disk);
  auto& catalogue = store.catalogue();
  const auto alias = model::CollectionRef::by_name("library");
  EXPECT_EQ(catalogue.find(alias).status().code(), StatusCode::kUnavailable);
  EXPECT_EQ(catalogue.create(model::CollectionRef::by_name("new"), {}).status().code(), StatusCode::kUnavailable);
  EXPECT_EQ(catalogue.drop(model::CollectionRef::by_name("books")).status().code(), StatusCode::kUnavailable);
  EXPECT_EQ(catalogue.change_aliases({}).code(), StatusCode::kUnavailable);
  EXPECT_EQ(catalogue.create_tenant("other").code(), StatusCode::kUnavailable);
  EXPECT_EQ(catalogue.reset().code(), StatusCode::kUnavailable);
  EXPECT_NE(store.shard("books"), nullptr);
  EXPECT_EQ(read_tree(*disk, kRoot), files);
}

TEST_F(DamageTest, TwoFoldersWithOneNameAnswerWithNeither) {
  // A copy of a collection's folder under another UUID, as a careless restore leaves it.
  const std::string folder = library().books_folder.substr(0, library().books_folder.rfind('/'));
  const std::string uuid = folder.substr(folder.rfind('/') + 1);
  const std::string copy_uuid = "00000000-0000-4000-8000-000000000000";
  FileTree files = library().files;
  const auto disk = make_disk(files);
  {
    OpenStore store(*disk);
    ASSERT_TRUE(store.catalogue().update(model::CollectionRef::by_name("notes"), "books2", nullptr).ok());
  }
  files = read_tree(*disk, kRoot);
  // A copied folder names another UUID inside.
  for (const auto& [path, content] : library().files) {
    if (path.starts_with(folder + "/")) {
      files[path.substr(0, path.find(uuid)) + copy_uuid + path.substr(path.find(uuid) + uuid.size())] = content;
    }
  }
  const Outcome outcome = outcome_of(files);
  ASSERT_TRUE(outcome.opened.ok());
  EXPECT_EQ(difference(library().answers.at("books"), outcome.answers.at("books")), "");
  EXPECT_NE(outcome.log.find("of another folder"), std::string::npos);
}

}  // namespace
}  // namespace alidade::simulation
