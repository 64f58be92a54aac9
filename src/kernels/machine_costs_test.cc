#include "kernels/machine_costs.h"

#include <gtest/gtest.h>

#include <cmath>

namespace alidade::kernels {
namespace {

constexpr double kNear = RowCost::kNearBytes, kFar = RowCost::kFarBytes;

TEST(MachineCosts, ACostLiesBetweenThatOfASmallAndALargeIndex) {
  const RowCost cost{{10, 0.5}, {20, 1}};
  EXPECT_DOUBLE_EQ(cost.of(100, kNear), 60);
  EXPECT_DOUBLE_EQ(cost.of(100, kFar), 120);
  EXPECT_DOUBLE_EQ(cost.of(100, 0), 60) << "an empty index is a small one";
  EXPECT_DOUBLE_EQ(cost.of(100, 1e18), 120);
  // 4 to 32 MB are three doublings.
  EXPECT_NEAR(cost.of(100, 2 * kNear), 60 * std::cbrt(2.0), 1e-9);
}

TEST(MachineCosts, WithoutCalibrationTheyAreTheSameEverywhere) {
  EXPECT_DOUBLE_EQ(machine_costs().four_bits.scanned.of(192, kNear), 7.84);
  EXPECT_DOUBLE_EQ(machine_costs().four_bits.hop.of(192, kNear), 246);
}

/// Runs last: it changes what the program chooses plans by.
TEST(MachineCostsLast, CalibrationStaysNearTheUsualCosts) {
  const MachineCosts usual = machine_costs();
  calibrate_machine_costs();
  const MachineCosts measured = machine_costs();
  const auto check = [](const RowCosts& found, const RowCosts& expected, std::size_t bytes) {
    for (const double index_bytes : {kNear, kFar}) {
      for (const RowCost RowCosts::*cost : {&RowCosts::scanned, &RowCosts::hop}) {
        const double ratio = (found.*cost).of(bytes, index_bytes) / (expected.*cost).of(bytes, index_bytes);
        EXPECT_GT(ratio, 0.24) << bytes << " bytes in an index of " << index_bytes;
        EXPECT_LT(ratio, 4.1) << bytes << " bytes in an index of " << index_bytes;
        EXPECT_GE((found.*cost).of(2 * bytes, index_bytes), (found.*cost).of(bytes, index_bytes)) << "longer rows are not cheaper";
      }
    }
  };
  check(measured.four_bits, usual.four_bits, 352);  // The middles of what is measured.
  check(measured.eight_bits, usual.eight_bits, 448);
  check(measured.floats, usual.floats, 1664);
}

}  // namespace
}  // namespace alidade::kernels
