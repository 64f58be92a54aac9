// Every kind of gRPC call at once from many threads, from bytes to bytes without the transport, for
// ThreadSanitizer (the packaged gRPC library is not instrumented, the rest of the face is). Readers
// check that they never see a batch in part; a watchdog ends the program when nobody gets on.
#ifdef ALD_WITH_GRPC
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <thread>

#include "collection/catalogue.h"
#include "collections.pb.h"
#include "env/memory/memory_env.h"
#include "faces/qdrant_grpc/method.h"
#include "points.pb.h"

namespace alidade::app {
namespace {

using faces::qdrant_grpc::Method;
namespace method_internal = faces::qdrant_grpc::method_internal;

constexpr std::uint64_t kBatches = 20;
constexpr std::uint64_t kBatchSize =
    10;  // Ids [k × kBatchSize, (k + 1) × kBatchSize) are written together.
constexpr int kDim = 8;
constexpr const char* kName = "stressed";

bool is_long_form() {
  const char* text = std::getenv("ALIDADE_LONG");
  return text != nullptr && std::string_view(text) == "1";
}

std::uint64_t seed() {
  const char* text = std::getenv("ALIDADE_SEED");
  return text == nullptr ? 20261127 : std::strtoull(text, nullptr, 10);
}

class CodecStress {
 public:
  CodecStress() {
    auto opened = collection::Catalogue::open(
        {env_, log_, background_, {.checkpoint_log_bytes = 64 << 10}}, "data");
    EXPECT_TRUE(opened.ok()) << opened.status().to_string();
    catalogue_ = std::move(opened).value();
    dispatcher_.emplace(ops::Services{*catalogue_, env_, 0}, keys_, metrics_, log_);
    create(kName);
  }
  ~CodecStress() { background_.stop(); }

  void run(std::chrono::milliseconds length) {
    std::vector<std::thread> threads;
    const auto start = [&](void (CodecStress::*work)(std::mt19937_64&)) {
      threads.emplace_back([this, work, salt = threads.size()] {
        std::mt19937_64 random(seed() + salt);
        while (!stop_.load()) {
          (this->*work)(random);
          progress_.fetch_add(1);
        }
      });
    };
    for (int i = 0; i < 2; ++i) start(&CodecStress::write);
    for (int i = 0; i < 2; ++i) start(&CodecStress::read_batch);
    for (int i = 0; i < 2; ++i) start(&CodecStress::search);
    start(&CodecStress::list);
    start(&CodecStress::disturb);
    watch(length);
    stop_ = true;
    for (auto& thread : threads) thread.join();
  }

 private:
  template <typename Response, typename Request>
  Response call(std::string_view name, const Request& request, bool may_be_refused = false) {
    const auto table = faces::qdrant_grpc::methods();
    const auto method = std::find_if(table.begin(), table.end(),
                                     [&](const Method& row) { return row.name == name; });
    Response response;
    if (method == table.end()) {
      ADD_FAILURE() << "no method " << name;
      return response;
    }
    grpc::ByteBuffer in;
    grpc::ByteBuffer out;
    EXPECT_TRUE(method_internal::write_message(request, in).ok());
    observe::OpContext context;
    const Status status = method->run({*dispatcher_, context, method->name}, in, out);
    if (status.ok()) {
      EXPECT_TRUE(method_internal::read_message(out, response).ok()) << name;
    } else {
      EXPECT_TRUE(may_be_refused) << name << ": " << status.to_string();
    }
    return response;
  }

  void create(const std::string& name) {
    ::qdrant::CreateCollection request;
    request.set_collection_name(name);
    auto& vectors = *request.mutable_vectors_config()->mutable_params();
    vectors.set_size(kDim);
    vectors.set_distance(::qdrant::Euclid);
    request.mutable_hnsw_config()->set_m(8);
    request.mutable_optimizers_config()->set_indexing_threshold(1);
    call<::qdrant::CollectionOperationResponse>("/qdrant.Collections/Create", request,
                                                name != kName);
  }

  void watch(std::chrono::milliseconds length) {
    using Clock = std::chrono::steady_clock;
    const auto end = Clock::now() + length;
    auto last_change = Clock::now();
    std::uint64_t last = 0;
    while (Clock::now() < end) {
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
      if (const std::uint64_t now = progress_.load(); now != last) {
        last = now;
        last_change = Clock::now();
      } else if (Clock::now() - last_change > std::chrono::seconds(30)) {
        std::fprintf(stderr, "nobody got on for 30 s, seed=%llu\n",
                     static_cast<unsigned long long>(seed()));
        std::abort();
      }
    }
  }

  static void add_ids(std::uint64_t batch,
                      google::protobuf::RepeatedPtrField<::qdrant::PointId>& ids) {
    for (std::uint64_t i = 0; i < kBatchSize; ++i) ids.Add()->set_num(batch * kBatchSize + i);
  }

  /// One kind of change of a whole batch, as an entry of UpdateBatch or a call of its own.
  void write(std::mt19937_64& random) {
    const std::uint64_t batch = random() % kBatches;
    const auto stamp = static_cast<std::int64_t>(1 + random() % (1 << 20));
    const std::uint64_t kind = random() % 10;
    if (kind == 0) {
      ::qdrant::DeletePoints request;
      request.set_collection_name(kName);
      add_ids(batch, *request.mutable_points()->mutable_points()->mutable_ids());
      call<::qdrant::PointsOperationResponse>("/qdrant.Points/Delete", request);
    } else if (kind == 1) {
      ::qdrant::SetPayloadPoints request;
      request.set_collection_name(kName);
      (*request.mutable_payload())["note"].set_string_value(std::to_string(stamp));
      add_ids(batch, *request.mutable_points_selector()->mutable_points()->mutable_ids());
      // A point that is not there is refused.
      call<::qdrant::PointsOperationResponse>("/qdrant.Points/SetPayload", request, true);
    } else if (kind == 2) {
      ::qdrant::UpdateBatchPoints request;
      request.set_collection_name(kName);
      auto& clear = *request.add_operations()->mutable_delete_payload();
      clear.add_keys("note");
      add_ids(batch, *clear.mutable_points_selector()->mutable_points()->mutable_ids());
      *request.add_operations()->mutable_upsert()->mutable_points() = points_of(batch, stamp);
      call<::qdrant::UpdateBatchResponse>("/qdrant.Points/UpdateBatch", request, true);
    } else {
      ::qdrant::UpsertPoints request;
      request.set_collection_name(kName);
      request.set_wait(random() % 2 == 0);
      *request.mutable_points() = points_of(batch, stamp);
      call<::qdrant::PointsOperationResponse>("/qdrant.Points/Upsert", request);
    }
  }

  static google::protobuf::RepeatedPtrField<::qdrant::PointStruct> points_of(std::uint64_t batch,
                                                                             std::int64_t stamp) {
    google::protobuf::RepeatedPtrField<::qdrant::PointStruct> points;
    for (std::uint64_t i = 0; i < kBatchSize; ++i) {
      auto& point = *points.Add();
      point.mutable_id()->set_num(batch * kBatchSize + i);
      auto& values = *point.mutable_vectors()->mutable_vector()->mutable_dense();
      for (int d = 0; d < kDim; ++d) values.add_data(static_cast<float>(stamp));
      (*point.mutable_payload())["stamp"].set_integer_value(stamp);
      (*point.mutable_payload())["tag"].set_string_value("t" + std::to_string(stamp % 7));
    }
    return points;
  }

  void read_batch(std::mt19937_64& random) {
    ::qdrant::GetPoints request;
    request.set_collection_name(kName);
    add_ids(random() % kBatches, *request.mutable_ids());
    request.mutable_with_payload()->set_enable(true);
    request.mutable_with_vectors()->set_enable(true);
    const auto response = call<::qdrant::GetResponse>("/qdrant.Points/Get", request);
    EXPECT_TRUE(response.result().empty() || response.result_size() == static_cast<int>(kBatchSize))
        << "a batch in part: " << response.result_size() << " points";
    std::set<std::int64_t> stamps;
    for (const auto& point : response.result()) {
      const std::int64_t stamp = point.payload().at("stamp").integer_value();
      stamps.insert(stamp);
      EXPECT_EQ(point.vectors().vector().dense().data_size(), kDim);
      for (const float value : point.vectors().vector().dense().data())
        EXPECT_EQ(value, static_cast<float>(stamp));
    }
    EXPECT_LE(stamps.size(), 1U) << "a batch in part";
  }

  static void add_condition(std::mt19937_64& random, ::qdrant::Filter& filter) {
    auto& field = *filter.add_must()->mutable_field();
    if (random() % 2 == 0) {
      field.set_key("tag");
      field.mutable_match()->set_keyword("t" + std::to_string(random() % 7));
    } else {
      field.set_key("stamp");
      field.mutable_range()->set_gte(static_cast<double>(random() % (1 << 20)));
    }
  }

  void search(std::mt19937_64& random) {
    ::qdrant::QueryPoints request;
    request.set_collection_name(kName);
    auto& values = *request.mutable_query()->mutable_nearest()->mutable_dense();
    for (int d = 0; d < kDim; ++d) values.add_data(static_cast<float>(random() % (1 << 20)));
    request.mutable_params()->set_exact(random() % 2 == 0);
    request.mutable_with_payload()->set_enable(true);
    if (random() % 2 == 0) add_condition(random, *request.mutable_filter());
    if (random() % 4 == 0) {
      ::qdrant::QueryBatchPoints both;
      both.set_collection_name(kName);
      *both.add_query_points() = request;
      *both.add_query_points() = request;
      EXPECT_EQ(call<::qdrant::QueryBatchResponse>("/qdrant.Points/QueryBatch", both).result_size(),
                2);
      return;
    }
    const auto response = call<::qdrant::QueryResponse>("/qdrant.Points/Query", request);
    EXPECT_LE(response.result_size(), 10);
    for (int i = 1; i < response.result_size(); ++i) {
      EXPECT_LE(response.result(i - 1).score(), response.result(i).score());
    }
  }

  void list(std::mt19937_64& random) {
    ::qdrant::Filter filter;
    add_condition(random, filter);
    switch (random() % 4) {
      case 0: {
        ::qdrant::ScrollPoints request;
        request.set_collection_name(kName);
        *request.mutable_filter() = filter;
        call<::qdrant::ScrollResponse>("/qdrant.Points/Scroll", request);
        break;
      }
      case 1: {
        ::qdrant::CountPoints request;
        request.set_collection_name(kName);
        *request.mutable_filter() = filter;
        call<::qdrant::CountResponse>("/qdrant.Points/Count", request);
        break;
      }
      case 2: {
        ::qdrant::FacetCounts request;
        request.set_collection_name(kName);
        request.set_key("tag");
        call<::qdrant::FacetResponse>("/qdrant.Points/Facet", request,
                                      true);  // Without an index: refused.
        break;
      }
      default: {
        ::qdrant::GetCollectionInfoRequest request;
        request.set_collection_name(kName);
        call<::qdrant::GetCollectionInfoResponse>("/qdrant.Collections/Get", request);
        call<::qdrant::ListCollectionsResponse>("/qdrant.Collections/List",
                                                ::qdrant::ListCollectionsRequest());
      }
    }
  }

  void disturb(std::mt19937_64& random) {
    switch (random() % 4) {
      case 0: {
        ::qdrant::CreateFieldIndexCollection request;
        request.set_collection_name(kName);
        request.set_field_name(random() % 2 == 0 ? "tag" : "stamp");
        request.set_field_type(request.field_name() == "tag" ? ::qdrant::FieldTypeKeyword
                                                             : ::qdrant::FieldTypeInteger);
        call<::qdrant::PointsOperationResponse>("/qdrant.Points/CreateFieldIndex", request);
        break;
      }
      case 1: {
        ::qdrant::DeleteFieldIndexCollection request;
        request.set_collection_name(kName);
        request.set_field_name("tag");
        call<::qdrant::PointsOperationResponse>("/qdrant.Points/DeleteFieldIndex", request);
        break;
      }
      case 2: {
        ::qdrant::DeleteCollection request;
        request.set_collection_name("other");
        create("other");
        call<::qdrant::CollectionOperationResponse>("/qdrant.Collections/Delete", request);
        break;
      }
      default: {
        ::qdrant::ChangeAliases request;
        auto& alias = *request.add_actions()->mutable_create_alias();
        alias.set_collection_name(kName);
        alias.set_alias_name("alias");
        call<::qdrant::CollectionOperationResponse>("/qdrant.Collections/UpdateAliases", request);
        call<::qdrant::ListAliasesResponse>("/qdrant.Collections/ListAliases",
                                            ::qdrant::ListAliasesRequest());
      }
    }
  }

  env::MemoryEnv env_;
  observe::Log log_{observe::LogLevel::kOff, [] { return std::int64_t{0}; }};
  observe::Metrics metrics_;
  auth::KeyRing keys_;
  shard::Background background_{{.sync_interval = std::chrono::milliseconds(5)}};
  std::unique_ptr<collection::Catalogue> catalogue_;
  std::optional<ops::Dispatcher> dispatcher_;
  std::atomic<bool> stop_ = false;
  std::atomic<std::uint64_t> progress_ = 0;
};

TEST(CodecStress, ReadersNeverSeeABatchInPart) {
  SCOPED_TRACE("seed=" + std::to_string(seed()));
  CodecStress().run(is_long_form() ? std::chrono::minutes(5) : std::chrono::milliseconds(500));
}

}  // namespace
}  // namespace alidade::app
#endif
