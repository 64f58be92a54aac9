// Numbers that are none, in an index and in the bounds of a range: no JSON text holds one, a message
// over gRPC does.
#include <gtest/gtest.h>

#include <limits>

#include "index/payload/numeric/ranges.h"
#include "index/payload/payload_indexes.h"

namespace alidade::index {
namespace {

using base::json::Value;
constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
constexpr double kInfinity = std::numeric_limits<double>::infinity();

// It stands above all numbers.
template <typename Key>
void expect_above_all_keys() {
  const auto holds = [](const model::NumberRange& bounds) {
    const auto range = key_range_of<Key>(bounds);
    return inside(range, Key{-5}) && inside(range, Key{0}) && inside(range, Key{7});
  };
  const auto holds_some = [](const model::NumberRange& bounds) {
    const auto range = key_range_of<Key>(bounds);
    return inside(range, Key{-5}) || inside(range, Key{0}) || inside(range, Key{7});
  };
  EXPECT_FALSE(holds_some({{}, kNan, {}, {}}));
  EXPECT_FALSE(holds_some({{}, {}, {}, kNan}));
  EXPECT_FALSE(holds_some({0.0, {}, {}, kNan}));
  EXPECT_TRUE(holds({kNan, {}, {}, {}}));
  EXPECT_TRUE(holds({{}, {}, kNan, {}}));
}

TEST(NumericNan, ABoundThatIsNoNumberStandsAboveAllKeys) {
  expect_above_all_keys<double>();
  expect_above_all_keys<std::int64_t>();
}

TEST(NumericNan, AValueThatIsNoNumberLeavesTheOrderOfTheOthers) {
  PayloadIndexes indexes;
  indexes.install(PayloadIndexes::make_field("n", {model::FieldType::kFloat, Value()}).value());
  for (std::uint32_t row = 0; row < 2000; ++row) {
    const double number = row % 3 == 0 ? kNan : row % 7 == 0 ? (row % 2 == 0 ? kInfinity : -kInfinity) : 1999.0 - row;
    indexes.insert(base::PointOffset(row), Value(base::json::Object{{"n", Value(number)}}));
  }
  const auto cursor = indexes.ordered("n", OrderDirection::kAscending, std::nullopt);
  std::size_t count = 0;
  double last = -kInfinity;
  while (const auto entry = cursor->next()) {
    const double key = std::get<double>(entry->key);
    ASSERT_GE(key, last);
    last = key;
    ++count;
  }
  EXPECT_EQ(count, 1333U);  // 667 of 2,000 are no number.
}

}  // namespace
}  // namespace alidade::index
