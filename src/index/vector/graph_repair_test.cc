// Graphs whose rows die and come back at other places: what walks find after new rows were linked beside dead ones, and
// after the dead ones were taken out of the lists.
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <cmath>
#include <memory>
#include <random>
#include <set>
#include <thread>

#include "index/vector/insert_rows.h"
#include "index/vector/vector_search.h"

namespace alidade::index {
namespace {

constexpr std::uint32_t kRepairDim = 24, kRepairRows = 3000, kRepairClusters = 30;

class GraphRepairTest : public testing::TestWithParam<GraphCodes> {
 protected:
  GraphRepairTest() : rows_(kRepairDim), live_(kPlaces, false) {
    rows_.ensure(kPlaces);
    graph_ = std::make_unique<HnswGraph>(HnswParams{.m = 12, .ef_construction = 80}, kernels::Metric::kDot, rows_, GetParam());
    for (std::uint32_t i = 0; i < kRepairRows; ++i) put(i % kRepairClusters);
  }

  void fill(float* row, std::uint32_t cluster) {
    std::mt19937 centre(cluster);
    std::normal_distribution<float> wide, narrow;
    double square = 0;
    for (std::uint32_t k = 0; k < kRepairDim; ++k) {
      row[k] = wide(centre) + narrow(random_);
      square += double{row[k]} * double{row[k]};
    }
    for (std::uint32_t k = 0; k < kRepairDim; ++k) row[k] = static_cast<float>(row[k] / std::sqrt(square));
  }

  /// A new row, linked as the builder links it.
  void put(std::uint32_t cluster) {
    const std::uint32_t place = next_++;
    fill(rows_.mutable_row(place), cluster);
    cluster_of_.push_back(cluster);
    live_.set(place);
    ++live_count_;
    graph_->insert(place, scratch_, alive());
  }
  void kill(std::uint32_t place) {
    if (!live_.test(place)) return;
    live_.reset(place);
    --live_count_;
  }
  /// Deletes every live row once, in a random order, and puts in another of its cluster for each.
  void turn_over(double repair_share) {
    std::vector<std::uint32_t> order;
    live_.for_each([&](std::size_t i) { order.push_back(static_cast<std::uint32_t>(i)); });
    std::shuffle(order.begin(), order.end(), random_);
    for (const std::uint32_t place : order) {
      kill(place);
      put(cluster_of_[place]);
      const double dead = next_ - live_count_ - graph_->unlinked_count();
      if (dead >= repair_share * live_count_) repair();
    }
  }

  LiveRows alive() const { return {&live_, live_count_}; }
  void repair(unsigned threads = 1) {
    for (std::uint32_t first = 0; first < next_; first += 500) {
      repair_rows(*graph_, first, std::min(next_, first + 500), threads, alive());
    }
    graph_->set_unlinked(next_ - live_count_);
  }

  std::vector<float> query(std::uint32_t cluster) {
    std::vector<float> values(rows_.stride());
    fill(values.data(), cluster);
    values.resize(kRepairDim);
    return values;
  }
  /// What a plain walk finds, dead rows among it.
  std::vector<Neighbour> walked(const std::vector<float>& query, std::uint32_t ef) {
    auto found = graph_->search(PaddedQuery(query), ef, scratch_, {});
    EXPECT_TRUE(found.ok());
    return *found;
  }
  double recall(const HnswGraph& graph, std::uint32_t ef) {
    std::mt19937 same(3);
    int found = 0, wanted = 0;
    for (int q = 0; q < 60; ++q) {
      const std::vector<float> values = query(static_cast<std::uint32_t>(same() % kRepairClusters));
      SearchRequest request;
      request.rows = &rows_;
      request.row_count = request.graphed_rows = next_;
      request.graph = &graph;
      request.live = request.present = &live_;
      request.live_count = live_count_;
      request.ef = ef;
      const PaddedQuery padded(values);
      Plan plan;
      plan.kind = Plan::Kind::kWalk;
      plan.wanted_rows = live_count_;
      plan.ef = ef;
      plan.is_fixed = true;
      const auto near = search_by_plan(request, plan, padded, {});
      request.exact = true;
      const auto truth = vector_search(request, padded, {});
      EXPECT_TRUE(near.ok() && truth.ok());
      std::set<std::uint32_t> right;
      for (const Neighbour& one : *truth) right.insert(one.offset);
      for (const Neighbour& one : *near) found += right.contains(one.offset) ? 1 : 0;
      wanted += static_cast<int>(right.size());
    }
    return static_cast<double>(found) / wanted;
  }

  static constexpr std::uint32_t kPlaces = 4 * kRepairRows;
  std::mt19937 random_{11};
  storage::VectorRows rows_;
  base::Bitset live_;
  std::uint32_t live_count_ = 0;
  std::uint32_t next_ = 0;
  std::vector<std::uint32_t> cluster_of_;
  HnswScratch scratch_;
  std::unique_ptr<HnswGraph> graph_;
};

TEST_P(GraphRepairTest, ARepairedGraphLeadsToNoDeadRow) {
  for (std::uint32_t i = 0; i < next_; ++i) {
    if (random_() % 3 == 0) kill(i);
  }
  // Walks still find dead rows, and fewer live ones for them.
  const auto count_dead = [&](const std::vector<Neighbour>& found) {
    return std::count_if(found.begin(), found.end(), [&](const Neighbour& one) { return !live_.test(one.offset); });
  };
  EXPECT_GT(count_dead(walked(query(5), 100)), 10);
  repair();
  for (std::uint32_t cluster = 0; cluster < kRepairClusters; ++cluster) {
    const auto found = walked(query(cluster), 100);
    // At most the node at which the walk came down from the upper levels.
    EXPECT_LE(count_dead(found), 1) << cluster;
    EXPECT_GE(found.size(), 99U) << cluster;
  }
  EXPECT_EQ(graph_->linked_count(), live_count_);
}

TEST_P(GraphRepairTest, RecallStaysWhenAllRowsAreReplaced) {
  const double before = recall(*graph_, 40);
  for (int turn = 0; turn < 2; ++turn) turn_over(0.2);
  HnswGraph fresh(graph_->params(), kernels::Metric::kDot, rows_, GetParam());
  live_.for_each([&](std::size_t i) { fresh.insert(static_cast<std::uint32_t>(i), scratch_); });
  const double after = recall(*graph_, 40), rebuilt = recall(fresh, 40);
  EXPECT_GT(before, 0.9);
  EXPECT_GT(after, rebuilt - 0.02) << "before " << before;
}

// All rows around a query die: what lies behind them must still be found.
TEST_P(GraphRepairTest, WholeNeighbourhoodsMayDie) {
  for (std::uint32_t i = 0; i < next_; ++i) {
    if (cluster_of_[i] % 3 != 0) kill(i);
  }
  repair();
  EXPECT_GT(recall(*graph_, 60), 0.9);
  for (std::uint32_t cluster = 0; cluster < kRepairClusters; ++cluster) EXPECT_GE(walked(query(cluster), 50).size(), 49U) << cluster;
}

TEST_P(GraphRepairTest, AllRowsMayDieAndComeBack) {
  for (std::uint32_t i = 0; i < next_; ++i) kill(i);
  repair();
  graph_->set_unlinked(0);  // Their lists are as they were.
  for (std::uint32_t i = 0; i < 500; ++i) put(i % kRepairClusters);
  repair();
  EXPECT_GT(recall(*graph_, 60), 0.9);
  // The only row that lives is found from wherever the walk begins.
  for (std::uint32_t i = 0; i + 1 < next_; ++i) kill(i);
  repair();
  const auto found = walked(query(1), next_);
  EXPECT_TRUE(std::any_of(found.begin(), found.end(), [&](const Neighbour& one) { return one.offset == next_ - 1; }));
}

TEST_P(GraphRepairTest, ManyThreadsRepairAsWellAsOneBesideReaders) {
  for (std::uint32_t i = 0; i < next_; ++i) {
    if (random_() % 2 == 0) kill(i);
  }
  std::atomic<bool> done = false;
  std::thread reader([&] {
    HnswScratch scratch;
    const std::vector<float> values(kRepairDim, 0.2F);
    while (!done) {
      const auto found = graph_->search(PaddedQuery(values), 40, scratch, {});
      ASSERT_TRUE(found.ok());
      // Lists change under a walk, but it never loses its way.
      EXPECT_GE(found->size(), 20U);
    }
  });
  repair(3);
  done = true;
  reader.join();
  EXPECT_GT(recall(*graph_, 60), 0.9);
}

TEST_P(GraphRepairTest, WhatIsRepairedTwiceStaysAsItIs) {
  for (std::uint32_t i = 0; i < next_; i += 3) kill(i);
  repair();
  const auto bytes = [&] {
    std::vector<std::byte> out;
    EXPECT_TRUE(graph_->serialize([&](std::span<const std::byte> part) {
      out.insert(out.end(), part.begin(), part.end());
      return Status();
    }).ok());
    return out;
  };
  const auto once = bytes();
  repair();
  EXPECT_EQ(bytes(), once);
}

INSTANTIATE_TEST_SUITE_P(Spaces, GraphRepairTest, testing::Values(GraphCodes::kNone, GraphCodes::kEight, GraphCodes::kFour),
                         [](const auto& one) {
                           return one.param == GraphCodes::kNone ? "f32" : one.param == GraphCodes::kEight ? "eight" : "four";
                         });

}  // namespace
}  // namespace alidade::index
