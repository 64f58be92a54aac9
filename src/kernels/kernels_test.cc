#include "kernels/kernels.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <random>

#include "kernels/codes.h"
#include "kernels/distance/distance.h"

namespace alidade::kernels {
namespace {

std::vector<float> random_vector(std::size_t dim, std::size_t used, std::mt19937& random) {
  std::normal_distribution<float> normal;
  std::vector<float> values(dim, 0.0F);
  for (std::size_t i = 0; i < used; ++i) values[i] = normal(random);
  return values;
}

TEST(Kernels, EveryInstructionSetAgreesWithThePortableOne) {
  std::mt19937 random(7);
  for (const std::size_t used : {1U, 4U, 15U, 16U, 17U, 31U, 33U, 64U, 100U, 128U, 384U, 771U, 1536U}) {
    const std::size_t dim = (used + kPadding - 1) / kPadding * kPadding;
    const auto query = random_vector(dim, used, random);
    std::vector<std::vector<float>> rows;
    std::vector<const float*> addresses;
    for (int i = 0; i < 37; ++i) rows.push_back(random_vector(dim, used, random));
    for (const auto& row : rows) addresses.push_back(row.data());
    for (std::size_t metric = 0; metric < kMetricCount; ++metric) {
      std::vector<float> expected(rows.size());
      portable_kernels().distances[metric](query.data(), addresses.data(), rows.size(), dim, expected.data());
      for (const KernelSet* set : available_kernels()) {
        std::vector<float> got(rows.size());
        set->distances[metric](query.data(), addresses.data(), rows.size(), dim, got.data());
        for (std::size_t i = 0; i < rows.size(); ++i) {
          EXPECT_NEAR(got[i], expected[i], 1e-4F * (1 + std::fabs(expected[i]))) << set->name << " " << used;
          EXPECT_EQ(got[i], set->distance[metric](query.data(), addresses[i], dim));
        }
      }
    }
  }
}

#if defined(__aarch64__)
TEST(Kernels, ArmHasNeon) {
  EXPECT_EQ(available_kernels().back()->name, "neon");
  EXPECT_EQ(available_code_kernels().back()->name, "neon");
}
#endif

TEST(Kernels, NoDistanceIsNotANumber) {
  using Limits = std::numeric_limits<float>;
  const float hostile[] = {0.0F, -0.0F, 1.0F, -1.0F, Limits::denorm_min(), -Limits::denorm_min(), Limits::min(),
                           Limits::max(), Limits::lowest(), 1e25F, -1e25F, Limits::infinity(),
                           -Limits::infinity(), Limits::quiet_NaN()};
  std::mt19937 random(11);
  constexpr std::size_t kDim = 48, kRows = 200;
  std::size_t farthest = 0;
  for (int round = 0; round < 40; ++round) {
    std::vector<std::vector<float>> rows(kRows + 1, std::vector<float>(kDim, 0.0F));
    for (auto& row : rows) {
      // Mostly one hostile value among plain ones, sometimes nothing else.
      const bool all = random() % 4 == 0;
      for (float& value : row) value = all || random() % kDim == 0 ? hostile[random() % std::size(hostile)] : 0.5F;
    }
    std::vector<const float*> addresses;
    for (std::size_t i = 1; i <= kRows; ++i) addresses.push_back(rows[i].data());
    for (std::size_t metric = 0; metric < kMetricCount; ++metric) {
      for (const KernelSet* set : available_kernels()) {
        std::vector<float> got(kRows);
        set->distances[metric](rows[0].data(), addresses.data(), kRows, kDim, got.data());
        for (std::size_t i = 0; i < kRows; ++i) {
          ASSERT_FALSE(std::isnan(got[i])) << set->name << " metric " << metric;
          EXPECT_EQ(got[i], set->distance[metric](rows[0].data(), addresses[i], kDim));
          farthest += got[i] == Limits::infinity() ? 1 : 0;
        }
      }
    }
  }
  EXPECT_GT(farthest, 1000U);
}

TEST(Kernels, WhatIsNoNumberIsFarthestAway) {
  std::vector<float> a(16, 0.0F), b(16, 1.0F);
  a[3] = std::numeric_limits<float>::quiet_NaN();
  for (const KernelSet* set : available_kernels()) {
    for (std::size_t metric = 0; metric < kMetricCount; ++metric) {
      EXPECT_EQ(set->distance[metric](a.data(), b.data(), 16), std::numeric_limits<float>::infinity()) << set->name;
    }
  }
}

// Their sums overflow on the way, in an order that is each instruction set's own.
TEST(Kernels, FiniteValuesHaveTheirDistanceAlsoWhereASumOfFloatsOverflows) {
  constexpr std::size_t kDim = 80;
  std::vector<float> a(kDim, 0.0F), b(kDim, 0.0F);
  for (std::size_t i = 0; i < 64; ++i) {
    a[i] = 1e25F;
    b[i] = i % 2 == 0 ? 1e25F : -1e25F;  // Cancel out, but for the last.
  }
  a[70] = 3;
  b[70] = 4;
  const auto dot = static_cast<std::size_t>(Metric::kDot), l2 = static_cast<std::size_t>(Metric::kL2),
             l1 = static_cast<std::size_t>(Metric::kL1);
  const float infinity = std::numeric_limits<float>::infinity();
  for (const KernelSet* set : available_kernels()) {
    EXPECT_EQ(set->distance[dot](a.data(), b.data(), kDim), -12.0F) << set->name;
    EXPECT_EQ(set->distance[l2](a.data(), b.data(), kDim), infinity) << set->name;
    EXPECT_NEAR(set->distance[l1](a.data(), b.data(), kDim) / 6.4e26F, 1.0F, 1e-5F) << set->name;
    b[0] = 2e25F;
    EXPECT_EQ(set->distance[dot](a.data(), b.data(), kDim), -infinity) << set->name;
    b[0] = -2e25F;
    EXPECT_EQ(set->distance[dot](a.data(), b.data(), kDim), infinity) << set->name;
    b[0] = 1e25F;
  }
}

TEST(Kernels, PortableIsTheFormula) {
  const std::vector<float> a = {1, 2, 3, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0};
  const std::vector<float> b = {2, 0, 3, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0};
  const auto& set = portable_kernels();
  EXPECT_EQ(set.distance[static_cast<int>(Metric::kDot)](a.data(), b.data(), 16), -15.0F);
  EXPECT_EQ(set.distance[static_cast<int>(Metric::kL2)](a.data(), b.data(), 16), 14.0F);
  EXPECT_EQ(set.distance[static_cast<int>(Metric::kL1)](a.data(), b.data(), 16), 6.0F);
}

}  // namespace
}  // namespace alidade::kernels
