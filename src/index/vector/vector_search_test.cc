// Searches over clustered random rows, compared with sorting all distances.
#include "index/vector/vector_search.h"

#include <gtest/gtest.h>

#include <atomic>
#include <random>
#include <thread>

#include "base/bytes.h"

namespace alidade::index {
namespace {

using kernels::Metric;

class Fixture {
 public:
  Fixture(std::uint32_t count, std::uint32_t dim, Metric metric)
      : metric_(metric), rows_(dim), live_(count, true), present_(count, true) {
    rows_.ensure(count);
    for (std::uint32_t i = 0; i < count; ++i) fill(rows_.mutable_row(i));
  }

  void fill(float* row) {
    // 40 clusters around random centres: neighbourhoods as in embeddings, not a uniform ball.
    std::mt19937 centre(random_() % 40);
    std::normal_distribution<float> wide(0, 1), narrow(0, 0.35F);
    double square = 0;
    for (std::uint32_t k = 0; k < rows_.dim(); ++k) {
      row[k] = wide(centre) + narrow(random_);
      square += double{row[k]} * double{row[k]};
    }
    if (metric_ != Metric::kDot) return;
    for (std::uint32_t k = 0; k < rows_.dim(); ++k) row[k] = static_cast<float>(row[k] / std::sqrt(square));
  }

  std::vector<float> query() {
    std::vector<float> values(rows_.stride());
    fill(values.data());
    values.resize(rows_.dim());
    return values;
  }

  void build(HnswGraph& graph) {
    HnswScratch scratch;
    for (std::uint32_t i = 0; i < live_.size(); ++i) graph.insert(i, scratch);
  }

  SearchRequest request(const HnswGraph* graph) const {
    SearchRequest request;
    request.metric = metric_;
    request.rows = &rows_;
    request.row_count = static_cast<std::uint32_t>(live_.size());
    request.graph = graph;
    request.graphed_rows = graph == nullptr ? 0 : request.row_count;
    request.live = &live_;
    request.live_count = live_.count();
    request.present = &present_;
    return request;
  }

  std::vector<Neighbour> oracle(const std::vector<float>& query, const base::Bitset& wanted, std::size_t k) const {
    std::vector<Neighbour> all;
    wanted.for_each([&](std::size_t i) {
      double d = 0;
      const float* row = rows_.row(static_cast<std::uint32_t>(i));
      for (std::size_t j = 0; j < query.size(); ++j) {
        const double x = query[j], y = row[j];
        d += metric_ == Metric::kDot ? -x * y : metric_ == Metric::kL2 ? (x - y) * (x - y) : std::fabs(x - y);
      }
      all.push_back({static_cast<float>(d), static_cast<std::uint32_t>(i)});
    });
    std::sort(all.begin(), all.end());
    all.resize(std::min(k, all.size()));
    return all;
  }

  double recall(const SearchRequest& request, int queries) {
    const base::Bitset& wanted = request.selected ? *request.selected : live_;
    std::size_t hit = 0, total = 0;
    for (int q = 0; q < queries; ++q) {
      const auto values = query();
      const auto expected = oracle(values, wanted, request.limit);
      const auto found = vector_search(request, PaddedQuery(values), {});
      EXPECT_TRUE(found.ok());
      EXPECT_EQ(found->size(), expected.size());
      for (const auto& neighbour : *found) {
        EXPECT_TRUE(wanted.test(neighbour.offset));
        if (!expected.empty() && neighbour.distance <= expected.back().distance + 1e-5F) ++hit;
      }
      total += expected.size();
    }
    return total == 0 ? 1 : static_cast<double>(hit) / static_cast<double>(total);
  }

  Metric metric_;
  storage::VectorRows rows_;
  base::Bitset live_;
  base::Bitset present_;
  std::mt19937 random_{42};
};

class EachMetric : public testing::TestWithParam<Metric> {};
INSTANTIATE_TEST_SUITE_P(Metrics, EachMetric, testing::Values(Metric::kDot, Metric::kL2, Metric::kL1));

TEST_P(EachMetric, WalkFindsNearlyAllAndScanFindsAll) {
  Fixture fixture(20000, 96, GetParam());
  HnswGraph graph({}, GetParam(), fixture.rows_);
  fixture.build(graph);
  SearchRequest request = fixture.request(&graph);
  request.ef = 100;
  ASSERT_EQ(choose_plan(request).kind, Plan::Kind::kWalk);
  EXPECT_GE(fixture.recall(request, 50), 0.95);
  request.exact = true;
  EXPECT_EQ(fixture.recall(request, 10), 1.0);
}

// vector_search() mends a walk that finds too little by a scan; here nothing does.
TEST_P(EachMetric, TheWalkAloneFindsNearlyAll) {
  Fixture fixture(12000, 48, GetParam());
  HnswGraph graph({}, GetParam(), fixture.rows_);
  fixture.build(graph);
  HnswScratch scratch;
  base::Bitset every_fourth(12000);
  for (std::uint32_t i = 0; i < 12000; i += 4) every_fourth.set(i);
  std::size_t hit = 0, filtered_hit = 0;
  for (int q = 0; q < 50; ++q) {
    const auto values = fixture.query();
    const auto found = graph.search(PaddedQuery(values), 100, scratch, {}).value();
    const auto filtered = graph.search_two_hop(PaddedQuery(values), 100, every_fourth, scratch, {}).value();
    ASSERT_EQ(found.size(), 100U);
    ASSERT_GE(filtered.size(), 10U);
    const float last = fixture.oracle(values, fixture.live_, 10).back().distance + 1e-5F;
    const float filtered_last = fixture.oracle(values, every_fourth, 10).back().distance + 1e-5F;
    for (std::size_t i = 0; i < 10; ++i) {
      hit += found[i].distance <= last ? 1 : 0;
      filtered_hit += filtered[i].distance <= filtered_last ? 1 : 0;
      EXPECT_TRUE(every_fourth.test(filtered[i].offset));
    }
  }
  EXPECT_GE(hit, 475U);
  EXPECT_GE(filtered_hit, 475U);
}

TEST(VectorSearch, AnswersEveryShareOfTheRows) {
  Fixture fixture(20000, 96, Metric::kDot);
  HnswGraph graph({}, Metric::kDot, fixture.rows_);
  fixture.build(graph);
  for (const double share : {1.0, 0.9, 0.7, 0.5, 0.3, 0.2, 0.1, 0.02, 0.001, 0.0}) {
    base::Bitset selected(20000);
    for (std::size_t i = 0; i < selected.size(); ++i) {
      if (std::uniform_real_distribution<double>()(fixture.random_) < share) selected.set(i);
    }
    SearchRequest request = fixture.request(&graph);
    request.selected = &selected;
    request.selected_count = selected.count();
    EXPECT_GE(fixture.recall(request, 30), 0.95) << share << " " << choose_plan(request).to_string();
  }
}

TEST(VectorSearch, NeverAnswersFewerThanThereAre) {
  Fixture fixture(20000, 96, Metric::kL2);
  HnswGraph graph({}, Metric::kL2, fixture.rows_);
  fixture.build(graph);
  for (const std::size_t matches : {0U, 1U, 9U, 10U, 11U, 15000U}) {
    base::Bitset selected(20000);
    for (std::size_t i = 0; i < matches; ++i) selected.set(19999 - i);
    SearchRequest request = fixture.request(&graph);
    request.selected = &selected;
    request.selected_count = matches;
    const auto found = vector_search(request, PaddedQuery(fixture.query()), {});
    ASSERT_TRUE(found.ok());
    EXPECT_EQ(found->size(), std::min<std::size_t>(10, matches));
  }
}

TEST(VectorSearch, AnswersInFullWhenTheWantedRowsAreFarAway) {
  Fixture fixture(10000, 32, Metric::kL2);
  HnswGraph graph({}, Metric::kL2, fixture.rows_);
  fixture.build(graph);
  const auto values = fixture.query();
  base::Bitset far_half(10000);
  const auto by_distance = fixture.oracle(values, fixture.live_, 10000);
  for (std::size_t i = 5000; i < 10000; ++i) far_half.set(by_distance[i].offset);
  SearchRequest request = fixture.request(&graph);
  request.selected = &far_half;
  request.selected_count = 5000;
  ASSERT_EQ(choose_plan(request).kind, Plan::Kind::kWalk);
  const auto found = vector_search(request, PaddedQuery(values), {});
  ASSERT_TRUE(found.ok());
  EXPECT_EQ(found->size(), 10U);
  for (const auto& neighbour : *found) EXPECT_TRUE(far_half.test(neighbour.offset));
}

TEST(VectorSearch, FindsTheTailExactlyAndLeavesItOutWhenAsked) {
  Fixture fixture(15000, 96, Metric::kDot);
  HnswGraph graph({}, Metric::kDot, fixture.rows_);
  HnswScratch scratch;
  for (std::uint32_t i = 0; i < 14000; ++i) graph.insert(i, scratch);
  SearchRequest request = fixture.request(&graph);
  request.graphed_rows = 14000;
  std::vector<float> query(fixture.rows_.row(14500), fixture.rows_.row(14500) + 96);
  auto found = vector_search(request, PaddedQuery(query), {});
  EXPECT_EQ(found->front().offset, 14500U);
  request.indexed_only = true;
  found = vector_search(request, PaddedQuery(query), {});
  for (const auto& neighbour : *found) EXPECT_LT(neighbour.offset, 14000U);
}

TEST(VectorSearch, GivesTiesToTheSmallerOffset) {
  Fixture fixture(200, 16, Metric::kL2);
  for (const std::uint32_t twin : {7U, 90U, 150U}) {
    std::copy_n(fixture.rows_.row(3), 16, fixture.rows_.mutable_row(twin));
  }
  SearchRequest request = fixture.request(nullptr);
  request.limit = 3;
  const std::vector<float> query(fixture.rows_.row(3), fixture.rows_.row(3) + 16);
  const auto found = vector_search(request, PaddedQuery(query), {});
  EXPECT_EQ((*found)[0].offset, 3U);
  EXPECT_EQ((*found)[1].offset, 7U);
  EXPECT_EQ((*found)[2].offset, 90U);
}

TEST(VectorSearch, StopsAtItsDeadline) {
  Fixture fixture(5000, 16, Metric::kL2);
  observe::OpContext context;
  *context.stop_flag() = true;
  const auto found = vector_search(fixture.request(nullptr), PaddedQuery(fixture.query()), context);
  EXPECT_EQ(found.status().code(), StatusCode::kCancelled);
}

base::Bytes serialized(const HnswGraph& graph) {
  base::ByteWriter out;
  EXPECT_TRUE(graph.serialize([&](std::span<const std::byte> bytes) {
                     out.put_bytes(bytes);
                     return Status();
                   }).ok());
  return out.take();
}

TEST(HnswGraph, IsTheSameForTheSameRowsInTheSameOrder) {
  Fixture fixture(3000, 32, Metric::kL2);
  HnswGraph first({}, Metric::kL2, fixture.rows_), second({}, Metric::kL2, fixture.rows_);
  fixture.build(first);
  fixture.build(second);
  EXPECT_EQ(serialized(first), serialized(second));
}

TEST(HnswGraph, AnswersTheSameAfterItWasWrittenAndRead) {
  Fixture fixture(12000, 96, Metric::kDot);
  HnswGraph graph({}, Metric::kDot, fixture.rows_);
  fixture.build(graph);
  const auto bytes = serialized(graph);
  auto read = HnswGraph::deserialize(bytes, {}, Metric::kDot, fixture.rows_, 12000);
  ASSERT_TRUE(read.ok()) << read.status().to_string();
  HnswScratch scratch;
  for (int q = 0; q < 20; ++q) {
    const PaddedQuery query(fixture.query());
    const auto a = graph.search(query, 64, scratch, {}).value(), b = (*read)->search(query, 64, scratch, {}).value();
    ASSERT_EQ(a.size(), b.size());
    for (std::size_t i = 0; i < a.size(); ++i) EXPECT_EQ(a[i].offset, b[i].offset);
  }
  EXPECT_EQ(serialized(**read), bytes);
}

TEST(HnswGraph, RefusesBytesThatLeadNowhere) {
  Fixture fixture(500, 16, Metric::kL2);
  HnswGraph graph({}, Metric::kL2, fixture.rows_);
  fixture.build(graph);
  const auto bytes = serialized(graph);
  const auto status = [&](base::Bytes broken, std::uint32_t rows) {
    return HnswGraph::deserialize(broken, {}, Metric::kL2, fixture.rows_, rows).status().code();
  };
  EXPECT_EQ(status(bytes, 499), StatusCode::kDataLoss);
  for (std::size_t size = 0; size < bytes.size(); size += 97) {
    EXPECT_EQ(status(base::Bytes(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(size)), 500),
              StatusCode::kDataLoss);
  }
  auto wild = bytes;
  for (std::size_t i = 52; i < 60; ++i) wild[i] = std::byte{0xFF};
  EXPECT_EQ(status(wild, 500), StatusCode::kDataLoss);
}

TEST(HnswGraph, ManyEqualRowsDoNotCutTheOthersOff) {
  Fixture fixture(8000, 32, Metric::kL2);
  for (std::uint32_t i = 0; i < 8000; i += 4) {
    std::copy_n(fixture.rows_.row(0), 32, fixture.rows_.mutable_row(i));
  }
  HnswGraph graph({}, Metric::kL2, fixture.rows_);
  fixture.build(graph);
  SearchRequest request = fixture.request(&graph);
  ASSERT_EQ(choose_plan(request).kind, Plan::Kind::kWalk);
  EXPECT_GE(fixture.recall(request, 50), 0.95);
  const std::vector<float> twin(fixture.rows_.row(0), fixture.rows_.row(0) + 32);
  const auto found = vector_search(request, PaddedQuery(twin), {});
  ASSERT_TRUE(found.ok());
  EXPECT_EQ(found->size(), 10U);
  EXPECT_EQ(found->back().distance, 0.0F);
}

TEST(HnswGraph, LeavesDeadRowsOutButWalksThroughThem) {
  Fixture fixture(12000, 32, Metric::kDot);
  HnswGraph graph({}, Metric::kDot, fixture.rows_);
  fixture.build(graph);
  for (std::uint32_t i = 0; i < 12000; i += 3) fixture.live_.reset(i);
  SearchRequest request = fixture.request(&graph);
  ASSERT_NE(choose_plan(request).kind, Plan::Kind::kScan);
  EXPECT_GE(fixture.recall(request, 50), 0.95);
}

TEST(HnswGraph, SearchesWhileItGrows) {
  Fixture fixture(6000, 32, Metric::kL2);
  HnswGraph graph({}, Metric::kL2, fixture.rows_);
  std::atomic<bool> done = false;
  std::vector<std::thread> readers;
  for (int t = 0; t < 2; ++t) {
    const PaddedQuery query(fixture.query());
    readers.emplace_back([&graph, &done, query] {
      HnswScratch scratch;
      while (!done) {
        const auto found = graph.search(query, 32, scratch, {}).value();
        for (std::size_t i = 1; i < found.size(); ++i) EXPECT_LE(found[i - 1].distance, found[i].distance);
      }
    });
  }
  std::thread other([&] {
    HnswScratch scratch;
    for (std::uint32_t i = 1; i < 6000; i += 2) graph.insert(i, scratch);
  });
  HnswScratch scratch;
  for (std::uint32_t i = 0; i < 6000; i += 2) graph.insert(i, scratch);
  other.join();
  done = true;
  for (auto& reader : readers) reader.join();
  SearchRequest request = fixture.request(&graph);
  EXPECT_EQ(graph.node_count(), 6000U);
  EXPECT_GE(fixture.recall(request, 20), 0.95);
}

}  // namespace
}  // namespace alidade::index
