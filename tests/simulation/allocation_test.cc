// Lets the n-th allocation of an operation fail, for every n, once and for good. The process lives,
// the answer is an error or right, and of a change there is nothing or all, in memory and after
// opening again; the store goes on when there is memory.
#include <gtest/gtest.h>

#include <fmt/format.h>

#include <cstdint>
#include <cstdio>
#include <new>

#include "env/memory/memory_env.h"
#include "observe/metrics.h"
#include "ops/dispatcher.h"
#include "simulation/support/doubts.h"
#include "simulation/support/failing_allocations.h"
#include "simulation/support/reproduce.h"
#include "simulation/support/shielded_env.h"

namespace alidade::simulation {
namespace {

using env::MemoryEnv;

enum class Repeat { kOnce, kForGood };

/// Names that are given twice in this file.
const Place kBooks = default_place("books");

class AllocationTest : public testing::Test {
 protected:
  /// A store in which every kind of thing is there, its disk, and what it holds.
  struct World {
    std::unique_ptr<MemoryEnv> disk;
    std::unique_ptr<ShieldedEnv> env;
    std::unique_ptr<Store> store;
    Doubts doubts;
    auth::KeyRing keys;
    observe::Metrics metrics;
    std::unique_ptr<observe::Log> log;
    std::unique_ptr<ops::Dispatcher> dispatcher;
    observe::OpContext context;
  };

  static std::unique_ptr<World> make_world() {
    auto world = std::make_unique<World>();
    world->disk = std::make_unique<MemoryEnv>(1);
    world->env = std::make_unique<ShieldedEnv>(*world->disk, [](bool is_inside) {
      t_countdown.shields += is_inside ? 1 : -1;
    });
    world->store = std::make_unique<Store>(*world->env);
    EXPECT_TRUE(world->store->open().ok());
    world->log = std::make_unique<observe::Log>(
        observe::LogLevel::kError, [] { return std::int64_t{0}; }, [](std::string_view) {});
    world->dispatcher = std::make_unique<ops::Dispatcher>(
        ops::Services{world->store->catalogue(), *world->env, 0}, world->keys, world->metrics,
        *world->log);
    CommandMaker make(3);
    std::vector<Action> actions;
    actions.emplace_back(CreateCollection{kBooks, named_config()});
    actions.emplace_back(CreateCollection{default_place("notes"), automatic_config()});
    actions.emplace_back(CreateDatabase{{model::kDefaultTenant, "other"}});
    actions.emplace_back(CreateCollection{{{model::kDefaultTenant, "other"}, "x"}, plain_config()});
    actions.emplace_back(SetAlias{"current", "books"});
    actions.emplace_back(Write{kBooks, model::CreateFieldIndex{"n", {model::FieldType::kInteger, {}}}});
    for (int i = 0; i < 4; ++i) {
      actions.emplace_back(Write{kBooks, make.upsert(named_config(), 4)});
      actions.emplace_back(Write{default_place("notes"), make.upsert(automatic_config(), 3)});
      if (i == 1) actions.emplace_back(MakeCheckpoint{kBooks});
    }
    for (const Action& action : actions) {
      EXPECT_EQ(world->doubts.run(*world->store, action, [](bool) {}), "");
    }
    return world;
  }

  /// Runs `operation` with failing allocations until none fails any more.
  /// @param operation of a fresh world; it arms by itself. @return whether everything was right.
  template <typename Operation>
  void sweep(const std::string& name, Operation operation) {
    for (const Repeat repeat : {Repeat::kOnce, Repeat::kForGood}) {
      std::uint64_t n = 1;
      for (; !HasFailure(); n += is_long_form() || n < 40 ? 1 : 3) {
        SCOPED_TRACE(fmt::format("{}, allocation {} {}", name, n,
                                 repeat == Repeat::kOnce ? "once" : "for good"));
        const auto world = make_world();
        next_ = {.armed = false, .for_good = repeat == Repeat::kForGood, .shields = 0, .left = n, .failed = 0};
        operation(*world);
        ++tried_;
        if (t_countdown.failed == 0) break;
        afterwards(*world);
      }
      std::printf("%s, %s: up to %lu\n", name.c_str(), repeat == Repeat::kOnce ? "once" : "for good",
                  static_cast<unsigned long>(n));
    }
  }

  /// Armed while it runs.
  template <typename Call>
  auto armed(Call call) {
    t_countdown = next_;
    t_countdown.armed = true;
    struct Disarm {
      ~Disarm() { t_countdown.armed = false; }
    } disarm;
    return call();
  }

  /// There is memory again: everything can be written, and is there after opening again.
  static void afterwards(World& world) {
    const auto nothing = [](bool) {};
    model::UpsertPoints sentinel;
    sentinel.points.ids = {model::PointId::from_number(4711)};
    sentinel.points.payloads = {R"({"sentinel":1})"};
    for (const auto& [place, uuid] : world.doubts.names().collections) {
      EXPECT_EQ(world.doubts.run(*world.store, Write{place, sentinel}, nothing), "");
      EXPECT_TRUE(world.doubts.answer().ok()) << world.doubts.answer().to_string();
      EXPECT_EQ(world.doubts.run(*world.store, MakeCheckpoint{place}, nothing), "");
      EXPECT_TRUE(world.doubts.answer().ok()) << world.doubts.answer().to_string();
    }
    EXPECT_EQ(world.doubts.run(*world.store, CreateCollection{default_place("after"), plain_config()}, nothing), "");
    EXPECT_TRUE(world.doubts.answer().ok()) << world.doubts.answer().to_string();
    const auto left = world.disk->clone(1);
    left->crash(MemoryEnv::Unsynced::kLost);
    Store again(*left);
    ASSERT_TRUE(again.open().ok());
    EXPECT_EQ(world.doubts.check(again, true), "") << again.complaints();
  }

  /// A change of names or rows, through the store's own calls or through the dispatcher.
  void sweep_action(const Action& action, const Doubts::Performer& performer, const char* way) {
    sweep(describe(action) + way, [&](World& world) {
      const auto quiet = [](bool is_quiet) {
        if (is_quiet) t_countdown.armed = false;
      };
      const std::string wrong = world.doubts.run(*world.store, action, quiet, [&](Store& store, const Action& act) {
        return armed([&] {
          try {
            return performer(store, act);
          } catch (const std::bad_alloc&) {
            t_countdown.armed = false;
            return Status(StatusCode::kResourceExhausted, "not enough memory");
          }
        });
      });
      EXPECT_EQ(wrong, "");
      if (t_countdown.failed > 0 && !world.doubts.answer().ok()) {
        const auto code = world.doubts.answer().code();
        // 404 for one id where the memory failed for something that need not succeed.
        EXPECT_TRUE(code == StatusCode::kResourceExhausted || code == StatusCode::kUnavailable ||
                    world.doubts.answer().kind() == ErrorKind::kPointNotFound)
            << world.doubts.answer().to_string();
      }
    });
  }

  /// @return the answer of the dispatcher; a bad_alloc out of it fails the test.
  template <typename Request>
  static Status dispatch(World& world, const Request& request) {
    // As a face asks: the answer is held where it waits for the disk, and then sent once.
    int sent = 0;
    StatusCode outcome = StatusCode::kOk;
    try {
      observe::OpContext context = world.context;
      try {
        context.held_answer = std::make_shared<observe::HeldAnswer>([&](const Status& told) {
          ++sent;
          outcome = told.code();
        });
      } catch (const std::bad_alloc&) {
        t_countdown.armed = false;
        return Status(StatusCode::kResourceExhausted, "not enough memory");
      }
      auto result = world.dispatcher->run(context, request);
      const bool held = context.held_answer->is_held();
      if (held) context.held_answer->start();
      EXPECT_EQ(sent, held ? 1 : 0);
      if (outcome != StatusCode::kOk) {
        t_countdown.armed = false;
        return Status(outcome, "told later");
      }
      if constexpr (requires { result->problem; }) {
        if (result.ok()) return result->problem;
      }
      return result.status();
    } catch (const std::bad_alloc&) {
      t_countdown.armed = false;
      ADD_FAILURE() << "bad_alloc out of the dispatcher";
      return Status(StatusCode::kResourceExhausted, "not enough memory");
    }
  }

  Countdown next_;
  std::size_t tried_ = 0;
};

std::vector<Action> actions_to_try() {
  CommandMaker make(9);
  const auto ids = [] {
    model::PointSelector selector;
    selector.ids = {model::PointId::from_number(1), model::PointId::from_number(2), model::PointId::from_number(3)};
    return selector;
  };
  model::MergePoints merge;
  merge.points = make.upsert(named_config(), 3).points;
  model::UpdateVectors vectors;
  vectors.points = make.upsert(named_config(), 8).points;
  vectors.points.payloads.clear();
  std::vector<model::Command> commands = {
      make.upsert(named_config(), 6), merge, model::DeletePoints{ids(), std::nullopt, false}, vectors,
      model::DeleteVectors{ids(), {"a"}},
      model::SetPayload{ids(), R"({"n":7,"added":["a text that is long enough"]})", std::nullopt},
      model::OverwritePayload{ids(), R"({"s":"another text that is long enough"})"},
      model::DeletePayload{ids(), {*model::JsonPath::parse("n")}}, model::ClearPayload{ids()},
      model::CreateFieldIndex{"s", {model::FieldType::kKeyword, {}}}, model::DeleteFieldIndex{"n"}};
  std::vector<Action> actions;
  for (auto& command : commands) {
    actions.emplace_back(Write{kBooks, command, model::Durability::kSynced});
  }
  actions.emplace_back(Write{kBooks, commands.front(), model::Durability::kLogged});
  actions.emplace_back(Write{default_place("notes"), make.upsert(automatic_config(), 4), model::Durability::kSynced});
  actions.emplace_back(MakeCheckpoint{kBooks});
  actions.emplace_back(Compact{kBooks});
  actions.emplace_back(CreateCollection{default_place("new"), plain_config()});
  actions.emplace_back(DropCollection{kBooks});
  actions.emplace_back(UpdateCollection{default_place("notes"), "remarks", 7});
  actions.emplace_back(SwitchAlias{"current", "notes"});
  actions.emplace_back(CreateDatabase{{model::kDefaultTenant, "third"}});
  actions.emplace_back(DropDatabase{{model::kDefaultTenant, "other"}});
  actions.emplace_back(Reset{});
  return actions;
}

TEST_F(AllocationTest, TheDispatcherAnswersWhateverThereIsNoMemoryFor) {
  CommandMaker make(11);
  const Action action = Write{kBooks, make.upsert(named_config(), 3), model::Durability::kSynced};
  ops::WritePoints write;
  write.collection = model::CollectionRef::by_name("current");
  write.command = std::get<Write>(action).command;
  sweep("dispatched upsert", [&](World& world) {
    const auto quiet = [](bool is_quiet) {
      if (is_quiet) t_countdown.armed = false;
    };
    EXPECT_EQ(world.doubts.run(*world.store, action, quiet,
                               [&](Store&, const Action&) {
                                 return armed([&] { return dispatch(world, write); });
                               }),
              "");
  });
  const auto read = [&](const char* name, const auto& request) {
    sweep(name, [&](World& world) {
      const Status answer = armed([&] { return dispatch(world, request); });
      t_countdown.armed = false;
      if (answer.ok()) return;
      EXPECT_EQ(answer.code(), StatusCode::kResourceExhausted) << answer.to_string();
    });
  };
  const auto collection = model::CollectionRef::by_name("books");
  ops::ScrollPoints scroll;
  scroll.collection = collection;
  scroll.with_payload = model::PayloadSelector::all();
  scroll.with_vectors = model::VectorSelector::all();
  read("scroll", scroll);
  ops::CountPoints count;
  count.collection = collection;
  read("count", count);
  ops::QueryPoints query;
  query.collection = collection;
  query.query.query = model::NearestQuery{std::vector<float>{1, 2, 3}};
  query.query.using_vector = "a";
  read("query", query);
  ops::GetCollection get;
  get.collection = collection;
  read("get collection", get);
  read("list collections", ops::ListCollections{});
  read("list aliases", ops::ListAliases{});
  std::printf("%zu runs with a failing allocation\n", tried_);
}

TEST_F(AllocationTest, AChangeIsWholeOrNotThere) {
  for (const Action& action : actions_to_try()) sweep_action(action, perform, "");
  std::printf("%zu runs with a failing allocation\n", tried_);
}

}  // namespace
}  // namespace alidade::simulation
