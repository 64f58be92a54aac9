// Requests to the REST dialects while the n-th allocation of their thread fails, for every n, once and for good: decoding,
// the operation, encoding. There is an answer, the process lives, a point is as before or as it was to be, and the same
// request succeeds when there is memory. (gRPC: its library ends the process without memory.)
#include <gtest/gtest.h>

#include <fmt/format.h>

#include <future>
#include <new>

#include "auth/keys.h"
#include "collection/catalogue.h"
#include "env/memory/memory_env.h"
#include "faces/chroma_rest/chroma_rest.h"
#include "faces/qdrant_rest/qdrant_rest.h"
#include "observe/metrics.h"
#include "ops/dispatcher.h"
#include "simulation/support/failing_allocations.h"
#include "simulation/support/reproduce.h"
#include "simulation/support/shielded_env.h"

namespace alidade::simulation {
namespace {

constexpr const char* kChromaRoot = "/api/v2/tenants/default_tenant/databases/default_database/collections";

struct Request {
  char face;  ///< 'q' or 'c'.
  std::string method;
  std::string target;
  std::string body;
};

/// A server without sockets. Whatever a request needs, it does on one thread of a pool.
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
    chroma_ = std::make_unique<faces::ChromaRest>(*dispatcher_, pools, faces::ChromaRest::Options{});
  }
  ~Server() { threads_.drain_and_stop(); }

  net::HttpResponse ask(const Request& what) {
    net::HttpRequest request;
    request.method = what.method;
    request.target = what.target;
    const std::size_t question = what.target.find('?');
    request.path = what.target.substr(0, question);
    if (question != std::string::npos) request.query = what.target.substr(question + 1);
    request.headers = {{"content-type", "application/json"}};
    request.body = what.body;
    std::promise<net::HttpResponse> promise;
    auto answer = promise.get_future();
    // The promise is the transport's: it has its memory.
    net::Responder responder([&promise](net::HttpResponse response) {
      ++t_countdown.shields;
      promise.set_value(std::move(response));
      --t_countdown.shields;
    });
    if (what.face == 'q') {
      qdrant_->handle(std::move(request), std::move(responder));
    } else {
      chroma_->handle(std::move(request), std::move(responder));
    }
    if (answer.wait_for(std::chrono::seconds(30)) != std::future_status::ready) {
      net::HttpResponse none;
      none.status = 0;
      return none;
    }
    return answer.get();
  }

  /// Sets the countdown of the thread that works, @return the one before.
  Countdown set_countdown(const Countdown& countdown) {
    std::promise<Countdown> before;
    auto future = before.get_future();
    EXPECT_TRUE(threads_.post([&] {
      const Countdown old = std::exchange(t_countdown, Countdown());
      before.set_value(old);
      t_countdown = countdown;
    }));
    return future.get();
  }

 private:
  env::MemoryEnv disk_{1};
  ShieldedEnv env_{disk_, [](bool is_inside) { t_countdown.shields += is_inside ? 1 : -1; }};
  observe::Log log_{observe::LogLevel::kOff, [] { return std::int64_t{0}; }, [](std::string_view) {}};
  observe::Metrics metrics_;
  auth::KeyRing keys_;
  shard::Background background_{{.runner = shard::Background::Runner::kCaller}};
  env::ThreadPool threads_{"work", 1, 16};
  ops::InlineReads inline_reads_;
  std::unique_ptr<collection::Catalogue> catalogue_;
  std::unique_ptr<ops::Dispatcher> dispatcher_;
  std::unique_ptr<faces::qdrant_rest::QdrantRest> qdrant_;
  std::unique_ptr<faces::ChromaRest> chroma_;
};

class FaceAllocationTest : public testing::Test {
 protected:
  FaceAllocationTest() {
    must({'q', "PUT", "/collections/c", R"({"vectors":{"size":2,"distance":"Dot"}})"});
    must({'q', "PUT", "/collections/c/index?wait=true", R"({"field_name":"k","field_schema":"keyword"})"});
    must({'q', "PUT", "/collections/c/points?wait=true", kOldPoints});
    const std::string made = must({'c', "POST", kChromaRoot, R"({"name":"notes"})"});
    chroma_ = fmt::format("{}/{}", kChromaRoot, base::json::parse(made)->find("id")->as_string());
    must({'c', "POST", chroma_ + "/add", kOldRecords});
  }

  std::string must(const Request& request) {
    const net::HttpResponse response = server_.ask(request);
    EXPECT_TRUE(response.status == 200 || response.status == 201)
        << request.target << ": " << response.status << " " << response.body;
    return response.body;
  }

  /// @param undo makes things as they were before. @param look shows what `request` may change.
  void sweep(const Request& request, const Request& undo, const Request& look, const std::string& mark) {
    const auto is_changed = [&] { return must(look).find(mark) != std::string::npos; };
    std::uint64_t last = 0;
    for (const bool for_good : {false, true}) {
      for (std::uint64_t n = 1; !HasFailure(); n += is_long_form() || n < 30 ? 1 : 5) {
        SCOPED_TRACE(fmt::format("{} {}, allocation {} {}", request.method, request.target, n,
                                 for_good ? "for good" : "once"));
        if (!mark.empty()) must(undo);
        server_.set_countdown({.armed = true, .for_good = for_good, .shields = 0, .left = n, .failed = 0});
        const net::HttpResponse response = server_.ask(request);
        const std::uint64_t failed = server_.set_countdown({}).failed;
        EXPECT_NE(response.status, 0) << "no answer";
        const bool done = response.status == 200 || response.status == 201;
        EXPECT_TRUE(done || response.status == 500 || response.status == 503 || response.status == 429)
            << response.status << " " << response.body;
        if (!mark.empty()) {
          const bool changed = is_changed();
          EXPECT_TRUE(changed || !done) << "answered, and not done";
          must(request);
          EXPECT_TRUE(is_changed());
        } else {
          must(request);
        }
        last = n;
        if (failed == 0) break;
      }
    }
    std::printf("%s %s: up to %lu\n", request.method.c_str(), request.target.c_str(), static_cast<unsigned long>(last));
  }

  static constexpr const char* kOldPoints =
      R"({"points":[{"id":1,"vector":[1,2],"payload":{"k":"old"}},{"id":2,"vector":[3,4],"payload":{"k":["old","x"],"n":{"m":[1,2]}}}]})";
  static constexpr const char* kOldRecords =
      R"({"ids":["a","b"],"embeddings":[[1,2],[3,4]],"documents":["old one","old two"],"metadatas":[{"k":"old"},{"k":"old","n":2}]})";
  Server server_;
  std::string chroma_;
};

TEST_F(FaceAllocationTest, Qdrant) {
  const Request undo{'q', "PUT", "/collections/c/points?wait=true", kOldPoints};
  const Request look{'q', "POST", "/collections/c/points/scroll", "{}"};
  const std::string points =
      R"({"points":[{"id":1,"vector":[5,6],"payload":{"k":"new","deep":{"a":[1,2.5,"text that is long enough"]}}},{"id":2,"vector":[7,8],"payload":{"k":"new"}}]})";
  sweep({'q', "PUT", "/collections/c/points?wait=true", points}, undo, look, "new");
  // A form that only the careful decoder reads.
  sweep({'q', "PUT", "/collections/c/points?wait=true",
         R"({"batch":{"ids":[1,2],"vectors":[[1,2],[3,4]],"payloads":[{"k":"new"},{"k":"new"}]}})"}, undo, look, "new");
  sweep({'q', "POST", "/collections/c/points/payload?wait=true",
         R"({"payload":{"k":"new","more":[1,2]},"filter":{"must":[{"key":"k","match":{"value":"old"}}]}})"}, undo, look, "new");
  sweep({'q', "POST", "/collections/c/points/batch?wait=true",
         R"({"operations":[{"set_payload":{"payload":{"k":"new"},"points":[1]}},{"clear_payload":{"points":[2]}}]})"},
        undo, look, "new");
  for (const auto& [path, body] : std::vector<std::pair<std::string, std::string>>{
           {"points/query", R"({"query":[1,2],"limit":5,"with_payload":true,"with_vector":true,"filter":{"must":[{"key":"k","match":{"any":["old","x"]}}]}})"},
           {"points/scroll", R"({"limit":5,"filter":{"should":[{"has_id":[1,2]},{"is_empty":{"key":"z"}}]}})"},
           {"facet", R"({"key":"k"})"}}) {
    sweep({'q', "POST", "/collections/c/" + path, body}, undo, look, "");
  }
  sweep({'q', "GET", "/collections/c", ""}, undo, look, "");
}

TEST_F(FaceAllocationTest, Chroma) {
  const Request undo{'c', "POST", chroma_ + "/upsert", kOldRecords};
  const Request look{'c', "POST", chroma_ + "/get", "{}"};
  sweep({'c', "POST", chroma_ + "/upsert",
         R"({"ids":["a","b"],"embeddings":[[5,6],[7,8]],"documents":["new one","new two"],"metadatas":[{"k":"new"},{"k":[1,2]}]})"},
        undo, look, "new one");
  sweep({'c', "POST", chroma_ + "/update", R"({"ids":["a"],"metadatas":[{"k":"new","z":0.5}]})"}, undo, look, "new");
  sweep({'c', "POST", chroma_ + "/query",
         R"({"query_embeddings":[[1,2],[3,4]],"n_results":2,"where":{"$or":[{"k":"old"},{"n":{"$gt":1}}]},"include":["documents","metadatas","distances","embeddings"]})"},
        undo, look, "");
  sweep({'c', "POST", chroma_ + "/get", R"({"where_document":{"$contains":"one"}})"}, undo, look, "");
}

}  // namespace
}  // namespace alidade::simulation
