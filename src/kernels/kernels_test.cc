#include "kernels/kernels.h"

#include <gtest/gtest.h>

#include <cmath>
#include <random>

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
