// Who may do what, as a matrix made from the table of operations: every request type with every kind
// of credential, and every place of a request where a second collection can stand. A new operation is
// in it by itself; one that may name a second collection does not compile without its touches().
#include "ops/access.h"

#include <gtest/gtest.h>
#include <openssl/hmac.h>

#include <functional>
#include <optional>
#include <set>

#include "collection/catalogue.h"
#include "env/memory/memory_env.h"
#include "ops/dispatcher.h"

namespace alidade::ops {
namespace {

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

std::string token(const std::string& claims) {
  const std::string text = base64_url(R"({"alg":"HS256","typ":"JWT"})") + "." + base64_url(claims);
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned int size = 0;
  HMAC(EVP_sha256(), kFullKey.data(), static_cast<int>(kFullKey.size()),
       reinterpret_cast<const unsigned char*>(text.data()), text.size(), digest, &size);
  return text + "." + base64_url({reinterpret_cast<const char*>(digest), size});
}

std::string grant(const std::string& collection, const std::string& access) {
  return R"({"access":[{"collection":")" + collection + R"(","access":")" + access + R"("}]})";
}

/// What a caller has in hand, and what that opens: the table that the code is held to.
struct Credential {
  const char* what;
  std::optional<std::string> text;
  enum Opens { kNothing, kReadsAll, kManagesAll, kReadsMine, kPointsOfMine, kWritesMine, kOther } opens;
};

std::vector<Credential> credentials() {
  return {
      {"none", std::nullopt, Credential::kNothing},
      {"empty", "", Credential::kNothing},
      {"wrong key", "wrong", Credential::kNothing},
      {"expired token", token(R"({"access":"m","exp":1699999000})"), Credential::kNothing},
      {"token of another key", token(R"({"access":"m"})") + "x", Credential::kNothing},
      {"full key", std::string(kFullKey), Credential::kManagesAll},
      {"read-only key", std::string(kReadKey), Credential::kReadsAll},
      {"token m", token(R"({"access":"m"})"), Credential::kManagesAll},
      {"token r", token(R"({"access":"r"})"), Credential::kReadsAll},
      {"token mine r", token(grant("mine", "r")), Credential::kReadsMine},
      {"token mine prw", token(grant("mine", "prw")), Credential::kPointsOfMine},
      {"token mine rw", token(grant("mine", "rw")), Credential::kWritesMine},
      {"token other rw", token(grant("other", "rw")), Credential::kOther},
      {"token without grants", token(R"({"access":[]})"), Credential::kOther},
  };
}

bool may(Credential::Opens opens, const auth::Access& access) {
  using auth::Right;
  using auth::Scope;
  if (access.scope == Scope::kOpen) return true;
  if (opens == Credential::kNothing) return false;
  if (access.scope == Scope::kAuthenticated || opens == Credential::kManagesAll) return true;
  if (opens == Credential::kReadsAll) return access.right == Right::kRead;
  if (access.scope == Scope::kGlobal || opens == Credential::kOther) return false;
  if (opens == Credential::kReadsMine) return access.right == Right::kRead;
  if (opens == Credential::kPointsOfMine) return access.scope == Scope::kCollection && access.right != Right::kManage;
  return opens == Credential::kWritesMine;
}

bool is_refusal(const Status& status) {
  return status.code() == StatusCode::kUnauthenticated || status.code() == StatusCode::kPermissionDenied;
}

auth::KeyRing ring() {
  auth::KeySettings settings;
  settings.api_key = std::string(kFullKey);
  settings.read_only_api_key = std::string(kReadKey);
  settings.accept_tokens = true;
  settings.unix_time = [] { return kNow; };
  return std::move(*auth::KeyRing::make(std::move(settings)));
}

/// A store with "mine", "other" and, in another tenant, a second "mine".
class Store {
 public:
  Store() {
    auto opened = collection::Catalogue::open({env_, log_, background_, {}}, "data");
    EXPECT_TRUE(opened.ok());
    catalogue_ = std::move(*opened);
    dispatcher_.emplace(Services{*catalogue_, env_, 0}, keys_, metrics_, log_);
    model::CollectionConfig config;
    config.vectors[""].size = 2;
    mine_ = catalogue_->create(model::CollectionRef::by_name("mine"), config).value()->uuid();
    EXPECT_TRUE(catalogue_->create(model::CollectionRef::by_name("other"), config).ok());
    EXPECT_TRUE(catalogue_->create_tenant("elsewhere").ok());
    EXPECT_TRUE(catalogue_->create_database("elsewhere", "db").ok());
    model::CollectionRef far = model::CollectionRef::by_name("mine");
    far.tenant = "elsewhere";
    far.database = "db";
    far_ = catalogue_->create(far, config).value()->uuid();
  }
  ~Store() { background_.stop(); }

  template <typename Request>
  Result<typename Request::Response> run(const Request& request, const std::optional<std::string>& credential) {
    observe::OpContext context;
    context.credential = credential.value_or("");
    context.credential_given = credential.has_value();
    return dispatcher_->run(context, request);
  }

  base::Uuid mine_, far_;

 private:
  env::MemoryEnv env_;
  observe::Log log_{observe::LogLevel::kOff, [] { return std::int64_t{0}; }};
  observe::Metrics metrics_;
  shard::Background background_{{}};
  auth::KeyRing keys_ = ring();
  std::unique_ptr<collection::Catalogue> catalogue_;
  std::optional<Dispatcher> dispatcher_;
};

/// Calls visit(request) with every request there is: one per type, one per kind of write.
template <typename Visit>
void for_each_request(const Visit& visit) {
  const auto one = [&]<typename Request>(Request request) {
    if constexpr (requires { request.collection; }) request.collection = model::CollectionRef::by_name("mine");
    if constexpr (requires { request.command; }) {
      [&]<std::size_t... kIndex>(std::index_sequence<kIndex...>) {
        (..., [&] {
          request.command = model::Command(std::in_place_index<kIndex>);
          visit(request);
        }());
      }(std::make_index_sequence<std::variant_size_v<model::Command>>());
    } else {
      visit(request);
    }
  };
for_each_request_type([&]<typename Request>() { one(Request{}); }, AllRequests());
}

TEST(AccessMatrix, EveryOperationWithEveryCredential) {
  std::set<const Operation*> seen;
  for_each_request([&](const auto& request) {
    const Operation& row = operation_of(request);
    seen.insert(&row);
    for (const Credential& credential : credentials()) {
      Store store;
      const auto result = store.run(request, credential.text);
      EXPECT_EQ(!is_refusal(result.status()), may(credential.opens, row.access))
          << row.name << " with " << credential.what << ": " << result.status().to_string();
      if (credential.opens == Credential::kNothing && row.access.scope != auth::Scope::kOpen &&
          std::string_view(credential.what) != "expired token" &&
          std::string_view(credential.what) != "token of another key") {
        EXPECT_EQ(result.status().code(), StatusCode::kUnauthenticated) << row.name << " with " << credential.what;
      }
    }
  });
  const auto all = all_operations();
  EXPECT_EQ(seen, (std::set<const Operation*>(all.begin(), all.end())));
}

TEST(AccessMatrix, EveryWayToNameACollection) {
  const auto at_place = [](const std::string& tenant, const std::string& database, const std::string& name,
                           std::optional<base::Uuid> uuid) {
    model::CollectionRef ref = model::CollectionRef::by_name(name);
    ref.tenant = tenant;
    ref.database = database;
    ref.uuid = uuid;
    return ref;
  };
  for_each_request([&]<typename Request>(Request request) {
    if constexpr (requires { request.collection; }) {
      const Operation& row = operation_of(request);
      const std::string rw = token(grant("mine", "rw"));
      const bool may_in_own = may(Credential::kWritesMine, row.access);
      {
        Store store;
        request.collection = at_place(model::kDefaultTenant, model::kDefaultDatabase, "", store.mine_);
        EXPECT_EQ(!is_refusal(store.run(request, rw).status()), may_in_own) << row.name << " by UUID";
      }
      for (const bool by_uuid : {false, true}) {
        Store store;
        request.collection = at_place("elsewhere", "db", "mine", by_uuid ? std::optional(store.far_) : std::nullopt);
        EXPECT_TRUE(is_refusal(store.run(request, rw).status())) << row.name << " of the same name elsewhere";
        EXPECT_EQ(!is_refusal(store.run(request, std::string(kReadKey)).status()),
                  may(Credential::kReadsAll, row.access));
      }
      Store store;
      // A collection may be named like another one's UUID: a grant for that name is none for the UUID.
      request.collection = at_place(model::kDefaultTenant, model::kDefaultDatabase, "", store.mine_);
      EXPECT_TRUE(is_refusal(store.run(request, token(grant(store.mine_.to_string(), "rw"))).status())) << row.name;
      request.collection = at_place(model::kDefaultTenant, model::kDefaultDatabase, "", base::Uuid{});
      EXPECT_TRUE(is_refusal(store.run(request, rw).status())) << row.name << " by an unknown UUID";
    }
  });
}

/// Calls visit(request) with the request naming `name` at one place more each time.
template <typename Request, typename Visit>
std::size_t plant_everywhere(const Request& plain, const std::string& name, const Visit& visit) {
  std::size_t places = 0;
  const auto planted = [&](const auto& plant) {
    Request request = plain;
    plant(request);
    visit(request);
    ++places;
  };
  // A root, and prefetches down to the third level, behind others that name nothing.
  const auto in_query = [&](const auto& root_of) {
    for (int depth = 0; depth < 4; ++depth) {
      planted([&](Request& request) {
        model::QueryNode* at = &root_of(request);
        for (int level = 0; level < depth; ++level) {
          at->prefetch.resize(2);
          at = &at->prefetch.back();
        }
        at->query = model::NearestQuery{std::vector<float>{1, 2}};
        at->lookup_from = model::LookupFrom{name, std::nullopt};
      });
    }
  };
  if constexpr (requires { plain.query; }) in_query([](Request& request) -> model::QueryNode& { return request.query; });
  if constexpr (requires { plain.queries; }) {
    in_query([](Request& request) -> model::QueryNode& {
      request.queries.resize(3);
      return request.queries.back();
    });
  }
  if constexpr (requires { plain.with_lookup; }) {
    planted([&](Request& request) { request.with_lookup.emplace().collection = name; });
  }
  return places;
}

TEST(AccessMatrix, ASecondCollectionIsAskedForWhereverItStands) {
  std::size_t places = 0;
  Store store;
  for_each_request([&]<typename Request>(const Request& plain) {
    if constexpr (MayNameOthers<Request>) {
      const std::string_view operation_name = operation_of(plain).name;
      for (const std::string name : {"other", "a ghost"}) {
        const std::size_t found = plant_everywhere(plain, name, [&](const Request& request) {
          for (const char* right : {"r", "rw", "prw"}) {
            const Status refused = store.run(request, token(grant("mine", right))).status();
            EXPECT_EQ(refused.code(), StatusCode::kPermissionDenied) << operation_name;
            EXPECT_EQ(refused.message(), "Access to collection " + name + " is required") << operation_name;
          }
          const std::string both = token(R"({"access":[{"collection":"mine","access":"r"},{"collection":")" + name +
                                         R"(","access":"r"}]})");
          for (const std::string& allowed : {both, token(R"({"access":"r"})"), std::string(kReadKey)}) {
            EXPECT_FALSE(is_refusal(store.run(request, allowed).status())) << operation_name;
          }
          // The own collection comes first.
          EXPECT_EQ(store.run(request, token(grant(name, "rw"))).status().message(),
                    "Access to collection mine is required");
        });
        EXPECT_GT(found, 0U) << operation_name;
        places += found;
      }
    }
  });
  EXPECT_GE(places, 2U * 13);
}

TEST(AccessMatrix, ListsShowWhatTheCallerMaySee) {
  Store store;
  ASSERT_TRUE(store.run(UpdateAliases{{CreateAlias{"mine", "m"}, CreateAlias{"other", "o"}}}, std::string(kFullKey)).ok());
  const auto names = [&](const std::string& credential, const ListCollections& list) {
    std::vector<std::string> out;
    const auto listed = store.run(list, credential);
    for (const auto& one : listed.value()) out.push_back(one.name);
    return out;
  };
  const std::string mine = token(grant("mine", "r"));
  EXPECT_EQ(names(mine, {}), std::vector<std::string>{"mine"});
  EXPECT_EQ(names(mine, {"elsewhere", "db"}), std::vector<std::string>());
  EXPECT_EQ(names(std::string(kReadKey), {"elsewhere", "db"}), std::vector<std::string>{"mine"});
  EXPECT_EQ(names(std::string(kReadKey), {}), (std::vector<std::string>{"mine", "other"}));
  const auto aliases = store.run(ListAliases{}, mine);
  ASSERT_TRUE(aliases.ok());
  ASSERT_EQ(aliases->size(), 1U);
  EXPECT_EQ(aliases->front().alias, "m");
}

// A grant names what requests name: a token for the alias reads through it, one for the collection
// does not reach it by another name, and none reaches a collection that it does not name.
TEST(AccessMatrix, AnAliasIsANameOfItsOwn) {
  Store store;
  ASSERT_TRUE(store.run(UpdateAliases{{CreateAlias{"other", "alias"}}}, std::string(kFullKey)).ok());
  CountPoints count;
  count.collection = model::CollectionRef::by_name("alias");
  EXPECT_TRUE(is_refusal(store.run(count, token(grant("other", "rw"))).status()));
  EXPECT_TRUE(is_refusal(store.run(count, token(grant("mine", "rw"))).status()));
  EXPECT_TRUE(store.run(count, token(grant("alias", "r"))).ok());
}

TEST(Dispatcher, VerifiesACredentialOncePerRequest) {
  Store store;
  observe::OpContext context;
  EXPECT_EQ(context.identity, nullptr);
  context.credential = token(grant("mine", "r"));
  context.credential_given = true;
  // Asked twice, as a face and an operation do: the second answer is the first one's.
  env::MemoryEnv env;
  observe::Log log{observe::LogLevel::kOff, [] { return std::int64_t{0}; }};
  observe::Metrics metrics;
  shard::Background background{{}};
  auto catalogue = collection::Catalogue::open({env, log, background, {}}, "data").value();
  const auth::KeyRing keys = ring();
  const Dispatcher dispatcher(Services{*catalogue, env, 0}, keys, metrics, log);
  const auth::Access anyone(auth::Scope::kAuthenticated, auth::Right::kRead);
  ASSERT_TRUE(dispatcher.allow(context, anyone, "").ok());
  const auto first = context.identity;
  ASSERT_NE(first, nullptr);
  ASSERT_TRUE(dispatcher.allow(context, auth::Access(auth::Scope::kCollection, auth::Right::kRead), "mine").ok());
  EXPECT_EQ(context.identity, first);
  background.stop();
}

}  // namespace
}  // namespace alidade::ops
