// Records what a workload does to the disk, makes the disks that a crash at any point may leave,
// opens each as a whole store and compares it with what the workload was answered.
#include <gtest/gtest.h>

#include <fmt/format.h>

#include <chrono>
#include <cstdio>
#include <random>

#include "simulation/support/crash_states.h"
#include "simulation/support/reproduce.h"

namespace alidade::simulation {
namespace {

using env::MemoryEnv;
using env::RecordingEnv;

/// Which share of the states is opened, and how many mixtures there are per point.
struct Reach {
  std::uint64_t one_in;
  std::size_t mixtures;
  std::size_t random_workloads;
};

Reach reach() { return is_long_form() ? Reach{1, 4, 8} : Reach{9, 1, 2}; }

struct Counts {
  std::size_t states = 0;
  std::size_t recoveries_crashed = 0;
  std::size_t second_lives = 0;
};

class CrashStatesTest : public testing::Test {
 protected:
  void run(const std::string& name, const std::vector<Action>& actions, std::uint64_t seed) {
    SCOPED_TRACE(fmt::format("workload {}, {}", name, reproduce(seed_or(1))));
    record(actions, seed);
    if (HasFatalFailure()) return;
    const auto started = std::chrono::steady_clock::now();
    CrashStates states(trace_, seed * 1'000'003, reach().mixtures);
    states.for_each([&] { return !HasFailure() && random_() % reach().one_in == 0; },
                    [&](CrashState state) { open(std::move(state)); });
    const double seconds =
        std::chrono::duration<double>(std::chrono::steady_clock::now() - started).count();
    std::printf("%s: %zu actions, %zu calls, %zu states, %zu crashes in recovery, %zu second lives, %.1f s\n",
                name.c_str(), actions.size(), trace_.size(), counts_.states,
                counts_.recoveries_crashed, counts_.second_lives, seconds);
  }

 private:
  void record(const std::vector<Action>& actions, std::uint64_t seed) {
    MemoryEnv disk(seed);
    RecordingEnv env(disk);
    Store store(env);
    ASSERT_TRUE(store.open().ok());
    for (const Action& action : actions) {
      const Status answer = history_.run(store, env, action);
      ASSERT_TRUE(answer.ok()) << describe(action) << ": " << answer.to_string();
      actions_.emplace_back(env.trace_size(), describe(action));
    }
    trace_ = env.trace();
    const std::string wrong = history_.check({trace_.size(), false, false}, store);
    ASSERT_EQ(wrong, "") << "without any crash";
    random_.seed(seed);
  }

  void open(CrashState state) {
    ++counts_.states;
    const bool crash_again = random_() % 4 == 0;
    const auto before = crash_again ? state.disk->clone(random_()) : nullptr;
    RecordingEnv env(*state.disk);
    std::vector<env::TraceEntry> recovery;
    {
      Store store(env);
      if (!is_right(state, store)) return;
      recovery = env.trace();
      if (random_() % 4 == 0) second_life(state, store);
    }
    if (before != nullptr) crash_in_recovery(state, *before, recovery);
  }

  bool is_right(const CrashState& state, Store& store) {
    const Status opened = store.open();
    const std::string wrong = opened.ok() ? history_.check(state.point, store) : opened.to_string();
    if (!wrong.empty()) fail(state, wrong + "\n" + store.complaints());
    return wrong.empty();
  }

  /// What is written after a recovery survives a power loss, together with all that was found.
  void second_life(const CrashState& state, Store& store) {
    ++counts_.second_lives;
    const auto names = store.read_catalogue();
    std::map<base::Uuid, ExpectedShard> expected;
    model::UpsertPoints sentinel;
    sentinel.points.ids = {model::PointId::from_number(987654)};
    sentinel.points.payloads = {R"({"sentinel":1})"};
    for (const auto& [place, uuid] : names->collections) {
      expected[uuid] = *read_shard(**store.find_shard(place));
      expected[uuid].apply(sentinel);
      // Where a writer would wait for the thread that writes checkpoints, which is not there.
      if ((*store.find_shard(place))->replay_bytes() >= small_options().shard_limit_bytes()) {
        store.background().run_maintenance(1);
      }
      const Status answer = perform(store, Write{place, sentinel, model::Durability::kSynced});
      if (!answer.ok()) return fail(state, "second life: " + answer.to_string());
    }
    // Not always: a change of names may make durable what should have been before.
    const CreateCollection create{default_place("second"), plain_config()};
    if (random_() % 2 == 0) {
      const Status made = perform(store, create);
      if (!made.ok()) return fail(state, "second life: " + made.to_string());
    }
    const auto names_now = store.read_catalogue();
    state.disk->crash(MemoryEnv::Unsynced::kLost);
    Store again(*state.disk);
    if (Status opened = again.open(); !opened.ok()) {
      return fail(state, "after the second life: " + opened.to_string());
    }
    const auto names_then = again.read_catalogue();
    if (!names_then.ok()) return fail(state, "after the second life: " + names_then.status().to_string());
    std::string wrong = difference(*names_now, *names_then);
    for (const auto& [place, uuid] : names->collections) {
      if (!wrong.empty()) break;
      const auto rows = read_shard(**again.find_shard(place));
      wrong = rows.ok() ? difference(expected[uuid], *rows) : rows.status().to_string();
    }
    if (!wrong.empty()) fail(state, "after the second life: " + wrong);
  }

  /// A crash while the store was recovering from the first one.
  void crash_in_recovery(const CrashState& state,
                         const MemoryEnv& before,
                         const std::vector<env::TraceEntry>& recovery) {
    if (recovery.empty()) return;
    ++counts_.recoveries_crashed;
    CrashState again{state.point, before.clone(random_()), state.kind + ", then in recovery"};
    const std::size_t position = random_() % (recovery.size() + 1);
    ASSERT_TRUE(env::replay_trace(std::span(recovery).first(position), *again.disk).ok());
    const auto unsynced = random_() % 2 == 0 ? MemoryEnv::Unsynced::kLost
                                             : MemoryEnv::Unsynced::kArbitrary;
    again.point.power_lost = again.point.power_lost || random_() % 2 == 0;
    if (again.point.power_lost) again.disk->crash(unsynced);
    for (std::size_t i = 0; i < position; ++i) again.kind += "\n    " + describe(recovery[i]);
    Store store(*again.disk);
    is_right(again, store);
  }

  void fail(const CrashState& state, const std::string& wrong) {
    const std::size_t position = state.point.position;
    std::string text = fmt::format("{}\nafter {} of {} calls{}, {}\n", wrong, position,
                                   trace_.size(), state.point.inside_next ? " and a part" : "",
                                   state.kind);
    for (const auto& [end, action] : actions_) {
      if (end > position) {
        text += "in flight or next: " + action + "\n";
        break;
      }
    }
    for (std::size_t i = position < 25 ? 0 : position - 25; i < position; ++i) {
      text += "  " + describe(trace_[i]) + "\n";
    }
    if (position < trace_.size()) text += "  next: " + describe(trace_[position]) + "\n";
    ADD_FAILURE() << text;
  }

  History history_;
  std::vector<env::TraceEntry> trace_;
  std::vector<std::pair<std::size_t, std::string>> actions_;
  std::mt19937_64 random_;
  Counts counts_;
};

TEST_F(CrashStatesTest, AScriptedRunKeepsWhatWasAcknowledged) {
  run("scripted", scripted_workload(), seed_or(1));
}

TEST_F(CrashStatesTest, AGrowingGraphKeepsWhatWasAcknowledged) {
  run("graph", graph_workload(), seed_or(1));
}

class RandomCrashStatesTest : public CrashStatesTest,
                              public testing::WithParamInterface<std::uint64_t> {};

TEST_P(RandomCrashStatesTest, KeepsWhatWasAcknowledged) {
  if (GetParam() >= reach().random_workloads) GTEST_SKIP() << "long form";
  const std::uint64_t seed = seed_or(1) * 100 + GetParam();
  run(fmt::format("random {}", seed), random_workload(seed, 160), seed);
}

INSTANTIATE_TEST_SUITE_P(Seeds, RandomCrashStatesTest, testing::Range<std::uint64_t>(0, 8));

}  // namespace
}  // namespace alidade::simulation
