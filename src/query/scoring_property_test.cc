// Every kind of query against the formula of its score, row by row, and over several shards against one.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <map>
#include <random>

#include "query/plan.h"
#include "query/run.h"
#include "query/testing/points.h"

namespace alidade::query {
namespace {

using model::Distance;
using model::PointId;
using testing::Points;
using Vector = std::vector<float>;

constexpr std::uint32_t kDim = 5;
constexpr std::uint64_t kPoints = 700;  // Some blocks of rows.

double similarity(Distance distance, const Vector& a, const Vector& b) {
  double dot = 0, squares = 0, gaps = 0, length_a = 0, length_b = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    const double x = double{a[i]}, y = double{b[i]};
    dot += x * y;
    squares += (x - y) * (x - y);
    gaps += std::abs(x - y);
    length_a += x * x;
    length_b += y * y;
  }
  switch (distance) {
    case Distance::kCosine: return dot / std::sqrt(length_a * length_b);
    case Distance::kDot: return dot;
    case Distance::kEuclid: return -squares;
    case Distance::kManhattan: return -gaps;
  }
  return 0;
}

class Scoring : public ::testing::TestWithParam<Distance> {
 protected:
  Scoring() : all_(kDim, GetParam()) {
    for (int i = 0; i < 3; ++i) shards_.push_back(std::make_unique<Points>(kDim, GetParam()));
    for (std::uint64_t id = 0; id < kPoints; ++id) {
      Vector vector = id % 10 == 9 ? Vector() : random_vector();
      const std::string payload = R"({"n":)" + std::to_string(id % 7) + "}";
      all_.add(id, vector, payload);
      shards_[random_() % 3]->add(id, vector, payload);
      if (!vector.empty()) vectors_[id] = std::move(vector);
    }
  }

  Vector random_vector() {
    Vector vector(kDim);
    for (float& value : vector) value = std::normal_distribution<float>()(random_);
    return vector;
  }
  SharedVector shared() { return share(random_vector()); }

  Hits run(const ResolvedQuery& query, Views views) const {
    const auto made = plan(query, schema_of(*views.front(), 0), 17);
    EXPECT_TRUE(made.ok()) << made.status().to_string();
    auto hits = query::run(*made, views, {});
    EXPECT_TRUE(hits.ok()) << hits.status().to_string();
    return std::move(hits).value();
  }

  std::vector<std::pair<std::uint64_t, float>> shown(const Hits& hits, Views views) const {
    std::vector<std::pair<std::uint64_t, float>> out;
    for (const Hit& hit : hits.points) out.emplace_back(views[hit.shard]->id(hit.offset).number(), hit.score);
    return out;
  }

  /// The answer of one segment; several shards give the same.
  std::vector<std::pair<std::uint64_t, float>> answer(const ResolvedQuery& query) const {
    const segment::Segment* const one[] = {&all_.segment()};
    const segment::Segment* const three[] = {&shards_[0]->segment(), &shards_[1]->segment(), &shards_[2]->segment()};
    auto single = shown(run(query, one), one);
    const auto merged = shown(run(query, three), three);
    EXPECT_EQ(single.size(), merged.size());
    for (std::size_t i = 0; i < std::min(single.size(), merged.size()); ++i) {
      EXPECT_FLOAT_EQ(single[i].second, merged[i].second) << i;
    }
    return single;
  }

  /// Holds the best by the formula against the answer.
  void expect_best(ResolvedKind kind, const std::function<double(const Vector&)>& score) {
    ResolvedQuery query;
    query.kind = std::move(kind);
    query.limit = 40;
    std::vector<std::pair<double, std::uint64_t>> expected;
    for (const auto& [id, vector] : vectors_) expected.emplace_back(-score(vector), id);
    std::sort(expected.begin(), expected.end());
    const auto found = answer(query);
    ASSERT_EQ(found.size(), 40U);
    for (std::size_t i = 0; i < found.size(); ++i) {
      EXPECT_NEAR(double{found[i].second}, -expected[i].first, 1e-4 * (1 + std::abs(expected[i].first))) << i;
      EXPECT_NEAR(score(vectors_.at(found[i].first)), -expected[i].first, 1e-4 * (1 + std::abs(expected[i].first))) << i;
    }
  }

  double like(const SharedVector& a, const Vector& b) const { return similarity(GetParam(), std::get<Vector>(*a), b); }

  std::mt19937_64 random_{7};
  Points all_;
  std::vector<std::unique_ptr<Points>> shards_;
  std::map<std::uint64_t, Vector> vectors_;
};

double sigmoid(double x) { return x / (1 + std::abs(x)); }

TEST_P(Scoring, OfNearestIsTheSimilarity) {
  const Vector target = random_vector();
  expect_best(Nearest{share(target)}, [&](const Vector& v) { return similarity(GetParam(), target, v); });
}

TEST_P(Scoring, OfTheBestScoreIsTheClosestExamples) {
  const BestScore kind{{shared(), shared()}, {shared(), shared(), shared()}};
  expect_best(kind, [&](const Vector& v) {
    double good = -INFINITY, bad = -INFINITY;
    for (const auto& one : kind.positive) good = std::max(good, like(one, v));
    for (const auto& one : kind.negative) bad = std::max(bad, like(one, v));
    return good > bad ? 0.5 * (sigmoid(good) + 1) : -0.5 * (sigmoid(bad) + 1);
  });
}

TEST_P(Scoring, OfSumsIsWhatTheExamplesAddUpTo) {
  const SumScores kind{{shared(), shared()}, {shared()}};
  expect_best(kind, [&](const Vector& v) {
    return like(kind.positive[0], v) + like(kind.positive[1], v) - like(kind.negative[0], v);
  });
}

TEST_P(Scoring, OfDiscoveryIsTheZoneAndTheTarget) {
  const Discover kind{shared(), {{shared(), shared()}, {shared(), shared()}}};
  expect_best(kind, [&](const Vector& v) {
    double rank = 0;
    for (const auto& pair : kind.context) rank += like(pair.positive, v) > like(pair.negative, v) ? 1 : -1;
    return rank + 0.5 * (sigmoid(like(kind.target, v)) + 1);
  });
}

TEST_P(Scoring, OfAContextIsWhatItsPairsLose) {
  const Context kind{{{shared(), shared()}, {shared(), shared()}, {shared(), shared()}, {shared(), shared()}}};
  expect_best(kind, [&](const Vector& v) {
    double loss = 0;
    for (const auto& pair : kind.pairs) loss += sigmoid(std::min(like(pair.positive, v) - like(pair.negative, v), 0.0));
    return loss;
  });
}

TEST_P(Scoring, OfFeedbackIsTheSumOverJudgedPairs) {
  const Feedback kind{shared(), {{shared(), 0.9F}, {shared(), 0.1F}, {shared(), 0.4F}, {shared(), 0.4F}}, 0.7F, 1.5F, 0.3F};
  expect_best(kind, [&](const Vector& v) {
    double sum = double{kind.a} * like(kind.target, v);
    for (const auto& better : kind.items) {
      for (const auto& worse : kind.items) {
        const double gap = double{better.score} - double{worse.score};
        if (gap > 0) sum += std::pow(gap, double{kind.b}) * double{kind.c} * (like(better.example, v) - like(worse.example, v));
      }
    }
    return sum;
  });
}

TEST_P(Scoring, OfMmrTakesTheMostWorthwhileNext) {
  const Vector target = random_vector();
  ResolvedQuery query;
  query.kind = Nearest{share(target), model::Mmr{0.4F, 30}};
  query.limit = 12;
  std::vector<std::pair<double, std::uint64_t>> candidates;
  for (const auto& [id, vector] : vectors_) candidates.emplace_back(-similarity(GetParam(), target, vector), id);
  std::sort(candidates.begin(), candidates.end());
  candidates.resize(30);
  std::vector<std::uint64_t> taken;
  while (taken.size() < 12) {
    auto best = candidates.begin();
    double most = -INFINITY;
    for (auto at = candidates.begin(); at != candidates.end(); ++at) {
      double closest = -INFINITY;
      for (const auto id : taken) closest = std::max(closest, similarity(GetParam(), vectors_[id], vectors_[at->second]));
      const double worth = taken.empty() ? -at->first : 0.6 * -at->first - 0.4 * closest;
      if (worth > most) most = worth, best = at;
    }
    taken.push_back(best->second);
    candidates.erase(best);
  }
  std::vector<std::uint64_t> found;
  for (const auto& [id, score] : answer(query)) found.push_back(id);
  EXPECT_EQ(found, taken);
}

TEST_P(Scoring, LooksAtCandidatesOnlyAndUnderTheFiltersAbove) {
  ResolvedQuery query;
  query.kind = SumScores{{shared()}, {}};
  query.limit = 100;
  query.filter.emplace().must.emplace_back(
      model::FieldCondition{*model::JsonPath::parse("n"), {model::MatchValue{std::int64_t{3}}}});
  query.excluded = {PointId::from_number(3), PointId::from_number(10)};
  ResolvedQuery prefetch;
  prefetch.kind = Nearest{share(random_vector())};
  prefetch.limit = 25;
  query.prefetch = {prefetch};
  const auto found = answer(query);
  EXPECT_EQ(found.size(), 25U);
  for (const auto& [id, score] : found) {
    EXPECT_EQ(id % 7, 3U);
    EXPECT_TRUE(id != 3 && id != 10);
  }
}

TEST_P(Scoring, ByIdsAndSamplesMergeAsIfTheyWereOne) {
  ResolvedQuery query;
  query.limit = 50;
  auto found = answer(query);
  for (std::size_t i = 0; i < found.size(); ++i) EXPECT_EQ(found[i].first, i);
  query.kind = model::SampleQuery{};
  const segment::Segment* const one[] = {&all_.segment()};
  const segment::Segment* const three[] = {&shards_[0]->segment(), &shards_[1]->segment(), &shards_[2]->segment()};
  EXPECT_EQ(shown(run(query, one), one), shown(run(query, three), three));
}

TEST_P(Scoring, OfAFormulaIsComputedOfScoresAndPayload) {
  ResolvedQuery query;
  model::FormulaQuery formula;
  model::Expression::Many sum{model::Expression::Many::Kind::kSum, {}};
  sum.operands.push_back({model::Expression::Variable{"$score[1]"}});
  sum.operands.push_back({model::Expression::Variable{"n"}});
  formula.expression.node = sum;
  query.kind = formula;
  query.limit = 20;
  ResolvedQuery first, second;
  first.kind = Nearest{share(random_vector())};
  first.limit = 10;
  second = first;
  second.kind = Nearest{share(random_vector())};
  query.prefetch = {first, second};
  const auto found = answer(query);
  std::map<std::uint64_t, float> scores;
  for (const auto& [id, score] : answer(second)) scores[id] = model::qdrant_score(GetParam(), score);
  for (const auto& [id, score] : found) {
    EXPECT_FLOAT_EQ(score, static_cast<float>(id % 7) + (scores.contains(id) ? scores[id] : 0));
  }
}

TEST_P(Scoring, EndsWhenNobodyWaits) {
  const ResolvedKind kinds[] = {Nearest{share(random_vector()), model::Mmr{}}, BestScore{{shared()}, {}}, Context{{{shared(), shared()}}},
                                model::SampleQuery{}};
  const segment::Segment* const views[] = {&all_.segment()};
  for (const ResolvedKind& kind : kinds) {
    ResolvedQuery query;
    query.kind = kind;
    const auto made = plan(query, schema_of(*views[0], 0), 1);
    observe::OpContext context;
    context.stop_flag()->store(true);
    EXPECT_EQ(query::run(*made, views, context).status().code(), StatusCode::kCancelled);
  }
}

// However often a request names a point, and however many conditions a formula has: somebody looks at the context.
TEST(ScoringCost, OfOneBlockOfRowsIsLookedAtInBetween) {
  Points points(2, Distance::kDot);
  for (std::uint64_t id = 0; id < 100; ++id) points.add(id, {1, static_cast<float>(id)}, R"({"n":1})");
  const segment::Segment* const views[] = {&points.segment()};
  const auto vector = share(Vector{1, 1});
  const std::vector<SharedVector> often(100'000, vector);
  std::vector<ResolvedKind> kinds = {BestScore{often, {}}, SumScores{often, {}},
                                     Context{std::vector<VectorPair>(50'000, {vector, vector})},
                                     Discover{vector, std::vector<VectorPair>(50'000, {vector, vector})},
                                     Feedback{vector, std::vector<Feedback::Item>(700, {vector, 1}), 1, 1, 1}};
  model::FormulaQuery formula;
  model::Expression::Many sum{model::Expression::Many::Kind::kSum, {}};
  model::FieldCondition condition;
  condition.key = *model::JsonPath::parse("n");
  for (int i = 0; i < 500; ++i) {
    sum.operands.push_back({model::Expression::Test{std::make_shared<const model::Condition>(condition)}});
    sum.operands.push_back({model::Expression::Variable{"n"}});
  }
  formula.expression.node = sum;
  kinds.push_back(formula);
  for (const ResolvedKind& kind : kinds) {
    ResolvedQuery query;
    query.kind = kind;
    if (std::holds_alternative<model::FormulaQuery>(kind)) {
      query.prefetch.emplace_back();
      query.prefetch.front().limit = 1;
    }
    const auto made = plan(query, schema_of(*views[0], 0), 1);
    ASSERT_TRUE(made.ok()) << made.status().to_string();
    observe::OpContext context;
    context.cancel_after(200);
    EXPECT_EQ(query::run(*made, views, context).status().code(), StatusCode::kCancelled) << kind.index();
    EXPECT_TRUE(query::run(*made, views, {}).ok()) << kind.index();
  }
}

TEST(ScoringCost, OfManyExamplesAndListsIsCounted) {
  Points points(64, Distance::kDot);
  for (std::uint64_t id = 0; id < 2000; ++id) points.add(id, Vector(64, 1));
  const segment::Segment* const views[] = {&points.segment()};
  BestScore best;
  for (int i = 0; i < 8000; ++i) best.positive.push_back(share(Vector(64, 1.0F)));
  ResolvedQuery examples, formula;
  examples.kind = best;
  examples.limit = 1;
  model::FormulaQuery score;
  score.expression.node = model::Expression::Variable{"$score"};
  formula.kind = score;
  formula.prefetch.resize(80);
  for (ResolvedQuery& input : formula.prefetch) input.limit = 2000;
  for (const ResolvedQuery& query : {examples, formula}) {
    const auto made = plan(query, schema_of(*views[0], 0), 1);
    ASSERT_TRUE(made.ok()) << made.status().to_string();
    env::MemoryBudget large(std::uint64_t{16} << 20), small(std::uint64_t{2} << 20);
    EXPECT_TRUE(query::run(*made, views, {}, &large).ok());
    EXPECT_EQ(query::run(*made, views, {}, &small).status().code(), StatusCode::kResourceExhausted);
    EXPECT_EQ(large.used_bytes() + small.used_bytes(), 0U);
  }
}

INSTANTIATE_TEST_SUITE_P(AllDistances, Scoring,
                         ::testing::Values(Distance::kCosine, Distance::kDot, Distance::kEuclid, Distance::kManhattan));

}  // namespace
}  // namespace alidade::query
