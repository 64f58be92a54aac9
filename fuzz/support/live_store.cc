#include "fuzz/support/live_store.h"

#include <fmt/format.h>

#include <future>

#include "fuzz/support/fuzz.h"

namespace alidade::fuzz {
namespace {

constexpr const char* kChromaRoot =
    "/api/v2/tenants/default_tenant/databases/default_database/collections";

/// What outlives every store. Checkpoints are written when the target asks, never by the way.
struct Process {
  Process() { background.set_paused(true); }
  observe::Log log{observe::LogLevel::kOff, [] { return std::int64_t{0}; }};
  observe::Metrics metrics;
  auth::KeyRing keys;
  shard::Background background{{}};
  env::ThreadPool reads{"fuzz-read", 1, 16};
  env::ThreadPool writes{"fuzz-write", 1, 16};
  ops::InlineReads inline_reads;
};

Process& process() {
  // Its threads are still there when the program exits; nobody waits for them.
  static Process* const made = new Process;
  return *made;
}

std::string text_of(const model::PointRecord& record) {
  std::string out = record.id.to_string() + " '" + record.original_id + "' version " +
                    std::to_string(record.version) + " payload " + record.payload.value_or("");
  for (const auto& vector : record.vectors.value_or(std::vector<model::NamedVector>())) {
    out += " '" + vector.name + "':";
    const model::VectorView view = model::view_of(vector.value);
    for (std::uint32_t i = 0; view.indices != nullptr && i < view.count; ++i) out += fmt::format(" {}", view.indices[i]);
    for (std::size_t i = 0; i < model::number_count(vector.value); ++i) out += fmt::format(" {:a}", view.values[i]);
  }
  return out + "\n";
}

}  // namespace

LiveStore::LiveStore() {
  open();
  const auto must = [&](const char* what, const net::HttpResponse& response) {
    require(response.status < 300, what, response.body);
    return response.body;
  };
  must("collection c",
       ask('q', "PUT", "/collections/c",
           R"({"vectors":{"":{"size":2,"distance":"Dot"},"v":{"size":3,"distance":"Cosine"}}})"));
  for (const char* index : {R"({"field_name":"k","field_schema":"keyword"})",
                            R"({"field_name":"n","field_schema":"integer"})",
                            R"({"field_name":"t","field_schema":"text"})",
                            R"({"field_name":"g","field_schema":"geo"})"}) {
    must("index", ask('q', "PUT", "/collections/c/index?wait=true", index));
  }
  must("points", ask('q', "PUT", "/collections/c/points?wait=true", R"({"points":[
    {"id":1,"vector":{"":[1,2],"v":[1,0,0]},"payload":{"k":"red","n":1,"t":"quick fox","g":{"lon":1,"lat":2}}},
    {"id":2,"vector":{"":[3,4]},"payload":{"k":["red","blue"],"n":[2,3],"a":{"b":[{"c":1},{"c":2}]}}},
    {"id":3,"vector":{"v":[0,1,1]},"payload":{"n":null,"t":"slow fox"}},
    {"id":"550e8400-e29b-41d4-a716-446655440000","vector":{"":[0,-1]}}]})"));
  const std::string made =
      must("collection chroma", ask('c', "POST", kChromaRoot, R"({"name":"chroma"})"));
  chroma_uuid_ = base::json::parse(made)->find("id")->as_string();
  must("records", ask('c', "POST", fmt::format("{}/{}/add", kChromaRoot, chroma_uuid_),
                      R"({"ids":["a","b","7"],
    "embeddings":[[1,2],[3,4],[5,6]],"documents":["a fox",null,"two foxes"],"metadatas":[{"k":"red","n":1},null,{"k":["x","y"],"f":0.5,"b":true}]})"));
}

LiveStore::~LiveStore() = default;

void LiveStore::open() {
  Process& shared = process();
  auto opened = collection::Catalogue::open({env_, shared.log, shared.background, {}}, "data");
  require(opened.ok(), "a store opens", opened.status().to_string());
  catalogue_ = std::move(opened).value();
  dispatcher_ = std::make_unique<ops::Dispatcher>(ops::Services{*catalogue_, env_, 0}, shared.keys,
                                                  shared.metrics, shared.log);
  const ops::WorkerPools pools{shared.reads, shared.writes, shared.inline_reads};
  qdrant_ = std::make_unique<faces::qdrant_rest::QdrantRest>(
      *dispatcher_, pools, faces::qdrant_rest::QdrantRest::Options{});
  faces::ChromaRest::Options options;
  options.allow_reset = true;
  chroma_ = std::make_unique<faces::ChromaRest>(*dispatcher_, pools, std::move(options));
}

void LiveStore::reopen(Close close) {
  if (close == Close::kCheckpointed) catalogue_->checkpoint_all();
  qdrant_.reset();
  chroma_.reset();
  dispatcher_.reset();
  catalogue_.reset();
  open();
}

net::HttpResponse LiveStore::ask(char face,
                                 const std::string& method,
                                 const std::string& target,
                                 std::string body) {
  net::HttpRequest request;
  request.method = method;
  request.target = target;
  const std::size_t question = target.find('?');
  request.path = target.substr(0, question);
  if (question != std::string::npos) request.query = target.substr(question + 1);
  request.headers = {{"content-type", "application/json"}};
  request.body = std::move(body);
  std::promise<net::HttpResponse> promise;
  auto answer = promise.get_future();
  net::Responder responder(
      [&promise](net::HttpResponse response) { promise.set_value(std::move(response)); });
  if (face == 'q') {
    qdrant_->handle(std::move(request), std::move(responder));
  } else {
    chroma_->handle(std::move(request), std::move(responder));
  }
  return answer.get();
}

std::string LiveStore::contents() {
  std::string out;
  for (const auto& [alias, collection] : catalogue_->aliases())
    out += "alias " + alias + " of " + collection + "\n";
  for (const auto& collection : catalogue_->list_all()) {
    const auto info = collection->info();
    require(info.ok(), "a collection describes itself", info.status().to_string());
    const model::CollectionDescription& description = info->description;
    out += "collection " + description.name + " " +
           base::json::to_text(description.config.to_json()) + " points " +
           std::to_string(info->points_count) + "\n";
    for (const auto& [field, index] : info->payload_schema) {
      out += "index " + field + " " + std::string(model::field_type_name(index.schema.type)) + " " +
             std::to_string(index.points_count) + "\n";
    }
    for (const auto& [key, kinds] : info->seen_keys)
      out += "key " + key + " " + std::to_string(kinds) + "\n";
    ops::ScrollPoints scroll;
    scroll.collection.tenant = description.tenant;
    scroll.collection.database = description.database;
    scroll.collection.uuid = description.uuid;
    scroll.limit = 1000;
    scroll.with_payload = model::PayloadSelector::all();
    scroll.with_vectors = model::VectorSelector::all();
    observe::OpContext context;
    const auto page = dispatcher_->run(context, scroll);
    require(page.ok(), "a collection shows its points", page.status().to_string());
    for (const auto& point : page->points) out += text_of(point.record);
  }
  return out;
}

}  // namespace alidade::fuzz
