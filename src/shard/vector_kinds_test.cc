// Dense, sparse and multivectors of one collection, side by side: what was written is what is read, from memory, after a
// replay of the log, from files, after dead rows went, and out of a salvage.
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <optional>
#include <random>

#include "env/memory/memory_env.h"
#include "query/search.h"
#include "shard/salvage.h"
#include "shard/shard.h"
#include "storage/manifest.h"

namespace alidade::shard {
namespace {

using model::MultiVector;
using model::PointId;
using model::SparseVector;
using model::VectorValue;

class VectorKindsTest : public testing::Test {
 protected:
  VectorKindsTest()
      : log_(observe::LogLevel::kOff, [] { return std::int64_t{0}; }, [](std::string_view) {}),
        background_({.runner = Background::Runner::kCaller}), runtime_{env_, log_, background_, {}} {
    config_.vectors["d"] = {3, model::Distance::kDot, std::nullopt};
    config_.vectors["m"] = {2, model::Distance::kDot, std::nullopt};
    config_.vectors["m"].multivector = model::MultivectorSettings{};
    config_.sparse_vectors.emplace();
    (*config_.sparse_vectors)["s"] = {};
    EXPECT_TRUE(env_.create_directory("data").ok());
    open();
  }

  void open() {
    shard_.reset();
    auto opened = Shard::open(runtime_, "data", config_);
    ASSERT_TRUE(opened.ok()) << opened.status().to_string();
    shard_ = *opened;
  }
  Status submit(const model::Command& command) { return shard_->submit(command, model::Durability::kSynced, {}).problem; }

  float number() { return static_cast<float>(random_() % 2001) / 1000 - 1; }
  VectorValue make(const std::string& name) {
    if (name == "d") return std::vector<float>{number(), number(), number()};
    if (name == "m") {
      MultiVector multi{2, {}};
      for (auto rows = 1 + random_() % 4; rows > 0; --rows) multi.values.insert(multi.values.end(), {number(), number()});
      return multi;
    }
    std::map<std::uint32_t, float> places;
    for (auto count = random_() % 6; count > 0; --count) places[static_cast<std::uint32_t>(random_() % 40)] = number();
    SparseVector sparse;
    for (const auto& [place, value] : places) {
      sparse.indices.push_back(place);
      sparse.values.push_back(value);
    }
    return sparse;
  }
  /// Random vectors of some of the names for some points.
  model::PointBatch batch(bool replaces) {
    model::PointBatch points;
    std::map<std::uint64_t, bool> ids;
    for (int i = 0; i < 12; ++i) ids[random_() % 60] = true;
    for (const auto& [id, taken] : ids) {
      if (!replaces && !expected_.contains(id)) continue;
      const std::size_t row = points.ids.size();
      points.ids.push_back(PointId::from_number(id));
      if (replaces) expected_[id].clear();
      for (const char* name : {"d", "m", "s"}) {
        if (random_() % 3 == 0) continue;
        VectorValue value = make(name);
        points.column(name).set(row, value);
        expected_[id][name] = std::move(value);
      }
    }
    for (auto& column : points.vectors) column.present.resize(points.ids.size());
    return points;
  }
  void change() {
    switch (random_() % 4) {
      case 0: {
        const std::uint64_t id = random_() % 60;
        expected_.erase(id);
        EXPECT_TRUE(submit(model::DeletePoints{{std::vector{PointId::from_number(id)}, std::nullopt}, std::nullopt, false}).ok());
        break;
      }
      case 1: {
        if (expected_.empty()) break;
        const auto point = expected_.begin();
        point->second.erase("s");
        point->second.erase("m");
        EXPECT_TRUE(submit(model::DeleteVectors{{std::vector{PointId::from_number(point->first)}, std::nullopt}, {"s", "m"}}).ok());
        break;
      }
      case 2: {
        auto points = batch(false);
        if (!points.ids.empty()) {
          EXPECT_TRUE(submit(model::UpdateVectors{std::move(points), std::nullopt}).ok());
        }
        break;
      }
      default: EXPECT_TRUE(submit(model::UpsertPoints{batch(true), model::UpdateMode::kUpsert, std::nullopt}).ok());
    }
  }

  static void expect_all(const segment::Segment& segment, const std::map<std::uint64_t, std::map<std::string, VectorValue>>& points) {
    EXPECT_EQ(segment.live_count(), points.size());
    for (const auto& [id, vectors] : points) {
      const auto offset = segment.find(PointId::from_number(id));
      ASSERT_TRUE(offset) << id;
      const auto record = segment.record(*offset, model::PayloadSelector::none(), model::VectorSelector::all(),
                                         segment::VectorForm::kStored);
      ASSERT_TRUE(record.ok());
      std::map<std::string, VectorValue> found;
      for (const auto& vector : *record->vectors) found[vector.name] = vector.value;
      EXPECT_EQ(found, vectors) << id;
    }
  }
  void expect_all() const {
    const auto view = shard_->read_view();
    expect_all(view.segment(), expected_);
  }

  env::MemoryEnv env_;
  observe::Log log_;
  Background background_;
  Runtime runtime_;
  model::CollectionConfig config_;
  std::shared_ptr<Shard> shard_;
  std::mt19937 random_{3};
  std::map<std::uint64_t, std::map<std::string, VectorValue>> expected_;
};

TEST_F(VectorKindsTest, WhatIsWrittenIsReadFromWherever) {
  for (int round = 0; round < 12; ++round) {
    for (int i = 0; i < 15; ++i) change();
    expect_all();
    if (round % 3 == 0) open();
    if (round % 3 == 1) {
      ASSERT_TRUE(shard_->checkpoint().ok());
    }
    if (round % 4 == 2) {
      ASSERT_TRUE(shard_->compact().ok());
    }
    expect_all();
    if (round % 2 == 0) open();
    expect_all();
  }
}

TEST_F(VectorKindsTest, SalvageKeepsEveryKind) {
  for (int i = 0; i < 40; ++i) change();
  ASSERT_TRUE(shard_->checkpoint().ok());
  for (int i = 0; i < 10; ++i) change();
  shard_.reset();
  ASSERT_TRUE(env_.create_directory("saved").ok());
  const auto saved = salvage_shard(env_, "data", "saved", config_, "");
  ASSERT_TRUE(saved.ok()) << saved.status().to_string();
  auto opened = Shard::open(runtime_, "saved", config_);
  ASSERT_TRUE(opened.ok()) << opened.status().to_string();
  const auto view = (*opened)->read_view();
  expect_all(view.segment(), expected_);
}

TEST_F(VectorKindsTest, BatchesOfTheWrongKindAreRefusedWhole) {
  const auto upsert = [&](const std::string& name, VectorValue value) {
    model::UpsertPoints command;
    command.points.ids = {PointId::from_number(1)};
    command.points.column(name).set(0, std::move(value));
    return submit(command);
  };
  EXPECT_EQ(upsert("s", std::vector<float>{1, 2, 3}).message(), "Conversion between sparse and regular vectors failed");
  EXPECT_EQ(upsert("d", SparseVector{{1}, {2}}).kind(), ErrorKind::kSparseConversion);
  EXPECT_EQ(upsert("d", MultiVector{3, {1, 2, 3}}).message(), "Conversion between multi and regular vectors failed");
  EXPECT_EQ(upsert("m", SparseVector{{1}, {2}}).kind(), ErrorKind::kSparseConversion);
  EXPECT_EQ(upsert("m", MultiVector{3, {1, 2, 3}}).kind(), ErrorKind::kDimensionMismatch);
  EXPECT_EQ(upsert("x", SparseVector{{1}, {2}}).kind(), ErrorKind::kVectorNameUnknown);
  expect_all();
  // A dense vector is a multivector of one row.
  EXPECT_TRUE(upsert("m", std::vector<float>{0.5F, 1}).ok());
  expected_[1]["m"] = MultiVector{2, {0.5F, 1}};
  expect_all();
  model::UpsertPoints mixed;
  mixed.points.ids = {PointId::from_number(2), PointId::from_number(3), PointId::from_number(4)};
  mixed.points.column("m").set(0, std::vector<float>{1, 2});
  mixed.points.column("m").set(1, MultiVector{2, {3, 4, 5, 6}});
  mixed.points.column("m").set(2, std::vector<float>{7, 8});
  EXPECT_TRUE(submit(mixed).ok());
  expected_[2]["m"] = MultiVector{2, {1, 2}};
  expected_[3]["m"] = MultiVector{2, {3, 4, 5, 6}};
  expected_[4]["m"] = MultiVector{2, {7, 8}};
  expect_all();
}

TEST_F(VectorKindsTest, SearchesFindWhatAPlainLoopFinds) {
  for (int i = 0; i < 60; ++i) change();
  const auto view = shard_->read_view();
  const SparseVector sparse = std::get<SparseVector>(make("s"));
  const MultiVector multi = std::get<MultiVector>(make("m"));
  const auto expect_best = [&](const std::string& name, const VectorValue& query, const auto& score) {
    std::vector<std::pair<float, std::uint64_t>> right;
    for (const auto& [id, vectors] : expected_) {
      const auto vector = vectors.find(name);
      if (vector == vectors.end()) continue;
      const std::optional<float> one = score(vector->second);
      if (one) right.emplace_back(-*one, id);
    }
    std::sort(right.begin(), right.end());
    query::ResolvedQuery resolved;
    resolved.kind = query::Nearest{query::share(query)};
    resolved.using_vector = name;
    resolved.limit = 10;
    const auto found = query::search(view.segment(), resolved, 1, {});
    ASSERT_TRUE(found.ok());
    ASSERT_EQ(found->points.size(), std::min<std::size_t>(10, right.size()));
    for (std::size_t i = 0; i < found->points.size(); ++i) EXPECT_NEAR(found->points[i].score, -right[i].first, 1e-5) << name << i;
  };
  expect_best("s", sparse, [&](const VectorValue& value) -> std::optional<float> {
    const auto& row = std::get<SparseVector>(value);
    float sum = 0;
    for (std::size_t i = 0; i < row.indices.size(); ++i) {
      for (std::size_t k = 0; k < sparse.indices.size(); ++k) {
        if (row.indices[i] == sparse.indices[k]) sum += row.values[i] * sparse.values[k];
      }
    }
    return sum == 0 ? std::nullopt : std::optional(sum);
  });
  expect_best("m", multi, [&](const VectorValue& value) -> std::optional<float> {
    const auto& rows = std::get<MultiVector>(value);
    float sum = 0;
    for (std::size_t q = 0; q < multi.row_count(); ++q) {
      float best = -1e9F;
      for (std::size_t r = 0; r < rows.row_count(); ++r) {
        best = std::max(best, multi.values[2 * q] * rows.values[2 * r] + multi.values[2 * q + 1] * rows.values[2 * r + 1]);
      }
      sum += best;
    }
    return sum;
  });
}

TEST_F(VectorKindsTest, AManifestOfThisCollectionIsNotReadByOlderBuilds) {
  change();
  ASSERT_TRUE(submit(model::UpsertPoints{batch(true), model::UpdateMode::kUpsert, std::nullopt}).ok());
  ASSERT_TRUE(shard_->checkpoint().ok());
  EXPECT_EQ(storage::load_manifest(env_, "data")->version, 2U);
}

}  // namespace
}  // namespace alidade::shard
