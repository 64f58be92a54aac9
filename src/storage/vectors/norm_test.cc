#include "storage/vectors/norm.h"

#include <gtest/gtest.h>

#include <cmath>

namespace alidade::storage {
namespace {

constexpr float kLargest = std::numeric_limits<float>::max();

TEST(Norm, ValuesOfEveryLengthComeBack) {
  for (const float value : {1e-30F, 0.25F, 1e25F, 3e38F, -3e38F, kLargest, -kLargest}) {
    for (const int dim : {1, 2, 8, 1000, 65536}) {
      const double norm = std::sqrt(dim) * std::fabs(double{value});
      const float kept = norm_to_keep(norm);
      ASSERT_TRUE(std::isfinite(kept));
      const float back = original_value(static_cast<float>(double{value} / norm), kept);
      EXPECT_NEAR(double{back} / double{value}, 1.0, 1e-6) << value << " " << dim;
    }
  }
}

TEST(Norm, AnOrdinaryLengthIsKeptAsItIs) {
  EXPECT_EQ(norm_to_keep(5.0), 5.0F);
  EXPECT_EQ(norm_to_keep(double{kLargest}), kLargest);
  EXPECT_EQ(original_value(0.6F, 5.0F), 0.6F * 5.0F);
}

}  // namespace
}  // namespace alidade::storage
