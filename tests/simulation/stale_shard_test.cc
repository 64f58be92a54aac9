// A change that was logged and could be applied in part only, for want of memory, and a shard that cannot be read
// anew at once: requests are told so without reading the whole shard each time, and it comes back.
#include <gtest/gtest.h>

#include "env/faulty/faulty_env.h"
#include "env/memory/memory_env.h"
#include "shard/shard.h"
#include "simulation/support/failing_allocations.h"
#include "simulation/support/shielded_env.h"

namespace alidade::simulation {
namespace {

using env::MemoryEnv;
using model::PointId;

/// A shard whose last write failed at the n-th allocation and at every later one.
struct World {
  explicit World(std::uint64_t n) {
    config.vectors[""] = {4, model::Distance::kDot, std::nullopt};
    EXPECT_TRUE(disk.create_directory("data").ok());
    auto opened = shard::Shard::open({shielded, log, background, {}}, "data", config);
    EXPECT_TRUE(opened.ok());
    shard = *opened;
    EXPECT_TRUE(shard->submit(upsert(1), model::Durability::kSynced, {}).problem.ok());
    const model::UpsertPoints command = upsert(2);
    const observe::OpContext context;
    t_countdown = {.armed = true, .for_good = true, .shields = 0, .left = n, .failed = 0};
    try {
      shard->submit(command, model::Durability::kSynced, context);
    } catch (const std::bad_alloc&) {  // Before the record was logged.
    }
    t_countdown.armed = false;
  }

  static model::UpsertPoints upsert(std::uint64_t id) {
    model::UpsertPoints command;
    const float row[4] = {1, 0, 0, static_cast<float>(id)};
    command.points.ids = {PointId::from_number(id)};
    command.points.column("").set_row(0, row, 4);
    // More than the arena's first chunk, so that applying it needs memory.
    command.points.payloads = {R"({"t":")" + std::string(5000, 'x') + "\"}"};
    return command;
  }

  MemoryEnv disk;
  env::FaultyEnv faulty{disk};
  ShieldedEnv shielded{faulty, [](bool is_inside) { t_countdown.shields += is_inside ? 1 : -1; }};
  observe::Log log{observe::LogLevel::kOff, [] { return std::int64_t{0}; }};
  shard::Background background{{.runner = shard::Background::Runner::kCaller, .sync_interval = {}}};
  model::CollectionConfig config;
  std::shared_ptr<shard::Shard> shard;
};

TEST(StaleShard, IsReadAnewOnceInAWhileAndNotByEveryRequest) {
  int stale = 0;
  for (std::uint64_t n = 1; n < 400; ++n) {
    World world(n);
    world.faulty.set_fault({.call = 1, .repeat = env::FaultyEnv::Repeat::kFromThenOn});
    const Status first = world.shard->readable();
    if (first.ok()) continue;  // All of the change was applied, or nothing logged.
    ++stale;
    EXPECT_EQ(first.kind(), ErrorKind::kShardReadOnly) << first.to_string();
    EXPECT_NE(first.message().find("injected fault"), std::string::npos) << first.message();
    const std::uint64_t calls = world.faulty.calls();
    for (int i = 0; i < 100; ++i) {
      EXPECT_EQ(world.shard->readable().message(), first.message());
      EXPECT_EQ(world.shard->submit(World::upsert(3), model::Durability::kSynced, {}).problem.message(),
                first.message());
    }
    EXPECT_EQ(world.faulty.calls(), calls);

    world.faulty.heal();
    world.disk.advance(std::chrono::seconds(4));
    EXPECT_TRUE(world.shard->readable().ok());
    EXPECT_EQ(world.shard->stats().points_count, 2U);
    EXPECT_TRUE(world.shard->submit(World::upsert(3), model::Durability::kSynced, {}).problem.ok());
    EXPECT_EQ(world.shard->stats().points_count, 3U);
    if (HasFailure()) return;
  }
  EXPECT_GT(stale, 0);
}

}  // namespace
}  // namespace alidade::simulation
