// A query's lookups end when nobody waits for it, and its answer holds no more than there is room for.
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "collection/catalogue.h"
#include "env/memory/memory_env.h"
#include "env/memory_account.h"
#include "observe/log.h"
#include "ops/dispatcher.h"
#include "ops/resolve_query.h"
#include "shard/background.h"

namespace alidade::ops {
namespace {

using model::PointId;

class QueryCost : public ::testing::Test {
 protected:
  QueryCost()
      : log_(observe::LogLevel::kWarn, [] { return std::int64_t{0}; }, [](std::string_view) {}),
        background_({.runner = shard::Background::Runner::kCaller}),
        runtime_{env_, log_, background_, {}} {
    catalogue_ = std::move(collection::Catalogue::open(runtime_, "data")).value();
    model::CollectionConfig config;
    config.vectors[""].size = 2;
    config.vectors[""].distance = model::Distance::kDot;
    EXPECT_TRUE(catalogue_->create(ref_, config).ok());
    model::UpsertPoints upsert;
    for (std::uint64_t i = 1; i <= 3; ++i) {
      const float row[] = {static_cast<float>(i), 1};
      upsert.points.payloads.push_back(R"({"tags":["a","b","c"],"text":")" + std::string(700'000, 'x') + R"("})");
      upsert.points.column("").set_row(upsert.points.ids.size(), row, 2);
      upsert.points.ids.push_back(PointId::from_number(i));
    }
    observe::OpContext context;
    EXPECT_TRUE(handle(services(), context, WritePoints{ref_, std::move(upsert)}).ok());
  }

  Services services() { return {*catalogue_, env_, 0}; }

  env::MemoryEnv env_;
  env::MemoryAccount uncounted_{nullptr};
  observe::Log log_;
  shard::Background background_;
  const shard::Runtime runtime_;
  std::unique_ptr<collection::Catalogue> catalogue_;
  const model::CollectionRef ref_ = model::CollectionRef::by_name("books");
};

TEST_F(QueryCost, WhatAQueryLooksUp) {
  model::RecommendQuery recommend;
  recommend.positive = {PointId::from_number(1), PointId::from_number(2)};
  model::QueryRequest request;
  request.query = recommend;
  observe::OpContext context;
  context.stop_flag()->store(true);
  const Status looked_up = resolve_queries(*catalogue_, ref_, catalogue_->find(ref_).value(), std::span(&request, 1),
                                           context, uncounted_, [](std::size_t, query::ResolvedQuery) { return Status(); });
  EXPECT_EQ(looked_up.code(), StatusCode::kCancelled);
}

// A point that a query names is left out of its prefetches, and no prefetch has a list of them.
TEST_F(QueryCost, NamedPointsStandOnceAboveAllPrefetches) {
  model::QueryRequest request;
  request.query = model::NearestQuery{PointId::from_number(1)};
  for (int i = 0; i < 3; ++i) {
    model::QueryNode prefetch;
    prefetch.query = model::NearestQuery{std::vector<float>{1, 1}};
    prefetch.limit = 1;
    request.prefetch.push_back(std::move(prefetch));
  }
  observe::OpContext context;
  std::size_t visits = 0;
  const auto visit = [&](std::size_t index, const query::ResolvedQuery& resolved) -> Status {
    EXPECT_EQ(index, visits++);
    EXPECT_EQ(resolved.excluded.size(), 1U);
    for (const auto& prefetch : resolved.prefetch) EXPECT_TRUE(prefetch.excluded.empty());
    return {};
  };
  ASSERT_TRUE(resolve_queries(*catalogue_, ref_, catalogue_->find(ref_).value(), std::span(&request, 1), context,
                              uncounted_, visit).ok());
  EXPECT_EQ(visits, 1U);
  // Of three times the best one only 3 is a candidate; 1 is none at any depth.
  QueryPoints query{ref_, request};
  query.query.prefetch.resize(1);
  query.query.prefetch.front().limit = 3;
  const auto hits = handle(services(), context, query);
  ASSERT_TRUE(hits.ok()) << hits.status().message();
  std::vector<std::string> ids;
  for (const auto& point : hits->points) ids.push_back(point.record.id.to_string());
  EXPECT_EQ(ids, (std::vector<std::string>{"3", "2"}));
}

// A few bytes name a vector of any length.
TEST_F(QueryCost, LookedUpVectorsHaveToFitIntoTheAccount) {
  model::UpsertPoints upsert;
  for (std::uint64_t i = 10; i < 20'010; ++i) {
    const float row[] = {static_cast<float>(i), 1};
    upsert.points.payloads.emplace_back();
    upsert.points.column("").set_row(upsert.points.ids.size(), row, 2);
    upsert.points.ids.push_back(PointId::from_number(i));
  }
  observe::OpContext context;
  ASSERT_TRUE(handle(services(), context, WritePoints{ref_, std::move(upsert)}).ok());
  model::RecommendQuery recommend;
  for (std::uint64_t i = 10; i < 20'010; ++i) recommend.positive.emplace_back(PointId::from_number(i));
  model::QueryRequest query;
  query.query = recommend;
  env::MemoryBudget small(2 << 20), large(8 << 20);
  const Services too_small{*catalogue_, env_, 0, &small}, enough{*catalogue_, env_, 0, &large};
  EXPECT_EQ(handle(too_small, context, QueryPoints{ref_, query}).status().code(), StatusCode::kResourceExhausted);
  QueryGroups groups;
  groups.collection = ref_;
  groups.query = query;
  groups.group_by = *model::JsonPath::parse("text");
  EXPECT_EQ(handle(too_small, context, groups).status().code(), StatusCode::kResourceExhausted);
  EXPECT_TRUE(handle(enough, context, QueryPoints{ref_, query}).ok());
  EXPECT_EQ(small.used_bytes() + large.used_bytes(), 0U);
}

TEST_F(QueryCost, AnAnswerThatRepeatsPointsHasToFitIntoTheAccount) {
  env::MemoryBudget memory(4 << 20);
  const Services counted{*catalogue_, env_, 0, &memory};
  model::QueryRequest query;
  query.query = model::NearestQuery{std::vector<float>{1, 1}};
  query.with_payload = model::PayloadSelector::all();
  observe::OpContext context;
  EXPECT_TRUE(handle(counted, context, QueryPoints{ref_, query}).ok());
  EXPECT_TRUE(handle(counted, context, QueryBatch{ref_, {query}}).ok());
  EXPECT_EQ(handle(counted, context, QueryBatch{ref_, std::vector(20, query)}).status().code(),
            StatusCode::kResourceExhausted);
  QueryGroups groups;
  groups.collection = ref_;
  groups.query = query;
  groups.group_by = *model::JsonPath::parse("text");
  groups.limit = groups.group_size = 3;
  EXPECT_TRUE(handle(counted, context, groups).ok());
  groups.group_by = *model::JsonPath::parse("tags");
  EXPECT_EQ(handle(counted, context, groups).status().code(), StatusCode::kResourceExhausted);
  QueryRecords records;
  records.collection = ref_;
  records.with_payload = model::PayloadSelector::all();
  records.vectors = {{1, 1}};
  EXPECT_TRUE(handle(counted, context, records).ok());
  records.vectors.resize(20, {1, 1});
  EXPECT_EQ(handle(counted, context, records).status().code(), StatusCode::kResourceExhausted);
  EXPECT_EQ(memory.used_bytes(), 0U);
  // One list is taken whatever the account says.
  ASSERT_TRUE(memory.try_charge(4 << 20));
  EXPECT_TRUE(handle(counted, context, QueryPoints{ref_, query}).ok());
  EXPECT_EQ(memory.used_bytes(), 4U << 20);
}

}  // namespace
}  // namespace alidade::ops
