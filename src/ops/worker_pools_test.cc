#include "ops/worker_pools.h"

#include <gtest/gtest.h>

#include <optional>

namespace alidade::ops {
namespace {

TEST(InlineReads, LeaveOneNetworkThreadToTheConnections) {
  InlineReads reads;
  reads.open(3);
  auto first = reads.try_take(0);
  std::optional<InlineReads::Place> second(reads.try_take(0));
  EXPECT_TRUE(first);
  EXPECT_TRUE(*second);
  EXPECT_FALSE(reads.try_take(0));
  EXPECT_FALSE(reads.try_take(0));
  second.reset();
  EXPECT_TRUE(reads.try_take(0));
}

TEST(InlineReads, HaveNoPlaceBeforeTheyOpenNorOnASingleThread) {
  InlineReads reads;
  EXPECT_FALSE(reads.try_take(0));
  reads.open(1);
  EXPECT_FALSE(reads.try_take(0));
}

TEST(InlineReads, HaveNoPlaceForALargeRequest) {
  InlineReads reads;
  reads.open(2);
  EXPECT_FALSE(reads.try_take(InlineReads::kMaxBodyBytes + 1));
  EXPECT_TRUE(reads.try_take(InlineReads::kMaxBodyBytes));  // The refused one holds no place.
}

}  // namespace
}  // namespace alidade::ops
