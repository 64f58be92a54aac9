// What a search finds while the graph is being built beside it: insert_in_steps() stops wherever
// another thread could look, so every state in between is seen, the same ones in every run.
#include <gtest/gtest.h>

#include <algorithm>
#include <barrier>
#include <random>
#include <thread>

#include "base/bytes.h"
#include "index/vector/scan.h"
#include "index/vector/vector_search.h"

namespace alidade::index {
namespace {

constexpr std::uint32_t kRows = 4000;
constexpr std::uint32_t kDim = 16;
constexpr std::size_t kLimit = 10;

class GraphGrowth : public testing::Test {
 protected:
  GraphGrowth() : rows_(kDim), live_(kRows, true), graph_({.m = 8, .ef_construction = 60}, kernels::Metric::kL2, rows_) {
    rows_.ensure(kRows);
    std::normal_distribution<float> normal;
    for (std::uint32_t i = 0; i < kRows; ++i) {
      for (std::uint32_t k = 0; k < kDim; ++k) rows_.mutable_row(i)[k] = normal(random_);
    }
  }

  /// Rows below `graphed` are in the graph for good; the rest up to `rows` is the tail.
  SearchRequest request(std::uint32_t graphed, std::uint32_t rows) const {
    SearchRequest request;
    request.metric = kernels::Metric::kL2;
    request.rows = &rows_;
    request.row_count = rows;
    request.graph = &graph_;
    request.graphed_rows = graphed;
    request.live = &live_;
    request.live_count = rows;
    request.present = &live_;
    request.limit = kLimit;
    request.ef = 40;
    return request;
  }

  /// How many of the true nearest rows below `rows` a search finds.
  std::size_t hits(const std::vector<float>& query, std::uint32_t graphed, std::uint32_t rows) const {
    std::vector<Neighbour> truth;
    for (std::uint32_t i = 0; i < rows; ++i) {
      float d = 0;
      for (std::uint32_t k = 0; k < kDim; ++k) d += (query[k] - rows_.row(i)[k]) * (query[k] - rows_.row(i)[k]);
      truth.push_back({d, i});
    }
    std::nth_element(truth.begin(), truth.begin() + kLimit, truth.end());
    const auto found = vector_search(request(graphed, rows), PaddedQuery(query), {});
    EXPECT_TRUE(found.ok());
    std::size_t hit = 0;
    for (const Neighbour& neighbour : *found) {
      hit += std::any_of(truth.begin(), truth.begin() + kLimit,
                         [&](const Neighbour& one) { return one.offset == neighbour.offset; });
    }
    return hit;
  }

  std::mt19937 random_{20261201};
  storage::VectorRows rows_;
  base::Bitset live_;
  HnswGraph graph_;
};

TEST_F(GraphGrowth, ASearchFindsWhatIsThereAtEveryStepOfAnInsertion) {
  constexpr std::uint32_t kBuilt = 3900, kTail = 50;
  HnswScratch scratch;
  for (std::uint32_t i = 0; i < kBuilt; ++i) graph_.insert(i, scratch);
  ASSERT_EQ(choose_plan(request(kBuilt, kBuilt + kTail)).kind, Plan::Kind::kWalk);
  std::size_t hit = 0, total = 0, worst = kLimit;
  // The tail stays as long as the limit and more: it must not hide that the graph gave nothing.
  for (std::uint32_t next = kBuilt; next < kBuilt + kTail; ++next) {
    std::vector<float> query(rows_.row(next), rows_.row(next) + kDim);
    query[0] += 0.01F;
    graph_.insert_in_steps(next, scratch, [&] {
      const std::size_t found = hits(query, kBuilt, kBuilt + kTail);
      hit += found;
      total += kLimit;
      worst = std::min(worst, found);
    });
  }
  ASSERT_GT(total, 5000U);
  EXPECT_GE(static_cast<double>(hit), 0.95 * static_cast<double>(total));
  EXPECT_GE(worst, 5U);
}

// Nothing mends the walk here: it must find its way at every step by itself.
TEST_F(GraphGrowth, TheWalkAloneFindsWhatIsThereAtEveryStepOfAnInsertion) {
  constexpr std::uint32_t kEf = 40;
  HnswScratch scratch, other;
  std::size_t looks = 0;
  for (std::uint32_t next = 0; next < 1500; ++next) {
    const PaddedQuery query(std::span<const float>(rows_.row(next), kDim));
    graph_.insert_in_steps(next, scratch, [&] {
      const auto found = graph_.search(query, kEf, other, {});
      ASSERT_TRUE(found.ok());
      ASSERT_GE(found->size(), std::min(next, kEf)) << "while row " << next << " is put in";
      ++looks;
    });
  }
  EXPECT_GT(looks, 10000U);
}

TEST_F(GraphGrowth, TheTailDoesNotMakeUpForAWalkThatFoundTooLittle) {
  // A graph whose entry was cut off from the rest: here, one of which only the first row is in.
  HnswScratch scratch;
  graph_.insert(0, scratch);
  for (std::uint32_t i = 1; i < kRows; ++i) graph_.reserve(i + 1);
  SearchRequest asked = request(3000, 3100);
  base::Bitset selected(3100, true);
  asked.selected = &selected;
  asked.selected_count = 3100;
  const std::vector<float> query(rows_.row(17), rows_.row(17) + kDim);
  const auto found = vector_search(asked, PaddedQuery(query), {});
  ASSERT_TRUE(found.ok());
  ASSERT_EQ(found->size(), kLimit);
  EXPECT_EQ(found->front().offset, 17U);
}

// Rows that are being built in fill the walk's front, and may not be in this answer.
TEST_F(GraphGrowth, AnAnswerWithoutTheTailIsInFullWhileTheTailIsBuiltIn) {
  constexpr std::uint32_t kBuilt = 3900;
  HnswScratch scratch;
  const std::vector<float> query(rows_.row(7), rows_.row(7) + kDim);
  for (std::uint32_t i = kBuilt; i < kRows; ++i) {
    std::copy_n(query.data(), kDim, rows_.mutable_row(i));
    rows_.mutable_row(i)[i % kDim] += 0.001F * static_cast<float>(i - kBuilt);
  }
  for (std::uint32_t i = 0; i < kRows; ++i) graph_.insert(i, scratch);
  SearchRequest asked = request(kBuilt, kRows);
  asked.indexed_only = true;
  ASSERT_EQ(choose_plan(asked).kind, Plan::Kind::kWalk);
  const auto found = vector_search(asked, PaddedQuery(query), {});
  ASSERT_TRUE(found.ok());
  ASSERT_EQ(found->size(), kLimit);
  EXPECT_EQ(found->front().offset, 7U);
  for (const Neighbour& neighbour : *found) EXPECT_LT(neighbour.offset, kBuilt);
}

TEST_F(GraphGrowth, FirstNodesOfManyThreadsAreAllFound) {
  constexpr std::uint32_t kThreads = 4;
  for (std::uint32_t round = 0; round < 100; ++round) {
    HnswGraph graph({.m = 8, .ef_construction = 60}, kernels::Metric::kL2, rows_);
    graph.reserve(kThreads);
    std::barrier start(kThreads);
    std::vector<std::thread> builders;
    for (std::uint32_t t = 0; t < kThreads; ++t) {
      builders.emplace_back([&graph, &start, t] {
        HnswScratch scratch;
        start.arrive_and_wait();
        graph.insert(t, scratch);
      });
    }
    for (auto& builder : builders) builder.join();
    HnswScratch scratch;
    const auto found = graph.search(PaddedQuery(std::span<const float>(rows_.row(1), kDim)), 20, scratch, {});
    ASSERT_TRUE(found.ok());
    ASSERT_EQ(found->size(), kThreads) << round;
  }
}

// A file may name a level for the entry that it does not have.
TEST_F(GraphGrowth, AnEmptyGraphThatWasReadTakesItsFirstNodes) {
  base::Bytes bytes;
  const Status written = graph_.serialize([&](std::span<const std::byte> part) {
    bytes.insert(bytes.end(), part.begin(), part.end());
    return Status();
  });
  ASSERT_TRUE(written.ok());
  bytes[bytes.size() - 8] = std::byte{3};  // Level of the entry, before four reserved bytes.
  const auto graph = HnswGraph::deserialize(bytes, {.m = 8, .ef_construction = 60}, kernels::Metric::kL2, rows_, 0);
  ASSERT_TRUE(graph.ok()) << graph.status().to_string();
  HnswScratch scratch;
  for (std::uint32_t i = 0; i < 30; ++i) (*graph)->insert(i, scratch);
  const auto found = (*graph)->search(PaddedQuery(std::span<const float>(rows_.row(1), kDim)), 40, scratch, {});
  ASSERT_TRUE(found.ok());
  EXPECT_EQ(found->size(), 30U);
}

TEST_F(GraphGrowth, OfTwoFirstNodesNoneIsLost) {
  for (std::uint32_t first = 0; first < 200; first += 2) {
    HnswGraph graph({.m = 8, .ef_construction = 60}, kernels::Metric::kL2, rows_);
    HnswScratch scratch, other;
    // The second insertion runs between the first one's look at the empty graph and its claim.
    graph.insert_in_steps(first, scratch, [&] {
      if (graph.node_count() == 1) graph.insert(first + 1, other);
    });
    for (std::uint32_t i = 200; i < 220; ++i) graph.insert(i, scratch);
    for (const std::uint32_t row : {first, first + 1}) {
      const std::vector<float> query(rows_.row(row), rows_.row(row) + kDim);
      const auto found = graph.search(PaddedQuery(query), 30, scratch, {});
      ASSERT_TRUE(found.ok());
      EXPECT_EQ(found->size(), 22U);
      EXPECT_EQ(found->front().offset, row);
    }
  }
}

// The walk with heaps takes over above an ef; the two must agree where they meet.
TEST_F(GraphGrowth, ALargeEfFindsInOrderWhatASmallerOneFinds) {
  HnswScratch scratch;
  for (std::uint32_t i = 0; i < kRows; ++i) {
    if (i % 5 == 0) std::copy_n(rows_.row(i / 50), kDim, rows_.mutable_row(i));  // Ties.
    graph_.insert(i, scratch);
  }
  for (std::uint32_t q = 0; q < 20; ++q) {
    const PaddedQuery query(std::span<const float>(rows_.row(q * 7 + 1), kDim));
    const auto pool = graph_.search(query, 2048, scratch, {});
    const auto heaps = graph_.search(query, 2049, scratch, {});
    ASSERT_TRUE(pool.ok() && heaps.ok());
    ASSERT_EQ(pool->size(), 2048U);
    ASSERT_EQ(heaps->size(), 2049U);
    for (std::size_t i = 0; i < 1500; ++i) EXPECT_EQ((*pool)[i].distance, (*heaps)[i].distance) << i;
    for (std::size_t i = 1; i < heaps->size(); ++i) EXPECT_LE((*heaps)[i - 1].distance, (*heaps)[i].distance);
    const auto all = graph_.search(query, 0xFFFFFFFF, scratch, {});
    ASSERT_TRUE(all.ok());
    EXPECT_EQ(all->size(), graph_.search(query, kRows, scratch, {})->size());
    EXPECT_GT(all->size(), heaps->size());
  }
}

TEST_F(GraphGrowth, AWalkEndsWhenNobodyWaitsForItAnyMore) {
  HnswScratch scratch;
  for (std::uint32_t i = 0; i < kRows; ++i) graph_.insert(i, scratch);
  observe::OpContext context;
  *context.stop_flag() = true;
  const PaddedQuery query(std::span<const float>(rows_.row(5), kDim));
  base::Bitset allowed(kRows);
  for (std::uint32_t i = 0; i < kRows; i += 3) allowed.set(i);
  // Also a scan that begins amid the rows, as that of a tail does.
  NearestHeap nearest(kLimit);
  EXPECT_EQ(scan(rows_, kernels::Metric::kL2, query, 3000, 3100, nullptr, live_, nearest, context).code(),
            StatusCode::kCancelled);
  for (const std::uint32_t ef : {200U, 3000U}) {
    EXPECT_EQ(graph_.search(query, ef, scratch, context).status().code(), StatusCode::kCancelled);
    EXPECT_EQ(graph_.search_two_hop(query, ef, allowed, scratch, context).status().code(), StatusCode::kCancelled);
  }
}

TEST_F(GraphGrowth, LimitsBeyondAllNumbersAskForAllRows) {
  HnswScratch scratch;
  for (std::uint32_t i = 0; i < kRows; ++i) graph_.insert(i, scratch);
  const PaddedQuery query(std::span<const float>(rows_.row(5), kDim));
  for (const std::size_t limit : {std::size_t{1} << 32, std::size_t{1} << 63, ~std::size_t{0}}) {
    SearchRequest asked = request(kRows, kRows);
    asked.limit = limit;
    asked.ef = 0xFFFFFFFF;
    EXPECT_EQ(choose_plan(asked).kind, Plan::Kind::kScan);
    const auto found = vector_search(asked, query, {});
    ASSERT_TRUE(found.ok());
    EXPECT_EQ(found->size(), kRows);
  }
  SearchRequest asked = request(kRows, kRows);
  asked.ef = 60;
  asked.limit = 60;
  EXPECT_LE(choose_plan(asked).ef, kRows);
}

}  // namespace
}  // namespace alidade::index
