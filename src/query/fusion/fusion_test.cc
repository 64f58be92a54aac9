#include "query/fusion/fusion.h"

#include <gtest/gtest.h>

namespace alidade::query {
namespace {

FusedHit hit(std::uint32_t offset, float score) { return {base::PointOffset(offset), score}; }

TEST(FuseRrf, SumsReciprocalRanksWithConstantTwo) {
  const RankedList lists[] = {{hit(1, 9), hit(2, 8)}, {hit(2, 5), hit(3, 4)}};
  const auto fused = fuse_rrf(lists, {});
  ASSERT_EQ(fused.size(), 3U);
  EXPECT_EQ(fused[0].offset.value, 2U);
  EXPECT_FLOAT_EQ(fused[0].score, 1.0F / 3 + 1.0F / 2);
  EXPECT_FLOAT_EQ(fused[1].score, 0.5F);
  EXPECT_EQ(fused[1].offset.value, 1U);
}

TEST(FuseRrf, AListWithoutPositiveWeightAddsNothing) {
  const RankedList lists[] = {{hit(1, 9)}, {hit(2, 5)}};
  const auto fused = fuse_rrf(lists, {.k = 2, .weights = {0, 2}});
  EXPECT_EQ(fused[0].offset.value, 2U);
  EXPECT_FLOAT_EQ(fused[0].score, 1.0F / 1.5F);
  EXPECT_FLOAT_EQ(fused[1].score, 0);
}

TEST(FuseDbsf, MapsMeanToOneHalf) {
  const RankedList lists[] = {{hit(1, 3), hit(2, 2), hit(3, 1)}, {hit(2, 7)}};
  const auto fused = fuse_dbsf(lists);
  EXPECT_EQ(fused[0].offset.value, 2U);
  EXPECT_FLOAT_EQ(fused[0].score, 1.0F);
  EXPECT_FLOAT_EQ(fused[1].score, 4.0F / 6.0F);
}

}  // namespace
}  // namespace alidade::query
