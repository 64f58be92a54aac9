#include "net/progress.h"

#include <gtest/gtest.h>

namespace alidade::net {
namespace {

using std::chrono::seconds;

/// Sweeps until the phase trickles. @return how many; 1000 = never.
int sweeps_until_trickle(std::size_t bytes_a_sweep) {
  const ServerOptions limits;
  Progress progress(limits);
  progress.restart();
  for (int sweeps = 1; sweeps < 1000; ++sweeps) {
    if (bytes_a_sweep > 0) progress.moved(bytes_a_sweep);
    progress.sweep();
    if (progress.trickles()) return sweeps;
  }
  return 1000;
}

TEST(Progress, EndsWhatMovesTooLittleInAWindow) {
  EXPECT_EQ(sweeps_until_trickle(1), 31);  // A window of 30 s is over behind the 31st.
  EXPECT_EQ(sweeps_until_trickle(400), 31);
  EXPECT_EQ(sweeps_until_trickle(512), 1000);
}

TEST(Progress, JudgesEachWindowByItself) {
  const ServerOptions limits;
  Progress progress(limits);
  progress.restart();
  progress.moved(std::size_t{100} << 20);  // What has been fast cannot trickle for ever on that.
  int sweeps = 0;
  for (; !progress.trickles(); ++sweeps) {
    progress.moved(1);
    progress.sweep();
  }
  EXPECT_EQ(sweeps, 62);
  progress.restart();
  EXPECT_FALSE(progress.trickles());
}

TEST(Progress, KnowsAStallFromALongPhase) {
  const ServerOptions limits;
  Progress progress(limits);
  progress.restart();
  for (int sweeps = 0; sweeps < 40; ++sweeps) {
    progress.moved(0);
    progress.sweep();
  }
  EXPECT_TRUE(progress.lasts_longer_than(seconds(39)));
  EXPECT_FALSE(progress.lasts_longer_than(seconds(40)));
  EXPECT_FALSE(progress.quiet_for_longer_than(seconds(0)));
  progress.sweep();
  EXPECT_TRUE(progress.quiet_for_longer_than(seconds(0)));
}

}  // namespace
}  // namespace alidade::net
