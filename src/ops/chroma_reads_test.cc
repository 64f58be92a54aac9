// Chroma's get and query on a store in memory.
#include <limits>
#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "collection/catalogue.h"
#include "env/memory/memory_env.h"
#include "observe/log.h"
#include "ops/check_filter.h"
#include "ops/dispatcher.h"
#include "shard/background.h"

namespace alidade::ops {
namespace {

using model::PointId;

class ChromaReads : public ::testing::Test {
 protected:
  ChromaReads()
      : log_(observe::LogLevel::kWarn, [] { return std::int64_t{0}; }, [](std::string_view) {}),
        background_({.runner = shard::Background::Runner::kCaller}),
        runtime_{env_, log_, background_, {}} {
    auto opened = collection::Catalogue::open(runtime_, "data");
    EXPECT_TRUE(opened.ok()) << opened.status().message();
    catalogue_ = std::move(opened).value();
    model::CollectionConfig config;
    config.vectors[""].distance = model::Distance::kEuclid;
    EXPECT_TRUE(catalogue_->create(ref_, config).ok());
  }

  Services services() { return {*catalogue_, env_, 0}; }

  /// Rows 1 to `count`, the vector of row i is (i, 0).
  void add(std::uint64_t count) {
    model::UpsertPoints upsert;
    model::VectorColumn& column = upsert.points.column("");
    for (std::uint64_t i = 1; i <= count; ++i) {
      const float row[] = {static_cast<float>(i), 0};
      column.set_row(upsert.points.ids.size(), row, 2);
      upsert.points.ids.push_back(PointId::from_number(i));
    }
    observe::OpContext context;
    const auto written = handle(services(), context, WritePoints{ref_, std::move(upsert)});
    ASSERT_TRUE(written.ok() && written->problem.ok());
  }

  static std::vector<std::string> texts(const std::vector<model::PointRecord>& records) {
    std::vector<std::string> out;
    for (const auto& record : records) out.push_back(record.id.to_string());
    return out;
  }

  std::vector<std::string> got(std::optional<std::uint64_t> limit, std::uint64_t offset) {
    GetRecords request;
    request.collection = ref_;
    request.limit = limit;
    request.offset = offset;
    observe::OpContext context;
    const auto found = handle(services(), context, request);
    return found.ok() ? texts(*found) : std::vector<std::string>{found.status().message()};
  }

  QueryRecords query(std::vector<std::uint64_t> ids) const {
    QueryRecords request;
    request.collection = ref_;
    request.vectors = {{1, 0}};
    request.ids.emplace();
    for (const std::uint64_t id : ids) request.ids->push_back(PointId::from_number(id));
    return request;
  }

  Result<std::vector<std::string>> asked(const QueryRecords& request) {
    observe::OpContext context;
    ALD_ASSIGN(const auto lists, handle(services(), context, request));
    std::vector<std::string> out;
    for (const auto& point : lists.front().points) out.push_back(point.record.id.to_string());
    return out;
  }

  static model::Filter constant(bool matches) {
    model::Filter filter;
    filter.must.push_back(model::Constant{matches});
    return filter;
  }

  static model::Filter pattern(std::string text) {
    model::Filter filter;
    filter.must.push_back(model::TextRegex{"chroma:document", std::move(text), false});
    return filter;
  }

  env::MemoryEnv env_;
  observe::Log log_;
  shard::Background background_;
  const shard::Runtime runtime_;
  std::unique_ptr<collection::Catalogue> catalogue_;
  const model::CollectionRef ref_ = model::CollectionRef::by_name("books");
};

using Texts = std::vector<std::string>;

TEST_F(ChromaReads, AGetEndsWhenNobodyWaitsForIt) {
  add(3);
  observe::OpContext context;
  context.stop_flag()->store(true);
  GetRecords request;
  request.collection = ref_;
  EXPECT_EQ(handle(services(), context, request).status().code(), StatusCode::kCancelled);
  request.ids = {PointId::from_number(1)};
  EXPECT_EQ(handle(services(), context, request).status().code(), StatusCode::kCancelled);
}

TEST_F(ChromaReads, PagesMayBeAnywhere) {
  add(5);
  constexpr std::uint64_t kMost = std::numeric_limits<std::uint64_t>::max();
  EXPECT_EQ(got(std::nullopt, 0), (Texts{"1", "2", "3", "4", "5"}));
  EXPECT_EQ(got(2, 1), (Texts{"2", "3"}));
  EXPECT_EQ(got(0, 1), Texts{});
  EXPECT_EQ(got(kMost, 4), (Texts{"5"}));
  EXPECT_EQ(got(kMost, kMost), Texts{});
  EXPECT_EQ(got(1, std::numeric_limits<std::uint32_t>::max()), Texts{});
}

TEST_F(ChromaReads, RowsKeepTheirPlaceWhenTheyAreWrittenAgain) {
  add(5);
  add(2);  // Their rows are the last ones now.
  EXPECT_EQ(got(std::nullopt, 0), (Texts{"1", "2", "3", "4", "5"}));
  EXPECT_EQ(got(2, 1), (Texts{"2", "3"}));
}

TEST_F(ChromaReads, AnUnknownIdIsRefusedOnlyWhereIdsAloneDecide) {
  add(3);
  EXPECT_EQ(*asked(query({3, 1})), (Texts{"1", "3"}));
  EXPECT_EQ(asked(query({1, 9})).status().kind(), ErrorKind::kPointNotFound);
  QueryRecords filtered = query({1, 9});
  filtered.filter = constant(true);
  EXPECT_EQ(*asked(filtered), Texts{"1"});
  filtered.filter = constant(false);
  EXPECT_EQ(*asked(filtered), Texts{});
}

TEST_F(ChromaReads, ABadPatternIsRefusedBeforeThereAreVectors) {
  QueryRecords request = query({9});
  EXPECT_EQ(*asked(request), Texts{});
  request.filter = pattern("(");
  EXPECT_EQ(asked(request).status().kind(), ErrorKind::kRegex);
  add(1);
  request.vectors = {{1, 0, 0}};
  EXPECT_EQ(asked(request).status().kind(), ErrorKind::kRegex);
  request.filter.reset();
  EXPECT_EQ(asked(request).status().kind(), ErrorKind::kDimensionMismatch);
}

TEST_F(ChromaReads, AQueryMayAskForMoreThanThereIs) {
  add(3);
  QueryRecords request = query({1, 2, 3});
  for (const std::uint64_t limit : {std::uint64_t{std::numeric_limits<std::uint32_t>::max()},
                                    std::numeric_limits<std::uint64_t>::max()}) {
    request.limit = limit;
    EXPECT_EQ(*asked(request), (Texts{"1", "2", "3"})) << limit;
  }
}

TEST(CheckFilter, LooksAtPatternsOnly) {
  model::Filter filter;
  filter.must.push_back(model::Constant{true});
  EXPECT_TRUE(check_filter(filter).ok());
  filter.must.push_back(model::TextRegex{"chroma:document", "*a", true});
  EXPECT_EQ(check_filter(filter).kind(), ErrorKind::kRegex);
}

}  // namespace
}  // namespace alidade::ops
