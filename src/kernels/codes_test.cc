// Every instruction set against the portable one, on random and on the most extreme codes; the portable one
// against the formula.
#include "kernels/codes.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <random>

#include "kernels/quant/quant.h"

namespace alidade::kernels {
namespace {

struct Aligned {
  alignas(64) std::uint8_t bytes[64 * 40];
};

/// Codes and queries: all random, or as large as they may be, which is where 16 bits would overflow.
enum class Values { kRandom, kLargest, kLargestOfBothSigns };

class CodeKernelSets : public testing::TestWithParam<Values> {
 protected:
  std::uint8_t code() {
    return static_cast<std::uint8_t>(GetParam() == Values::kRandom ? random_() % 256 : 255);
  }
  std::int8_t number(int limit, std::size_t i) {
    if (GetParam() == Values::kLargest) return static_cast<std::int8_t>(limit);
    if (GetParam() == Values::kLargestOfBothSigns) return static_cast<std::int8_t>(i % 2 == 0 ? limit : -limit);
    return static_cast<std::int8_t>(static_cast<int>(random_() % static_cast<unsigned>(2 * limit + 1)) - limit);
  }
  std::mt19937 random_{17};
};

INSTANTIATE_TEST_SUITE_P(Values, CodeKernelSets,
                         testing::Values(Values::kRandom, Values::kLargest, Values::kLargestOfBothSigns));

TEST_P(CodeKernelSets, AgreeWithTheFormula) {
  for (const std::size_t bytes : {64U, 128U, 192U, 256U, 320U, 384U, 512U, 768U, 1024U}) {
    for (const CodeKernels* set : available_code_kernels()) {
      for (const std::size_t count : {1U, 2U, 3U, 4U, 5U, 8U, 9U, 23U, 48U}) {
        std::vector<Aligned> rows(count);
        Aligned query8{}, query4{};
        auto* eight = reinterpret_cast<std::int8_t*>(query8.bytes);
        auto* four = reinterpret_cast<std::int8_t*>(query4.bytes);
        for (std::size_t i = 0; i < bytes; ++i) eight[i] = number(set->query_limit8, i);
        for (std::size_t i = 0; i < 2 * bytes; ++i) four[i] = number(127, i);
        std::vector<const std::uint8_t*> addresses;
        for (auto& row : rows) {
          for (std::size_t i = 0; i < bytes; ++i) row.bytes[i] = code();
          addresses.push_back(row.bytes);
        }
        std::vector<std::int32_t> got8(count), got4(count);
        set->dots8(eight, addresses.data(), count, bytes, got8.data());
        set->dots4(four, addresses.data(), count, bytes, got4.data());
        for (std::size_t r = 0; r < count; ++r) {
          std::uint8_t unpacked[2 * 64 * 40];
          unpack_nibbles(rows[r].bytes, bytes, unpacked);
          std::int64_t sum8 = 0, sum4 = 0;
          for (std::size_t i = 0; i < bytes; ++i) sum8 += std::int64_t{rows[r].bytes[i]} * eight[i];
          for (std::size_t i = 0; i < 2 * bytes; ++i) sum4 += std::int64_t{unpacked[i]} * four[i];
          ASSERT_EQ(got8[r], sum8) << set->name << " " << bytes << " bytes, row " << r << " of " << count;
          ASSERT_EQ(got4[r], sum4) << set->name << " " << bytes << " bytes, row " << r << " of " << count;
        }
      }
    }
  }
}

TEST(CodeKernels, TheLargestRowsDoNotOverflow) {
  std::vector<std::uint8_t> row(kMaxCodeDim + 64, 255);
  std::vector<std::int8_t> query(2 * kMaxCodeDim + 64);
  const std::uint8_t* address = row.data();
  for (const CodeKernels* set : available_code_kernels()) {
    std::fill(query.begin(), query.end(), static_cast<std::int8_t>(-set->query_limit8));
    std::int32_t sum = 0;
    set->dots8(query.data(), &address, 1, kMaxCodeDim, &sum);
    EXPECT_EQ(sum, -255 * set->query_limit8 * static_cast<int>(kMaxCodeDim)) << set->name;
    std::fill(query.begin(), query.end(), std::int8_t{127});
    set->dots4(query.data(), &address, 1, kMaxCodeDim / 2, &sum);
    EXPECT_EQ(sum, 15 * 127 * static_cast<int>(kMaxCodeDim)) << set->name;
  }
}

TEST(CodeKernels, EverySetRoundsAlike) {
  using Limits = std::numeric_limits<float>;
  const float hostile[] = {Limits::quiet_NaN(), Limits::infinity(), -Limits::infinity(), Limits::max(),
                           Limits::lowest(), Limits::denorm_min(), -0.0F, 1e25F, -1e25F};
  std::mt19937 random(3);
  std::normal_distribution<float> normal(0, 40);
  for (int round = 0; round < 200; ++round) {
    const Rounding rounding = round % 2 == 0 ? Rounding{1.0F + normal(random) * 0.01F, 0, -127, 127}
                                             : Rounding{normal(random), 7.5F, 0, 15};
    std::vector<float> values(1 + random() % 200);
    for (float& value : values) {
      value = random() % 9 == 0 ? hostile[random() % std::size(hostile)]
                                : random() % 5 == 0 ? static_cast<float>(random() % 64) * 0.5F : normal(random);
    }
    std::vector<std::int8_t> expected(values.size());
    const auto total = portable_code_kernels().round(values.data(), values.size(), rounding, expected.data());
    EXPECT_EQ(total, std::accumulate(expected.begin(), expected.end(), 0));
    for (const CodeKernels* set : available_code_kernels()) {
      std::vector<std::int8_t> got(values.size());
      ASSERT_EQ(set->round(values.data(), values.size(), rounding, got.data()), total);
      ASSERT_EQ(got, expected) << set->name;
    }
    for (std::size_t i = 0; i < values.size(); ++i) {
      const float x = values[i] * rounding.scale + rounding.shift;
      const float wanted = std::isnan(x) ? std::clamp(0.0F, rounding.low, rounding.high)
                                         : std::nearbyint(std::clamp(x, rounding.low, rounding.high));
      EXPECT_EQ(static_cast<float>(expected[i]), wanted) << values[i];
    }
  }
}

TEST(CodeKernels, NibblesComeBack) {
  std::mt19937 random(5);
  std::vector<std::uint8_t> codes(2 * 192), packed(192), back(2 * 192);
  for (auto& code : codes) code = random() % 16;
  pack_nibbles(codes.data(), packed.size(), packed.data());
  unpack_nibbles(packed.data(), packed.size(), back.data());
  EXPECT_EQ(back, codes);
}

TEST(CodeKernels, ARowBecomesAQueryOfTheSameNumbers) {
  std::vector<std::uint8_t> row(384), codes(768);
  std::mt19937 random(6);
  for (auto& code : row) code = static_cast<std::uint8_t>(random());
  unpack_nibbles(row.data(), row.size(), codes.data());
  for (const CodeKernels* set : available_code_kernels()) {
    std::vector<std::int8_t> eight(384), four(768);
    const int sum8 = set->widen8(row.data(), row.size(), eight.data());
    const int sum4 = set->widen4(row.data(), row.size(), four.data());
    for (std::size_t i = 0; i < eight.size(); ++i) {
      const int centred = row[i] - 128;
      EXPECT_EQ(eight[i], set->query_limit8 == 127 ? centred : static_cast<int>(std::floor((centred + 1) / 2.0)));
    }
    for (std::size_t i = 0; i < four.size(); ++i) EXPECT_EQ(four[i], 2 * codes[i] - 15);
    EXPECT_EQ(sum8, std::accumulate(eight.begin(), eight.end(), 0));
    EXPECT_EQ(sum4, std::accumulate(four.begin(), four.end(), 0));
  }
}

/// The oracle sorts.
TEST(CodeKernels, APoolKeepsTheNearestInOrder) {
  std::mt19937 random(9);
  for (int round = 0; round < 400; ++round) {
    const std::size_t capacity = 1 + random() % 70;
    const std::uint32_t range = round % 3 == 0 ? 8 : 0xFFFFFFFF;  // Ties, or keys of all sizes.
    for (const CodeKernels* set : available_code_kernels()) {
      std::mt19937 same(static_cast<unsigned>(round));
      std::vector<std::uint64_t> memory(capacity + 2 * kPoolSlack, 0);
      std::uint64_t* pool = memory.data() + kPoolSlack;
      std::vector<std::uint64_t> expected;
      std::size_t size = 0;
      for (std::uint32_t batch = 0; batch < 12; ++batch) {
        std::uint32_t keys[48], nodes[48];
        const std::size_t count = same() % 49;
        const std::vector<std::uint64_t> before = expected;
        for (std::size_t i = 0; i < count; ++i) {
          keys[i] = range == 8 ? same() % 8 : static_cast<std::uint32_t>(same());
          nodes[i] = batch * 48 + static_cast<std::uint32_t>(i);
          expected.push_back(std::uint64_t{keys[i]} << 32 | nodes[i] << 1);
        }
        const Merged merged = set->merge(pool, size, capacity, keys, nodes, count);
        size = merged.size;
        std::sort(expected.begin(), expected.end());
        expected.resize(std::min(expected.size(), capacity));
        ASSERT_EQ(std::vector<std::uint64_t>(pool, pool + size), expected) << set->name;
        // What lies below the lowest place is as it was; without a change it is the capacity.
        for (std::size_t i = 0; i < std::min(merged.lowest, before.size()); ++i) ASSERT_EQ(expected[i], before[i]);
        if (merged.lowest < std::min(size, before.size())) {
          ASSERT_NE(expected[merged.lowest], before[merged.lowest]);
        }
        if (expected == before) {
          ASSERT_EQ(merged.lowest, capacity);
        }
      }
    }
  }
}

}  // namespace
}  // namespace alidade::kernels
