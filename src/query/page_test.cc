// Pages against a plain oracle: every row judged, then sorted, whatever the history of the rows and the filter.
#include "query/page.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <random>
#include <string>
#include <tuple>
#include <vector>

#include "env/memory/memory_env.h"

namespace alidade::query {
namespace {

using base::PointOffset;
using model::PointId;
using segment::Segment;

class PageTest : public ::testing::Test {
 protected:
  PageTest() {
    EXPECT_TRUE(env_.create_directory("data").ok());
    auto store = storage::PointStore::create(env_, "data", {});
    EXPECT_TRUE(store.ok());
    segment_ = std::make_unique<Segment>(std::move(*store), config_);
    auto field = index::PayloadIndexes::make_field("n", {model::FieldType::kInteger, {}});
    segment_->mutable_payload_indexes().install(std::move(*field));
  }

  static PointId id_of(std::uint64_t number) {
    // Every third one is a UUID, in another order than the numbers.
    if (number % 3 != 0) return PointId::from_number(number * 7919 % 1000003);
    return {PointId::Kind::kUuid, number * 0x9E3779B97F4A7C15ULL, number};
  }

  void put(std::uint64_t number, std::uint64_t value) {
    auto& store = segment_->store();
    const PointId id = id_of(number);
    const auto old = store.find(id);
    const std::string payload = R"({"n":)" + std::to_string(value) + R"(,"plain":)" + std::to_string(value) + "}";
    if (old) segment_->mutable_payload_indexes().row_died(*old);
    const auto row = store.append({.id = id,
                                   .original_id = {},
                                   .version = base::OpNumber(1),
                                   .first_seen = old ? store.first_seen(*old) : next_++,
                                   .payload = payload,
                                   .vectors = {},
                                   .norms = {}});
    segment_->mutable_payload_indexes().insert(row, *base::json::parse(payload));
  }

  void remove(std::uint64_t number) {
    if (const auto row = segment_->find(id_of(number))) {
      segment_->mutable_payload_indexes().row_died(*row);
      segment_->store().kill(*row);
    }
  }

  static model::Filter below(const char* key, std::int64_t value) {
    model::NumberRange range;
    range.lt = value;
    model::Filter filter;
    filter.must.emplace_back(model::FieldCondition{*model::JsonPath::parse(key), {range}});
    return filter;
  }

  /// All live rows that pass, as the oracle sees them.
  static std::vector<PointOffset> passing(const Segment& segment, const PreparedFilter* filter) {
    std::vector<PointOffset> rows;
    for (std::uint32_t row = 0; row < segment.row_count(); ++row) {
      if (!segment.live().test(row)) continue;
      if (filter == nullptr || *filter->matches(PointOffset(row))) rows.emplace_back(row);
    }
    return rows;
  }

  static std::vector<PointOffset> cut(std::vector<PointOffset> rows, std::uint64_t skip, std::uint64_t limit) {
    rows.erase(rows.begin(), rows.begin() + static_cast<std::ptrdiff_t>(std::min<std::uint64_t>(skip, rows.size())));
    rows.resize(std::min<std::uint64_t>(limit, rows.size()));
    return rows;
  }

  void compare(const Segment& segment) {
    for (const char* key : {"", "n", "plain"}) {
      for (const std::int64_t bound : {0, 2, 50, 100}) {
        std::optional<PreparedFilter> prepared;
        if (*key != '\0') prepared = std::move(*PreparedFilter::prepare(below(key, bound), segment));
        compare(segment, prepared ? &*prepared : nullptr);
      }
    }
  }

  void compare(const Segment& segment, const PreparedFilter* filter) {
    auto by_id = passing(segment, filter);
    auto by_insertion = by_id;
    std::sort(by_id.begin(), by_id.end(), [&](auto a, auto b) { return segment.id(a) < segment.id(b); });
    std::sort(by_insertion.begin(), by_insertion.end(),
              [&](auto a, auto b) { return segment.first_seen(a) < segment.first_seen(b); });
    for (const std::uint64_t limit : {std::uint64_t{0}, std::uint64_t{1}, std::uint64_t{10}, std::uint64_t{700}, ~std::uint64_t{0}}) {
      for (const std::uint64_t start : {std::uint64_t{0}, std::uint64_t{5}, std::uint64_t{300}, std::uint64_t{301}}) {
        const PointId first = id_of(start);
        std::vector<PointOffset> expected;
        std::copy_if(by_id.begin(), by_id.end(), std::back_inserter(expected),
                     [&](PointOffset row) { return segment.id(row) >= first; });
        EXPECT_EQ(*page_by_id(segment, filter, first, limit, {}), cut(expected, 0, limit));
        EXPECT_EQ(*page_by_insertion(segment, filter, start, limit, {}), cut(by_insertion, start, limit));
      }
      EXPECT_EQ(*page_by_id(segment, filter, std::nullopt, limit, {}), cut(by_id, 0, limit));
    }
  }

  env::MemoryEnv env_;
  model::CollectionConfig config_;
  std::unique_ptr<Segment> segment_;
  std::uint64_t next_ = 0;
};

TEST_F(PageTest, EqualsASortOfAllRowsThatPass) {
  compare(*segment_);  // Nothing there.
  std::mt19937 random(3);
  for (std::uint64_t i = 0; i < 1500; ++i) put(i, random() % 100);
  compare(*segment_);
  const auto before = segment_->snapshot();
  const auto first = page_by_insertion(*before, nullptr, 0, ~std::uint64_t{0}, {});
  for (int i = 0; i < 1500; ++i) {
    const std::uint64_t number = random() % 2000;
    if (random() % 3 == 0) {
      remove(number);
    } else {
      put(number, random() % 100);
    }
  }
  compare(*segment_);
  compare(*before);
  EXPECT_EQ(*page_by_insertion(*before, nullptr, 0, ~std::uint64_t{0}, {}), *first);
}

TEST_F(PageTest, EqualsASortAfterRenumberingAndLoading) {
  std::mt19937 random(4);
  for (int i = 0; i < 2000; ++i) put(random() % 900, random() % 100);
  for (int i = 0; i < 300; ++i) remove(random() % 900);
  const base::RowMap kept(segment_->live());
  compare(*segment_->renumbered(kept, {}));
  auto checkpoint = segment_->store().begin_checkpoint();
  storage::Manifest manifest;
  manifest.generation = 1;
  manifest.files = *storage::PointStore::write(*checkpoint, 1);
  auto store = storage::PointStore::open(env_, "data", manifest, {});
  ASSERT_TRUE(store.ok());
  compare(Segment(std::move(*store), config_));
}

}  // namespace
}  // namespace alidade::query
