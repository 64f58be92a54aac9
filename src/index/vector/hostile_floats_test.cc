// Graphs and searches over numbers that no embedding has but anybody may send: every one ends, and
// what it finds is in order and complete.
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <random>
#include <set>

#include "index/vector/vector_search.h"

namespace alidade::index {
namespace {

using Limits = std::numeric_limits<float>;
using kernels::Metric;

constexpr float kHostile[] = {Limits::quiet_NaN(), Limits::infinity(), -Limits::infinity(), Limits::max(),
                              Limits::lowest(), Limits::denorm_min(), -Limits::denorm_min(), 1e25F, -1e25F,
                              3e38F, 0.0F, -0.0F};
constexpr std::uint32_t kHostileDim = 8;

/// How much of the rows is hostile.
enum class Mixture { kOneValueInSome, kWholeRowsInSome, kEverything, kHugeProducts };

void fill(float* row, Mixture mixture, std::mt19937& random) {
  std::normal_distribution<float> normal;
  const auto pick = [&] { return kHostile[random() % std::size(kHostile)]; };
  for (std::uint32_t k = 0; k < kHostileDim; ++k) row[k] = normal(random);
  switch (mixture) {
    case Mixture::kOneValueInSome:
      if (random() % 10 == 0) row[random() % kHostileDim] = pick();
      break;
    case Mixture::kWholeRowsInSome:
      if (random() % 5 == 0) std::fill(row, row + kHostileDim, pick());
      break;
    case Mixture::kEverything:
      for (std::uint32_t k = 0; k < kHostileDim; ++k) row[k] = pick();
      break;
    case Mixture::kHugeProducts:
      for (std::uint32_t k = 0; k < kHostileDim; ++k) row[k] *= 1e25F;
      break;
  }
}

class HostileFloats : public testing::TestWithParam<std::tuple<Metric, Mixture>> {};

TEST_P(HostileFloats, BuildAndSearchEndWithCompleteAnswersInOrder) {
  const auto [metric, mixture] = GetParam();
  std::mt19937 random(93 + static_cast<unsigned>(mixture));
  constexpr std::uint32_t kRowCount = 2600;
  storage::VectorRows rows(kHostileDim);
  rows.ensure(kRowCount);
  for (std::uint32_t i = 0; i < kRowCount; ++i) fill(rows.mutable_row(i), mixture, random);
  HnswGraph graph({.m = 8, .ef_construction = 32}, metric, rows);
  HnswScratch scratch;
  for (std::uint32_t i = 0; i < kRowCount - 100; ++i) graph.insert(i, scratch);
  const base::Bitset live(kRowCount, true);
  base::Bitset some(kRowCount);
  for (std::uint32_t i = 0; i < kRowCount; i += 4) some.set(i);
  SearchRequest request{.metric = metric, .rows = &rows, .row_count = kRowCount, .graph = &graph,
                        .graphed_rows = kRowCount - 100, .live = &live, .live_count = kRowCount, .present = &live};
  for (int q = 0; q < 60; ++q) {
    std::vector<float> values(kHostileDim);
    fill(values.data(), q % 3 == 0 ? Mixture::kEverything : mixture, random);
    PaddedQuery query(values);
    if (q % 2 == 0) query.normalise();
    request.exact = q % 5 == 4;
    request.ef = q % 7 == 6 ? 2500 : 16;
    request.selected = q % 3 == 1 ? &some : nullptr;
    request.selected_count = some.count();
    const auto found = vector_search(request, query, {});
    ASSERT_TRUE(found.ok()) << found.status().to_string();
    ASSERT_EQ(found->size(), 10U);
    std::set<std::uint32_t> seen;
    for (std::size_t i = 0; i < found->size(); ++i) {
      ASSERT_FALSE(std::isnan((*found)[i].distance));
      EXPECT_TRUE(i == 0 || (*found)[i - 1] < (*found)[i]);
      EXPECT_TRUE(seen.insert((*found)[i].offset).second);
      EXPECT_TRUE(request.selected == nullptr || some.test((*found)[i].offset));
    }
    const auto walked = graph.search(query, 50, scratch, {});
    ASSERT_TRUE(walked.ok());
    for (const auto& neighbour : *walked) EXPECT_LT(neighbour.offset, kRowCount - 100);
    EXPECT_TRUE(graph.search_two_hop(query, 50, some, scratch, {}).ok());
  }
}

INSTANTIATE_TEST_SUITE_P(MetricsAndMixtures,
                         HostileFloats,
                         testing::Combine(testing::Values(Metric::kDot, Metric::kL2, Metric::kL1),
                                          testing::Values(Mixture::kOneValueInSome, Mixture::kWholeRowsInSome,
                                                          Mixture::kEverything, Mixture::kHugeProducts)));

TEST(PaddedQuery, EveryLengthThatIsANumberIsNormalised) {
  for (const float scale : {1e-45F, 1e-30F, 1e-6F, 1.0F, 1e25F, 1e38F}) {
    PaddedQuery query(std::vector<float>{3 * scale, 0, 0, -scale});
    const float ratio = 3 * scale / scale;  // Of denormals it is not quite three.
    query.normalise();
    const float length = std::sqrt(ratio * ratio + 1);
    EXPECT_NEAR(query.data()[0], ratio / length, 1e-6F) << scale;
    EXPECT_NEAR(query.data()[3], -1 / length, 1e-6F) << scale;
  }
}

TEST(PaddedQuery, ALengthThatIsNoneLeavesTheValues) {
  for (const float value : {0.0F, Limits::infinity(), Limits::quiet_NaN()}) {
    PaddedQuery query(std::vector<float>{value, 1.0F * (value == 0 ? 0.0F : 1.0F)});
    query.normalise();
    EXPECT_EQ(query.data()[1], value == 0 ? 0.0F : 1.0F);
  }
}

}  // namespace
}  // namespace alidade::index
