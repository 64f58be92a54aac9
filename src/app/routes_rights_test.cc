// Every route and method of the faces, from their own tables, with every kind of credential: who may not come in gets no
// further, and a token for one collection opens nothing else. A route that is added to a table is tried here as well.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <future>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "auth/keys.h"
#include "collection/catalogue.h"
#include "env/memory/memory_env.h"
#include "faces/chroma_rest/chroma_rest.h"
#include "faces/chroma_rest/routes.h"
#include "faces/qdrant_rest/qdrant_rest.h"
#include "faces/qdrant_rest/route.h"
#include "observe/metrics.h"
#include "ops/dispatcher.h"

#if ALD_WITH_GRPC
#include <google/protobuf/descriptor.h>
#include <google/protobuf/descriptor.pb.h>
#include <google/protobuf/message.h>
#include <grpcpp/support/byte_buffer.h>

#include "faces/qdrant_grpc/errors.h"
#include "faces/qdrant_grpc/method.h"
#endif

namespace alidade::app::routes_rights {
namespace {

// JSON web tokens, signed with HMAC-SHA-256 under "full-key".
#define ALD_TOKEN "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9."
constexpr const char* kFullKey = "full-key";
constexpr const char* kReadKey = "read-key";
/// access: [{collection: mine, access: …}]
constexpr const char* kMineRead =
    ALD_TOKEN "eyJhY2Nlc3MiOlt7ImNvbGxlY3Rpb24iOiJtaW5lIiwiYWNjZXNzIjoiciJ9XX0.FFdWd0s25J-1CGQ41AH0MMxH7sJ-j7PZHxn6it-fi1Q";
constexpr const char* kMineWrite =
    ALD_TOKEN "eyJhY2Nlc3MiOlt7ImNvbGxlY3Rpb24iOiJtaW5lIiwiYWNjZXNzIjoicncifV19.PdkFptRBeLRPpgox_cKqJDyRnizxY_K72n0D0H-dBwE";
constexpr const char* kMinePoints =
    ALD_TOKEN "eyJhY2Nlc3MiOlt7ImNvbGxlY3Rpb24iOiJtaW5lIiwiYWNjZXNzIjoicHJ3In1dfQ.Uf2E8fnPprwRwuRQowvInihs49TZTHNPI3zDSDpIB0E";
/// access: [{collection: other, access: rw}]
constexpr const char* kOther =
    ALD_TOKEN "eyJhY2Nlc3MiOlt7ImNvbGxlY3Rpb24iOiJvdGhlciIsImFjY2VzcyI6InJ3In1dfQ.-2C4SzLX_wdeWgzadwZ4DDrMjGIIY5xfhUYQl96QTcM";
/// access: []
constexpr const char* kNothing = ALD_TOKEN "eyJhY2Nlc3MiOltdfQ.3aoiu8XsfI9t2WrR6-YrcWOrNKEFVqgGIgm-1bVwWRI";
/// exp: 1, access: m
constexpr const char* kExpired = ALD_TOKEN "eyJleHAiOjEsImFjY2VzcyI6Im0ifQ.Qqeim3QaZaFtKezWl8ZBFDpS0fWqxdg2RiKm_S6V86I";
#undef ALD_TOKEN

auth::KeyRing keys() {
  auth::KeySettings settings;
  settings.api_key = kFullKey;
  settings.read_only_api_key = kReadKey;
  settings.accept_tokens = true;
  settings.unix_time = [] { return std::int64_t{1'700'000'000}; };
  auto made = auth::KeyRing::make(std::move(settings));
  EXPECT_TRUE(made.ok());
  return std::move(*made);
}

struct Asked {
  std::string method;
  std::string target;
  std::string body;
};

/// A server with keys and without sockets, with the collections "mine" and "secret".
class Server {
 public:
  Server() {
    auto opened = collection::Catalogue::open({env_, log_, background_, {.disk_reserve_bytes = 0}}, "data");
    EXPECT_TRUE(opened.ok()) << opened.status().to_string();
    catalogue_ = std::move(opened).value();
    dispatcher_ = std::make_unique<ops::Dispatcher>(ops::Services{*catalogue_, env_, 0}, keys_, metrics_, log_);
    const ops::WorkerPools pools{threads_, threads_, inline_reads_};
    qdrant_ = std::make_unique<faces::qdrant_rest::QdrantRest>(*dispatcher_, pools,
                                                               faces::qdrant_rest::QdrantRest::Options{});
    faces::ChromaRest::Options options;
    options.allow_reset = true;
    chroma_ = std::make_unique<faces::ChromaRest>(*dispatcher_, pools, options);
    for (const char* name : {"mine", "secret"}) {
      const std::string path = fmt::format("/collections/{}", name);
      must({"PUT", path, R"({"vectors":{"size":4,"distance":"Dot"}})"});
      must({"PUT", path + "/points?wait=true", R"({"points":[{"id":1,"vector":[1,0,0,0],"payload":{"k":1}}]})"});
    }
  }
  ~Server() { threads_.drain_and_stop(); }

  net::HttpResponse qdrant(const Asked& what, const char* key) { return ask(*qdrant_, what, "api-key", key); }
  net::HttpResponse chroma(const Asked& what, const char* key) { return ask(*chroma_, what, "x-chroma-token", key); }
  ops::Dispatcher& dispatcher() { return *dispatcher_; }

  void must(const Asked& what) {
    const auto response = qdrant(what, kFullKey);
    EXPECT_EQ(response.status, 200) << what.target << ": " << response.body;
  }

 private:
  template <typename Face>
  net::HttpResponse ask(Face& face, const Asked& what, const char* header, const char* key) {
    net::HttpRequest request;
    request.method = what.method;
    request.target = what.target;
    const std::size_t question = what.target.find('?');
    request.path = what.target.substr(0, question);
    if (question != std::string::npos) request.query = what.target.substr(question + 1);
    request.headers = {{"content-type", "application/json"}};
    if (key != nullptr) request.headers.emplace_back(header, key);
    request.body = what.body;
    std::promise<net::HttpResponse> promise;
    auto answer = promise.get_future();
    face.handle(std::move(request),
                net::Responder([&promise](net::HttpResponse response) { promise.set_value(std::move(response)); }));
    return answer.get();
  }

  env::MemoryEnv env_{1};
  observe::Log log_{observe::LogLevel::kOff, [] { return std::int64_t{0}; }, [](std::string_view) {}};
  observe::Metrics metrics_;
  const auth::KeyRing keys_ = keys();
  shard::Background background_{{.runner = shard::Background::Runner::kCaller}};
  env::ThreadPool threads_{"work", 1, 16};
  ops::InlineReads inline_reads_;
  std::unique_ptr<collection::Catalogue> catalogue_;
  std::unique_ptr<ops::Dispatcher> dispatcher_;
  std::unique_ptr<faces::qdrant_rest::QdrantRest> qdrant_;
  std::unique_ptr<faces::ChromaRest> chroma_;
};

/// The path of a pattern, with a value for every parameter.
std::string path_of(std::string_view pattern, std::string_view collection) {
  std::string path;
  while (!pattern.empty()) {
    const std::size_t open = pattern.find('{');
    path += pattern.substr(0, open);
    if (open == std::string_view::npos) break;
    const std::size_t close = pattern.find('}', open);
    const std::string_view name = pattern.substr(open + 1, close - open - 1);
    if (name == "collection_name" || name == "collection") {
      path += collection;
    } else if (name == "tenant" || name == "database") {
      path += fmt::format("default_{}", name);
    } else if (name == "crn") {
      path += "default_tenant:default_database:mine";
    } else {
      path += name.starts_with("shard") ? "0" : "1";
    }
    pattern.remove_prefix(close + 1);
  }
  return path;
}

/// One of these is a right body of each route: bodies are read before rights are looked at.
constexpr const char* kBodies[] = {
    "",
    "{}",
    R"({"vectors":{"size":4,"distance":"Dot"}})",
    R"({"points":[{"id":1,"vector":[1,0,0,0]}]})",
    R"({"points":[1],"vector":["a"],"payload":{"a":1},"keys":["a"]})",
    R"({"ids":[1]})",
    R"({"field_name":"k","field_schema":"integer"})",
    R"({"key":"k"})",
    R"({"actions":[]})",
    R"({"operations":[{"delete":{"points":[9]}}]})",
    R"({"searches":[{"vector":[1,0,0,0],"positive":[1],"limit":1}]})",
    R"({"searches":[{"positive":[1],"limit":1}]})",
    R"({"searches":[{"limit":1}]})",
    R"({"vector":[1,0,0,0],"positive":[1],"limit":1,"group_by":"k","group_size":1})",
    R"({"positive":[1],"limit":1,"group_by":"k","group_size":1})",
    R"({"target":1,"limit":1})",
    R"({"searches":[{"target":1,"limit":1}]})",
    R"({"group_by":"k","limit":1})",
    R"({"name":"name"})",
    R"({"resource_name":"name"})",
    R"({"new_name":"name"})",
    R"({"name":"name","function_id":"f","output_collection":"o"})",
    R"({"name":"name","delete_output":false})",
    R"({"searches":[{}]})",
    R"({"ids":["a"],"embeddings":[[1,0,0,0]]})",
    R"({"query_embeddings":[[1,0,0,0]]})",
};

/// The answer to the first body that is not refused as a body.
template <typename Ask>
net::HttpResponse with_right_body(std::string_view method, const std::string& target, const Ask& ask) {
  net::HttpResponse response;
  for (const char* body : kBodies) {
    response = ask(Asked{std::string(method), target, body});
    if (response.status != 400 && response.status != 415 && response.status != 422) break;
  }
  return response;
}

bool names_collection(std::string_view pattern) { return pattern.find("{collection_name}") != std::string_view::npos; }

// What everyone who comes in may ask: the answer shows what the caller may see, and nothing of the server.
const std::set<std::string> kForEveryToken = {"GET /collections", "GET /aliases", "GET /telemetry", "GET /issues",
                                              "GET /cluster/telemetry"};

TEST(RestRoutes, AreClosedToWhoHasNoCredential) {
  Server server;
  std::set<std::string> open;
  for (const auto& route : faces::qdrant_rest::routes()) {
    const std::string target = path_of(route.pattern, "mine");
    const std::string name = fmt::format("{} {}", route.method, route.pattern);
    SCOPED_TRACE(name);
    const Asked asked{std::string(route.method), target, "{}"};
    const auto answer = server.qdrant(asked, nullptr);
    if (answer.status != 401) {
      EXPECT_EQ(answer.status, 200);
      open.insert(name);
      continue;
    }
    EXPECT_EQ(answer.body, "Must provide an API key or an Authorization bearer token");
    const auto wrong = server.qdrant(asked, "wrong");
    EXPECT_EQ(wrong.status, 401);
    EXPECT_EQ(wrong.body, "Invalid API key or JWT");
    const auto expired = server.qdrant(asked, kExpired);
    EXPECT_EQ(expired.status, 403);
    EXPECT_EQ(expired.body, "ExpiredSignature");
  }
  EXPECT_EQ(open, (std::set<std::string>{"GET /", "GET /healthz", "GET /livez", "GET /readyz"}));
}

TEST(RestRoutes, OfOneCollectionAreClosedToATokenForAnother) {
  Server server;
  for (const auto& route : faces::qdrant_rest::routes()) {
    if (!names_collection(route.pattern)) continue;
    for (const char* name : {"mine", "missing"}) {  // Whether there is one is not told.
      for (const char* token : {kOther, kNothing}) {
        const std::string target = path_of(route.pattern, name);
        SCOPED_TRACE(fmt::format("{} {}", route.method, target));
        const auto answer = with_right_body(route.method, target, [&](const Asked& asked) { return server.qdrant(asked, token); });
        EXPECT_EQ(answer.status, 403) << answer.body;
        const bool about_the_collection =
            answer.body.find(fmt::format("Forbidden: Access to collection {} is required", name)) != std::string::npos;
        const bool about_the_server = answer.body.find("Forbidden: Global access is required") != std::string::npos;
        EXPECT_TRUE(about_the_collection || about_the_server) << answer.body;
      }
    }
  }
}

TEST(RestRoutes, OfTheServerAreClosedToATokenForACollection) {
  Server server;
  std::set<std::string> open;
  for (const auto& route : faces::qdrant_rest::routes()) {
    if (names_collection(route.pattern) || route.kind == faces::qdrant_rest::RouteKind::kInline) continue;
    const std::string name = fmt::format("{} {}", route.method, route.pattern);
    SCOPED_TRACE(name);
    const auto answer = with_right_body(route.method, path_of(route.pattern, ""),
                                        [&](const Asked& asked) { return server.qdrant(asked, kMineWrite); });
    if (kForEveryToken.contains(name)) {
      EXPECT_NE(answer.status, 403) << answer.body;
    } else {
      EXPECT_EQ(answer.status, 403) << answer.body;
      EXPECT_NE(answer.body.find("Forbidden: Global access is required"), std::string::npos) << answer.body;
    }
  }
}

TEST(RestRoutes, ThatAreUnknownAreToldOnlyToWhoMayComeIn) {
  Server server;
  for (const char* path : {"/nope", "/collections/mine/nope", "/shards/1", "/snapshots/upload/x"}) {
    EXPECT_EQ(server.qdrant({"GET", path, ""}, nullptr).status, 401) << path;
    EXPECT_EQ(server.qdrant({"GET", path, ""}, kNothing).status, 404) << path;
  }
}

TEST(RestRoutes, OfAShardTellWhichThereAreOnlyToWhoMayRead) {
  Server server;
  for (const char* path : {"/collections/mine/shards/7/points/count", "/collections/mine/shards/7/snapshots"}) {
    const auto strange = server.qdrant({"POST", path, "{}"}, kOther);
    EXPECT_EQ(strange.status, 403) << path;
    EXPECT_NE(strange.body.find("Access to collection mine is required"), std::string::npos) << strange.body;
    const auto own = server.qdrant({"POST", path, "{}"}, kMineWrite);
    EXPECT_EQ(own.status, 404) << path;
    EXPECT_NE(own.body.find("Not found: shard 7 not found"), std::string::npos) << own.body;
  }
}

TEST(RestRoutes, ThatAreNotServedAskForTheRightsOfThePeer) {
  Server server;
  const auto status = [&](const char* method, const char* path, const char* key) {
    return server.qdrant({method, path, "{}"}, key).status;
  };
  // To make a snapshot takes write access to the whole collection; to bring one back, to the server.
  EXPECT_EQ(status("POST", "/collections/mine/snapshots", kMineRead), 403);
  EXPECT_EQ(status("POST", "/collections/mine/snapshots", kMinePoints), 403);
  EXPECT_EQ(status("POST", "/collections/mine/snapshots", kMineWrite), 501);
  EXPECT_EQ(status("POST", "/collections/mine/snapshots/upload", kMineWrite), 403);
  EXPECT_EQ(status("POST", "/collections/mine/snapshots/upload", kReadKey), 403);
  EXPECT_EQ(status("POST", "/collections/mine/snapshots/upload", kFullKey), 501);
  EXPECT_EQ(status("PUT", "/collections/mine/snapshots/recover", kFullKey), 501);
  EXPECT_EQ(status("POST", "/snapshots", kReadKey), 403);
  EXPECT_EQ(status("POST", "/snapshots", kFullKey), 501);
  EXPECT_EQ(status("POST", "/collections/mine/cluster", kMineRead), 403);
  EXPECT_EQ(status("POST", "/collections/mine/cluster", kFullKey), 405);
  EXPECT_EQ(status("PUT", "/collections/mine/shards", kReadKey), 403);
  EXPECT_EQ(status("PUT", "/collections/mine/shards", kFullKey), 405);
  EXPECT_EQ(status("GET", "/collections/mine/shards", kMineRead), 200);
  EXPECT_EQ(status("GET", "/collections/mine/shards/0/snapshots", kMineRead), 200);
}

TEST(RestRoutes, OfTheWholeCollectionAreClosedToATokenForItsPoints) {
  Server server;
  for (const char* path : {"/collections/mine/cluster", "/collections/mine/snapshots", "/collections/mine/shards/0/snapshots"}) {
    const auto answer = server.qdrant({"GET", path, ""}, kMinePoints);
    EXPECT_EQ(answer.status, 403) << path;
    EXPECT_NE(answer.body.find("Forbidden: Only points access is allowed for collection mine"), std::string::npos);
    EXPECT_EQ(server.qdrant({"GET", path, ""}, kMineRead).status, 200) << path;
  }
  for (const char* path : {"/collections/mine", "/collections/mine/exists", "/collections/mine/optimizations",
                           "/collections/mine/memory", "/collections/mine/aliases"}) {
    EXPECT_EQ(server.qdrant({"GET", path, ""}, kMinePoints).status, 200) << path;
  }
}

TEST(Telemetry, ShowsTheServerToWhoMayReadTheServer) {
  Server server;
  const auto members = [&](const char* level, const char* key) {
    const auto answer = server.qdrant({"GET", fmt::format("/telemetry?details_level={}", level), ""}, key);
    EXPECT_EQ(answer.status, 200);
    std::set<std::string> names;
    const auto body = base::json::parse(answer.body);
    for (const auto& [name, value] : body->find("result")->as_object()) names.insert(name);
    return names;
  };
  const std::set<std::string> of_a_token = {"id", "app", "collections"};
  for (const char* level : {"0", "1", "2", "9"}) {
    for (const char* token : {kMineRead, kMineWrite, kMinePoints, kOther, kNothing}) EXPECT_EQ(members(level, token), of_a_token);
    for (const char* key : {kFullKey, kReadKey}) {
      const auto names = members(level, key);
      for (const char* name : {"cluster", "requests", "quota"}) EXPECT_TRUE(names.contains(name)) << name;
    }
  }
  EXPECT_TRUE(members("1", kReadKey).contains("memory"));
  const auto own = server.qdrant({"GET", "/telemetry?details_level=2", ""}, kMineRead).body;
  EXPECT_NE(own.find(R"("number_of_collections":1)"), std::string::npos) << own;
  EXPECT_EQ(own.find("secret"), std::string::npos) << own;
}

TEST(Optimizations, TakeSpacesAndShowTheSegmentsThatRest) {
  Server server;
  const auto answer = [&](const std::string& with) {
    return server.qdrant({"GET", "/collections/mine/optimizations?with=" + with, ""}, kFullKey);
  };
  const auto spaced = answer("queued%20,%20%20completed%20%20,%20idle_segments");
  ASSERT_EQ(spaced.status, 200) << spaced.body;
  const auto body = base::json::parse(spaced.body);
  const auto* result = body->find("result");
  EXPECT_TRUE(result->find("queued")->as_array().empty());
  EXPECT_TRUE(result->find("completed")->as_array().empty());
  const auto& segments = result->find("idle_segments")->as_array();
  EXPECT_EQ(static_cast<std::int64_t>(segments.size()), result->find("summary")->find("idle_segments")->as_int());
  std::int64_t points = 0;
  std::set<std::string> uuids;
  for (const auto& segment : segments) {
    points += segment.find("points_count")->as_int();
    uuids.insert(segment.find("uuid")->as_string());
    EXPECT_TRUE(base::Uuid::parse_canonical(segment.find("uuid")->as_string()));
  }
  EXPECT_EQ(points, 1);
  EXPECT_EQ(uuids.size(), segments.size());
  EXPECT_EQ(answer("queued,%20completed").status, 200);
  EXPECT_EQ(answer("").status, 200);
  const auto unknown = answer("queued,%20nope%20");
  EXPECT_EQ(unknown.status, 400);
  EXPECT_NE(unknown.body.find("Wrong input: Unknown field in 'with' parameter: nope\""), std::string::npos) << unknown.body;
}

TEST(ChromaRoutes, AreClosedToWhoHasNoCredential) {
  Server server;
  for (const auto& route : faces::chroma_rest::routes()) {
    if (route.work == faces::chroma_rest::Work::kInline) continue;  // Constants.
    const std::string target = path_of(route.pattern, "6a8f3f3e-0000-4000-8000-000000000001");
    if (target.find("/api/v1") != std::string::npos) continue;
    for (const char* key : {static_cast<const char*>(nullptr), "wrong"}) {
      SCOPED_TRACE(fmt::format("{} {}", route.method, target));
      const auto answer = with_right_body(route.method, target, [&](const Asked& asked) { return server.chroma(asked, key); });
      EXPECT_EQ(answer.status, 401) << answer.body;
    }
  }
}

TEST(ChromaRoutes, OfACollectionAreClosedToATokenForAnother) {
  Server server;
  for (const auto& route : faces::chroma_rest::routes()) {
    if (route.work == faces::chroma_rest::Work::kInline || route.pattern.find("{collection}") == std::string_view::npos) continue;
    const std::string target = path_of(route.pattern, "6a8f3f3e-0000-4000-8000-000000000001");
    SCOPED_TRACE(fmt::format("{} {}", route.method, target));
    const auto answer = with_right_body(route.method, target, [&](const Asked& asked) { return server.chroma(asked, kOther); });
    EXPECT_EQ(answer.status, 403) << answer.body;
  }
}

#if ALD_WITH_GRPC

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

bool names_a_collection(const FieldDescriptor& field) {
  return field.cpp_type() == FieldDescriptor::CPPTYPE_STRING && !field.is_repeated() &&
         (field.name() == "collection_name" || field.name() == "collection");
}

// What has rules of its own and names no collection.
const std::set<std::string> kLeftOut = {"shard_key_selector", "read_consistency", "ordering", "filter", "update_filter",
                                        "params", "field_index_params", "shard_id", "negative", "indices", "using"};

/// Fills a message with something everywhere, down to a depth; every collection that it names is "mine".
class Filler {
 public:
  /// @param variant which member of each oneof is set.
  Filler(int variant, bool with_values) : variant_(variant), with_values_(with_values) {}

  void fill(Message& message, int depth) const {
    const auto& type = *message.GetDescriptor();
    for (int i = 0; i < type.field_count(); ++i) {
      const FieldDescriptor& field = *type.field(i);
      const bool is_half_a_pair = field.name() == "negative" && !field.is_repeated();
      if (field.options().deprecated() || (kLeftOut.contains(field.name()) && !is_half_a_pair)) continue;
      const auto* choice = field.real_containing_oneof();
      if (choice != nullptr && choice->field(variant_ % choice->field_count()) != &field) continue;
      set(message, field, depth);
    }
  }

 private:
  void set(Message& message, const FieldDescriptor& field, int depth) const {
    const auto& reflection = *message.GetReflection();
    if (names_a_collection(field)) return reflection.SetString(&message, &field, "mine");
    if (field.cpp_type() != FieldDescriptor::CPPTYPE_MESSAGE) return set_value(message, field);
    if (field.is_map() || depth == 0) return;
    fill(field.is_repeated() ? *reflection.AddMessage(&message, &field) : *reflection.MutableMessage(&message, &field),
         depth - 1);
  }

  /// Values that are right where one is asked for: a vector, a limit, the name of a payload key.
  void set_value(Message& message, const FieldDescriptor& field) const {
    if (!with_values_) return;
    const auto& reflection = *message.GetReflection();
    if (field.cpp_type() == FieldDescriptor::CPPTYPE_FLOAT && field.is_repeated()) {
      for (const float value : {1.0F, 0.0F, 0.0F, 0.0F}) reflection.AddFloat(&message, &field, value);
    }
    if (field.is_repeated()) return;
    if (field.cpp_type() == FieldDescriptor::CPPTYPE_STRING) reflection.SetString(&message, &field, "k");
    if (field.cpp_type() == FieldDescriptor::CPPTYPE_UINT64) reflection.SetUInt64(&message, &field, 1);
    if (field.cpp_type() == FieldDescriptor::CPPTYPE_UINT32) reflection.SetUInt32(&message, &field, 1);
    if (field.cpp_type() == FieldDescriptor::CPPTYPE_ENUM && field.has_presence()) {
      reflection.SetEnumValue(&message, &field, 0);
    }
  }

  const int variant_;
  const bool with_values_;
};

std::unique_ptr<Message> new_request(const char* path) {
  std::string name(path + 1);
  std::replace(name.begin(), name.end(), '/', '.');
  const auto* method = google::protobuf::DescriptorPool::generated_pool()->FindMethodByName(name);
  if (method == nullptr) return nullptr;
  const auto* prototype = google::protobuf::MessageFactory::generated_factory()->GetPrototype(method->input_type());
  return std::unique_ptr<Message>(prototype->New());
}

Status call(Server& server, const faces::qdrant_grpc::Method& method, const Message& message, const char* key) {
  const grpc::Slice slice(message.SerializeAsString());
  const grpc::ByteBuffer request(&slice, 1);
  grpc::ByteBuffer response;
  observe::OpContext context;
  context.face = "qdrant_grpc";
  if (key != nullptr) context.credential = key;
  context.credential_given = key != nullptr;
  return method.run({server.dispatcher(), context, method.name}, request, response);
}

TEST(GrpcMethods, AreClosedToATokenForAnotherCollection) {
  Server server;
  for (const auto& method : faces::qdrant_grpc::methods()) {
    if (method.place == faces::qdrant_grpc::Place::kInline) continue;
    SCOPED_TRACE(method.name);
    const auto message = new_request(method.name);
    ASSERT_NE(message, nullptr);
    const std::string name(method.name);
    const bool is_list = name == "/qdrant.Collections/List" || name == "/qdrant.Collections/ListAliases";
    bool refused = is_list;
    std::set<std::string> before;  // Refusals that came before the look at the rights.
    for (int shape = 0; shape < 6 * 6 * 2; ++shape) {
      message->Clear();
      Filler(shape % 6, shape >= 36).fill(*message, shape / 6 % 6);
      const Status status = call(server, method, *message, kOther);
      EXPECT_EQ(status.ok(), is_list) << status.to_string() << message->ShortDebugString();
      refused = refused || status.code() == StatusCode::kPermissionDenied;
      before.insert(status.to_string());
    }
    EXPECT_TRUE(refused) << "no request was right enough: " << testing::PrintToString(before);
  }
}

#endif

}  // namespace
}  // namespace alidade::app::routes_rights
