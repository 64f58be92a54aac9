// A plan is a value: what runs where, in which order, under which filters.
#include "query/plan.h"

#include <gtest/gtest.h>

#include <limits>

namespace alidade::query {
namespace {

Schema schema() { return {.vectors = {{"a", 2, model::Distance::kDot}, {"open", 0, model::Distance::kDot}}}; }

ResolvedQuery nearest(std::string name, std::vector<float> vector, std::uint64_t limit = 10) {
  ResolvedQuery query;
  query.kind = Nearest{share(std::move(vector))};
  query.using_vector = std::move(name);
  query.limit = limit;
  return query;
}

model::Filter has_id(std::uint64_t id) {
  model::Filter filter;
  filter.must.emplace_back(model::HasIdCondition{{model::PointId::from_number(id)}});
  return filter;
}

TEST(QueryPlan, IsPrintedAsItRuns) {
  ResolvedQuery inner = nearest("a", {1, 2}, 4);
  inner.kind = Nearest{share(std::vector<float>{1, 2}), model::Mmr{0.25F, 100}};
  inner.params.exact = true;
  ResolvedQuery query;
  query.kind = model::RrfQuery{5, {1, 2}};
  query.filter = has_id(1);
  query.excluded = {model::PointId::from_number(7)};
  query.score_threshold = 0.5F;
  query.limit = 3;
  query.prefetch = {inner, ResolvedQuery{}};
  query.prefetch.back().filter = has_id(2);
  const auto made = plan(query, schema(), 1);
  ASSERT_TRUE(made.ok()) << made.status().to_string();
  EXPECT_EQ(explain(*made),
            "fuse by rank (rrf, k 5, weighted), threshold 0.5, limit 3\n"
            "  diversify by 'a', lambda 0.75, limit 4\n"
            "    nearest by 'a', exact, 1 filter, without 1 points, limit 100\n"
            "  points by id, 2 filters, without 1 points, limit 10\n");
}

TEST(QueryPlan, TellsAnUnknownVectorBeforeAWrongLength) {
  ResolvedQuery query = nearest("missing", {1});
  query.prefetch = {nearest("a", {1})};
  EXPECT_EQ(plan(query, schema(), 1).status().kind(), ErrorKind::kVectorNameUnknown);
  EXPECT_EQ(plan(nearest("a", {1}), schema(), 1).status().kind(), ErrorKind::kDimensionMismatch);
  EXPECT_TRUE(plan(nearest("open", {1, 2, 3}), schema(), 1).ok());
}

TEST(QueryPlan, ComparesVectorsOfOneKind) {
  Schema kinds{.vectors = {{"d", 2, model::Distance::kDot},
                           {"m", 2, model::Distance::kDot, model::VectorKind::kMulti},
                           {"s", 0, model::Distance::kDot, model::VectorKind::kSparse},
                           {"i", 0, model::Distance::kDot, model::VectorKind::kSparse, true}}};
  const auto of = [&](std::string name, model::VectorValue value, bool idf = false) {
    ResolvedQuery query = nearest(std::move(name), {});
    query.kind = Nearest{share(std::move(value))};
    if (idf) query.params.idf = model::IdfParams{};
    return plan(std::move(query), kinds, 1).status();
  };
  const model::SparseVector sparse{{1}, {2}};
  const model::MultiVector multi{2, {1, 2, 3, 4}};
  const std::vector<float> dense{1, 2};
  EXPECT_TRUE(of("d", dense).ok() && of("m", multi).ok() && of("m", dense).ok() && of("s", sparse).ok());
  EXPECT_EQ(of("d", sparse).kind(), ErrorKind::kSparseConversion);
  EXPECT_EQ(of("d", multi).message(), "Conversion between multi and regular vectors failed");
  EXPECT_EQ(of("s", dense).kind(), ErrorKind::kSparseConversion);
  EXPECT_EQ(of("m", sparse).kind(), ErrorKind::kSparseConversion);
  EXPECT_EQ(of("m", model::MultiVector{3, {1, 2, 3}}).kind(), ErrorKind::kDimensionMismatch);
  EXPECT_TRUE(of("i", sparse, true).ok());
  EXPECT_EQ(of("s", sparse, true).message().substr(0, 44), "Validation failed: search param `idf` requir");
  EXPECT_FALSE(of("d", dense, true).ok());
}

TEST(QueryPlan, ChecksEveryVectorOfEveryKind) {
  const auto good = share(std::vector<float>{1, 2});
  const auto bad = share(std::vector<float>{1});
  const ResolvedKind kinds[] = {
      BestScore{{good}, {bad}}, SumScores{{bad}, {}},          Discover{good, {{good, bad}}},
      Discover{bad, {}},        Context{{{bad, good}}},        Feedback{good, {{bad, 1}}, 1, 1, 1},
      Feedback{bad, {}, 1, 1, 1}};
  for (const ResolvedKind& kind : kinds) {
    ResolvedQuery query = nearest("a", {});
    query.kind = kind;
    EXPECT_EQ(plan(query, schema(), 1).status().kind(), ErrorKind::kDimensionMismatch) << kind.index();
  }
}

TEST(QueryPlan, RefusesWhatCannotBeMerged) {
  ResolvedQuery query;
  query.prefetch = {nearest("a", {1, 2})};
  EXPECT_EQ(plan(query, schema(), 1).status().code(), StatusCode::kInvalidArgument);
  query.prefetch.clear();
  for (const ResolvedKind& kind : {ResolvedKind(model::RrfQuery{}), ResolvedKind(model::DbsfQuery{}),
                                   ResolvedKind(model::FormulaQuery{})}) {
    query.kind = kind;
    EXPECT_EQ(plan(query, schema(), 1).status().code(), StatusCode::kInvalidArgument);
  }
}

TEST(QueryPlan, CandidatesOfMmrFollowTheLimitWhereNothingElseIsSaid) {
  ResolvedQuery query = nearest("a", {1, 2}, std::numeric_limits<std::uint64_t>::max());
  query.kind = Nearest{share(std::vector<float>{1, 2}), model::Mmr{}};
  auto made = plan(query, schema(), 1);
  ASSERT_TRUE(made.ok());
  EXPECT_EQ(std::get<PlanLeaf>(made->root.inputs.front().step).limit, std::numeric_limits<std::uint32_t>::max());
  made->set_limit(2);
  EXPECT_EQ(std::get<Diversify>(made->root.step).limit, 2U);
}

}  // namespace
}  // namespace alidade::query
