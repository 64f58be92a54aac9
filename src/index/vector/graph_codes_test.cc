// Graphs over codes: which ones are chosen, that answers are exact and complete, and that rows which do not fit
// the codes, or come by many threads, are found like others.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <random>

#include "base/bytes.h"
#include "index/vector/insert_rows.h"
#include "index/vector/vector_search.h"

namespace alidade::index {
namespace {

using kernels::Metric;

class CodedGraph : public testing::Test {
 protected:
  void fill(std::uint32_t count, std::uint32_t dim, Metric metric) {
    metric_ = metric;
    count_ = count;
    rows_ = std::make_unique<storage::VectorRows>(dim);
    rows_->ensure(count);
    live_ = base::Bitset(count, true);
    for (std::uint32_t i = 0; i < count; ++i) fill_row(rows_->mutable_row(i));
  }

  /// 60 clusters with a low dimension of their own, as embeddings have.
  void fill_row(float* row) {
    std::mt19937 centre(random_() % 60);
    std::normal_distribution<float> normal;
    const std::uint32_t dim = rows_->dim();
    float along[6];
    for (float& value : along) value = normal(random_);
    double square = 0;
    for (std::uint32_t k = 0; k < dim; ++k) {
      float value = normal(centre);
      for (const float a : along) value += 0.3F * a * normal(centre);
      row[k] = value + 0.1F * normal(random_);
      square += double{row[k]} * double{row[k]};
    }
    if (metric_ != Metric::kDot) return;
    for (std::uint32_t k = 0; k < dim; ++k) row[k] = static_cast<float>(row[k] / std::sqrt(square));
  }

  std::vector<float> query() {
    std::vector<float> values(rows_->stride());
    fill_row(values.data());
    values.resize(rows_->dim());
    return values;
  }

  std::unique_ptr<HnswGraph> build(GraphCodes codes, unsigned threads = 1) const {
    auto graph = std::make_unique<HnswGraph>(HnswParams{.m = 12, .ef_construction = 80}, metric_, *rows_, codes);
    std::vector<std::uint32_t> offsets(count_);
    for (std::uint32_t i = 0; i < count_; ++i) offsets[i] = i;
    // In slices, as the builder does it.
    for (std::uint32_t first = 0; first < count_; first += 500) {
      insert_rows(*graph, std::span(offsets).subspan(first, std::min(500U, count_ - first)), threads);
    }
    return graph;
  }

  SearchRequest request(const HnswGraph& graph) const {
    SearchRequest request;
    request.metric = metric_;
    request.rows = rows_.get();
    request.row_count = request.graphed_rows = count_;
    request.graph = &graph;
    request.live = request.present = &live_;
    request.live_count = count_;
    request.ef = 60;
    return request;
  }

  float exact(const PaddedQuery& query, std::uint32_t row) const {
    return kernels::active_kernels().distance[static_cast<std::size_t>(metric_)](query.data(), rows_->row(row),
                                                                                rows_->stride());
  }

  /// Share of the ten nearest that are found; checks that what is found is told exactly.
  double recall(const HnswGraph& graph, int queries) {
    std::size_t hit = 0;
    const SearchRequest asked = request(graph);
    EXPECT_EQ(choose_plan(asked).kind, Plan::Kind::kWalk);
    for (int q = 0; q < queries; ++q) {
      const PaddedQuery query(this->query());
      std::vector<Neighbour> truth;
      for (std::uint32_t i = 0; i < count_; ++i) truth.push_back({exact(query, i), i});
      std::partial_sort(truth.begin(), truth.begin() + 10, truth.end());
      const auto found = vector_search(asked, query, {});
      EXPECT_TRUE(found.ok() && found->size() == 10);
      for (std::size_t i = 0; i < found->size(); ++i) {
        const Neighbour& one = (*found)[i];
        EXPECT_EQ(one.distance, exact(query, one.offset));
        EXPECT_TRUE(i == 0 || (*found)[i - 1] < one);
        hit += !(truth[9] < one) ? 1 : 0;
      }
    }
    return static_cast<double>(hit) / (10.0 * queries);
  }

  std::mt19937 random_{77};
  Metric metric_ = Metric::kDot;
  std::uint32_t count_ = 0;
  std::unique_ptr<storage::VectorRows> rows_;
  base::Bitset live_;
};

TEST_F(CodedGraph, CodesAreChosenByDimensionAndMetric) {
  struct Expected {
    std::uint32_t dim;
    Metric metric;
    int bits;
  };
  for (const Expected& e : {Expected{32, Metric::kDot, 0}, Expected{96, Metric::kDot, 8}, Expected{96, Metric::kL2, 8},
                            Expected{96, Metric::kL1, 0}, Expected{384, Metric::kDot, 4}}) {
    fill(1200, e.dim, e.metric);
    const auto graph = build(GraphCodes::kAutomatic);
    const CodeRows* codes = graph->codes();
    EXPECT_EQ(codes == nullptr ? 0 : codes->grid().bits, e.bits) << e.dim;
    EXPECT_EQ(codes == nullptr ? 1200U : codes->row_count(), 1200U);
  }
}

TEST_F(CodedGraph, ACodeThatLosesTheNearestIsNotTaken) {
  fill(1500, 320, Metric::kL2);
  std::normal_distribution<float> normal;
  for (std::uint32_t i = 0; i < count_; ++i) {
    // One number that is the same for all and much larger than the rest takes the whole grid.
    for (std::uint32_t k = 0; k < 320; ++k) rows_->mutable_row(i)[k] = k % 40 == 0 ? 1000 : 0.1F * normal(random_);
  }
  const auto graph = build(GraphCodes::kAutomatic);
  EXPECT_EQ(graph->codes(), nullptr);
}

TEST_F(CodedGraph, AnswersAreExactAndNearlyComplete) {
  for (const Metric metric : {Metric::kDot, Metric::kL2}) {
    for (const auto& [dim, codes, bits] : {std::tuple{96U, GraphCodes::kEight, 8}, std::tuple{300U, GraphCodes::kFour, 4}}) {
      fill(6000, dim, metric);
      const auto graph = build(codes);
      ASSERT_NE(graph->codes(), nullptr);
      EXPECT_EQ(graph->codes()->grid().bits, bits);
      EXPECT_GE(recall(*graph, 40), 0.95) << bits << " bits, metric " << static_cast<int>(metric);
    }
  }
}

TEST_F(CodedGraph, RowsOfFreeLengthsAreFoundByTheirProduct) {
  fill(6000, 96, Metric::kDot);
  for (std::uint32_t i = 0; i < count_; ++i) {
    const float length = 0.5F + static_cast<float>(random_() % 100) / 100;
    for (std::uint32_t k = 0; k < 96; ++k) rows_->mutable_row(i)[k] *= length;
  }
  const auto graph = build(GraphCodes::kAutomatic);
  ASSERT_NE(graph->codes(), nullptr);
  EXPECT_GE(recall(*graph, 40), 0.9);
}

TEST_F(CodedGraph, RowsThatOutgrowTheGridGetAnother) {
  fill(6000, 96, Metric::kL2);
  for (std::uint32_t i = 0; i < 1500; ++i) {
    for (std::uint32_t k = 0; k < 96; ++k) rows_->mutable_row(i)[k] *= 0.02F;
  }
  HnswGraph graph({.m = 12, .ef_construction = 80}, metric_, *rows_);
  HnswScratch scratch;
  for (std::uint32_t i = 0; i < 1100; ++i) graph.insert(i, scratch);
  const CodeRows* first = graph.codes();
  ASSERT_NE(first, nullptr);
  for (std::uint32_t i = 1100; i < count_; ++i) graph.insert(i, scratch);
  ASSERT_NE(graph.codes(), first);
  EXPECT_GT(graph.codes()->grid().step, 10 * first->grid().step);
  EXPECT_EQ(graph.codes()->row_count(), count_);
  EXPECT_GE(recall(graph, 40), 0.95);
}

TEST_F(CodedGraph, HostileRowsAmongOthersLoseNobody) {
  using Limits = std::numeric_limits<float>;
  const float hostile[] = {Limits::quiet_NaN(), Limits::infinity(), -Limits::infinity(), Limits::max(), 1e25F, 0.0F};
  for (const Metric metric : {Metric::kDot, Metric::kL2}) {
    fill(5000, 64, metric);
    std::vector<std::vector<float>> queries;
    for (int q = 0; q < 20; ++q) queries.push_back(query());
    for (std::uint32_t i = 0; i < count_; i += 50) {
      const bool whole = i % 100 == 0;
      for (std::uint32_t k = 0; k < 64; ++k) {
        if (whole || k == i % 64) rows_->mutable_row(i)[k] = hostile[random_() % std::size(hostile)];
      }
    }
    const auto graph = build(GraphCodes::kAutomatic);
    HnswScratch scratch;
    for (auto& values : queries) {
      for (int hostility = 0; hostility < 2; ++hostility) {
        if (hostility == 1) values[random_() % 64] = hostile[random_() % std::size(hostile)];
        const PaddedQuery query(values);
        const auto walked = graph->search(query, 64, scratch, {});
        ASSERT_TRUE(walked.ok());
        ASSERT_EQ(walked->size(), 64U);
        for (std::size_t i = 0; i < walked->size(); ++i) {
          ASSERT_FALSE(std::isnan((*walked)[i].distance));
          EXPECT_TRUE(i == 0 || (*walked)[i - 1] < (*walked)[i]);
        }
      }
    }
  }
}

TEST_F(CodedGraph, AWalkFindsItsWayWhileCodesAreMade) {
  fill(1300, 64, Metric::kL2);
  HnswGraph graph({.m = 8, .ef_construction = 60}, metric_, *rows_);
  HnswScratch scratch, other;
  for (std::uint32_t next = 0; next < count_; ++next) {
    if (next < 1000) {
      graph.insert(next, scratch);
      continue;
    }
    const PaddedQuery query(std::span<const float>(rows_->row(next), 64));
    graph.insert_in_steps(next, scratch, [&] {
      const auto found = graph.search(query, 40, other, {});
      ASSERT_TRUE(found.ok());
      ASSERT_GE(found->size(), 40U) << "while row " << next << " is put in";
    });
  }
  EXPECT_NE(graph.codes(), nullptr);
}

TEST_F(CodedGraph, ManyThreadsLoseNoRow) {
  fill(6000, 96, Metric::kDot);
  const auto graph = build(GraphCodes::kAutomatic, 4);
  EXPECT_EQ(graph->node_count(), count_);
  EXPECT_GE(recall(*graph, 40), 0.95);
  HnswScratch scratch;
  std::size_t lost = 0;
  for (std::uint32_t row = 0; row < count_; row += 3) {
    const auto found = graph->search(PaddedQuery(std::span<const float>(rows_->row(row), 96)), 40, scratch, {});
    ASSERT_TRUE(found.ok());
    lost += found->front().offset == row ? 0 : 1;
  }
  EXPECT_LE(lost, 4U);
}

base::Bytes written(const HnswGraph& graph) {
  base::ByteWriter out;
  EXPECT_TRUE(graph.serialize([&](std::span<const std::byte> bytes) {
                     out.put_bytes(bytes);
                     return Status();
                   }).ok());
  return out.take();
}

TEST_F(CodedGraph, OneThreadGivesTheSameGraphInSlicesOrNot) {
  fill(3000, 96, Metric::kDot);
  HnswGraph other({.m = 12, .ef_construction = 80}, metric_, *rows_);
  HnswScratch scratch;
  for (std::uint32_t i = 0; i < count_; ++i) other.insert(i, scratch);
  EXPECT_EQ(written(*build(GraphCodes::kAutomatic)), written(other));
}

// Until now level 0 had 2m links; a list that is shorter than ours has room at its end.
TEST_F(CodedGraph, AFileWithTwoThirdsOfTheLinksOpens) {
  fill(3000, 96, Metric::kDot);
  const HnswParams params{.m = 16, .ef_construction = 80};
  HnswGraph graph(params, metric_, *rows_);
  HnswScratch scratch;
  for (std::uint32_t i = 0; i < count_; ++i) graph.insert(i, scratch);
  const base::Bytes bytes = written(graph);
  constexpr std::size_t kHeader = 48, kNow = 48, kThen = 32;
  std::uint32_t nodes = 0;
  std::memcpy(&nodes, bytes.data() + 24, 4);
  ASSERT_EQ(nodes, count_);
  base::Bytes old(bytes.begin(), bytes.begin() + kHeader);
  const auto degree = static_cast<std::uint32_t>(kThen);
  std::memcpy(old.data() + 12, &degree, 4);
  for (std::size_t i = 0; i < nodes; ++i) {
    const auto from = bytes.begin() + static_cast<std::ptrdiff_t>(kHeader + i * 4 * (1 + kNow));
    old.insert(old.end(), from, from + 4 * (1 + kThen));
  }
  old.insert(old.end(), bytes.begin() + static_cast<std::ptrdiff_t>(kHeader + nodes * 4 * (1 + kNow)), bytes.end());
  const auto read = HnswGraph::deserialize(old, params, metric_, *rows_, count_);
  ASSERT_TRUE(read.ok()) << read.status().to_string();
  EXPECT_NE((*read)->codes(), nullptr);
  EXPECT_GE(recall(**read, 40), 0.9);
  base::Bytes neither = old;
  neither[12] = std::byte{40};
  EXPECT_EQ(HnswGraph::deserialize(neither, params, metric_, *rows_, count_).status().code(), StatusCode::kDataLoss);
}

}  // namespace
}  // namespace alidade::index
