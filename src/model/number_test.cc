#include "model/number.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <vector>

namespace alidade::model {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr std::int64_t kTwo53 = std::int64_t{1} << 53;

TEST(Number, ComparesByValueWhateverTheKindsAre) {
  // Ascending; those of one line are equal.
  const std::vector<std::vector<Number>> lines = {
      {-kInfinity},
      {-0x1p64},
      {std::int64_t{INT64_MIN}, -0x1p63},
      {std::int64_t{-kTwo53 - 1}},
      {std::int64_t{-kTwo53}, -0x1p53},
      {-0.5},
      {std::int64_t{0}, std::uint64_t{0}, 0.0, -0.0},
      {0.5},
      {std::int64_t{1}, std::uint64_t{1}, 1.0},
      {std::int64_t{kTwo53}, 0x1p53},
      {std::int64_t{kTwo53 + 1}},
      {std::int64_t{kTwo53 + 2}, 0x1p53 + 2},
      {std::int64_t{INT64_MAX}, std::uint64_t{INT64_MAX}},
      {std::uint64_t{1} << 63, 0x1p63},
      {(std::uint64_t{1} << 63) + 1},
      {std::uint64_t{UINT64_MAX}},
      {0x1p64},
      {1e300},
      {kInfinity},
      {std::numeric_limits<double>::quiet_NaN(), -std::numeric_limits<double>::quiet_NaN()},
  };
  for (std::size_t i = 0; i < lines.size(); ++i) {
    for (std::size_t j = 0; j < lines.size(); ++j) {
      for (const Number& a : lines[i]) {
        for (const Number& b : lines[j]) {
          EXPECT_EQ(compare(a, b), i <=> j) << "lines " << i << " and " << j;
        }
      }
    }
  }
}

TEST(Number, IsTakenFromJsonAsItStandsThere) {
  EXPECT_EQ(number_of(*base::json::parse("9007199254740993")), Number(kTwo53 + 1));
  EXPECT_EQ(number_of(*base::json::parse("18446744073709551615")), Number(UINT64_MAX));
  EXPECT_EQ(number_of(*base::json::parse("1.0")), Number(1.0));
  EXPECT_EQ(number_of(*base::json::parse("\"1\"")), std::nullopt);
}

}  // namespace
}  // namespace alidade::model
