// Fails every I/O call of a scripted run in turn, once and from then on, in several ways. The store
// must answer each failure with an error or not need the call; afterwards, in the same process and
// after opening again, it holds every acknowledged change, and of the others each whole or not at all.
#include <gtest/gtest.h>

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>

#include "env/bounded/bounded_env.h"
#include "env/faulty/faulty_env.h"
#include "env/memory/memory_env.h"
#include "simulation/support/doubts.h"
#include "simulation/support/reproduce.h"

namespace alidade::simulation {
namespace {

using env::FaultyEnv;
using env::MemoryEnv;

/// One way in which calls fail.
struct Way {
  const char* name;
  StatusCode code;
  FaultyEnv::Repeat repeat;
  std::uint64_t short_write_bytes;
  const char* only;
  std::uint64_t stride;  ///< In the short form every so many-th call; 1 = every one.
  std::size_t max_open_files = 0;  ///< Of the store; 0 = it closes none.
};

// What takes space on a disk.
constexpr char kSpace[] = "append|preallocate|open|create|rename";

constexpr Way kWays[] = {
    {"EIO once", StatusCode::kIo, FaultyEnv::Repeat::kOnce, 0, "", 1},
    {"EIO for good", StatusCode::kIo, FaultyEnv::Repeat::kFromThenOn, 0, "", 1},
    {"short EIO once", StatusCode::kIo, FaultyEnv::Repeat::kOnce, 21, "append", 2},
    {"ENOSPC once", StatusCode::kOutOfSpace, FaultyEnv::Repeat::kOnce, 0, kSpace, 2},
    {"short ENOSPC for good", StatusCode::kOutOfSpace, FaultyEnv::Repeat::kFromThenOn, 40, kSpace, 2},
    {"ENOSPC for good", StatusCode::kOutOfSpace, FaultyEnv::Repeat::kFromThenOn, 0, kSpace, 3},
    // Nearly every call has to open its file again, and to sync and close another.
    {"EIO once, two files open", StatusCode::kIo, FaultyEnv::Repeat::kOnce, 0, "", 2, 2},
    {"EMFILE once, two files open", StatusCode::kResourceExhausted, FaultyEnv::Repeat::kOnce, 0, "open", 1, 2},
    {"EMFILE for good, two files open", StatusCode::kResourceExhausted, FaultyEnv::Repeat::kFromThenOn, 0, "open", 1, 2},
};

/// Short, and every kind of I/O call is in it.
std::vector<Action> script() {
  const Place books = default_place("books");
  const Place notes = default_place("notes");
  CommandMaker make(7);
  std::vector<Action> actions;
  const auto write = [&](const Place& place, model::Command command, model::Durability durability) {
    actions.emplace_back(Write{place, std::move(command), durability});
  };
  const auto upserts = [&](const Place& place, const model::CollectionConfig& config, int count) {
    for (int i = 0; i < count; ++i) {
      write(place, make.upsert(config, 2),
            i % 2 == 0 ? model::Durability::kSynced : model::Durability::kLogged);
    }
  };
  actions.emplace_back(CreateCollection{books, plain_config()});
  actions.emplace_back(CreateCollection{notes, automatic_config()});
  upserts(books, plain_config(), 3);
  write(books, model::CreateFieldIndex{"n", {model::FieldType::kInteger, {}}}, model::Durability::kSynced);
  upserts(notes, automatic_config(), 2);
  actions.emplace_back(MakeCheckpoint{books});
  upserts(books, plain_config(), 3);
  actions.emplace_back(SyncLogs{});
  actions.emplace_back(SetAlias{"current", "books"});
  actions.emplace_back(CreateDatabase{{model::kDefaultTenant, "other"}});
  actions.emplace_back(CreateCollection{{{model::kDefaultTenant, "other"}, "x"}, plain_config()});
  upserts(notes, automatic_config(), 2);
  actions.emplace_back(MakeCheckpoint{books});
  actions.emplace_back(Compact{books});
  actions.emplace_back(Maintain{20});
  actions.emplace_back(DropCollection{books});
  actions.emplace_back(CreateCollection{books, named_config()});
  upserts(books, named_config(), 2);
  actions.emplace_back(UpdateCollection{notes, "remarks", std::nullopt});
  actions.emplace_back(DropDatabase{{model::kDefaultTenant, "other"}});
  upserts(default_place("remarks"), automatic_config(), 2);
  return actions;
}

class FaultSweepTest : public testing::Test {
 protected:
  /// One run in which calls fail from number `call` on. @return whether any did.
  bool run(const Way& way, std::uint64_t call) {
    const std::string where = fmt::format("{}, call {}", way.name, call);
    MemoryEnv disk(1);
    FaultyEnv env(disk);
    env.set_fault({.call = call,
                   .repeat = way.repeat,
                   .status = Status(way.code, "injected"),
                   .short_write_bytes = way.short_write_bytes,
                   .only = way.only});
    const auto quiet = [&](bool is_quiet) { env.set_paused(is_quiet); };
    env::BoundedEnv bounded(env, {.max_open_files = way.max_open_files, .on_exhausted = {}});
    env::Env& files = way.max_open_files == 0 ? static_cast<env::Env&>(env) : bounded;
    Doubts doubts;
    auto store = std::make_unique<Store>(files);
    bool failed_to_open = false;
    if (Status opened = store->open(); !opened.ok()) {
      EXPECT_GT(env.failures(), 0U) << where << ": " << opened.to_string();
      failed_to_open = true;
      env.heal();
      store = std::make_unique<Store>(files);
      EXPECT_TRUE(store->open().ok()) << where << ": a second time";
    }
    for (const Action& action : actions_) {
      const std::size_t failed_before = env.failed_calls().size();
      const std::string wrong = doubts.run(*store, action, quiet);
      if (!wrong.empty()) {
        complain(where, env, wrong);
        return false;
      }
      // With a bound, a sync may be of another log, whose next write says so.
      if (way.max_open_files == 0) check_syncs(where, env, action, doubts, failed_before);
    }
    const std::uint64_t failures = env.failures();
    const auto failed = env.failed_calls();
    for (const auto& [name, count] : env.calls_by_name()) calls_by_name_[name] += count;
    env.heal();
    go_on(where + fmt::format(", failed: {}", failed.empty() ? "-" : failed.front()), way, *store, doubts, failed);
    for (const bool power_lost : {false, true}) {
      auto left = disk.clone(call);
      if (power_lost) left->crash(MemoryEnv::Unsynced::kLost);
      Store again(*left);
      const Status opened = again.open();
      const std::string wrong = opened.ok() ? doubts.check(again, power_lost) : opened.to_string();
      if (!wrong.empty()) {
        ADD_FAILURE() << where << ", failed: " << (failed.empty() ? "-" : failed.front())
                      << (power_lost ? ", power lost" : "") << "\nopened again: " << wrong << "\n"
                      << again.complaints() << reproduce(1);
      }
      const auto names = again.read_catalogue();
      if (!names.ok()) return false;
      for (const auto& [place, uuid] : names->collections) {
        EXPECT_TRUE(perform(again, Write{place, sentinel(), model::Durability::kSynced}).ok()) << where;
      }
    }
    ++runs_;
    return failures > 0 || failed_to_open;
  }

  /// A write whose log could not be synced is not acknowledged.
  void check_syncs(const std::string& where,
                   const FaultyEnv& env,
                   const Action& action,
                   const Doubts& doubts,
                   std::size_t failed_before) {
    const auto* write = std::get_if<Write>(&action);
    if (write == nullptr || write->durability != model::Durability::kSynced) return;
    const auto failed = env.failed_calls();
    for (std::size_t i = failed_before; i < failed.size(); ++i) {
      if (!failed[i].starts_with("sync ") || !failed[i].ends_with(".log")) continue;
      EXPECT_FALSE(doubts.answer().ok()) << where << ": acknowledged after a failed " << failed[i];
    }
  }

  /// The disk is well again: what is not read-only takes writes and names without being opened again.
  void go_on(const std::string& where,
             const Way& way,
             Store& store,
             Doubts& doubts,
             const std::vector<std::string>& failed) {
    const auto nothing = [](bool) {};
    for (const auto& [place, uuid] : doubts.names().collections) {
      const std::string wrong =
          doubts.run(store, Write{place, sentinel(), model::Durability::kSynced}, nothing);
      EXPECT_EQ(wrong, "") << where;
      if (doubts.answer().ok()) continue;
      EXPECT_EQ(doubts.answer().kind(), ErrorKind::kShardReadOnly) << where << doubts.answer().to_string();
      // A full disk costs no shard: what was refused is undone.
      EXPECT_NE(way.code, StatusCode::kOutOfSpace) << where << doubts.answer().to_string();
      // Nor does want of descriptors.
      EXPECT_NE(way.code, StatusCode::kResourceExhausted) << where << doubts.answer().to_string();
      const bool could_not_sync_or_undo = std::any_of(failed.begin(), failed.end(), [](const auto& call) {
        return call.starts_with("sync ") || call.starts_with("truncate ") || call.starts_with("read ");
      });
      EXPECT_TRUE(could_not_sync_or_undo) << where << doubts.answer().to_string();
    }
    EXPECT_EQ(doubts.run(store, CreateCollection{default_place("after"), plain_config()}, nothing), "") << where;
    // What could not be read at the start is not taken for absent until the next one.
    if (doubts.answer().kind() == ErrorKind::kQuarantined) return;
    EXPECT_TRUE(doubts.answer().ok()) << where << doubts.answer().to_string();
    EXPECT_EQ(doubts.run(store, SetAlias{"after-alias", "after"}, nothing), "") << where;
    EXPECT_TRUE(doubts.answer().ok()) << where << doubts.answer().to_string();
  }

  void complain(const std::string& where, const FaultyEnv& env, const std::string& wrong) {
    const auto failed = env.failed_calls();
    ADD_FAILURE() << where << ", failed: " << (failed.empty() ? "-" : failed.front()) << "\n"
                  << wrong << "\n" << reproduce(1);
  }

  static model::UpsertPoints sentinel() {
    model::UpsertPoints command;
    command.points.ids = {model::PointId::from_number(4711)};
    command.points.payloads = {R"({"sentinel":1})"};
    return command;
  }

  const std::vector<Action> actions_ = script();
  std::map<std::string, std::uint64_t> calls_by_name_;
  std::size_t runs_ = 0;
};

TEST_F(FaultSweepTest, EveryCallFailsInTurn) {
  for (const Way& way : kWays) {
    const std::uint64_t stride = is_long_form() ? 1 : way.stride;
    std::uint64_t call = 1;
    while (!HasFailure() && run(way, call)) call += stride;
    std::printf("%s: every %lu. of %lu calls\n", way.name, static_cast<unsigned long>(stride),
                static_cast<unsigned long>(call));
  }
  for (const char* name : {"open", "append", "sync", "preallocate", "truncate", "close", "read", "rename",
                           "remove", "create", "list", "lock"}) {
    EXPECT_GT(calls_by_name_[name], 0U) << name << " was never called";
  }
  std::printf("%zu runs\n", runs_);
}

}  // namespace
}  // namespace alidade::simulation
