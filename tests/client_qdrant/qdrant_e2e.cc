// The client of Qdrant against a real server: QDRANT_URL. test_qdrant_cpp.py starts one and runs this, over REST and, compiled
// with ALD_OVER_GRPC, over gRPC.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <ranges>

#include "alidade/embed.h"
#include "alidade/qdrant.h"
#ifdef ALD_OVER_GRPC
#include "alidade/qdrant/grpc.h"
#endif

namespace alidade::qdrant {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::UnorderedElementsAre;

struct Item {
  std::uint64_t id = 0;
  std::vector<float> vector;
  std::string city;
  std::int64_t price = 0;
  std::vector<std::string> tags;
  friend bool operator==(const Item&, const Item&) = default;
};

}  // namespace

template <>
struct Mapping<Item> {
  static constexpr auto id = &Item::id;
  static constexpr auto vector = &Item::vector;
  static constexpr auto payload =
      std::tuple(member("city", &Item::city), member("price", &Item::price), member("tags", &Item::tags));
};

namespace {

std::vector<std::uint64_t> ids_of(const std::vector<ScoredPoint>& hits) {
  std::vector<std::uint64_t> ids;
  for (const ScoredPoint& hit : hits) ids.push_back(hit.id.number());
  return ids;
}

Json object(const char* key, Json value) { return Json(Json::Object{{key, std::move(value)}}); }

#ifdef ALD_OVER_GRPC
constexpr bool kOverGrpc = true;
std::shared_ptr<client::Transport> transport() { return make_grpc_transport(); }
#else
constexpr bool kOverGrpc = false;
std::shared_ptr<client::Transport> transport() { return nullptr; }
#endif

class QdrantServer : public ::testing::Test {
 protected:
  void SetUp() override {
    const char* url = std::getenv("QDRANT_URL");
    ASSERT_NE(url, nullptr) << "QDRANT_URL names the server";
    ClientOptions options = ClientOptions::from_environment().value();
    options.transport = transport();
    client_ = std::make_unique<Client>(Client::make(std::move(options)).value());
    name_ = ::testing::UnitTest::GetInstance()->current_test_info()->name();
    client_->delete_collection(name_).value();
  }
  void TearDown() override {
    if (client_) (void)client_->delete_collection(name_);
  }

  /// Eight items on a circle, one every 45 degrees.
  Collection circle() {
    client_->create_collection(name_, {.vectors = VectorParams{.size = 2}}).value();
    Collection all = client_->collection(name_);
    std::vector<Item> items;
    for (std::uint64_t i = 0; i < 8; ++i) {
      const double angle = static_cast<double>(i) * 3.14159265358979 / 4;
      items.push_back({i, {static_cast<float>(std::cos(angle)), static_cast<float>(std::sin(angle))},
                       i % 2 == 0 ? "Berlin" : "Rome", static_cast<std::int64_t>(i) * 10,
                       i < 4 ? std::vector<std::string>{"old"} : std::vector<std::string>{"new", "big"}});
    }
    EXPECT_TRUE(all.upload(items, {.batch_points = 3}).ok());
    return all;
  }

  std::vector<std::uint64_t> matching(const Collection& all, const Filter& filter) {
    std::vector<std::uint64_t> ids;
    for (const Result<Record>& record : all.scroll({.limit = 3, .filter = filter})) {
      EXPECT_TRUE(record) << record.error().to_text() << " " << filter.json();
      if (record) ids.push_back(record->id.number());
    }
    return ids;
  }

  std::unique_ptr<Client> client_;
  std::string name_;
};

TEST_F(QdrantServer, CollectionsComeAndGo) {
  EXPECT_FALSE(client_->collection_exists(name_).value());
  EXPECT_TRUE(client_->ensure_collection(name_, {.vectors = VectorParams{.size = 2, .distance = Distance::kDot}}).value());
  EXPECT_FALSE(client_->ensure_collection(name_, {.vectors = VectorParams{.size = 2}}).value());
  EXPECT_THAT(client_->list_collections().value(), ::testing::Contains(name_));
  const auto again = client_->create_collection(name_, {.vectors = VectorParams{.size = 2}});
  EXPECT_EQ(again.error().kind, ErrorKind::kAlreadyExists);
  EXPECT_THAT(again.error().message, HasSubstr("already exists"));
  EXPECT_TRUE(client_->update_collection(name_, {.hnsw = HnswConfig{.ef_construct = 64}}));
  const auto info = client_->collection(name_).info().value();
  EXPECT_EQ(info.status, CollectionStatus::kGreen);
  EXPECT_EQ(info.optimizer_status, "ok");
  EXPECT_EQ(info.config.find("hnsw_config")->find("ef_construct")->to_text(), "64");
  const std::string alias = name_ + "-alias";
  EXPECT_TRUE(client_->update_aliases({AliasAction::create(alias, name_)}));
  EXPECT_THAT(client_->collection(name_).aliases().value(), ElementsAre(Alias{alias, name_}));
  EXPECT_EQ(client_->collection(alias).count().value(), 0u);
  EXPECT_TRUE(client_->update_aliases({AliasAction::rename(alias, alias + "2"), AliasAction::remove(alias + "2")}));
  EXPECT_TRUE(client_->delete_collection(name_).value());
  EXPECT_FALSE(client_->delete_collection(name_).value());
  EXPECT_EQ(client_->collection(name_).info().error().kind, ErrorKind::kNotFound);
  EXPECT_TRUE(client_->is_ready().value());
}

TEST_F(QdrantServer, WhatGoesInComesBack) {
  const Collection all = circle();
  EXPECT_EQ(all.count().value(), 8u);
  const auto records = all.retrieve({.ids = {3, 99, 1}, .with_vectors = WithVectors::all()}).value();
  ASSERT_EQ(records.size(), 2u);
  const Item third = to<Item>(records[0]).value();
  EXPECT_EQ(third.city, "Rome");
  EXPECT_EQ(third.price, 30);
  EXPECT_THAT(third.tags, ElementsAre("old"));
  EXPECT_NEAR(third.vector.at(0), -std::sqrt(0.5), 1e-6);
  EXPECT_EQ(records[1].id, PointId(1));
  std::vector<std::uint64_t> seen;
  for (const Result<Record>& record : all.scroll({.limit = 3})) seen.push_back(record.value().id.number());
  EXPECT_THAT(seen, ElementsAre(0, 1, 2, 3, 4, 5, 6, 7));
}

TEST_F(QdrantServer, FiltersMatchWhatTheySay) {
  const Collection all = circle();
  ASSERT_TRUE(all.create_index("price", {.type = IndexType::kInteger}));
  EXPECT_THAT(matching(all, field("city") == "Rome" && field("price") > 30), ElementsAre(5, 7));
  EXPECT_THAT(matching(all, field("city") != "Rome" || field("price") == 70), ElementsAre(0, 2, 4, 6, 7));
  EXPECT_THAT(matching(all, !(field("city") == "Rome" && field("price") > 30)), ElementsAre(0, 1, 2, 3, 4, 6));
  EXPECT_THAT(matching(all, field("tags").any({"new"}) && has_id({1, 5, 6})), ElementsAre(5, 6));
  EXPECT_THAT(matching(all, field("city").except({"Rome"}) && field("price").between(20, 40)), ElementsAre(2, 4));
  EXPECT_THAT(matching(all, field("tags").values_count({.gte = 2}) && field("price") <= 40), ElementsAre(4));
  EXPECT_THAT(matching(all, (field("price") < 10 || field("price") > 60) && (field("city") == "Rome" || field("price") == 0)),
              ElementsAre(0, 7));
  EXPECT_THAT(matching(all, field("none").is_empty() && field("price") == 10), ElementsAre(1));
  EXPECT_THAT(matching(all, Filter().min_should(2, {field("price") > 20, field("price") < 40, field("city") == "Rome"})),
              ElementsAre(1, 3, 5, 7));
  EXPECT_EQ(all.count(field("price") > 30).value(), 4u);
}

TEST_F(QdrantServer, QueriesRankAndFuse) {
  const Collection all = circle();
  const DenseVector east = {1, 0.1F};
  const auto hits = all.query({.query = Query(east), .limit = 3, .with_payload = WithPayload::include({"price"})}).value();
  EXPECT_THAT(ids_of(hits), ElementsAre(0, 1, 7));
  EXPECT_NEAR(hits[0].score, 1 / std::sqrt(1.01), 1e-5);
  EXPECT_EQ(hits[1].payload, object("price", 10));
  EXPECT_THAT(ids_of(all.query({.query = Query(PointId(2)), .filter = field("price") < 40, .limit = 2}).value()),
              UnorderedElementsAre(1, 3));
  const QueryRequest fused{.query = Query::fusion(Fusion::kRrf),
                           .prefetch = {{.query = Query(east), .limit = 3}, {.query = Query(PointId(1)), .limit = 3}},
                           .limit = 2};
  EXPECT_EQ(ids_of(all.query(fused).value()).at(0), 0u);
  const auto lists = all.query_batch({{.query = Query(east), .limit = 1}, fused}).value();
  ASSERT_EQ(lists.size(), 2u);
  EXPECT_THAT(ids_of(lists[0]), ElementsAre(0));
  ASSERT_TRUE(all.create_index("city", {.type = IndexType::kKeyword}));
  const auto groups = all.query_groups({.query = {.query = Query(east)}, .group_by = "city", .group_size = 2}).value();
  ASSERT_EQ(groups.size(), 2u);
  EXPECT_EQ(groups[0].id, Json("Berlin"));
  EXPECT_EQ(groups[0].hits.size(), 2u);
  const auto facet = all.facet({.key = "city", .exact = true}).value();
  ASSERT_EQ(facet.size(), 2u);
  EXPECT_EQ(facet[0].count, 4u);
  ASSERT_TRUE(all.create_index("price", {.type = IndexType::kInteger}));
  const auto ordered = all.scroll_page({.limit = 2, .order_by = OrderBy{.key = "price", .direction = Direction::kDescending}});
  EXPECT_EQ(ordered.value().points.at(0).id, PointId(7));
  EXPECT_EQ(ordered->points.at(0).order_value, Json(70));
}

TEST_F(QdrantServer, EveryKindOfQueryIsServedOrRefusedAsNotServed) {
  const Collection all = circle();
  const DenseVector v = {1, 0};
  const VectorInput id(PointId(1));
  const std::vector<Prefetch> prefetch = {{.query = Query(v)}};
  const std::vector<QueryRequest> requests = {
      {.query = Query::nearest(v, Mmr{.diversity = 0.5})},
      {.query = Query::recommend({.positive = {id}, .negative = {VectorInput(PointId(4))}})},
      {.query = Query::recommend({.positive = {id}, .strategy = RecommendStrategy::kBestScore})},
      {.query = Query::discover(v, {{id, VectorInput(PointId(4))}})},
      {.query = Query::context({{id, VectorInput(PointId(4))}})},
      {.query = Query::sample()},
      {.query = Query::rrf({.k = 10, .weights = {2}}), .prefetch = prefetch},
      {.query = Query::fusion(Fusion::kDbsf), .prefetch = prefetch},
      {.query = Query::formula(score() * 2.0 + condition(field("price") > 30)), .prefetch = prefetch},
      {.query = Query::relevance_feedback(v, {{id, 0.9}, {VectorInput(PointId(4)), 0.1}}, {})},
      {.query = std::nullopt}};
  for (const QueryRequest& request : requests) {
    const auto hits = all.query(request);
    if (hits) {
      EXPECT_FALSE(hits->empty()) << request.json();
    } else {
      EXPECT_EQ(hits.error().kind, ErrorKind::kUnimplemented) << request.json() << " " << hits.error().to_text();
      EXPECT_FALSE(hits.error().message.empty());
    }
  }
}

TEST_F(QdrantServer, ChangesChangeWhatTheyName) {
  const Collection all = circle();
  const auto payload_of_point = [&](std::uint64_t id) { return all.retrieve({.ids = {id}}).value().at(0).payload; };
  EXPECT_EQ(all.set_payload(std::vector<PointId>{1}, object("price", 99)).value().status, UpdateStatus::kCompleted);
  EXPECT_EQ(*payload_of_point(1).find("price"), Json(99));
  EXPECT_EQ(*payload_of_point(1).find("city"), Json("Rome"));
  ASSERT_TRUE(all.set_payload(field("price") == 99, object("x", 1), "deep"));
  EXPECT_EQ(*payload_of_point(1).find("deep"), object("x", 1));
  ASSERT_TRUE(all.delete_payload(std::vector<PointId>{1}, {"deep.x"}));
  EXPECT_EQ(*payload_of_point(1).find("deep"), Json::object());
  ASSERT_TRUE(all.overwrite_payload(std::vector<PointId>{2}, object("only", true)));
  EXPECT_EQ(payload_of_point(2), object("only", true));
  ASSERT_TRUE(all.clear_payload(std::vector<PointId>{2}));
  EXPECT_EQ(payload_of_point(2), Json::object());
  ASSERT_TRUE(all.update_vectors(PointBatch().add(3, DenseVector{0, 1})));
  EXPECT_THAT(all.retrieve({.ids = {3}, .with_vectors = WithVectors::all()}).value()[0].vectors.dense(), ElementsAre(0, 1));
  ASSERT_TRUE(all.remove(field("city") == "Berlin"));
  EXPECT_EQ(all.count().value(), 5u);
  const auto results = all.update({Change::remove(std::vector<PointId>{1}), Change::set_payload(std::vector<PointId>{3}, object("a", 1)),
                                   Change::upsert(PointBatch().add(20, DenseVector{1, 1}))});
  ASSERT_TRUE(results) << results.error().to_text();
  EXPECT_EQ(results->size(), 3u);
  EXPECT_EQ(all.count(has_id({1, 3, 20})).value(), 2u);
  const auto inserted = all.upsert({Point{.id = 20, .vectors = DenseVector{1, 0}}, Point{.id = 21, .vectors = DenseVector{1, 0}}},
                                   {.mode = UpdateMode::kInsertOnly});
  ASSERT_TRUE(inserted) << inserted.error().to_text();
  EXPECT_NE(all.retrieve({.ids = {20}, .with_vectors = WithVectors::all()}).value()[0].vectors.dense()[1], 0);
}

TEST_F(QdrantServer, NamedVectorsKeepTheirNames) {
  client_->create_collection(name_, {.vectors = NamedVectorParams{{"a", {.size = 2}}, {"b", {.size = 3, .distance = Distance::kDot}}}})
      .value();
  const Collection all = client_->collection(name_);
  const std::string uuid = "c4fe77e4-1f84-4dd5-9a9b-0c4c0b6c3b5a";
  all.upsert({{.id = uuid, .vectors = Vectors(std::vector<NamedVector>{{"a", DenseVector{0, 1}}, {"b", DenseVector{1, 2, 3}}})},
              {.id = 1, .vectors = Vectors(std::vector<NamedVector>{{"a", DenseVector{1, 0}}})}})
      .value();
  const auto hits = all.query({.query = Query(DenseVector{0, 1}), .using_vector = "a", .with_vectors = WithVectors::all()}).value();
  EXPECT_EQ(hits.at(0).id.text(), uuid);
  EXPECT_THAT(hits[0].vectors.dense("b"), ElementsAre(1, 2, 3));
  EXPECT_EQ(all.count(has_vector("b")).value(), 1u);
  ASSERT_TRUE(all.delete_vectors(std::vector<PointId>{uuid}, {"b"}));
  EXPECT_EQ(all.count(has_vector("b")).value(), 0u);
}

TEST_F(QdrantServer, RefusalsAreTheServersOwn) {
  const Collection all = circle();
  const auto wrong_size = all.query({.query = Query(DenseVector{1, 2, 3})});
  EXPECT_EQ(wrong_size.error().status, 400);
  EXPECT_EQ(wrong_size.error().message, "Wrong input: Vector dimension error: expected dim: 2, got 3");
  EXPECT_EQ(wrong_size.error().attempts, 1);
  EXPECT_EQ(all.query({.query = Query(PointId(77))}).error().message, "Not found: No point with id 77 found");
  EXPECT_EQ(all.query({.query = Query(PointId(-1))}).error().status, 400);
  const UploadReport report = all.upload(std::vector<Point>{{.id = 100, .vectors = DenseVector{1}}});
  ASSERT_EQ(report.failed.size(), 1u);
  EXPECT_THAT(report.failed[0].result.error().message, HasSubstr("expected dim: 2, got 1"));
}

TEST_F(QdrantServer, SnapshotsAreServedOrRefusedAsNotServed) {
  const Collection all = circle();
  const Snapshots snapshots = all.snapshots();
  EXPECT_TRUE(snapshots.list().value().empty());
  EXPECT_TRUE(kOverGrpc || all.shard_snapshots(0).list().value().empty());
  EXPECT_TRUE(client_->snapshots().list());
  EXPECT_EQ(client_->collection("nobody").snapshots().list().error().kind, ErrorKind::kNotFound);
  const std::string file = (std::filesystem::temp_directory_path() / (name_ + ".snapshot")).string();
  const auto absent = ::testing::AnyOf(ErrorKind::kNotFound, ErrorKind::kUnimplemented);
  EXPECT_THAT(snapshots.remove("none").error().kind, absent);
  EXPECT_THAT(snapshots.download("none", file).error().kind, absent);
  const auto made = snapshots.create();
  if (!made) {
    EXPECT_EQ(made.error().kind, ErrorKind::kUnimplemented) << made.error().to_text();
    std::ofstream(file) << "no snapshot";
    EXPECT_EQ(snapshots.upload(file).error().kind, ErrorKind::kUnimplemented);
    EXPECT_EQ(snapshots.recover("file:///none").error().kind, ErrorKind::kUnimplemented);
    std::filesystem::remove(file);
    return;
  }
  EXPECT_EQ(snapshots.list().value().at(0).name, made->name);
  if (kOverGrpc) return;
  EXPECT_EQ(snapshots.download(made->name, file).value(), made->size_bytes);
  ASSERT_TRUE(all.remove(field("price") >= 0));
  ASSERT_TRUE(snapshots.upload(file, {.priority = SnapshotPriority::kSnapshot, .checksum = made->checksum}));
  EXPECT_EQ(all.count().value(), 8u);
  EXPECT_TRUE(snapshots.remove(made->name).value());
  std::filesystem::remove(file);
}

TEST_F(QdrantServer, ManyPointsOverTwoConnections) {
  client_->create_collection(name_, {.vectors = VectorParams{.size = 8, .distance = Distance::kEuclid}}).value();
  const Collection all = client_->collection(name_);
  auto points = std::views::iota(std::uint64_t{0}, std::uint64_t{5000}) | std::views::transform([](std::uint64_t i) {
                  DenseVector vector(8, 0.1F);
                  vector[i % 8] = static_cast<float>(i);
                  return Point{.id = i, .vectors = std::move(vector)};
                });
  const UploadReport report = all.upload(points, {.batch_points = 300, .parallel = 2});
  EXPECT_TRUE(report.ok());
  EXPECT_EQ(report.progress.points_sent, 5000u);
  EXPECT_EQ(all.count().value(), 5000u);
  std::size_t count = 0;
  for (const Result<Record>& record : all.scroll({.limit = 700, .with_vectors = WithVectors::all()})) {
    const std::uint64_t i = record.value().id.number();
    ASSERT_EQ(record->vectors.dense()[i % 8], static_cast<float>(i));
    ++count;
  }
  EXPECT_EQ(count, 5000u);
}

}  // namespace
}  // namespace alidade::qdrant
