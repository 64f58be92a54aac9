// Who may ask what, route by route: every route and method of the tables with every kind of credential,
// with a right request. What each needs is written down here once more; a route without its line fails.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <openssl/hmac.h>

#include <future>
#include <map>
#include <optional>
#include <set>

#include "collection/catalogue.h"
#include "env/memory/memory_env.h"
#include "faces/chroma_rest/chroma_rest.h"
#include "faces/chroma_rest/routes.h"
#include "faces/qdrant_rest/qdrant_rest.h"
#include "faces/qdrant_rest/route.h"
#include "ops/dispatcher.h"
#ifdef ALD_WITH_GRPC
#include <google/protobuf/descriptor.h>
#include <google/protobuf/dynamic_message.h>
#include <google/protobuf/util/json_util.h>
#include <grpcpp/create_channel.h>
#include <grpcpp/generic/generic_stub.h>

#include "faces/qdrant_grpc/method.h"
#include "faces/qdrant_grpc/qdrant_grpc.h"
#endif

namespace alidade::app {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr std::string_view kFullKey = "the-full-key", kReadKey = "the-read-key";
constexpr std::int64_t kNow = 1'700'000'000;

std::string base64_url(std::string_view bytes) {
  constexpr std::string_view kLetters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  std::string out;
  std::uint32_t bits = 0, count = 0;
  for (const char c : bytes) {
    bits = (bits << 8) | static_cast<unsigned char>(c);
    for (count += 8; count >= 6; count -= 6) out += kLetters[(bits >> (count - 6)) & 63];
  }
  if (count > 0) out += kLetters[(bits << (6 - count)) & 63];
  return out;
}

std::string token(const std::string& claims, std::string_view key = kFullKey) {
  const std::string text = base64_url(R"({"alg":"HS256","typ":"JWT"})") + "." + base64_url(claims);
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned int size = 0;
  HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()), reinterpret_cast<const unsigned char*>(text.data()),
       text.size(), digest, &size);
  return text + "." + base64_url({reinterpret_cast<const char*>(digest), size});
}

std::string grant(const std::string& collection, const std::string& access) {
  return R"({"access":[{"collection":")" + collection + R"(","access":")" + access + R"("}]})";
}

enum class Opens { kNothing, kReadsAll, kManagesAll, kReadsMine, kPointsOfMine, kWritesMine, kNotMine };

struct Credential {
  const char* what;
  std::optional<std::string> text;
  Opens opens;
};

std::vector<Credential> credentials() {
  return {
      {"none", std::nullopt, Opens::kNothing},
      {"wrong key", "wrong", Opens::kNothing},
      {"expired token", token(R"({"access":"m","exp":1699999000})"), Opens::kNothing},
      {"token of another key", token(R"({"access":"m"})", "another-key"), Opens::kNothing},
      {"token of the read-only key", token(R"({"access":"m"})", kReadKey), Opens::kNothing},
      {"token that asks for a value",
       token(R"({"access":"m","value_exists":{"collection":"mine","matches":[{"key":"word","value":"w"}]}})"),
       Opens::kNothing},
      {"token for another collection", token(grant("other", "rw")), Opens::kNotMine},
      {"token without grants", token(R"({"access":[]})"), Opens::kNotMine},
      {"token mine r", token(grant("mine", "r")), Opens::kReadsMine},
      {"token mine prw", token(grant("mine", "prw")), Opens::kPointsOfMine},
      {"token mine rw", token(grant("mine", "rw")), Opens::kWritesMine},
      {"read-only key", std::string(kReadKey), Opens::kReadsAll},
      {"token r", token(R"({"access":"r"})"), Opens::kReadsAll},
      {"token m", token(R"({"access":"m"})"), Opens::kManagesAll},
      {"full key", std::string(kFullKey), Opens::kManagesAll},
  };
}

/// What a route asks of its caller.
enum Need {
  kAll,           // Nothing.
  kAnyone,        // Any good credential; it sees what it may.
  kReadServer,
  kManageServer,
  kRead,          // Of one collection, from here on.
  kWrite,
  kChange,        // Its indexes and vectors.
  kReadWhole,     // Its files.
  kWriteWhole,
};

bool may(Opens opens, Need need) {
  if (need == kAll) return true;
  switch (opens) {
    case Opens::kNothing: return false;
    case Opens::kManagesAll: return true;
    case Opens::kReadsAll: return need == kAnyone || need == kReadServer || need == kRead || need == kReadWhole;
    case Opens::kReadsMine: return need == kAnyone || need == kRead || need == kReadWhole;
    case Opens::kPointsOfMine: return need == kAnyone || need == kRead || need == kWrite;
    case Opens::kWritesMine: return need != kReadServer && need != kManageServer;
    case Opens::kNotMine: return need == kAnyone;
  }
  return false;
}

bool is_about_one(Need need) { return need >= kRead; }

struct Row {
  Need need;
  std::string body;
  int status = 200;  ///< What the full key gets.
};

/// A server without listeners: "mine", and things that a token for it must not learn of.
class Store {
 public:
  Store() {
    auth::KeySettings settings;
    settings.api_key = std::string(kFullKey);
    settings.read_only_api_key = std::string(kReadKey);
    settings.accept_tokens = true;
    settings.unix_time = [] { return kNow; };
    keys_ = std::move(*auth::KeyRing::make(std::move(settings)));
    catalogue_ = collection::Catalogue::open({env_, log_, background_, {}}, "data").value();
    dispatcher_.emplace(ops::Services{*catalogue_, env_, 0}, keys_, metrics_, log_);
    rest_.emplace(*dispatcher_, pools(), faces::qdrant_rest::QdrantRest::Options{});
    faces::ChromaRest::Options with_reset;
    with_reset.allow_reset = true;
    chroma_.emplace(*dispatcher_, pools(), with_reset);
    for (const std::string name : {"mine", "secret"}) {
      make("PUT", "/collections/" + name, R"({"vectors":{"size":2,"distance":"Dot"}})");
      make("PUT", "/collections/" + name + "/index?wait=true",
           R"({"field_name":"word","field_schema":{"type":"keyword"}})");
      make("PUT", "/collections/" + name + "/points?wait=true",
           R"({"points":[{"id":1,"vector":[1,2],"payload":{"word":"of-)" + name + R"("}},{"id":7,"vector":[2,1]}]})");
    }
    make("POST", "/collections/aliases",
         R"({"actions":[{"create_alias":{"collection_name":"secret","alias_name":"hidden-alias"}}]})");
    mine_ = uuid_of("mine");
    secret_ = uuid_of("secret");
  }
  ~Store() { background_.stop(); }

  struct Answer {
    int status;
    std::string body;
  };

  Answer rest(std::string_view method, const std::string& target, const std::string& body,
              const std::optional<std::string>& credential) {
    return ask(*rest_, method, target, body, credential);
  }
  Answer chroma(std::string_view method, const std::string& target, const std::string& body,
                const std::optional<std::string>& credential) {
    return ask(*chroma_, method, target, body, credential);
  }

  /// Everything that a refused request must have left as it was.
  std::string contents() {
    std::string all;
    for (const char* path : {"/collections", "/aliases"}) all += rest("GET", path, "", std::string(kFullKey)).body;
    for (const std::string name : {"mine", "secret"}) {
      all += rest("GET", "/collections/" + name, "", std::string(kFullKey)).body;
      all += rest("POST", "/collections/" + name + "/points/scroll", R"({"with_vector":true})", std::string(kFullKey)).body;
    }
    all += chroma("GET", "/api/v2/tenants/default_tenant/databases", "", std::string(kFullKey)).body;
    // The time that each answer took.
    std::string out;
    for (std::size_t at = 0; at < all.size();) {
      const std::size_t time = std::min(all.find("\"time\":", at), all.size());
      out += all.substr(at, time - at);
      at = std::min(all.find('}', time), all.size());
    }
    return out;
  }

  ops::WorkerPools pools() { return {reads_, writes_, inline_reads_}; }
  ops::Dispatcher& dispatcher() { return *dispatcher_; }
  std::string mine_, secret_;

 private:
  template <typename Face>
  Answer ask(Face& face, std::string_view method, const std::string& target, const std::string& body,
             const std::optional<std::string>& credential) {
    net::HttpRequest request;
    request.method = method;
    request.target = target;
    const std::size_t mark = std::min(target.find('?'), target.size());
    request.path = target.substr(0, mark);
    if (mark < target.size()) request.query = target.substr(mark + 1);
    if (!body.empty()) request.headers.emplace_back("content-type", "application/json");
    if (credential) request.headers.emplace_back("api-key", *credential);
    request.body = body;
    std::promise<net::HttpResponse> promise;
    face.handle(std::move(request),
                net::Responder([&promise](net::HttpResponse response) { promise.set_value(std::move(response)); }));
    net::HttpResponse response = promise.get_future().get();
    return {response.status, std::move(response.body)};
  }

  void make(std::string_view method, const std::string& target, const std::string& body) {
    const Answer answer = rest(method, target, body, std::string(kFullKey));
    EXPECT_EQ(answer.status, 200) << target << ": " << answer.body;
  }
  std::string uuid_of(const std::string& name) {
    return catalogue_->find(model::CollectionRef::by_name(name)).value()->uuid().to_string();
  }

  env::MemoryEnv env_;
  observe::Log log_{observe::LogLevel::kOff, [] { return std::int64_t{0}; }};
  observe::Metrics metrics_;
  shard::Background background_{{}};
  auth::KeyRing keys_;
  std::unique_ptr<collection::Catalogue> catalogue_;
  std::optional<ops::Dispatcher> dispatcher_;
  ops::InlineReads inline_reads_;
  std::optional<faces::qdrant_rest::QdrantRest> rest_;
  std::optional<faces::ChromaRest> chroma_;
  // Last: their tasks use all of the above.
  env::ThreadPool reads_{"reads", 1, 8}, writes_{"writes", 1, 8};
};

/// Asks a route with every credential, then with the names of other collections.
/// @param ask        credential -> answer of "mine"
/// @param ask_other  name, credential -> answer; nothing when the route cannot take the name
template <typename Ask, typename AskOther>
void check_row(const std::string& route, const Row& row, Store& store, const Ask& ask, const AskOther& ask_other) {
  const std::string before = store.contents();
  for (const Credential& credential : credentials()) {
    if (may(credential.opens, row.need)) continue;
    const Store::Answer answer = ask(credential.text);
    const std::string where = route + " with " + credential.what + ": " + answer.body;
    EXPECT_TRUE(answer.status == 403 || (answer.status == 401 && credential.opens == Opens::kNothing))
        << answer.status << " " << where;
    EXPECT_THAT(answer.body, Not(HasSubstr("secret"))) << where;
    EXPECT_THAT(answer.body, Not(HasSubstr("hidden-alias"))) << where;
  }
  if (is_about_one(row.need)) {
    // Another collection, by name, by alias and one that is not there: all the same to a token for "mine".
    for (const std::string& name : {store.secret_, std::string("secret"), std::string("hidden-alias"),
                                    std::string("ghost"), base::Uuid{}.to_string()}) {
      for (const Credential& credential : credentials()) {
        if (credential.opens == Opens::kManagesAll || credential.opens == Opens::kReadsAll) continue;
        const std::optional<Store::Answer> answer = ask_other(name, credential.text);
        if (!answer) continue;
        const std::string where = route + " of " + name + " with " + credential.what + ": " + answer->body;
        EXPECT_TRUE(answer->status == 403 || (answer->status == 401 && credential.opens == Opens::kNothing))
            << answer->status << " " << where;
        EXPECT_THAT(answer->body, Not(HasSubstr("of-secret"))) << where;
      }
    }
  }
  EXPECT_EQ(store.contents(), before) << route;
  const Store::Answer full = ask(std::string(kFullKey));
  EXPECT_EQ(full.status, row.status) << route << ": " << full.body;
  for (const Credential& credential : credentials()) {
    if (!may(credential.opens, row.need)) continue;
    const Store::Answer answer = ask(credential.text);
    const std::string where = route + " with " + credential.what + ": " + answer.body;
    EXPECT_TRUE(answer.status != 401 && answer.status != 403) << where;
    if (credential.opens == Opens::kReadsAll || credential.opens == Opens::kManagesAll) continue;
    EXPECT_THAT(answer.body, Not(HasSubstr("secret"))) << where;
    EXPECT_THAT(answer.body, Not(HasSubstr("hidden-alias"))) << where;
  }
}

std::string filled(std::string_view pattern, const std::map<std::string, std::string>& values) {
  std::string out(pattern);
  for (const auto& [name, value] : values) {
    const std::string slot = "{" + name + "}";
    if (const std::size_t at = out.find(slot); at != std::string::npos) out.replace(at, slot.size(), value);
  }
  EXPECT_EQ(out.find('{'), std::string::npos) << out;
  return out;
}

// Routes of the Qdrant dialect. -----------------------------------------------------------------

const std::string kC = "/collections/{collection_name}", kP = kC + "/points", kS = kC + "/shards/{shard}";

std::map<std::string, Row> rest_rows() {
  const std::string near = R"({"query":[1,2]})", search = R"({"vector":[1,2],"limit":1})",
                    like = R"({"positive":[1],"limit":1})", one = R"({"points":[1]})",
                    payload = R"({"payload":{"a":1},"points":[1]})",
                    groups = R"("group_by":"word","group_size":1,"limit":1})";
  return {
      {"GET /", {kAll, ""}},
      {"GET /healthz", {kAll, ""}},
      {"GET /livez", {kAll, ""}},
      {"GET /readyz", {kAll, ""}},
      {"GET /metrics", {kReadServer, ""}},
      {"GET /alidade/metrics", {kReadServer, ""}},
      {"GET /telemetry", {kAnyone, ""}},
      {"GET /cluster", {kReadServer, ""}},
      {"GET /cluster/telemetry", {kAnyone, "", 500}},
      {"GET /cluster/metadata/keys", {kReadServer, "", 405}},
      {"GET /cluster/metadata/keys/{key}", {kReadServer, "", 405}},
      {"PUT /cluster/metadata/keys/{key}", {kManageServer, "{}", 405}},
      {"DELETE /cluster/metadata/keys/{key}", {kManageServer, "", 405}},
      {"POST /logger", {kManageServer, "{}", 501}},
      {"PATCH /debugger", {kManageServer, "{}", 501}},
      {"POST /snapshots", {kManageServer, "", 501}},
      {"GET /snapshots/{snapshot_name}", {kReadServer, "", 404}},
      {"DELETE /snapshots/{snapshot_name}", {kManageServer, "", 404}},
      {"POST /cluster/recover", {kManageServer, "", 405}},
      {"DELETE /cluster/peer/{peer_id}", {kManageServer, "", 405}},
      {"GET /issues", {kAnyone, ""}},
      {"DELETE /issues", {kManageServer, ""}},
      {"GET /quotas", {kReadServer, ""}},
      {"PUT /quotas", {kManageServer, R"({"enabled":false})"}},
      {"GET /logger", {kReadServer, ""}},
      {"GET /stacktrace", {kReadServer, ""}},
      {"GET /debugger", {kReadServer, ""}},
      {"GET /profiler/slow_requests", {kReadServer, ""}},
      {"POST /audit/logs", {kManageServer, "{}", 400}},
      {"GET /snapshots", {kReadServer, ""}},
      {"GET /collections", {kAnyone, ""}},
      {"PUT " + kC, {kManageServer, R"({"vectors":{"size":2,"distance":"Dot"}})", 409}},
      {"GET " + kC, {kRead, ""}},
      {"PATCH " + kC, {kManageServer, R"({"optimizers_config":{"indexing_threshold":1}})"}},
      {"DELETE " + kC, {kManageServer, ""}},
      {"POST /alidade" + kC + "/compact", {kWriteWhole, ""}},
      {"GET " + kC + "/exists", {kRead, ""}},
      {"GET " + kC + "/cluster", {kReadWhole, ""}},
      {"POST " + kC + "/cluster", {kChange, "{}", 405}},
      {"GET " + kC + "/shards", {kRead, ""}},
      {"PUT " + kC + "/shards", {kChange, "{}", 405}},
      {"POST " + kC + "/shards/delete", {kChange, "{}", 405}},
      {"POST " + kC + "/truncate_unapplied_wal", {kManageServer, "", 501}},
      {"GET " + kC + "/memory", {kRead, ""}},
      {"GET " + kC + "/optimizations", {kRead, ""}},
      {"PUT " + kC + "/snapshots/recover", {kManageServer, "{}", 501}},
      {"POST " + kC + "/snapshots/upload", {kManageServer, "", 501}},
      {"POST " + kS + "/cleanup", {kManageServer, "", 501}},
      {"GET " + kS + "/snapshot", {kReadWhole, "", 501}},
      {"GET " + kS + "/snapshots", {kReadWhole, ""}},
      {"POST " + kS + "/snapshots", {kWriteWhole, "", 501}},
      {"PUT " + kS + "/snapshots/recover", {kManageServer, "{}", 501}},
      {"POST " + kS + "/snapshots/upload", {kManageServer, "", 501}},
      {"GET " + kS + "/snapshots/{snapshot_name}", {kReadWhole, "", 404}},
      {"DELETE " + kS + "/snapshots/{snapshot_name}", {kWriteWhole, "", 501}},
      {"POST " + kS + "/snapshot/partial/create", {kWriteWhole, "", 501}},
      {"GET " + kS + "/snapshot/partial/manifest", {kReadWhole, "", 501}},
      {"POST " + kS + "/snapshot/partial/recover", {kManageServer, "", 501}},
      {"POST " + kS + "/snapshot/partial/recover_from", {kManageServer, "{}", 501}},
      {"GET " + kC + "/snapshots", {kReadWhole, ""}},
      {"POST " + kC + "/snapshots", {kWriteWhole, "", 501}},
      {"GET " + kC + "/snapshots/{snapshot_name}", {kReadWhole, "", 404}},
      {"DELETE " + kC + "/snapshots/{snapshot_name}", {kWriteWhole, "", 501}},
      {"PUT " + kC + "/vectors/{vector_name}", {kChange, "{}", 501}},
      {"DELETE " + kC + "/vectors/{vector_name}", {kChange, "", 501}},
      {"POST /collections/aliases",
       {kManageServer, R"({"actions":[{"create_alias":{"collection_name":"mine","alias_name":"made"}}]})"}},
      {"GET /aliases", {kAnyone, ""}},
      {"GET " + kC + "/aliases", {kRead, ""}},
      {"PUT " + kC + "/index", {kChange, R"({"field_name":"k","field_schema":"keyword"})"}},
      {"DELETE " + kC + "/index/{field_name}", {kChange, ""}},
      {"PUT " + kP, {kWrite, R"({"points":[{"id":2,"vector":[1,2]}]})"}},
      {"POST " + kP + "/delete", {kWrite, R"({"points":[2]})"}},
      {"PUT " + kP + "/vectors", {kWrite, R"({"points":[{"id":1,"vector":[3,4]}]})"}},
      {"POST " + kP + "/vectors/delete", {kWrite, R"({"points":[2],"vector":[""]})"}},
      {"POST " + kP + "/payload", {kWrite, payload}},
      {"PUT " + kP + "/payload", {kWrite, payload}},
      {"POST " + kP + "/payload/delete", {kWrite, R"({"keys":["a"],"points":[1]})"}},
      {"POST " + kP + "/payload/clear", {kWrite, one}},
      {"POST " + kP + "/batch", {kWrite, R"({"operations":[{"delete":{"points":[9]}}]})"}},
      {"GET " + kP + "/{id}", {kRead, ""}},
      {"POST " + kP, {kRead, R"({"ids":[1]})"}},
      {"POST " + kP + "/scroll", {kRead, "{}"}},
      {"POST " + kP + "/count", {kRead, "{}"}},
      {"POST " + kC + "/facet", {kRead, R"({"key":"word"})"}},
      {"POST " + kP + "/query", {kRead, near}},
      {"POST " + kP + "/query/batch", {kRead, R"({"searches":[)" + near + "]}"}},
      {"POST " + kP + "/query/groups", {kRead, R"({"query":[1,2],)" + groups}},
      {"POST " + kP + "/search/matrix/pairs", {kRead, "{}", 501}},
      {"POST " + kP + "/search/matrix/offsets", {kRead, "{}", 501}},
      {"POST " + kP + "/discover", {kRead, R"({"target":[1,2],"limit":1})"}},
      {"POST " + kP + "/discover/batch", {kRead, R"({"searches":[{"target":[1,2],"limit":1}]})"}},
      {"POST " + kC + "/shards/{shard_id}/points", {kRead, R"({"ids":[1]})"}},
      {"POST " + kC + "/shards/{shard_id}/points/scroll", {kRead, "{}"}},
      {"POST " + kC + "/shards/{shard_id}/points/count", {kRead, "{}"}},
      {"POST " + kP + "/search", {kRead, search}},
      {"POST " + kP + "/search/batch", {kRead, R"({"searches":[)" + search + "]}"}},
      {"POST " + kP + "/search/groups", {kRead, R"({"vector":[1,2],)" + groups}},
      {"POST " + kP + "/recommend", {kRead, like}},
      {"POST " + kP + "/recommend/batch", {kRead, R"({"searches":[)" + like + "]}"}},
      {"POST " + kP + "/recommend/groups", {kRead, R"({"positive":[1],)" + groups}},
  };
}

TEST(RouteAccess, OfEveryRouteOfTheQdrantDialect) {
  const auto rows = rest_rows();
  std::size_t found = 0;
  for (const auto& route : faces::qdrant_rest::routes()) {
    const std::string name = std::string(route.method) + " " + std::string(route.pattern);
    const auto row = rows.find(name);
    ASSERT_NE(row, rows.end()) << "who may ask " << name << "?";
    ++found;
    Store store;
    const auto ask_for = [&](const std::string& collection, const std::optional<std::string>& credential) {
      const std::string path = filled(route.pattern, {{"collection_name", collection}, {"shard_id", "0"}, {"shard", "0"}, {"key", "k"}, {"id", "1"},
                                                      {"field_name", "k"}, {"vector_name", "v"},
                                                      {"snapshot_name", "s"}, {"peer_id", "1"}});
      return store.rest(route.method, path, row->second.body, credential);
    };
    check_row(
        name, row->second, store, [&](const auto& credential) { return ask_for("mine", credential); },
        [&](const std::string& other, const auto& credential) { return std::optional(ask_for(other, credential)); });
  }
  EXPECT_EQ(found, rows.size());
}

// Routes of Chroma. -----------------------------------------------------------------------------

const std::string kD = "/api/v2/tenants/{tenant}/databases/{database}", kR = kD + "/collections/{collection}";

std::map<std::string, Row> chroma_rows() {
  const std::string records = R"({"ids":["1"],"embeddings":[[1,2]]})";
  std::map<std::string, Row> rows = {
      {"GET /api/v2", {kAll, ""}},
      {"GET /api/v2/heartbeat", {kAll, ""}},
      {"GET /api/v2/healthcheck", {kAll, ""}},
      {"GET /api/v2/version", {kAll, ""}},
      {"GET /api/v2/pre-flight-checks", {kAll, ""}},
      {"GET /api/v2/auth/identity", {kAnyone, ""}},
      {"POST /api/v2/reset", {kManageServer, ""}},
      {"GET /openapi.json", {kAll, ""}},
      {"GET /docs", {kAll, "", 303}},
      {"GET /docs/", {kAll, ""}},
      {"POST /api/v2/tenants", {kManageServer, R"({"name":"a-tenant"})"}},
      {"GET /api/v2/tenants/{tenant}", {kReadServer, ""}},
      {"PATCH /api/v2/tenants/{tenant}", {kManageServer, R"({"resource_name":"r"})"}},
      {"GET /api/v2/tenants/{tenant}/databases", {kReadServer, ""}},
      {"POST /api/v2/tenants/{tenant}/databases", {kManageServer, R"({"name":"a-database"})"}},
      {"GET " + kD, {kReadServer, ""}},
      {"DELETE " + kD, {kManageServer, ""}},
      {"POST " + kD + "/collections", {kManageServer, R"({"name":"a-collection"})"}},
      {"GET " + kD + "/collections", {kAnyone, ""}},
      {"GET " + kD + "/collections_count", {kAnyone, ""}},
      {"GET " + kR, {kRead, ""}},
      {"PUT " + kR, {kManageServer, R"({"new_name":"another-name"})"}},
      {"DELETE " + kR, {kManageServer, ""}},
      {"GET " + kD + "/collections/by-id/{collection}", {kRead, ""}},
      {"GET /api/v2/collections/{crn}", {kRead, ""}},
      {"POST " + kR + "/add", {kWrite, records, 201}},
      {"POST " + kR + "/update", {kWrite, records}},
      {"POST " + kR + "/upsert", {kWrite, records}},
      {"POST " + kR + "/delete", {kWrite, R"({"ids":["1"]})"}},
      {"GET " + kR + "/count", {kRead, ""}},
      {"POST " + kR + "/get", {kRead, "{}"}},
      {"POST " + kR + "/query", {kRead, R"({"query_embeddings":[[1,2]]})"}},
      {"POST " + kR + "/search", {kRead, R"({"searches":[{}]})", 501}},
      {"GET " + kR + "/indexing_status", {kRead, "", 500}},
      {"POST " + kR + "/fork", {kRead, R"({"new_name":"a-fork"})", 501}},
      {"GET " + kR + "/fork_count", {kRead, "", 501}},
      {"POST " + kR + "/functions/attach",
       {kReadServer, R"({"name":"f","function_id":"statistics","output_collection":"out"})", 501}},
      {"GET " + kR + "/functions/{function}", {kReadServer, "", 404}},
      {"POST " + kR + "/attached_functions/{function}/detach", {kReadServer, R"({"delete_output":true})", 501}},
  };
  for (const char* method : {"GET", "PUT", "PATCH", "DELETE"}) {
    rows[std::string(method) + " " + kR + "/functions/attach"] = {kAll, "", 405};
    rows[std::string(method) + " /api/v1/{*rest}"] = {kAll, "", 410};
  }
  rows["OPTIONS /api/v1/{*rest}"] = {kAll, "", 410};
  return rows;
}

TEST(RouteAccess, OfEveryRouteOfChroma) {
  const auto rows = chroma_rows();
  std::size_t found = 0;
  for (const auto& route : faces::chroma_rest::routes()) {
    const std::string name = std::string(route.method) + " " + std::string(route.pattern);
    const auto row = rows.find(name);
    ASSERT_NE(row, rows.end()) << "who may ask " << name << "?";
    ++found;
    Store store;
    const bool by_name = route.pattern == kR && route.method != "PUT";
    const bool by_crn = route.pattern.find("{crn}") != std::string_view::npos;
    const auto ask_for = [&](const std::string& collection, const std::optional<std::string>& credential) {
      const std::string path = filled(route.pattern, {{"tenant", "default_tenant"}, {"database", "default_database"},
                                                      {"collection", collection}, {"function", "f"},
                                                      {"crn", "default_tenant:default_database:" + collection},
                                                      {"*rest", "collections"}});
      return store.chroma(route.method, path, row->second.body, credential);
    };
    check_row(
        name, row->second, store,
        [&](const auto& credential) { return ask_for(by_name || by_crn ? "mine" : store.mine_, credential); },
        [&](const std::string& other, const auto& credential) -> std::optional<Store::Answer> {
          // Where a UUID is asked for, a name is no such thing, whoever sends it.
          if (!by_name && !by_crn && !base::Uuid::parse(other)) return std::nullopt;
          return ask_for(other, credential);
        });
  }
  EXPECT_EQ(found, rows.size());
}

#ifdef ALD_WITH_GRPC
// Methods of gRPC, over the wire; their status as HTTP would have it. -----------------------------

const std::string kInMine = R"("collection_name":"mine")";

std::map<std::string, Row> grpc_rows() {
  const auto of_mine = [](const std::string& more) { return "{" + kInMine + (more.empty() ? "" : "," + more) + "}"; };
  const std::string near = R"("query":{"nearest":{"dense":{"data":[1,2]}}})", one = R"("points":{"points":{"ids":[{"num":1}]}})",
                    some = R"("points_selector":{"points":{"ids":[{"num":1}]}})", like = R"("positive":[{"num":1}],"limit":1)",
                    target = R"("target":{"single":{"vector":{"data":[1,2]}}},"limit":1)",
                    payload = R"("payload":{"a":{"integer_value":1}},)" + some,
                    groups = R"(,"limit":1,"group_size":1,"group_by":"word")", file = R"("path":"f")";
  const auto batch = [&](const std::string& list, const std::string& search) {
    return of_mine("\"" + list + "\":[" + of_mine(search) + "]");
  };
  return {
      {"qdrant.Qdrant/HealthCheck", {kAll, "{}"}},
      {"grpc.health.v1.Health/Check", {kAll, "{}"}},
      {"qdrant.Collections/Get", {kRead, of_mine("")}},
      {"qdrant.Collections/List", {kAnyone, "{}"}},
      {"qdrant.Collections/Create",
       {kManageServer, of_mine(R"("vectors_config":{"params":{"size":2,"distance":"Dot"}})"), 409}},
      {"qdrant.Collections/Update", {kManageServer, of_mine(R"("optimizers_config":{"indexing_threshold":1})")}},
      {"qdrant.Collections/Delete", {kManageServer, of_mine("")}},
      {"qdrant.Collections/CollectionExists", {kRead, of_mine("")}},
      {"qdrant.Collections/UpdateAliases",
       {kManageServer, R"({"actions":[{"create_alias":{"collection_name":"mine","alias_name":"made"}}]})"}},
      {"qdrant.Collections/ListAliases", {kAnyone, "{}"}},
      {"qdrant.Collections/ListCollectionAliases", {kRead, of_mine("")}},
      {"qdrant.Collections/CollectionClusterInfo", {kReadWhole, of_mine("")}},
      {"qdrant.Collections/ListShardKeys", {kRead, of_mine("")}},
      {"qdrant.Collections/UpdateCollectionClusterSetup",
       {kChange, of_mine(R"("move_shard":{"shard_id":0,"from_peer_id":1,"to_peer_id":2})"), 501}},
      {"qdrant.Collections/CreateShardKey", {kChange, of_mine(R"("request":{"shard_key":{"keyword":"k"}})"), 501}},
      {"qdrant.Collections/DeleteShardKey", {kChange, of_mine(R"("request":{"shard_key":{"keyword":"k"}})"), 501}},
      {"qdrant.Points/Upsert",
       {kWrite, of_mine(R"("points":[{"id":{"num":2},"vectors":{"vector":{"data":[1,2]}}}])")}},
      {"qdrant.Points/Delete", {kWrite, of_mine(R"("points":{"points":{"ids":[{"num":2}]}})")}},
      {"qdrant.Points/UpdateVectors",
       {kWrite, of_mine(R"("points":[{"id":{"num":1},"vectors":{"vector":{"data":[1,2]}}}])")}},
      {"qdrant.Points/DeleteVectors", {kWrite, of_mine(some + R"(,"vectors":{"names":[""]})")}},
      {"qdrant.Points/SetPayload", {kWrite, of_mine(payload)}},
      {"qdrant.Points/OverwritePayload", {kWrite, of_mine(payload)}},
      {"qdrant.Points/DeletePayload", {kWrite, of_mine(R"("keys":["a"],)" + some)}},
      {"qdrant.Points/ClearPayload", {kWrite, of_mine(one)}},
      {"qdrant.Points/UpdateBatch", {kWrite, of_mine("\"operations\":[{\"delete_points\":{" + one + "}}]")}},
      {"qdrant.Points/CreateFieldIndex", {kChange, of_mine(R"("field_name":"k","field_type":"FieldTypeKeyword")")}},
      {"qdrant.Points/DeleteFieldIndex", {kChange, of_mine(R"("field_name":"k")")}},
      {"qdrant.Points/Get", {kRead, of_mine(R"("ids":[{"num":1}])")}},
      {"qdrant.Points/Scroll", {kRead, of_mine("")}},
      {"qdrant.Points/Count", {kRead, of_mine("")}},
      {"qdrant.Points/Facet", {kRead, of_mine(R"("key":"word")")}},
      {"qdrant.Points/Query", {kRead, of_mine(near)}},
      {"qdrant.Points/QueryBatch", {kRead, batch("query_points", near)}},
      {"qdrant.Points/QueryGroups", {kRead, of_mine(near + groups)}},
      {"qdrant.Points/Search", {kRead, of_mine(R"("vector":[1,2],"limit":1)")}},
      {"qdrant.Points/SearchBatch", {kRead, batch("search_points", R"("vector":[1,2],"limit":1)")}},
      {"qdrant.Points/SearchGroups", {kRead, of_mine(R"("vector":[1,2])" + groups)}},
      {"qdrant.Points/Recommend", {kRead, of_mine(like)}},
      {"qdrant.Points/RecommendBatch", {kRead, batch("recommend_points", like)}},
      {"qdrant.Points/RecommendGroups", {kRead, of_mine(R"("positive":[{"num":1}])" + groups)}},
      {"qdrant.Snapshots/List", {kReadWhole, of_mine("")}},
      {"qdrant.Snapshots/Delete", {kWriteWhole, of_mine(R"("snapshot_name":"s")"), 404}},
      {"qdrant.Snapshots/ListFull", {kReadServer, "{}"}},
      {"qdrant.Snapshots/DeleteFull", {kManageServer, R"({"snapshot_name":"s"})", 404}},
      {"qdrant.StorageRead/FileExists", {kReadWhole, of_mine(file)}},
      {"qdrant.StorageRead/FileLength", {kReadWhole, of_mine(file), 404}},
      {"qdrant.StorageRead/ReadWhole", {kReadWhole, of_mine(file), 404}},
      {"qdrant.Points/CreateVectorName",
       {kChange, of_mine(R"("vector_name":"v","dense_config":{"size":2,"distance":"Dot"})"), 501}},
      {"qdrant.Points/DeleteVectorName", {kChange, of_mine(R"("vector_name":"v")"), 501}},
      {"qdrant.Points/Discover", {kRead, of_mine(target)}},
      {"qdrant.Points/DiscoverBatch", {kRead, batch("discover_points", target)}},
      {"qdrant.Points/SearchMatrixPairs", {kRead, of_mine(""), 501}},
      {"qdrant.Points/SearchMatrixOffsets", {kRead, of_mine(""), 501}},
      {"qdrant.Snapshots/Create", {kWriteWhole, of_mine(""), 501}},
      {"qdrant.Snapshots/CreateFull", {kManageServer, "{}", 501}},
      {"qdrant.StorageRead/ListFiles", {kReadWhole, of_mine(""), 501}},
      {"qdrant.StorageRead/ReadBytes", {kReadWhole, of_mine(file), 501}},
      {"qdrant.StorageRead/ReadBatch", {kReadWhole, of_mine(file), 501}},
  };
}

int http_status(grpc::StatusCode code) {
  static const std::map<grpc::StatusCode, int> kKnown = {
      {grpc::StatusCode::OK, 200},        {grpc::StatusCode::UNAUTHENTICATED, 401}, {grpc::StatusCode::PERMISSION_DENIED, 403},
      {grpc::StatusCode::NOT_FOUND, 404}, {grpc::StatusCode::UNIMPLEMENTED, 501},   {grpc::StatusCode::INVALID_ARGUMENT, 400},
      {grpc::StatusCode::ALREADY_EXISTS, 409}};
  const auto found = kKnown.find(code);
  return found == kKnown.end() ? 500 : found->second;
}

/// The message of a method ("qdrant.Points/Get") from JSON.
grpc::ByteBuffer message_of(const std::string& method, const std::string& json) {
  const std::size_t slash = method.find('/');
  const auto* service =
      google::protobuf::DescriptorPool::generated_pool()->FindServiceByName(method.substr(0, slash));
  const auto* descriptor = service == nullptr ? nullptr : service->FindMethodByName(method.substr(slash + 1));
  if (descriptor == nullptr) {
    ADD_FAILURE() << "no such method: " << method;
    return {};
  }
  google::protobuf::DynamicMessageFactory factory;
  const std::unique_ptr<google::protobuf::Message> message(factory.GetPrototype(descriptor->input_type())->New());
  const auto read = google::protobuf::util::JsonStringToMessage(json, message.get());
  EXPECT_TRUE(read.ok()) << method << ": " << read.ToString();
  grpc::Slice slice(message->SerializeAsString());
  return grpc::ByteBuffer(&slice, 1);
}

TEST(RouteAccess, OfEveryMethodOfGrpc) {
  const auto rows = grpc_rows();
  std::size_t found = 0;
  for (const auto& method : faces::qdrant_grpc::methods()) {
    const std::string name(std::string_view(method.name).substr(1));
    const auto row = rows.find(name);
    ASSERT_NE(row, rows.end()) << "who may ask " << name << "?";
    ++found;
    Store store;
    const auto server = faces::qdrant_grpc::QdrantGrpc::start(
        store.dispatcher(), store.pools(),
        {.host = "127.0.0.1", .port = 0, .pending_requests = std::make_shared<env::MemoryBudget>(1 << 20)});
    ASSERT_TRUE(server.ok()) << server.status().to_string();
    grpc::GenericStub stub(grpc::CreateChannel("127.0.0.1:" + std::to_string((*server)->port()),
                                               grpc::InsecureChannelCredentials()));
    const auto ask_for = [&](const std::string& collection, const std::optional<std::string>& credential) {
      std::string json = row->second.body;
      for (std::size_t at = 0; (at = json.find(kInMine, at)) != std::string::npos;) {
        json.replace(at, kInMine.size(), "\"collection_name\":\"" + collection + "\"");
        at += collection.size();
      }
      grpc::ClientContext context;
      if (credential) context.AddMetadata("api-key", *credential);
      grpc::CompletionQueue queue;
      grpc::ByteBuffer answer;
      grpc::Status status;
      const auto call = stub.PrepareUnaryCall(&context, method.name, message_of(name, json), &queue);
      call->StartCall();
      call->Finish(&answer, &status, &status);
      void* tag = nullptr;
      bool done = false;
      queue.Next(&tag, &done);
      std::string bytes = status.error_message();
      std::vector<grpc::Slice> slices;
      if (status.ok() && answer.Valid() && answer.Dump(&slices).ok()) {
        for (const auto& slice : slices) bytes.append(reinterpret_cast<const char*>(slice.begin()), slice.size());
      }
      return Store::Answer{http_status(status.error_code()), bytes};
    };
    check_row(
        name, row->second, store, [&](const auto& credential) { return ask_for("mine", credential); },
        [&](const std::string& other, const auto& credential) { return std::optional(ask_for(other, credential)); });
  }
  EXPECT_EQ(found, rows.size());
}
#endif

}  // namespace
}  // namespace alidade::app
