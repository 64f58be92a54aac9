// Stops a writer at every one of its allocations, wherever in a write that is, and reads meanwhile: no read waits for it,
// and each sees the write whole or not at all. The same with the thread that builds graphs, writes checkpoints and
// compacts.
#include <gtest/gtest.h>

#include <fmt/format.h>

#include <cstdio>
#include <future>
#include <thread>

#include "env/memory/memory_env.h"
#include "query/filter/filter.h"
#include "query/search.h"
#include "shard/shard.h"
#include "simulation/support/failing_allocations.h"
#include "simulation/support/shielded_env.h"

namespace alidade::simulation {
namespace {

using model::PointId;

constexpr std::uint64_t kPoints = 4;

/// Where a thread that is held up waits.
struct Gate {
  std::promise<void> stopped;
  std::promise<void> go;

  static void hold_up(void* argument) {
    auto& gate = *static_cast<Gate*>(argument);
    gate.stopped.set_value();
    gate.go.get_future().wait();
  }
};

class ReadsBesideAWriter : public testing::Test {
 protected:
  ReadsBesideAWriter()
      : env_(disk_, [](bool is_inside) { t_countdown.shields += is_inside ? 1 : -1; }),
        log_(observe::LogLevel::kOff, [] { return std::int64_t{0}; }, [](std::string_view) {}),
        background_({.runner = shard::Background::Runner::kCaller}),
        runtime_{env_, log_, background_, {.min_dead_bytes = 1}} {
    config_.vectors[""] = {4, model::Distance::kDot, std::nullopt};
    config_.optimizers.indexing_threshold = 1;
    EXPECT_TRUE(disk_.create_directory("data").ok());
    auto opened = shard::Shard::open(runtime_, "data", config_);
    EXPECT_TRUE(opened.ok()) << opened.status().to_string();
    shard_ = *opened;
    submit(model::CreateFieldIndex{"n", {model::FieldType::kInteger, {}}});
    submit(model::CreateFieldIndex{"k", {model::FieldType::kKeyword, {}}});
  }

  void submit(model::Command command) {
    const auto outcome = shard_->submit(command, model::Durability::kSynced, {});
    EXPECT_TRUE(outcome.problem.ok()) << outcome.problem.to_string();
  }

  static model::UpsertPoints upsert(std::uint64_t first, std::uint64_t count, std::uint64_t turn) {
    model::UpsertPoints command;
    for (std::uint64_t i = 0; i < count; ++i) {
      command.points.ids.push_back(PointId::from_number(first + i));
      const float values[] = {1, static_cast<float>(turn % 1000), static_cast<float>(first + i), 1};
      command.points.column("").set_row(i, values, 4);
      command.points.payloads.push_back(fmt::format(R"({{"k":"turn{}","n":{}}})", turn, turn));
    }
    return command;
  }

  std::uint64_t matches(const segment::Segment& segment, const std::string& key, model::FieldTest test) {
    model::Filter filter;
    filter.must.emplace_back(model::FieldCondition{*model::JsonPath::parse(key), {std::move(test)}});
    const auto selection = query::PreparedFilter::prepare(filter, segment)->select({});
    EXPECT_TRUE(selection.ok());
    return selection->count;
  }

  /// Reads in every way. @return the turn that all points are of; 0 when there are none.
  std::uint64_t read() {
    const auto view = shard_->read_view();
    const segment::Segment& segment = view.segment();
    std::uint64_t seen = 0;
    for (std::uint64_t id = 1; id <= kPoints; ++id) {
      const auto offset = segment.find(PointId::from_number(id));
      if (!offset) {
        EXPECT_EQ(seen, 0U) << "a write is seen in part";
        continue;
      }
      const auto payload = segment.payload(*offset);
      if (!payload.ok()) {
        ADD_FAILURE() << payload.status().to_string();
        continue;
      }
      const auto turn = static_cast<std::uint64_t>(payload->find("n")->as_int());
      EXPECT_TRUE(id == 1 || seen == turn) << "a write is seen in part";
      seen = turn;
      EXPECT_EQ(std::get<std::vector<float>>(*segment.vector(*segment.find_vector(""), *offset, segment::VectorForm::kStored))[1],
                static_cast<float>(turn % 1000));
    }
    if (seen == 0) return 0;
    EXPECT_EQ(matches(segment, "k", model::MatchValue{fmt::format("turn{}", seen)}), kPoints);
    EXPECT_EQ(matches(segment, "n", model::MatchValue{static_cast<std::int64_t>(seen)}), kPoints);
    query::ResolvedQuery query;
    query.kind = query::Nearest{query::share(std::vector<float>{0, 0, 1, 0})};
    query.limit = segment.live_count();
    const auto hits = query::search(segment, query, 1, {});
    EXPECT_TRUE(hits.ok() && hits->points.size() == segment.live_count());
    EXPECT_EQ(shard_->stats().points_count, segment.live_count());
    return seen;
  }

  /// @return the turn that all payloads are of.
  std::uint64_t read_payloads() {
    const auto view = shard_->read_view();
    std::uint64_t seen = 0;
    for (std::uint64_t id = 1; id <= kPoints; ++id) {
      const auto payload = view.segment().payload(*view.segment().find(PointId::from_number(id)));
      const auto turn = static_cast<std::uint64_t>(payload->find("n")->as_int()) / 1000;
      EXPECT_TRUE(id == 1 || seen == turn) << "a change is seen in part";
      seen = turn;
    }
    EXPECT_EQ(matches(view.segment(), "k", model::MatchValue{fmt::format("turn{}", seen)}), kPoints);
    return seen;
  }

  /// Runs `work(turn)` on another thread, held up at its n-th allocation, for every n until there are no more;
  /// `meanwhile(turn)` runs when it is held up, and `afterwards(turn)` when it has ended.
  template <typename Work, typename Meanwhile, typename Afterwards>
  void sweep(const char* name, std::uint64_t step, Work work, Meanwhile meanwhile, Afterwards afterwards) {
    std::uint64_t n = 1;
    for (std::uint64_t turn = 1;; ++turn, n += step) {
      Gate gate;
      std::promise<void> ended;
      auto stopped = gate.stopped.get_future();
      // tidy: allow, because a thread that is held up is what this is about.
      std::thread worker([&] {
        t_countdown = {.armed = true, .left = n, .hold_up = &Gate::hold_up, .argument = &gate};
        work(turn);
        const bool was_stopped = !t_countdown.armed;
        t_countdown.armed = false;
        if (!was_stopped) gate.stopped.set_value();
        ended.set_value();
      });
      stopped.wait();
      const bool at_end = ended.get_future().wait_for(std::chrono::seconds(0)) == std::future_status::ready;
      meanwhile(turn);
      gate.go.set_value();
      worker.join();
      afterwards(turn);
      if (at_end || HasFailure()) break;
    }
    std::printf("%s: held up %lu times\n", name, static_cast<unsigned long>(n / step));
    EXPECT_GT(n, 20U);
  }

  env::MemoryEnv disk_;
  ShieldedEnv env_;
  observe::Log log_;
  shard::Background background_;
  shard::Runtime runtime_;
  model::CollectionConfig config_;
  std::shared_ptr<shard::Shard> shard_;
};

TEST_F(ReadsBesideAWriter, NoReadWaitsForAWriteOrSeesItInPart) {
  submit(upsert(100, 50, 0));
  sweep(
      "upserts", 1, [this](std::uint64_t turn) { submit(upsert(1, kPoints, turn)); },
      [this](std::uint64_t turn) {
        const std::uint64_t seen = read();
        EXPECT_TRUE(seen == turn || seen + 1 == turn) << seen << " in turn " << turn;
      },
      [this](std::uint64_t turn) { EXPECT_EQ(read(), turn); });
}

TEST_F(ReadsBesideAWriter, NoReadWaitsForPayloadChangesOfMany) {
  submit(upsert(1, kPoints, 0));
  model::PointSelector points{std::vector<PointId>(), std::nullopt};
  for (std::uint64_t id = 1; id <= kPoints; ++id) points.ids->push_back(PointId::from_number(id));
  // The vectors stay: their stamp is that of turn 0.
  sweep(
      "payloads", 1,
      [&](std::uint64_t turn) {
        submit(model::SetPayload{points, fmt::format(R"({{"k":"turn{}","n":{}}})", turn, 1000 * turn), {}});
      },
      [this](std::uint64_t turn) { EXPECT_TRUE(read_payloads() == turn || read_payloads() + 1 == turn); },
      [this](std::uint64_t turn) { EXPECT_EQ(read_payloads(), turn); });
}

TEST_F(ReadsBesideAWriter, NoReadWaitsForACheckpointAndNoWriteForItsFiles) {
  submit(upsert(100, 300, 0));
  submit(upsert(1, kPoints, 1));
  sweep(
      "checkpoints", 1, [this](std::uint64_t) { EXPECT_TRUE(shard_->checkpoint().ok()); },
      [this](std::uint64_t) { EXPECT_EQ(read(), 1U); },
      [this](std::uint64_t) { submit(upsert(100, 20, 0)); });
}

TEST_F(ReadsBesideAWriter, NoReadAndNoWriteWaitsForTheBuilderOfGraphs) {
  submit(upsert(100, 1100, 0));
  sweep(
      "graphs", 1, [this](std::uint64_t) { background_.run_maintenance(1); },
      [this](std::uint64_t) { read(); },
      [this](std::uint64_t turn) {
        submit(upsert(10000 + 40 * turn, 40, 0));
        background_.schedule(shard_);
      });
}

}  // namespace
}  // namespace alidade::simulation
