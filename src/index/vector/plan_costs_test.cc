#include "index/vector/plan_costs.h"

#include <gtest/gtest.h>

#include <cmath>
#include <random>

#include "index/vector/scan.h"
#include "index/vector/vector_search.h"

namespace alidade::index {
namespace {

/// Random unit rows in a graph, and a filter that every n-th passes.
class PlanCostsTest : public ::testing::Test {
 protected:
  static constexpr std::uint32_t kRows = 3000, kDim = 64;

  void SetUp() override {
    std::mt19937 random(3);
    rows_.ensure(kRows);
    for (std::uint32_t i = 0; i < kRows; ++i) {
      float square = 0;
      for (std::uint32_t k = 0; k < kDim; ++k) {
        rows_.mutable_row(i)[k] = static_cast<float>(random() % 2001) / 1000 - 1;
        square += rows_.row(i)[k] * rows_.row(i)[k];
      }
      for (std::uint32_t k = 0; k < kDim; ++k) rows_.mutable_row(i)[k] /= std::sqrt(square);
      graph_.insert(i, scratch_);
    }
  }
  SearchRequest every(std::uint32_t n, std::uint32_t ef = 40) {
    selected_ = base::Bitset(kRows);
    for (std::uint32_t i = 0; i < kRows; i += n) selected_.set(i);
    SearchRequest request;
    request.rows = &rows_;
    request.row_count = request.graphed_rows = kRows;
    request.graph = &graph_;
    request.live = request.present = &all_;
    request.live_count = kRows;
    request.selected = &selected_;
    request.selected_count = selected_.count();
    request.ef = ef;
    return request;
  }

  storage::VectorRows rows_{kDim};
  HnswGraph graph_{{}, kernels::Metric::kDot, rows_};
  HnswScratch scratch_;
  base::Bitset all_ = base::Bitset(kRows, true), selected_;
};

TEST_F(PlanCostsTest, FewerWantedRowsNeedMoreWalkAndLessScan) {
  const PlanCosts costs(&graph_, kDim, 10);
  for (double share = 1; share > 0.001; share /= 2) {
    EXPECT_GT(costs.walk_ef(40, share / 2), costs.walk_ef(40, share));
    EXPECT_GE(costs.two_hop_ef(40, share / 2), costs.two_hop_ef(40, share));
    EXPECT_GT(costs.scan(share * kRows), costs.scan(share * kRows / 2));
  }
  EXPECT_DOUBLE_EQ(costs.walk_ef(40, 1), 40) << "where all rows are wanted nothing is passed over";
  EXPECT_NEAR(costs.walk_ef(40, 0.1), 157, 0.01);
}

TEST_F(PlanCostsTest, ATwoHopWalkHasRoomForMoreThanIsWanted) {
  EXPECT_DOUBLE_EQ(PlanCosts(&graph_, kDim, 10).two_hop_ef(1, 1), 20);
  EXPECT_DOUBLE_EQ(PlanCosts(&graph_, kDim, 100).two_hop_ef(1, 1), 200);
}

TEST_F(PlanCostsTest, FewWantedRowsAreScannedAndManyWalked) {
  EXPECT_EQ(choose_plan(every(200)).kind, Plan::Kind::kScan);
  EXPECT_EQ(choose_plan(every(1)).kind, Plan::Kind::kWalk);
  EXPECT_EQ(choose_plan(every(1)).ef, 40U);
}

TEST_F(PlanCostsTest, WithoutAGraphOnlyScansHaveACost) {
  const PlanCosts costs(nullptr, kDim, 10);
  EXPECT_GT(costs.scan(1000), costs.scan(10));
  EXPECT_GT(costs.scan(10), 0);
}

TEST_F(PlanCostsTest, AFixedPlanIsKeptTo) {
  const PaddedQuery query({rows_.row(7), kDim});
  const SearchRequest request = every(100);
  const auto scanned = search_by_plan(request, {.kind = Plan::Kind::kScan, .wanted_rows = 30}, query, {});
  EXPECT_EQ(scanned->size(), 10U);
  // A walk that keeps ten nodes finds few of which one in a hundred is wanted, and nothing follows it.
  const auto walked = search_by_plan(request, {.kind = Plan::Kind::kWalk, .ef = 10, .wanted_rows = 30, .is_fixed = true}, query, {});
  EXPECT_LT(walked->size(), 10U);
  EXPECT_EQ(vector_search(request, query, {})->size(), 10U);
}

TEST_F(PlanCostsTest, AWalkThatLooksAroundFindsNoLessThanOneWithTheSameEf) {
  std::size_t looked = 0, fixed = 0;
  const SearchRequest request = every(3, 64);
  for (std::uint32_t q = 1; q < 300; q += 3) {  // Rows that do not pass themselves.
    const PaddedQuery query({rows_.row(q), kDim});
    NearestHeap nearest(10);
    scan(rows_, kernels::Metric::kDot, query, 0, kRows, &selected_, all_, nearest, {}).ignore();
    const auto truth = nearest.take_sorted();
    const auto count = [&](const Plan& plan) {
      std::size_t right = 0;
      const auto found = search_by_plan(request, plan, query, {});
      for (const Neighbour& one : *found) right += one.distance <= truth.back().distance ? 1 : 0;
      return right;
    };
    const std::uint32_t ef = 64 + 26;
    looked += count({.kind = Plan::Kind::kWalk, .ef = ef, .wanted_rows = selected_.count()});
    fixed += count({.kind = Plan::Kind::kWalk, .ef = ef, .wanted_rows = selected_.count(), .is_fixed = true});
  }
  EXPECT_GE(looked, 950U) << "of 1000";
  EXPECT_GE(looked + 15, fixed);
}

}  // namespace
}  // namespace alidade::index
