// The conformance suite of CodeSpace: every space, every metric that it takes, against the f32 rows.
#include "index/vector/spaces/code_space.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <memory>
#include <numeric>
#include <random>

#include "index/vector/neighbour.h"
#include "index/vector/spaces/f32_space.h"
#include "index/vector/spaces/grid_space.h"

namespace alidade::index {
namespace {

using kernels::Metric;

/// Rows as a collection may hold them.
enum class Lengths { kUnit, kFree };
struct Case {
  Metric metric;
  Lengths lengths;
  std::uint32_t dim;
};

const Case kCases[] = {{Metric::kDot, Lengths::kUnit, 384}, {Metric::kDot, Lengths::kFree, 100},
                       {Metric::kL2, Lengths::kUnit, 384},  {Metric::kL2, Lengths::kFree, 65},
                       {Metric::kL2, Lengths::kFree, 1},    {Metric::kDot, Lengths::kUnit, 129}};

/// How the suite makes a space over rows.
struct F32Maker {
  using Space = F32Space;
  F32Maker(const storage::VectorRows& rows, Metric metric, float, float, std::uint32_t count)
      : rows_(rows), metric_(metric), count_(count) {}
  Space space() const { return Space(rows_, metric_, count_); }
  void encode_to(std::uint32_t end) { count_ = end; }
  double row_error() const { return 1e-5; }
  const storage::VectorRows& rows_;
  Metric metric_;
  std::uint32_t count_;
};
template <int kBits>
struct GridMaker {
  using Space = GridSpace<kBits>;
  GridMaker(const storage::VectorRows& rows, Metric metric, float largest, float half_square, std::uint32_t count)
      : codes(std::make_unique<CodeRows>(rows, metric, Grid{kBits, largest / (kBits == 8 ? 127.0F : 7.5F), half_square})) {
    codes->encode_to(count);
  }
  Space space() const { return Space(*codes); }
  void encode_to(std::uint32_t end) { codes->encode_to(end); }
  /// Of two rows' product, each off by max_error and the first once more where its numbers are halved.
  double row_error() const {
    const double error = codes->max_error(), length = codes->max_length();
    return 4 * (error * length + error * error) + 1e-4 * (1 + length * length);
  }
  std::unique_ptr<CodeRows> codes;
};

template <typename Maker>
class Spaces : public testing::Test {
 protected:
  using Space = typename Maker::Space;
  static constexpr std::uint32_t kRows = 300;

  std::vector<float> vector(const Case& c) {
    std::normal_distribution<float> normal;
    std::vector<float> values(c.dim);
    double square = 0;
    for (float& value : values) {
      value = normal(random_);
      square += double{value} * double{value};
    }
    const double length = c.lengths == Lengths::kUnit ? 1 : 0.2 + static_cast<double>(random_() % 100) / 50;
    for (float& value : values) value = static_cast<float>(value * length / std::sqrt(square));
    return values;
  }

  void fill(const Case& c) {
    metric_ = c.metric;
    rows_ = std::make_unique<storage::VectorRows>(c.dim);
    rows_->ensure(kRows);
    largest_ = half_square_ = 0;
    for (std::uint32_t i = 0; i < kRows; ++i) {
      const auto values = vector(c);
      std::copy(values.begin(), values.end(), rows_->mutable_row(i));
      float square = 0;
      for (const float value : values) {
        largest_ = std::max(largest_, std::fabs(value));
        square += value * value;
      }
      half_square_ = std::max(half_square_, square / 2);
    }
  }
  Maker maker(std::uint32_t count) const { return Maker(*rows_, metric_, largest_, half_square_, count); }

  float exact(const float* query, std::uint32_t row) const {
    return kernels::active_kernels().distance[static_cast<std::size_t>(metric_)](query, rows_->row(row),
                                                                                rows_->stride());
  }
  static std::vector<std::uint32_t> all(std::uint32_t count) {
    std::vector<std::uint32_t> rows(count);
    std::iota(rows.begin(), rows.end(), 0U);
    return rows;
  }
  static std::vector<std::uint32_t> keys(const Space& space, const typename Space::Query& query,
                                         const std::vector<std::uint32_t>& rows) {
    std::vector<std::uint32_t> out(rows.size());
    space.keys(query, rows, out.data());
    return out;
  }

  std::mt19937 random_{31};
  Metric metric_ = Metric::kDot;
  std::unique_ptr<storage::VectorRows> rows_;
  float largest_ = 0, half_square_ = 0;
};

using Makers = testing::Types<F32Maker, GridMaker<8>, GridMaker<4>>;
TYPED_TEST_SUITE(Spaces, Makers);

TYPED_TEST(Spaces, DistancesAreWithinTheBoundAndKeysInTheirOrder) {
  for (const Case& c : kCases) {
    this->fill(c);
    const auto maker = this->maker(this->kRows);
    const auto space = maker.space();
    ASSERT_EQ(space.row_count(), this->kRows);
    for (int q = 0; q < 20; ++q) {
      const PaddedQuery query(this->vector(c));
      typename TypeParam::Space::Query ready;
      space.prepare(query.data(), ready);
      const auto rows = this->all(this->kRows);
      const auto keys = this->keys(space, ready, rows);
      const double bound = space.error_bound(ready);
      ASSERT_TRUE(std::isfinite(bound));
      for (const std::uint32_t row : rows) {
        EXPECT_NEAR(space.distance(ready, keys[row]), this->exact(query.data(), row), bound + 1e-6) << c.dim;
        for (const std::uint32_t other : {0U, 17U}) {
          if (keys[row] < keys[other]) {
            EXPECT_LE(space.distance(ready, keys[row]), space.distance(ready, keys[other]));
          }
        }
      }
    }
  }
}

TYPED_TEST(Spaces, TheBoundIsOfUse) {
  this->fill(kCases[0]);
  const auto maker = this->maker(this->kRows);
  const auto space = maker.space();
  const PaddedQuery query(this->vector(kCases[0]));
  typename TypeParam::Space::Query ready;
  space.prepare(query.data(), ready);
  EXPECT_LT(space.error_bound(ready), 0.3F);  // Of distances from -1 to 1; 8 bits come to 0.02.
}

TYPED_TEST(Spaces, RowsAgainstRowsAreAsTheirVectors) {
  for (const Case& c : kCases) {
    this->fill(c);
    const auto maker = this->maker(this->kRows);
    const auto space = maker.space();
    const auto rows = this->all(this->kRows);
    for (const std::uint32_t row : {0U, 5U, 299U}) {
      typename TypeParam::Space::Query ready;
      space.prepare_row(row, ready);
      const auto keys = this->keys(space, ready, rows);
      for (const std::uint32_t other : rows) {
        EXPECT_NEAR(space.distance(ready, keys[other]), this->exact(this->rows_->row(row), other),
                    (c.metric == Metric::kL2 ? 2 : 1) * maker.row_error())
            << c.dim << " " << row << " " << other;
      }
    }
  }
}

TYPED_TEST(Spaces, EqualRowsHaveEqualKeys) {
  for (const Case& c : kCases) {
    this->fill(c);
    for (std::uint32_t i = 0; i < this->kRows; i += 7) {
      std::copy_n(this->rows_->row(3), c.dim, this->rows_->mutable_row(i));
    }
    const auto maker = this->maker(this->kRows);
    const auto space = maker.space();
    const auto rows = this->all(this->kRows);
    typename TypeParam::Space::Query ready;
    const PaddedQuery query(this->vector(c));
    space.prepare(query.data(), ready);
    const auto keys = this->keys(space, ready, rows);
    for (std::uint32_t i = 0; i < this->kRows; i += 7) EXPECT_EQ(keys[i], keys[3]);
    // Any order and any number at a time gives the same.
    std::vector<std::uint32_t> reversed(rows.rbegin(), rows.rend()), one = {299};
    EXPECT_EQ(this->keys(space, ready, reversed).front(), this->keys(space, ready, one).front());
    EXPECT_EQ(this->keys(space, ready, reversed).front(), keys[299]);
  }
}

TYPED_TEST(Spaces, GrowFromNothing) {
  this->fill(kCases[0]);
  auto maker = this->maker(0);
  EXPECT_EQ(maker.space().row_count(), 0U);
  maker.encode_to(1);
  const PaddedQuery query(this->vector(kCases[0]));
  typename TypeParam::Space::Query ready;
  const auto space = maker.space();
  ASSERT_EQ(space.row_count(), 1U);
  space.prepare(query.data(), ready);
  const auto first = this->keys(space, ready, {0});
  maker.encode_to(1);
  maker.encode_to(300);
  const auto later = maker.space();
  EXPECT_EQ(this->keys(later, ready, {0}), first);
  EXPECT_EQ(space.row_count(), 1U);  // A view stays what it was.
  // Made anew, the codes are the same.
  const auto again = this->maker(300);
  EXPECT_EQ(this->keys(again.space(), ready, this->all(300)), this->keys(later, ready, this->all(300)));
}

TYPED_TEST(Spaces, AnyNumbersHaveKeysAndDistancesThatAreNumbers) {
  using FloatLimits = std::numeric_limits<float>;
  const float hostile[] = {FloatLimits::quiet_NaN(), FloatLimits::infinity(), -FloatLimits::infinity(), FloatLimits::max(),
                           FloatLimits::lowest(), FloatLimits::denorm_min(), 1e25F, -1e25F, 0.0F};
  for (const Case& c : kCases) {
    this->fill(c);
    const auto spoil = [&](float* values) {
      const bool whole = this->random_() % 2 == 0;
      for (std::uint32_t k = 0; k < c.dim; ++k) {
        if (whole || this->random_() % 8 == 0) values[k] = hostile[this->random_() % std::size(hostile)];
      }
    };
    for (std::uint32_t i = 0; i < this->kRows; i += 2) spoil(this->rows_->mutable_row(i));
    const auto maker = this->maker(this->kRows);
    const auto space = maker.space();
    for (int q = 0; q < 30; ++q) {
      auto values = this->vector(c);
      spoil(values.data());
      const PaddedQuery query(values);
      typename TypeParam::Space::Query ready;
      space.prepare(query.data(), ready);
      EXPECT_FALSE(std::isnan(space.error_bound(ready)));
      for (const std::uint32_t key : this->keys(space, ready, this->all(this->kRows))) {
        ASSERT_FALSE(std::isnan(space.distance(ready, key)));
      }
      space.prepare_row(static_cast<std::uint32_t>(q), ready);
      for (const std::uint32_t key : this->keys(space, ready, this->all(this->kRows))) {
        ASSERT_FALSE(std::isnan(space.distance(ready, key)));
      }
    }
  }
}

TEST(Keys, AreInTheOrderOfTheirDistances) {
  const float infinity = std::numeric_limits<float>::infinity();
  const float ascending[] = {-infinity, -3e38F, -1.0F, -1e-45F, 0.0F, 1e-45F, 1.0F, 1.0000001F, 3e38F, infinity};
  for (std::size_t i = 0; i < std::size(ascending); ++i) {
    EXPECT_EQ(distance_of(key_of(ascending[i])), ascending[i]);
    EXPECT_TRUE(i == 0 || key_of(ascending[i - 1]) < key_of(ascending[i]));
  }
  EXPECT_EQ(key_of(-0.0F), key_of(0.0F));
}

}  // namespace
}  // namespace alidade::index
