// The client over gRPC against a server that answers as told.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <thread>

#include "alidade/qdrant.h"
#include "alidade/qdrant/grpc.h"
#include "alidade_qdrant/collections.pb.h"
#include "alidade_qdrant/points.pb.h"
#include "alidade_qdrant/qdrant.pb.h"
#include "alidade_qdrant/snapshots_service.pb.h"
#include "testing/relay.h"
#include "testing/stub_grpc.h"

namespace alidade::qdrant {
namespace {

namespace pb = alidade_wire;
using client::testing::Certificates;
using client::testing::StubGrpc;
using google::protobuf::Message;
using std::chrono::milliseconds;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

class QdrantGrpc : public ::testing::Test {
 protected:
  static ClientOptions options_for(const std::string& url) {
    ClientOptions options{.url = url};
    options.connection.proxy = "none";
    options.retry.min_delay = options.retry.max_delay = milliseconds(1);
    options.retry.jitter = false;
    return options;
  }
  static Client make(ClientOptions options) {
    if (!options.transport) options.transport = make_grpc_transport(options.connection);
    return Client::make(std::move(options)).value();
  }
  Client client() const { return make(options_for(server_.url())); }
  Collection books() const { return client().collection("my books"); }
  void push_update(std::uint64_t operation = 4) {
    pb::PointsOperationResponse answer;
    answer.mutable_result()->set_operation_id(operation);
    answer.mutable_result()->set_status(pb::Completed);
    server_.push(answer);
  }

  StubGrpc server_;
};

TEST_F(QdrantGrpc, PointsGoAsTheyLieInMemory) {
  push_update();
  PointBatch batch = books().batch();
  const std::vector<float> values = {0.1F, -2.5F, 3e-20F};
  batch.add(7, values, Json(Json::Object{{"a", Json(Json::Array{1, 2.5, nullptr, "x", true})}}));
  batch.add("c4fe77e4-1f84-4dd5-9a9b-0c4c0b6c3b5a",
            Vectors(std::vector<NamedVector>{{"d", DenseVector{1, 2}}, {"s", SparseVector{{3}, {0.5F}}}, {"m", MultiVector{{{1}, {2}}}}}));
  EXPECT_EQ(batch.values().size(), 5u);
  const auto done = books().upsert(batch, {.wait = false,
                                           .ordering = WriteOrdering::kStrong,
                                           .timeout_s = 3,
                                           .shard_key = ShardKeySelector(7),
                                           .update_filter = field("a") == 1,
                                           .mode = UpdateMode::kUpdateOnly});
  ASSERT_TRUE(done) << done.error().to_text();
  EXPECT_EQ(done->operation_id, 4u);
  EXPECT_EQ(done->status, UpdateStatus::kCompleted);
  EXPECT_EQ(server_.last().method, "/qdrant.Points/Upsert");
  const auto sent = server_.last().as<pb::UpsertPoints>();
  EXPECT_EQ(sent.collection_name(), "my books");
  EXPECT_FALSE(sent.wait());
  EXPECT_EQ(sent.ordering().type(), pb::Strong);
  EXPECT_EQ(sent.timeout(), 3u);
  EXPECT_EQ(sent.shard_key_selector().shard_keys(0).number(), 7u);
  EXPECT_EQ(sent.update_filter().must(0).field().match().integer(), 1);
  EXPECT_EQ(sent.update_mode(), pb::UpdateOnly);
  ASSERT_EQ(sent.points_size(), 2);
  EXPECT_EQ(sent.points(0).id().num(), 7u);
  EXPECT_THAT(sent.points(0).vectors().vector().dense().data(), ElementsAre(0.1F, -2.5F, 3e-20F));
  const auto& list = sent.points(0).payload().at("a").list_value();
  EXPECT_EQ(list.values(0).integer_value(), 1);
  EXPECT_EQ(list.values(1).double_value(), 2.5);
  EXPECT_TRUE(list.values(2).has_null_value());
  EXPECT_EQ(list.values(3).string_value(), "x");
  EXPECT_TRUE(list.values(4).bool_value());
  const auto& named = sent.points(1).vectors().vectors().vectors();
  EXPECT_THAT(named.at("d").dense().data(), ElementsAre(1, 2));
  EXPECT_THAT(named.at("s").sparse().indices(), ElementsAre(3));
  EXPECT_THAT(named.at("m").multi_dense().vectors(1).data(), ElementsAre(2));
}

TEST_F(QdrantGrpc, ABatchOfNoTransportFitsAndOneOfGrpcFitsNowhereElse) {
  push_update();
  ASSERT_TRUE(books().upsert(PointBatch().add(1, DenseVector{0.1F, 2}), {}));
  EXPECT_THAT(server_.last().as<pb::UpsertPoints>().points(0).vectors().vector().dense().data(), ElementsAre(0.1F, 2));
  PointBatch batch = books().batch();
  batch.add(1, DenseVector{1});
  const auto over_rest = Client::make(options_for(server_.url())).value().collection("c").upsert(batch);
  EXPECT_EQ(over_rest.error().kind, ErrorKind::kInvalidArgument);
  // Changes carry the values of their batches, in order.
  pb::UpdateBatchResponse answer;
  answer.add_result()->set_status(pb::Acknowledged);
  answer.add_result()->set_status(pb::WaitTimeout);
  server_.push(answer);
  PointBatch second = books().batch();
  second.add(2, DenseVector{2, 3});
  const auto both = books().update({Change::upsert(batch), Change::update_vectors(second), Change::remove(field("a") == 1)});
  ASSERT_TRUE(both) << both.error().to_text();
  EXPECT_EQ(both->at(1).status, UpdateStatus::kWaitTimeout);
  const auto sent = server_.last().as<pb::UpdateBatchPoints>();
  EXPECT_TRUE(sent.wait());
  EXPECT_THAT(sent.operations(0).upsert().points(0).vectors().vector().dense().data(), ElementsAre(1));
  EXPECT_THAT(sent.operations(1).update_vectors().points(0).vectors().vector().dense().data(), ElementsAre(2, 3));
  EXPECT_EQ(sent.operations(2).delete_points().points().filter().must_size(), 1);
  batch.clear();
  EXPECT_TRUE(batch.values().empty());
}

TEST_F(QdrantGrpc, AQueryAndItsHits) {
  pb::QueryResponse answer;
  pb::ScoredPoint& hit = *answer.add_result();
  hit.mutable_id()->set_uuid("u");
  hit.set_score(0.5F);
  hit.set_version(9);
  (*hit.mutable_payload())["b"].set_integer_value(-3);
  (*(*hit.mutable_payload())["a"].mutable_struct_value()->mutable_fields())["x"].set_double_value(1.5);
  (*hit.mutable_vectors()->mutable_vectors()->mutable_vectors())["d"].mutable_dense()->add_data(2);
  (*hit.mutable_vectors()->mutable_vectors()->mutable_vectors())["s"].mutable_sparse()->add_indices(4);
  (*hit.mutable_vectors()->mutable_vectors()->mutable_vectors())["s"].mutable_sparse()->add_values(5);
  hit.mutable_shard_key()->set_keyword("eu");
  hit.mutable_order_value()->set_float_(2.5);
  // As servers before 1.16 sent it.
  pb::ScoredPoint& old = *answer.add_result();
  old.mutable_id()->set_num(1);
  old.mutable_vectors()->mutable_vector()->add_data(1);
  old.mutable_vectors()->mutable_vector()->add_data(2);
  old.mutable_vectors()->mutable_vector()->set_vectors_count(2);
  server_.push(answer);
  const auto hits = books().query({.query = Query(DenseVector{1, 2}),
                                   .prefetch = {{.query = Query(PointId(3)), .limit = 5}},
                                   .using_vector = "d",
                                   .filter = field("a") > 1.5,
                                   .score_threshold = 0.25,
                                   .limit = 7,
                                   .with_payload = WithPayload::include({"a", "b"}),
                                   .with_vectors = WithVectors::all()},
                                  {.consistency = "majority", .timeout_s = 2});
  ASSERT_TRUE(hits) << hits.error().to_text();
  const auto sent = server_.last().as<pb::QueryPoints>();
  EXPECT_EQ(server_.last().method, "/qdrant.Points/Query");
  EXPECT_THAT(sent.query().nearest().dense().data(), ElementsAre(1, 2));
  EXPECT_EQ(sent.prefetch(0).query().nearest().id().num(), 3u);
  EXPECT_EQ(sent.using_(), "d");
  EXPECT_EQ(sent.filter().must(0).field().range().gt(), 1.5);
  EXPECT_EQ(sent.limit(), 7u);
  EXPECT_THAT(sent.with_payload().include().fields(), ElementsAre("a", "b"));
  EXPECT_TRUE(sent.with_vectors().enable());
  EXPECT_EQ(sent.read_consistency().type(), pb::Majority);
  EXPECT_EQ(sent.timeout(), 2u);
  ASSERT_EQ(hits->size(), 2u);
  EXPECT_EQ(hits->at(0).id, PointId("u"));
  EXPECT_EQ(hits->at(0).score, 0.5);
  EXPECT_EQ(hits->at(0).version, 9u);
  EXPECT_EQ(hits->at(0).payload.to_text(), R"({"a":{"x":1.5},"b":-3})");
  EXPECT_THAT(hits->at(0).vectors.dense("d"), ElementsAre(2));
  EXPECT_EQ(*hits->at(0).vectors.find("s"), Vector(SparseVector{{4}, {5}}));
  EXPECT_EQ(hits->at(0).shard_key, Json("eu"));
  EXPECT_EQ(hits->at(0).order_value, Json(2.5));
  EXPECT_EQ(*hits->at(1).vectors.find(""), Vector(MultiVector{{{1}, {2}}}));
  pb::QueryBatchResponse lists;
  lists.add_result();
  *lists.add_result()->add_result() = hit;
  server_.push(lists);
  EXPECT_EQ(books().query_batch({{.query = Query::sample()}, {.query = Query::sample()}}).value().at(1).size(), 1u);
  EXPECT_EQ(server_.last().as<pb::QueryBatchPoints>().query_points(1).collection_name(), "my books");
}

TEST_F(QdrantGrpc, TheOtherReads) {
  pb::ScrollResponse page;
  page.add_result()->mutable_id()->set_num(1);
  page.mutable_next_page_offset()->set_num(2);
  server_.push(page);
  pb::ScrollResponse end;
  end.add_result()->mutable_id()->set_num(2);
  server_.push(end);
  std::vector<PointId> ids;
  for (const Result<Record>& record : books().scroll({.limit = 1})) ids.push_back(record.value().id);
  EXPECT_THAT(ids, ElementsAre(PointId(1), PointId(2)));
  EXPECT_EQ(server_.last().as<pb::ScrollPoints>().offset().num(), 2u);
  pb::CountResponse count;
  count.mutable_result()->set_count(5);
  server_.push(count);
  EXPECT_EQ(books().count().value(), 5u);
  EXPECT_TRUE(server_.last().as<pb::CountPoints>().exact());
  pb::FacetResponse facet;
  facet.add_hits()->mutable_value()->set_bool_value(true);
  server_.push(facet);
  EXPECT_EQ(books().facet({.key = "k"}).value().at(0).value, Json(true));
  pb::QueryGroupsResponse groups;
  groups.mutable_result()->add_groups()->mutable_id()->set_integer_value(-1);
  groups.mutable_result()->mutable_groups(0)->add_hits()->mutable_id()->set_num(4);
  groups.mutable_result()->mutable_groups(0)->mutable_lookup()->mutable_id()->set_num(5);
  server_.push(groups);
  const auto grouped = books().query_groups({.query = {.query = Query::sample()}, .group_by = "g", .with_lookup = "c"}).value();
  EXPECT_EQ(grouped.at(0).id, Json(-1));
  EXPECT_EQ(grouped.at(0).lookup->id, PointId(5));
  EXPECT_EQ(server_.last().as<pb::QueryPointGroups>().with_lookup().collection(), "c");
  pb::SearchMatrixPairsResponse pairs;
  pairs.mutable_result()->add_pairs()->mutable_b()->set_num(2);
  server_.push(pairs);
  EXPECT_EQ(books().matrix_pairs({.sample = 3}).value().at(0).b, PointId(2));
  pb::SearchMatrixOffsetsResponse offsets;
  offsets.mutable_result()->add_ids()->set_num(3);
  server_.push(offsets);
  EXPECT_THAT(books().matrix_offsets({}).value().ids, ElementsAre(PointId(3)));
  pb::GetResponse got;
  got.add_result()->mutable_id()->set_num(8);
  server_.push(got);
  EXPECT_EQ(books().retrieve({.ids = {8}}).value().at(0).id, PointId(8));
}

TEST_F(QdrantGrpc, SettingsAndWhatIsToldAboutThem) {
  pb::CollectionOperationResponse done;
  done.set_result(true);
  server_.push(done);
  ASSERT_TRUE(client().create_collection(
      "c", {.vectors = VectorParams{.size = 4, .distance = Distance::kDot, .hnsw = HnswConfig{.m = 8}, .datatype = Datatype::kFloat16},
            .sparse_vectors = {{"s", {.modifier = Modifier::kIdf}}},
            .quantization = BinaryQuantization{.encoding = "two_bits"},
            .shard_number = 2,
            .metadata = Json(Json::Object{{"k", 1}})}));
  const auto sent = server_.last().as<pb::CreateCollection>();
  EXPECT_EQ(sent.collection_name(), "c");
  EXPECT_EQ(sent.vectors_config().params().distance(), pb::Dot);
  EXPECT_EQ(sent.vectors_config().params().datatype(), pb::Float16);
  EXPECT_EQ(sent.vectors_config().params().hnsw_config().m(), 8u);
  EXPECT_EQ(sent.sparse_vectors_config().map().at("s").modifier(), pb::Idf);
  EXPECT_EQ(sent.quantization_config().binary().encoding(), pb::TwoBits);
  EXPECT_EQ(sent.metadata().at("k").integer_value(), 1);
  pb::GetCollectionInfoResponse told;
  pb::CollectionInfo& info = *told.mutable_result();
  info.set_status(pb::Yellow);
  info.mutable_optimizer_status()->set_ok(true);
  info.set_points_count(3);
  *info.mutable_config()->mutable_params()->mutable_vectors_config() = sent.vectors_config();
  info.mutable_config()->mutable_optimizer_config()->mutable_max_optimization_threads()->set_value(4);
  auto& field_info = (*info.mutable_payload_schema())["f"];
  field_info.set_data_type(pb::Integer);
  field_info.set_points(2);
  field_info.mutable_params()->mutable_integer_index_params()->set_lookup(true);
  server_.push(told);
  const CollectionInfo read = books().info().value();
  EXPECT_EQ(read.status, CollectionStatus::kYellow);
  EXPECT_EQ(read.optimizer_status, "ok");
  EXPECT_EQ(read.points_count, 3u);
  EXPECT_EQ(read.config.find("params")->find("vectors")->to_text(),
            R"({"size":4,"distance":"Dot","hnsw_config":{"m":8},"datatype":"float16"})");
  EXPECT_EQ(read.config.find("optimizer_config")->to_text(), R"({"max_optimization_threads":4})");
  EXPECT_EQ(read.payload_schema.at("f").type, "integer");
  EXPECT_EQ(read.payload_schema.at("f").params.to_text(), R"({"type":"integer","lookup":true})");
  push_update();
  ASSERT_TRUE(books().create_index("f", {.type = IndexType::kText, .tokenizer = "word", .scoring = true}));
  const auto index = server_.last().as<pb::CreateFieldIndexCollection>();
  EXPECT_EQ(index.field_type(), pb::FieldTypeText);
  EXPECT_EQ(index.field_index_params().text_index_params().tokenizer(), pb::Word);
  EXPECT_TRUE(index.field_index_params().text_index_params().has_scoring());
  push_update();
  ASSERT_TRUE(books().delete_index("a/b"));
  EXPECT_EQ(server_.last().as<pb::DeleteFieldIndexCollection>().field_name(), "a/b");
  push_update();
  ASSERT_TRUE(books().create_vector("v", SparseVectorParams{.modifier = Modifier::kIdf, .datatype = Datatype::kUint8}));
  EXPECT_EQ(server_.last().as<pb::CreateVectorNameRequest>().sparse_config().datatype(), pb::Uint8);
}

TEST_F(QdrantGrpc, AliasesSnapshotsAndTheServer) {
  pb::HealthCheckReply health;
  health.set_title("t");
  health.set_version("1.20.0");
  server_.push(health);
  EXPECT_EQ(client().version().value().version, "1.20.0");
  server_.push(health);
  EXPECT_TRUE(client().is_ready().value());
  pb::ListAliasesResponse aliases;
  aliases.add_aliases()->set_alias_name("a");
  server_.push(aliases);
  EXPECT_THAT(books().aliases().value(), ElementsAre(Alias{"a", ""}));
  pb::CollectionOperationResponse done;
  done.set_result(true);
  server_.push(done);
  ASSERT_TRUE(client().update_aliases({AliasAction::create("a", "c"), AliasAction::remove("b")}));
  EXPECT_EQ(server_.last().as<pb::ChangeAliases>().actions(1).delete_alias().alias_name(), "b");
  pb::CollectionExistsResponse exists;
  exists.mutable_result()->set_exists(true);
  server_.push(exists);
  EXPECT_TRUE(client().collection_exists("c").value());
  pb::ListCollectionsResponse names;
  names.add_collections()->set_name("c");
  server_.push(names);
  EXPECT_THAT(client().list_collections().value(), ElementsAre("c"));
  pb::CreateSnapshotResponse made;
  made.mutable_snapshot_description()->set_name("s");
  made.mutable_snapshot_description()->mutable_creation_time()->set_seconds(1767323045);
  server_.push(made);
  EXPECT_EQ(books().snapshots().create().value().creation_time, "2026-01-02T03:04:05");
  EXPECT_EQ(server_.last().method, "/qdrant.Snapshots/Create");
  server_.push(pb::DeleteSnapshotResponse());
  EXPECT_TRUE(client().snapshots().remove("s").value());
  EXPECT_EQ(server_.last().as<pb::DeleteFullSnapshotRequest>().snapshot_name(), "s");
}

TEST_F(QdrantGrpc, WhatItLacksIsToldWithoutASend) {
  EXPECT_EQ(client().request("GET", "/cluster").error().kind, ErrorKind::kUnimplemented);
  EXPECT_EQ(books().snapshots().download("s", "/dev/null").error().kind, ErrorKind::kUnimplemented);
  EXPECT_EQ(books().snapshots().start_create().error().kind, ErrorKind::kUnimplemented);
  EXPECT_EQ(books().shard_snapshots(0).list().error().kind, ErrorKind::kUnimplemented);
  const auto unknown = client().create_collection("c", {.extra = Json(Json::Object{{"new_setting", 1}})});
  EXPECT_EQ(unknown.error().kind, ErrorKind::kUnimplemented);
  EXPECT_THAT(unknown.error().message, HasSubstr("'new_setting'"));
  EXPECT_THAT(books().count(Condition::raw(Json(Json::Object{{"magic", 1}}))).error().message, HasSubstr("'magic'"));
  EXPECT_THAT(books().query({.query = Query::raw(Json(Json::Object{{"fusion", "new"}}))}).error().message, HasSubstr("'new'"));
  EXPECT_EQ(books().count(Condition::of_text("{")).error().kind, ErrorKind::kInvalidArgument);
  EXPECT_TRUE(server_.requests().empty());
}

TEST_F(QdrantGrpc, RefusalsHaveTheKindsOfRest) {
  const std::vector<std::tuple<grpc::StatusCode, ErrorKind, int>> rows = {
      {grpc::INVALID_ARGUMENT, ErrorKind::kRejected, 400},    {grpc::UNAUTHENTICATED, ErrorKind::kUnauthenticated, 401},
      {grpc::PERMISSION_DENIED, ErrorKind::kPermissionDenied, 403}, {grpc::NOT_FOUND, ErrorKind::kNotFound, 404},
      {grpc::ALREADY_EXISTS, ErrorKind::kAlreadyExists, 409}, {grpc::FAILED_PRECONDITION, ErrorKind::kPreconditionFailed, 412},
      {grpc::UNIMPLEMENTED, ErrorKind::kUnimplemented, 501}};
  for (const auto& [code, kind, status] : rows) {
    server_.refuse(code, "Wrong \"input\"");
    const auto answer = books().count();
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().kind, kind);
    EXPECT_EQ(answer.error().status, status);
    EXPECT_EQ(answer.error().message, "Wrong \"input\"");
    EXPECT_EQ(answer.error().attempts, 1);
  }
  ClientOptions with_key = options_for(server_.url());
  with_key.api_key = "the-secret";
  with_key.headers = {{"X-Own", "1", false}};
  server_.refuse(grpc::UNAUTHENTICATED, "no such key: the-secret");
  const auto refused = make(with_key).list_collections();
  EXPECT_EQ(refused.error().message, "no such key: ***");
  EXPECT_EQ(server_.last().header("api-key"), "the-secret");
  EXPECT_EQ(server_.last().header("x-own"), "1");
}

TEST_F(QdrantGrpc, RetriesAreThoseOfTheClient) {
  server_.refuse(grpc::UNAVAILABLE, "busy");
  server_.refuse(grpc::INTERNAL, "no");
  pb::CountResponse count;
  server_.push(count);
  EXPECT_TRUE(books().count());
  EXPECT_EQ(server_.requests().size(), 3u);
  server_.refuse(grpc::INTERNAL, "no");
  EXPECT_EQ(client().create_collection("c", {}).error().kind, ErrorKind::kServer);
  EXPECT_EQ(server_.requests().size(), 4u);
  server_.push(StubGrpc::Step{.status = grpc::Status(grpc::RESOURCE_EXHAUSTED, "slow down"), .trailers = {{"retry-after", "86400"}}});
  const auto limited = books().count();
  EXPECT_EQ(limited.error().kind, ErrorKind::kRateLimited);
  EXPECT_EQ(limited.error().attempts, 1);
  auto options = options_for("http://127.0.0.1:1");
  options.retry.max_retries = 1;
  const auto nobody = make(options).list_collections();
  EXPECT_EQ(nobody.error().kind, ErrorKind::kConnection) << nobody.error().to_text();
  EXPECT_EQ(nobody.error().attempts, 2);
}

TEST_F(QdrantGrpc, AServerThatComesBackIsFoundAgain) {
  auto first = std::make_unique<StubGrpc>();
  const int port = first->port();
  auto options = options_for(first->url());
  options.retry.max_retries = 0;
  const Client client = make(options);
  ASSERT_TRUE(client.list_collections());
  first.reset();
  // Long enough for gRPC's own pauses between attempts to grow beyond the patience below.
  const auto silence = std::chrono::steady_clock::now() + std::chrono::seconds(4);
  while (std::chrono::steady_clock::now() < silence) {
    EXPECT_FALSE(client.list_collections());
    std::this_thread::sleep_for(milliseconds(50));
  }
  const StubGrpc second(grpc::InsecureServerCredentials(), port);
  ASSERT_EQ(second.port(), port);
  const auto patience = std::chrono::steady_clock::now() + milliseconds(2500);
  bool is_found = false;
  while (!is_found && std::chrono::steady_clock::now() < patience) {
    is_found = client.list_collections().has_value();
    std::this_thread::sleep_for(milliseconds(20));
  }
  EXPECT_TRUE(is_found);
}

TEST_F(QdrantGrpc, HeadersThatGrpcCannotCarryAreRefused) {
  for (const client::Header& header : {client::Header{"x-name", "Gr\xc3\xbc\xc3\x9f" "e", false}, client::Header{"x name", "a", false},
                                       client::Header{":path", "/", false}}) {
    CallOptions call;
    call.headers = {header};
    const auto refused = client().list_collections(call);
    EXPECT_EQ(refused.error().kind, ErrorKind::kInvalidArgument) << header.name;
  }
  EXPECT_TRUE(server_.requests().empty());
  CallOptions call;
  call.headers = {{"trace-bin", "\xff\xfe", false}};
  EXPECT_TRUE(client().list_collections(call));
}

TEST_F(QdrantGrpc, DeadlinesAndStopsEndACall) {
  server_.push(StubGrpc::Step{.delay = std::chrono::seconds(20)});
  const auto late = books().count({}, true, {}, CallOptions::within(milliseconds(100)));
  EXPECT_EQ(late.error().kind, ErrorKind::kTimeout) << late.error().to_text();
  EXPECT_TRUE(server_.last().has_deadline);
  server_.push(StubGrpc::Step{.delay = std::chrono::seconds(20)});
  std::stop_source source;
  CallOptions call;
  call.stop = source.get_token();
  const auto before = server_.requests().size();
  const Collection collection = books();
  auto future = collection.run_async([call](const Collection& c) { return c.count({}, true, {}, call); });
  while (server_.requests().size() == before) std::this_thread::yield();
  source.request_stop();
  EXPECT_EQ(future.get().error().kind, ErrorKind::kCancelled);
}

TEST_F(QdrantGrpc, AnswersThatCannotBeReadOrAreTooLong) {
  server_.push(StubGrpc::Step{.bytes = "\xff\xff\xff"});
  EXPECT_EQ(books().count().error().kind, ErrorKind::kBadAnswer);
  auto options = options_for(server_.url());
  options.connection.max_response_bytes = 1000;
  options.retry.max_retries = 0;
  pb::HealthCheckReply long_one;
  long_one.set_title(std::string(2000, 'x'));
  server_.push(long_one);
  const auto too_long = make(options).version();
  EXPECT_EQ(too_long.error().kind, ErrorKind::kTooLarge) << too_long.error().to_text();
}

TEST_F(QdrantGrpc, ManyThreadsShareOneClient) {
  const Collection collection = books();
  std::atomic<int> good = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      for (int n = 0; n < 25; ++n) good += collection.count().has_value();
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(good, 100);
}

TEST(QdrantGrpcTls, ServersAndClientsShowCertificates) {
  Certificates certificates;
  certificates.authority("ours");
  certificates.authority("theirs");
  certificates.issue("ours", "server", "server", "IP:127.0.0.1");
  certificates.issue("ours", "client", "client", "DNS:client.test");
  const auto content = [](const std::string& path) {
    std::ifstream file(path);
    return std::string(std::istreambuf_iterator<char>(file), {});
  };
  grpc::SslServerCredentialsOptions tls(GRPC_SSL_REQUEST_AND_REQUIRE_CLIENT_CERTIFICATE_AND_VERIFY);
  tls.pem_root_certs = content(certificates.certificate("ours"));
  tls.pem_key_cert_pairs.push_back({content(certificates.key("server")), content(certificates.certificate("server"))});
  StubGrpc server(grpc::SslServerCredentials(tls));
  const auto list = [&](const char* authority, const char* own) {
    ClientOptions options{.url = "https://127.0.0.1:" + std::to_string(server.port())};
    options.retry.max_retries = 0;
    options.connection.proxy = "none";
    options.connection.tls.ca_file = certificates.certificate(authority);
    if (own != nullptr) {
      options.connection.tls.certificate_file = certificates.certificate(own);
      options.connection.tls.key_file = certificates.key(own);
    }
    options.transport = make_grpc_transport(options.connection);
    return Client::make(std::move(options)).value().list_collections(CallOptions::within(std::chrono::seconds(10)));
  };
  const auto good = list("ours", "client");
  EXPECT_TRUE(good) << good.error().to_text();
  EXPECT_FALSE(list("theirs", "client"));
  EXPECT_FALSE(list("ours", nullptr));
  // Not those of the system instead.
  ClientOptions options{.url = "https://127.0.0.1:" + std::to_string(server.port())};
  options.connection.tls.ca_file = "/nowhere/authorities.pem";
  options.retry.max_retries = 0;
  options.transport = make_grpc_transport(options.connection);
  const auto unread = Client::make(std::move(options)).value().list_collections();
  EXPECT_EQ(unread.error().kind, ErrorKind::kTls);
  EXPECT_THAT(unread.error().message, HasSubstr("/nowhere/authorities.pem"));
  EXPECT_EQ(server.requests().size(), 1u);
}

}  // namespace
}  // namespace alidade::qdrant
