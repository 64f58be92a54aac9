// Random payloads and random filters: what select() finds is what matches() says row by row, with
// any mixture of indexes, after updates and deletes; and for the metadata conditions, whose meaning
// does not depend on an index, what is found without indexes.
#include <gtest/gtest.h>

#include <random>

#include "query/filter/filter.h"
#include "query/filter/testing/memory_segment.h"

namespace alidade::query {
namespace {

using base::json::Array;
using base::json::Object;
using base::json::Value;
using testing::MemorySegment;

constexpr int kRows = 300;

class Dice {
 public:
  explicit Dice(std::uint64_t seed) : engine_(seed) {}
  int below(int n) { return std::uniform_int_distribution<int>(0, n - 1)(engine_); }

 private:
  std::mt19937_64 engine_;
};

const char* const kWords[] = {"red", "green", "Blue", "grey fox", "red fox", "", "7"};

Value random_scalar(Dice& dice) {
  switch (dice.below(7)) {
    case 0: return Value(std::int64_t{dice.below(9) - 4});
    case 1: return Value((dice.below(17) - 8) / 2.0);
    case 2: return Value(dice.below(2) == 0);
    case 3: return Value();
    case 4: return Value("00000000-0000-0000-0000-00000000000" + std::to_string(dice.below(4)));
    case 5: return Value("2024-01-0" + std::to_string(dice.below(9) + 1));
    default: return Value(kWords[dice.below(7)]);
  }
}

Value random_value(Dice& dice) {
  if (dice.below(4) != 0) return random_scalar(dice);
  Array array;
  for (int i = dice.below(4); i > 0; --i) array.push_back(random_scalar(dice));
  return Value(std::move(array));
}

Value random_place(Dice& dice) {
  return Value(Object{{"lon", Value(double(dice.below(360) - 180))},
                      {"lat", Value(double(dice.below(180) - 90))}});
}

Value random_payload(Dice& dice) {
  Object object;
  for (const char* key : {"a", "b", "c"}) {
    if (dice.below(5) != 0) object.emplace_back(key, random_value(dice));
  }
  if (dice.below(2) == 0) object.emplace_back("place", random_place(dice));
  if (dice.below(2) == 0) {
    Array items;
    for (int i = dice.below(3); i >= 0; --i) {
      items.push_back(Value(Object{{"x", random_scalar(dice)}, {"y", random_scalar(dice)}}));
    }
    object.emplace_back("items", Value(std::move(items)));
  }
  return Value(std::move(object));
}

model::MatchScalar random_operand(Dice& dice, int kind) {
  if (kind == 0) return std::int64_t{dice.below(9) - 4};
  if (kind == 1) return std::string(kWords[dice.below(7)]);
  if (kind == 2) return "00000000-0000-0000-0000-00000000000" + std::to_string(dice.below(4));
  return dice.below(2) == 0;
}

std::vector<model::MatchScalar> random_operands(Dice& dice) {
  std::vector<model::MatchScalar> operands;
  const int kind = dice.below(3);
  for (int i = dice.below(4); i > 0; --i) operands.push_back(random_operand(dice, kind));
  return operands;
}

model::NumberRange random_range(Dice& dice) {
  model::NumberRange range;
  if (dice.below(2) == 0) range.gt = (dice.below(17) - 8) / 2.0;
  if (dice.below(3) == 0) range.gte = (dice.below(17) - 8) / 2.0;
  if (dice.below(2) == 0) range.lt = (dice.below(17) - 8) / 2.0;
  if (dice.below(3) == 0) range.lte = (dice.below(17) - 8) / 2.0;
  return range;
}

model::FieldTest random_test(Dice& dice) {
  using Mode = model::MatchText::Mode;
  constexpr std::int64_t kDayUs = 86'400'000'000;
  const std::int64_t january = 1'704'067'200'000'000;
  switch (dice.below(12)) {
    case 0: return model::MatchValue{random_operand(dice, dice.below(4))};
    case 1: return model::MatchAny{random_operands(dice)};
    case 2: return model::MatchExcept{random_operands(dice)};
    case 3: return model::MatchText{static_cast<Mode>(dice.below(3)), kWords[dice.below(7)]};
    case 4: return model::MatchPrefix{dice.below(2) == 0 ? "gr" : ""};
    case 5: return random_range(dice);
    case 6: return model::DatetimeRange{{}, {}, {}, january + dice.below(9) * kDayUs};
    case 7: return model::GeoBoundingBox{{double(dice.below(300) - 180), 50}, {60, -40}};
    case 8: return model::GeoRadius{{double(dice.below(300) - 180), 10}, dice.below(9) * 1e6};
    case 9: return model::ValuesCount{std::uint64_t(dice.below(4)), {}, {}, std::uint64_t(dice.below(2))};
    case 10: return model::EmptyFlag{dice.below(2) == 0};
    default: return model::NullFlag{dice.below(2) == 0};
  }
}

model::JsonPath random_path(Dice& dice) {
  const char* const paths[] = {"a", "b", "c", "a[]", "place", "items", "items[].x", "items[0].y"};
  return *model::JsonPath::parse(paths[dice.below(8)]);
}

model::MetadataScalar random_metadata(Dice& dice) {
  switch (dice.below(4)) {
    case 0: return std::int64_t{dice.below(9) - 4};
    case 1: return (dice.below(17) - 8) / 2.0;
    case 2: return dice.below(2) == 0;
    default: return std::string(kWords[dice.below(7)]);
  }
}

std::string random_key(Dice& dice) { return std::string(1, static_cast<char>('a' + dice.below(4))); }

model::Filter random_filter(Dice& dice, int depth, bool metadata);

model::Condition random_condition(Dice& dice, int depth, bool metadata) {
  if (depth > 0 && dice.below(4) == 0) {
    return model::SubFilter{std::make_shared<model::Filter>(random_filter(dice, depth - 1, metadata))};
  }
  if (metadata) {
    switch (dice.below(4)) {
      case 0:
        return model::MetadataIn{random_key(dice),
                                 {random_metadata(dice), random_metadata(dice)},
                                 dice.below(2) == 0};
      case 1: return model::MetadataContains{random_key(dice), random_metadata(dice), dice.below(2) == 0};
      case 2: return model::TextContains{random_key(dice), "re", dice.below(2) == 0};
      default:
        return model::MetadataCompare{random_key(dice),
                                      static_cast<model::MetadataCompare::Operator>(dice.below(6)),
                                      random_metadata(dice)};
    }
  }
  switch (dice.below(12)) {
    case 0: return model::IsEmptyCondition{random_path(dice)};
    case 1: return model::IsNullCondition{random_path(dice)};
    case 2: return model::HasIdCondition{{model::PointId::from_number(std::uint64_t(dice.below(kRows)))}};
    case 3: return model::SliceCondition{3, std::uint64_t(dice.below(3))};
    case 4: {
      model::Filter inner;
      inner.must.push_back(model::FieldCondition{*model::JsonPath::parse("x"), {random_test(dice)}});
      if (dice.below(2) == 0) {
        inner.must_not.push_back(model::FieldCondition{*model::JsonPath::parse("y"), {random_test(dice)}});
      }
      return model::NestedCondition{*model::JsonPath::parse("items"),
                                    std::make_shared<model::Filter>(inner)};
    }
    case 5: return model::HasVectorCondition{"v"};
    default: return model::FieldCondition{random_path(dice), {random_test(dice)}};
  }
}

model::Filter random_filter(Dice& dice, int depth, bool metadata) {
  model::Filter filter;
  const auto fill = [&](std::vector<model::Condition>& conditions, int most) {
    for (int i = dice.below(most + 1); i > 0; --i) {
      conditions.push_back(random_condition(dice, depth, metadata));
    }
  };
  fill(filter.must, 2);
  fill(filter.should, 2);
  fill(filter.must_not, 1);
  if (dice.below(4) == 0) {
    filter.min_should = model::Filter::MinShould{};
    fill(filter.min_should->conditions, 3);
    filter.min_should->min_count = std::uint64_t(dice.below(2) + 1);
  }
  return filter;
}

void fill_rows(MemorySegment& segment, Dice& dice) {
  for (int i = 0; i < kRows; ++i) {
    const auto offset = segment.add(model::PointId::from_number(std::uint64_t(i)), random_payload(dice));
    if (dice.below(2) == 0) segment.set_vector("v", offset);
  }
  // Updates in both ways: payloads changed in place, rows replaced, rows deleted.
  for (int i = 0; i < kRows / 4; ++i) {
    const base::PointOffset offset(static_cast<std::uint32_t>(dice.below(kRows)));
    if (!segment.live().test(offset.value)) continue;
    if (dice.below(3) == 0) {
      segment.kill(offset);
    } else if (dice.below(2) == 0) {
      segment.change(offset, random_payload(dice));
    } else {
      segment.add(segment.id(offset), random_payload(dice));
    }
  }
}

// select() must agree with matches() on every live row.
void expect_agreement(const MemorySegment& segment, const model::Filter& filter, std::uint64_t seed) {
  const auto prepared = PreparedFilter::prepare(filter, segment);
  ASSERT_TRUE(prepared.ok()) << prepared.status().to_string();
  const auto selection = prepared->select(observe::OpContext());
  ASSERT_TRUE(selection.ok()) << selection.status().to_string();
  ASSERT_EQ(selection->rows.size(), segment.row_count());
  std::uint64_t count = 0;
  for (std::uint32_t row = 0; row < segment.row_count(); ++row) {
    const bool expected = segment.live().test(row) && prepared->matches(base::PointOffset(row)).value();
    count += expected ? 1 : 0;
    ASSERT_EQ(selection->rows.test(row), expected)
        << "seed " << seed << " row " << row << '\n'
        << segment.payload_text(base::PointOffset(row)).value() << '\n'
        << prepared->explain();
  }
  ASSERT_EQ(selection->count, count);
}

model::FieldSchema field_schema_of(model::FieldType type, const char* params = "null") {
  return {type, base::json::parse(params).value()};
}

TEST(FilterProperty, SelectionEqualsRowByRowWithAnyIndexes) {
  using model::FieldType;
  const model::FieldSchema schemas[] = {
      field_schema_of(FieldType::kKeyword),
      field_schema_of(FieldType::kInteger),
      field_schema_of(FieldType::kFloat),
      field_schema_of(FieldType::kBool),
      field_schema_of(FieldType::kDatetime),
      field_schema_of(FieldType::kUuid),
      field_schema_of(FieldType::kText, R"({"type":"text","phrase_matching":true})"),
      field_schema_of(FieldType::kText, R"({"type":"text","tokenizer":"prefix"})"),
      field_schema_of(FieldType::kInteger, R"({"type":"integer","range":false})"),
      field_schema_of(FieldType::kInteger, R"({"type":"integer","lookup":false})"),
  };
  for (std::uint64_t seed = 1; seed <= 12; ++seed) {
    Dice dice(seed);
    MemorySegment segment;
    const char* const paths[] = {"a", "b", "c", "items[].x"};
    for (const char* path : paths) {
      if (dice.below(5) != 0) segment.make_index(path, schemas[dice.below(10)]);
    }
    if (dice.below(2) == 0) segment.make_index("place", field_schema_of(FieldType::kGeo));
    fill_rows(segment, dice);
    for (int i = 0; i < 120; ++i) {
      expect_agreement(segment, random_filter(dice, 2, false), seed);
      if (HasFatalFailure()) return;
    }
  }
}

TEST(FilterProperty, MetadataSelectionEqualsRowByRowAndTheUnindexedAnswer) {
  for (std::uint64_t seed = 1; seed <= 8; ++seed) {
    Dice dice(seed);
    MemorySegment segment;
    segment.indexes().enable_automatic();
    fill_rows(segment, dice);
    MemorySegment plain;
    for (std::uint32_t row = 0; row < segment.row_count(); ++row) {
      plain.add(segment.id(base::PointOffset(row)), segment.payload(base::PointOffset(row)).value());
    }
    for (int i = 0; i < 150; ++i) {
      const model::Filter filter = random_filter(dice, 2, true);
      expect_agreement(segment, filter, seed);
      if (HasFatalFailure()) return;
      const auto indexed = PreparedFilter::prepare(filter, segment)->select(observe::OpContext());
      const auto scanned = PreparedFilter::prepare(filter, plain)->select(observe::OpContext());
      base::Bitset expected = scanned->rows;
      expected &= segment.live();
      ASSERT_EQ(indexed->rows, expected) << "seed " << seed;
    }
  }
}

TEST(FilterProperty, IndexesReadBackAnswerTheSame) {
  Dice dice(5);
  MemorySegment segment;
  segment.indexes().enable_automatic();
  segment.make_index("a", field_schema_of(model::FieldType::kKeyword));
  segment.make_index("b", field_schema_of(model::FieldType::kInteger));
  segment.make_index("c", field_schema_of(model::FieldType::kText, R"({"phrase_matching":true})"));
  segment.make_index("place", field_schema_of(model::FieldType::kGeo));
  fill_rows(segment, dice);
  std::vector<std::pair<model::Filter, base::Bitset>> answers;
  for (int i = 0; i < 80; ++i) {
    model::Filter filter = random_filter(dice, 1, i % 2 == 0);
    auto rows = PreparedFilter::prepare(filter, segment)->select(observe::OpContext())->rows;
    answers.emplace_back(std::move(filter), std::move(rows));
  }
  base::ByteWriter out;
  segment.indexes().serialize(out);
  auto read = index::PayloadIndexes::deserialize(out.bytes());
  ASSERT_TRUE(read.ok()) << read.status().to_string();
  EXPECT_EQ(read->points_count("b"), segment.indexes().points_count("b"));
  segment.indexes() = std::move(read).value();
  for (const auto& [filter, rows] : answers) {
    ASSERT_EQ(PreparedFilter::prepare(filter, segment)->select(observe::OpContext())->rows, rows);
  }

  base::Bytes damaged(out.bytes().begin(), out.bytes().end());
  damaged[damaged.size() / 2] ^= std::byte{4};
  EXPECT_EQ(index::PayloadIndexes::deserialize(damaged).status().code(), StatusCode::kDataLoss);
  EXPECT_EQ(index::PayloadIndexes::deserialize({}).status().code(), StatusCode::kDataLoss);
}

}  // namespace
}  // namespace alidade::query
