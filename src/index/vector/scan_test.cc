// Scans over codes give the very answer of scans over the rows.
#include "index/vector/scan.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <memory>
#include <random>

namespace alidade::index {
namespace {

using kernels::Metric;

class CodedScan : public testing::TestWithParam<std::tuple<Metric, int>> {
 protected:
  static constexpr std::uint32_t kRows = 3000, kDim = 96;

  CodedScan() : rows_(kDim), present_(kRows, true) {
    rows_.ensure(kRows);
    for (std::uint32_t i = 0; i < kRows; ++i) fill(rows_.mutable_row(i));
  }
  void fill(float* row) {
    std::mt19937 centre(random_() % 20);
    std::normal_distribution<float> wide, narrow(0, 0.3F);
    for (std::uint32_t k = 0; k < kDim; ++k) row[k] = 0.1F * (wide(centre) + narrow(random_));
  }
  std::vector<Neighbour> run(const CodeRows* codes, const PaddedQuery& query, std::size_t limit,
                             const base::Bitset* wanted, std::uint32_t first = 0) const {
    NearestHeap nearest(limit);
    EXPECT_TRUE(scan_by_codes(ScanKind::kExact, codes, rows_, std::get<0>(GetParam()), query, first, kRows, wanted, present_, nearest, {}).ok());
    return nearest.take_sorted();
  }
  /// On a grid for numbers of about 0.1, whatever the rows have become.
  std::unique_ptr<CodeRows> encode(std::uint32_t end) const {
    const bool eight = std::get<1>(GetParam()) == 8;
    auto codes = std::make_unique<CodeRows>(rows_, std::get<0>(GetParam()), Grid{.bits = eight ? 8 : 4,
                                                                                .step = eight ? 0.6F / 127 : 0.7F / 15,
                                                                                .half_square = 2,
                                                                                .largest_error = eight ? 0.02F : 0.25F});
    codes->encode_to(end);
    return codes;
  }
  static void expect_same(const std::vector<Neighbour>& got, const std::vector<Neighbour>& expected) {
    ASSERT_EQ(got.size(), expected.size());
    for (std::size_t i = 0; i < got.size(); ++i) {
      EXPECT_EQ(got[i].offset, expected[i].offset) << i;
      EXPECT_EQ(got[i].distance, expected[i].distance) << i;
    }
  }

  std::mt19937 random_{4};
  storage::VectorRows rows_;
  base::Bitset present_;
};
INSTANTIATE_TEST_SUITE_P(Codes, CodedScan,
                         testing::Combine(testing::Values(Metric::kDot, Metric::kL2), testing::Values(8, 4)));

TEST_P(CodedScan, FindsWhatAScanOfTheRowsFinds) {
  for (std::uint32_t i = 0; i < kRows; i += 40) std::copy_n(rows_.row(1), kDim, rows_.mutable_row(i));  // Ties.
  base::Bitset some(kRows);
  for (std::uint32_t i = 0; i < kRows; i += 3) some.set(i);
  const auto codes = encode(2500);  // The rest has none yet.
  for (int q = 0; q < 60; ++q) {
    std::vector<float> values(kDim);
    fill(values.data());
    const float scale = q % 4 == 0 ? 1e-4F : q % 4 == 1 ? 50.0F : 1.0F;
    for (float& value : values) value *= scale;
    const PaddedQuery query(q % 7 == 6 ? std::vector<float>(kDim, 0.0F) : values);
    const base::Bitset* wanted = q % 2 == 0 ? nullptr : &some;
    const std::size_t limit = q % 3 == 0 ? 1 : q % 3 == 1 ? 10 : 500;
    const std::uint32_t first = q % 5 == 4 ? 1234 : 0;
    expect_same(run(codes.get(), query, limit, wanted, first), run(nullptr, query, limit, wanted, first));
  }
}

TEST_P(CodedScan, OutliersAreFoundAsWell) {
  std::normal_distribution<float> normal;
  for (std::uint32_t i = 7; i < kRows; i += 300) {
    for (std::uint32_t k = 0; k < kDim; ++k) rows_.mutable_row(i)[k] = 30 * normal(random_);
  }
  rows_.mutable_row(8)[3] = std::numeric_limits<float>::infinity();
  rows_.mutable_row(9)[3] = std::numeric_limits<float>::quiet_NaN();
  rows_.mutable_row(10)[3] = 3e38F;
  const auto codes = encode(kRows);
  EXPECT_GE(codes->outlier_count(), 10U);
  EXPECT_LE(codes->outlier_count(), 100U);
  for (int q = 0; q < 40; ++q) {
    std::vector<float> values(rows_.row(7), rows_.row(7) + kDim);
    if (q % 2 == 0) fill(values.data());
    expect_same(run(codes.get(), PaddedQuery(values), 10, nullptr), run(nullptr, PaddedQuery(values), 10, nullptr));
  }
}

TEST_P(CodedScan, HostileQueriesAreAnsweredOverTheRows) {
  using FloatLimits = std::numeric_limits<float>;
  const auto codes = encode(kRows);
  for (const float hostile : {FloatLimits::quiet_NaN(), FloatLimits::infinity(), -FloatLimits::infinity(), FloatLimits::max(),
                              FloatLimits::denorm_min(), 1e25F}) {
    std::vector<float> values(kDim, 0.01F);
    values[5] = hostile;
    expect_same(run(codes.get(), PaddedQuery(values), 10, nullptr), run(nullptr, PaddedQuery(values), 10, nullptr));
    const PaddedQuery all(std::vector<float>(kDim, hostile));
    expect_same(run(codes.get(), all, 10, nullptr), run(nullptr, all, 10, nullptr));
  }
}

TEST_P(CodedScan, ARankedScanFindsNearlyAllAndTellsThemExactly) {
  rows_.mutable_row(5)[3] = std::numeric_limits<float>::infinity();
  const auto codes = encode(kRows);
  std::size_t hit = 0;
  for (int q = 0; q < 40; ++q) {
    std::vector<float> values(kDim);
    fill(values.data());
    const PaddedQuery query(values);
    NearestHeap nearest(10);
    ASSERT_TRUE(scan_by_codes(ScanKind::kRanked, codes.get(), rows_, std::get<0>(GetParam()), query, 0, kRows, nullptr,
                              present_, nearest, {}).ok());
    const auto expected = run(nullptr, query, 10, nullptr), got = nearest.take_sorted();
    ASSERT_EQ(got.size(), 10U);
    for (const Neighbour& one : got) {
      hit += std::any_of(expected.begin(), expected.end(), [&](const Neighbour& other) {
        return other.offset == one.offset && other.distance == one.distance;
      });
    }
  }
  // Of 4 bits at so few dimensions, where a survey takes 8.
  EXPECT_GE(hit, std::get<1>(GetParam()) == 8 ? 400U : 300U);
}

TEST_P(CodedScan, LargeRangesWithDuplicatesAndTiesGiveTheSame) {
  // More than the scan tries before it decides; half of the second set are one row.
  constexpr std::uint32_t kMany = 20000;
  for (const bool mostly_equal : {false, true}) {
    rows_.ensure(kMany);
    for (std::uint32_t i = 0; i < kMany; ++i) {
      if (i % 50 == 7 || (mostly_equal && i % 2 == 0)) {
        std::copy_n(rows_.row(3), kDim, rows_.mutable_row(i));
      } else if (i != 3) {
        fill(rows_.mutable_row(i));
      }
    }
    present_ = base::Bitset(kMany, true);
    const auto codes = encode(kMany);
    const auto answer = [&](const CodeRows* table, const PaddedQuery& query, std::size_t limit) {
      NearestHeap nearest(limit);
      // What a scan before this one found counts, too.
      scan(rows_, std::get<0>(GetParam()), query, 0, 100, nullptr, present_, nearest, {}).ignore();
      EXPECT_TRUE(scan_by_codes(ScanKind::kExact, table, rows_, std::get<0>(GetParam()), query, 100, kMany, nullptr, present_, nearest, {}).ok());
      return nearest.take_sorted();
    };
    for (int q = 0; q < 12; ++q) {
      std::vector<float> values(rows_.row(3), rows_.row(3) + kDim);
      if (q % 3 != 0) fill(values.data());
      const std::size_t limit = q % 4 == 0 ? 1 : q % 4 == 1 ? 10 : q % 4 == 2 ? 300 : 5000;
      expect_same(answer(codes.get(), PaddedQuery(values), limit), answer(nullptr, PaddedQuery(values), limit));
    }
  }
}

TEST_P(CodedScan, NoRowIsFurtherFromItsCodesThanItsClassSays) {
  const auto codes = encode(kRows);
  std::size_t classes = 0;
  for (std::uint32_t i = 0, last = 0; i < kRows; ++i) {
    if (codes->is_outlier(i)) continue;
    const std::uint8_t found = codes->error_class(i);
    ASSERT_LT(found, CodeRows::kErrorClasses);
    EXPECT_LE(codes->error_of(i), codes->largest_error_of(found)) << i;
    classes += found != last ? 1 : 0;
    last = found;
  }
  EXPECT_GT(classes, 100U) << "most rows are nearer to their codes than the worst one, and that is told";
}

TEST_P(CodedScan, EndsWhenNobodyWaits) {
  const auto codes = encode(kRows);
  observe::OpContext context;
  *context.stop_flag() = true;
  NearestHeap nearest(10);
  const PaddedQuery query(std::vector<float>(kDim, 1.0F));
  EXPECT_EQ(scan_by_codes(ScanKind::kExact, codes.get(), rows_, std::get<0>(GetParam()), query, 0, kRows, nullptr, present_, nearest,
                          context).code(),
            StatusCode::kCancelled);
}

}  // namespace
}  // namespace alidade::index
