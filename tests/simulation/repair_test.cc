// `alidade check` and `alidade repair` over a sample of the damages of damage_test.cc: what is damaged
// is found with file and byte, and what is salvaged is right: a folder that passes the check, starts
// without a warning, and of which every answer about a point is the undamaged folder's (or that of the
// collection before the writes that the report says are left out).
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "collection/salvage.h"
#include "collection/verify.h"
#include "simulation/support/damages.h"
#include "simulation/support/data_folder.h"
#include "simulation/support/reproduce.h"

namespace alidade::simulation {
namespace {

constexpr char kNew[] = "/salvaged";

std::uint64_t repair_seed() { return seed_or(12); }
std::uint64_t sample_size() { return is_long_form() ? 400 : 4; }
std::uint64_t edge_step() { return is_long_form() ? 1 : 32; }

const Library& library() {
  static const Library made = make_library(repair_seed());
  return made;
}

bool is_log(const std::string& path) { return path.ends_with(".log"); }

bool is_last_segment(const std::string& path) {
  const auto next = library().files.upper_bound(path);
  return is_log(path) && (next == library().files.end() || !is_log(next->first) ||
                          env::parent_directory(next->first) != env::parent_directory(path));
}

/// Points of `found` that are not as in `expected`; "" when each is.
std::string wrong_point(const Answers& expected, const Answers& found) {
  for (const auto& [id, text] : found.points) {
    const auto right = expected.points.find(id);
    if (right == expected.points.end()) return id + " is there";
    if (right->second != text) return id + " is " + text + " instead of " + right->second;
  }
  return "";
}

std::vector<std::string> messages_of(const std::vector<Status>& statuses) {
  std::vector<std::string> messages;
  for (const Status& status : statuses) messages.push_back(status.message());
  return messages;
}

class RepairTest : public testing::Test {
 protected:
  /// Salvages and compares; @return the report.
  /// @param damaged_path the file that is damaged, "" when it does not matter which.
  collection::FolderSalvage expect_sound(const FileTree& damaged, const std::string& damaged_path = "") {
    // What a crash interrupted and what was cut off the end of a log look alike.
    const bool tail = !damaged_path.empty() && is_last_segment(damaged_path);
    const auto disk = make_disk(damaged);
    const auto salvage = collection::salvage_folder(*disk, kRoot, kNew);
    EXPECT_TRUE(salvage.ok()) << salvage.status().to_string();
    if (!salvage.ok()) return {};
    EXPECT_EQ(read_tree(*disk, kRoot), damaged) << "the old folder was changed";
    const auto verified = collection::verify_folder(*disk, kNew);
    EXPECT_TRUE(verified.ok() && verified->damages.empty());
    {
      OpenStore store(*disk, kNew);
      EXPECT_TRUE(store.status().ok()) << store.status().to_string();
      EXPECT_EQ(store.log_text().find("\"error\""), std::string::npos) << store.log_text();
      for (const char* name : {"books", "notes", "shelf"}) {
        expect_subset(name, answers_of(store, name), *salvage, tail);
      }
    }
    return *salvage;
  }

  void expect_subset(const std::string& name,
                     const Answers& found,
                     const collection::FolderSalvage& salvage,
                     bool tail) {
    const Answers& whole = library().answers.at(name);
    if (!found.error.ok()) {
      EXPECT_TRUE(salvage.left_something_out) << name;
      return;
    }
    EXPECT_TRUE(errors_of(found).empty()) << name;
    if (!salvage.left_something_out && !tail) {
      EXPECT_EQ(difference(whole, found), "") << name;
      return;
    }
    // As after one of its writes, less the points that the report names.
    std::string least = wrong_point(whole, found);
    for (const Answers& state : library().history.at(name)) {
      if (least.empty() || wrong_point(state, found).empty()) least.clear();
    }
    EXPECT_EQ(least, "") << name << "\n" << salvage.report;
  }
};

TEST_F(RepairTest, AnUndamagedFolderPassesTheCheckAndIsCopied) {
  const auto disk = make_disk(library().files);
  const auto verified = collection::verify_folder(*disk, kRoot);
  ASSERT_TRUE(verified.ok());
  EXPECT_EQ(messages_of(verified->damages), std::vector<std::string>());
  EXPECT_EQ(verified->notes, std::vector<std::string>());
  EXPECT_EQ(verified->unknown_files, std::vector<std::string>());
  EXPECT_EQ(verified->file_count, library().files.size());
  const auto salvage = expect_sound(library().files);
  EXPECT_EQ(salvage.copied_count, 3U);
  EXPECT_FALSE(salvage.left_something_out);
}

TEST_F(RepairTest, FindsEveryDamageAndSalvagesNothingWrong) {
  std::uint64_t made = 0;
  std::uint64_t cases = 0;
  for (const auto& [path, content] : library().files) {
    for_each_damage(content, edge_step(), sample_size(), repair_seed(), [&](const Damage& damage) {
      if (!is_long_form() && ++made % 3 != 0) return true;
      SCOPED_TRACE(path + ": " + damage.name + " " + reproduce(repair_seed()));
      FileTree files = library().files;
      files[path] = damage.content;
      const auto disk = make_disk(files);
      const auto verified = collection::verify_folder(*disk, kRoot);
      EXPECT_TRUE(verified.ok());
      const auto messages = messages_of(verified->damages);
      const bool named = std::any_of(messages.begin(), messages.end(), [&](const std::string& text) {
        return text.find(path) != std::string::npos;
      });
      // At the end of a log a torn tail is no damage, and a cut between two records leaves none.
      EXPECT_TRUE(named || is_last_segment(path)) << "not found by the check";
      EXPECT_EQ(read_tree(*disk, kRoot), files);
      if (cases % 5 == 0 || is_long_form()) expect_sound(files, path);
      ++cases;
      return !HasFailure();
    });
    if (HasFailure()) return;
  }
  fmt::print("{} damages\n", cases);
}

TEST_F(RepairTest, AMissingFileIsFoundAndNothingWrongIsSalvaged) {
  for (const auto& [path, content] : library().files) {
    SCOPED_TRACE(path + " missing " + reproduce(repair_seed()));
    FileTree files = library().files;
    files.erase(path);
    const auto disk = make_disk(files);
    const auto verified = collection::verify_folder(*disk, kRoot);
    ASSERT_TRUE(verified.ok());
    // Nothing is damaged where nothing needs the file: a manifest while the log holds everything, a
    // segment that the checkpoint covers; or where nothing says that it was there (the last segment).
    if (verified->damages.empty()) {
      OpenStore store(*disk);
      for (const char* name : {"books", "notes", "shelf"}) {
        if (is_last_segment(path)) continue;
        EXPECT_EQ(difference(library().answers.at(name), answers_of(store, name)), "") << name;
      }
      continue;
    }
    expect_sound(files, path);
    if (HasFailure()) return;
  }
}

TEST_F(RepairTest, ADamagedHeaderOrFooterCostsNothing) {
  for (const char* kind : {"/rows-", "/table-", "/payload-"}) {
    for (const bool at_end : {false, true}) {
      FileTree files = library().files;
      for (auto& [path, content] : files) {
        if (!path.starts_with(library().books_folder + kind)) continue;
        content[at_end ? content.size() - 20 : 20] ^= std::byte{4};
      }
      SCOPED_TRACE(kind);
      const auto salvage = expect_sound(files);
      EXPECT_EQ(salvage.salvaged_count, 1U);
      EXPECT_FALSE(salvage.left_something_out) << salvage.report;
    }
  }
}

TEST_F(RepairTest, ADamagedPayloadBlockCostsTheNamedPointsOnly) {
  FileTree files = library().files;
  const auto file = files.lower_bound(library().books_folder + "/payload-");
  file->second[1000] ^= std::byte{1};
  const auto salvage = expect_sound(files);
  EXPECT_TRUE(salvage.left_something_out);
  EXPECT_NE(salvage.report.find(file->first + ": byte 64"), std::string::npos) << salvage.report;
  // Every point that is missing is named, and most are there.
  const auto disk = make_disk(files);
  ASSERT_TRUE(collection::salvage_folder(*disk, kRoot, kNew).ok());
  OpenStore store(*disk, kNew);
  const Answers found = answers_of(store, "books");
  const Answers& whole = library().answers.at("books");
  std::uint64_t missing = 0;
  for (const auto& [id, text] : whole.points) {
    if (found.points.contains(id)) continue;
    ++missing;
    EXPECT_NE(salvage.report.find("\n    " + id + "\n"), std::string::npos) << id;
  }
  EXPECT_GT(missing, 0U);
  EXPECT_LT(missing, whole.points.size() * 2 / 3);
}

TEST_F(RepairTest, ALostManifestCostsNoPoint) {
  for (const bool missing : {false, true}) {
    FileTree files = library().files;
    const std::string path = library().books_folder + "/manifest";
    if (missing) {
      files.erase(path);
    } else {
      files[path][30] ^= std::byte{1};
    }
    const auto disk = make_disk(files);
    const auto salvage = collection::salvage_folder(*disk, kRoot, kNew);
    ASSERT_TRUE(salvage.ok()) << salvage.status().to_string();
    OpenStore store(*disk, kNew);
    EXPECT_EQ(answers_of(store, "books").points, library().answers.at("books").points) << salvage->report;
  }
}

TEST_F(RepairTest, TakesTheLogInsteadOfDamagedFilesWhereItHoldsEverything) {
  FileTree files = library().files;
  for (auto& [path, content] : files) {
    if (path.starts_with(library().shelf_folder + "/rows-")) content[100] ^= std::byte{1};
  }
  const auto salvage = expect_sound(files);
  EXPECT_FALSE(salvage.left_something_out) << salvage.report;
  EXPECT_EQ(salvage.salvaged_count, 1U);
}

TEST_F(RepairTest, RefusesATargetThatIsNotEmptyOrInside) {
  const auto disk = make_disk(library().files);
  EXPECT_EQ(collection::salvage_folder(*disk, kRoot, std::string(kRoot) + "/new").status().code(),
            StatusCode::kInvalidArgument);
  ASSERT_TRUE(disk->create_directory("/used").ok());
  ASSERT_TRUE(disk->create_directory("/used/something").ok());
  EXPECT_EQ(collection::salvage_folder(*disk, kRoot, "/used").status().code(),
            StatusCode::kInvalidArgument);
}

}  // namespace
}  // namespace alidade::simulation
