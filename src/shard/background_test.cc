#include "shard/background.h"

#include <gtest/gtest.h>

#include <new>

namespace alidade::shard {
namespace {

class Counted final : public Maintained {
 public:
  explicit Counted(int slices) : slices_(slices) {}
  bool maintain() override {
    ++maintained;
    return --slices_ > 0;
  }
  void sync_logged() override { ++synced; }
  int maintained = 0;
  int synced = 0;

 private:
  int slices_;
};

TEST(Background, RunsOnTheCallersThreadWhenAskedTo) {
  Background background({.runner = Background::Runner::kCaller});
  const auto one = std::make_shared<Counted>(3);
  const auto two = std::make_shared<Counted>(1);
  background.schedule(one);
  background.schedule(one);
  background.schedule(two);
  background.schedule_sync(one);
  background.schedule_sync(one);
  EXPECT_EQ(one->maintained + one->synced, 0);
  EXPECT_EQ(background.run_maintenance(2), 2U);  // One slice each, in turn.
  EXPECT_EQ(one->maintained, 1);
  EXPECT_EQ(two->maintained, 1);
  EXPECT_EQ(background.run_maintenance(), 2U);
  EXPECT_EQ(one->maintained, 3);
  EXPECT_EQ(background.run_sync(), 1U);
  EXPECT_EQ(background.run_sync(), 0U);
  EXPECT_EQ(one->synced, 1);
}

TEST(Background, TellsATargetFromADeadOneAtTheSameAddress) {
  Background background({.runner = Background::Runner::kCaller});
  alignas(Counted) std::byte place[sizeof(Counted)];
  const auto make_here = [&] {
    return std::shared_ptr<Counted>(new (place) Counted(1), [](Counted* gone) { gone->~Counted(); });
  };
  auto dropped = make_here();
  background.schedule(dropped);
  background.schedule_sync(dropped);
  dropped.reset();
  const auto next = make_here();
  background.schedule(next);
  background.schedule_sync(next);
  background.run_maintenance();
  background.run_sync();
  EXPECT_EQ(next->maintained, 1);
  EXPECT_EQ(next->synced, 1);
}

}  // namespace
}  // namespace alidade::shard
