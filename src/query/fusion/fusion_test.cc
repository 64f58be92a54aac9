#include "query/fusion/fusion.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace alidade::query {
namespace {

FusedHit hit(std::uint32_t offset, float score) { return {{0, base::PointOffset(offset)}, score}; }

TEST(FuseRrf, SumsReciprocalRanksWithConstantTwo) {
  const RankedList lists[] = {{hit(1, 9), hit(2, 8)}, {hit(2, 5), hit(3, 4)}};
  const auto fused = fuse_rrf(lists, {});
  ASSERT_EQ(fused.size(), 3U);
  EXPECT_EQ(fused[0].at.offset.value, 2U);
  EXPECT_FLOAT_EQ(fused[0].score, 1.0F / 3 + 1.0F / 2);
  EXPECT_FLOAT_EQ(fused[1].score, 0.5F);
  EXPECT_EQ(fused[1].at.offset.value, 1U);
}

TEST(FuseRrf, AListWithoutPositiveWeightAddsNothing) {
  const RankedList lists[] = {{hit(1, 9)}, {hit(2, 5)}};
  const auto fused = fuse_rrf(lists, {.k = 2, .weights = {0, 2}});
  EXPECT_EQ(fused[0].at.offset.value, 2U);
  EXPECT_FLOAT_EQ(fused[0].score, 1.0F / 1.5F);
  EXPECT_FLOAT_EQ(fused[1].score, 0);
}

TEST(FuseRrf, NoWeightMakesAScoreThatIsNoNumber) {
  constexpr float kInfinity = std::numeric_limits<float>::infinity();
  constexpr float kNan = std::numeric_limits<float>::quiet_NaN();
  RankedList numbers, backwards;
  for (std::uint32_t i = 0; i < 40; ++i) {
    numbers.push_back(hit(i, 1));
    backwards.push_back(hit(39 - i, 1));
  }
  const RankedList lists[] = {numbers, backwards, numbers};
  for (const std::uint32_t k : {0U, 1U, 2U, 0xFFFFFFFFU}) {
    for (const float weight : {kNan, kInfinity, -kInfinity, 1e-45F, 3e38F, 0.5F, 2.0F}) {
      for (const float other : {kNan, kInfinity, 1.0F}) {
        const auto fused = fuse_rrf(lists, {.k = k, .weights = {weight, other, weight}});
        ASSERT_EQ(fused.size(), 40U);
        for (std::size_t i = 0; i < fused.size(); ++i) {
          ASSERT_FALSE(std::isnan(fused[i].score)) << k << " " << weight << " " << other;
          EXPECT_TRUE(i == 0 || fused[i - 1].score >= fused[i].score);
        }
      }
    }
  }
}

TEST(FuseDbsf, ScoresThatAreNoNumbersLeaveAnOrder) {
  constexpr float kLargest = std::numeric_limits<float>::max();
  constexpr float kInfinity = std::numeric_limits<float>::infinity();
  RankedList hostile;
  for (std::uint32_t i = 0; i < 40; ++i) {
    const float scores[] = {kInfinity, kLargest, 1.0F, -kLargest, -kInfinity, std::numeric_limits<float>::quiet_NaN()};
    hostile.push_back(hit(i, scores[i % std::size(scores)]));
  }
  const RankedList lists[] = {hostile, {hit(3, kLargest), hit(4, -kLargest)}};
  const auto fused = fuse_dbsf(lists);
  ASSERT_EQ(fused.size(), 40U);
  for (std::size_t i = 0; i < fused.size(); ++i) {
    ASSERT_FALSE(std::isnan(fused[i].score));
    EXPECT_TRUE(i == 0 || fused[i - 1].score >= fused[i].score);
  }
}

TEST(FuseRrf, AWeightThatIsNotANumberAddsNothing) {
  const RankedList lists[] = {{hit(1, 9), hit(3, 8)}, {hit(2, 5), hit(1, 4)}};
  const auto fused = fuse_rrf(lists, {.k = 2, .weights = {std::nanf(""), 1}});
  ASSERT_EQ(fused.size(), 3U);
  EXPECT_EQ(fused[0].at.offset.value, 2U);
  EXPECT_EQ(fused[1].at.offset.value, 1U);
  EXPECT_FLOAT_EQ(fused[2].score, 0);
}

TEST(FuseDbsf, MapsMeanToOneHalf) {
  const RankedList lists[] = {{hit(1, 3), hit(2, 2), hit(3, 1)}, {hit(2, 7)}};
  const auto fused = fuse_dbsf(lists);
  EXPECT_EQ(fused[0].at.offset.value, 2U);
  EXPECT_FLOAT_EQ(fused[0].score, 1.0F);
  EXPECT_FLOAT_EQ(fused[1].score, 4.0F / 6.0F);
}

}  // namespace
}  // namespace alidade::query
