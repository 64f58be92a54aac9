#include "alidade/qdrant/collection.h"

#include "qdrant/answers.h"
#include "qdrant/json_text.h"
#include "qdrant/routes.h"

namespace alidade::qdrant::inline v0 {
namespace {

using routes::Call;
using routes::Repeat;
using routes::send;
using text::Object;

std::string_view name_of(WriteOrdering ordering) {
  switch (ordering) {
    case WriteOrdering::kWeak: return "weak";
    case WriteOrdering::kMedium: return "medium";
    case WriteOrdering::kStrong: return "strong";
  }
  return "";
}

/// For WriteOptions and UpsertOptions.
template <class Options>
std::string write_query(const Options& options) {
  std::string query = options.wait ? "wait=true" : "wait=false";
  if (options.ordering) (query += "&ordering=") += name_of(*options.ordering);
  if (options.timeout_s) query += "&timeout=" + std::to_string(*options.timeout_s);
  return query;
}

std::string read_query(const ReadOptions& options) {
  std::string query;
  if (!options.consistency.empty()) query += "consistency=" + client::core::percent_encode(options.consistency);
  if (options.timeout_s) query += (query.empty() ? "timeout=" : "&timeout=") + std::to_string(*options.timeout_s);
  return query;
}

/// A write that gives the same when it is made twice. All of the point writes are such: they name their points.
Call write(std::string_view operation, std::string_view method, std::string path, std::string body,
           const WriteOptions& options) {
  return {.operation = operation,
          .method = method,
          .path = std::move(path),
          .query = write_query(options),
          .body = std::move(body),
          .repeat = Repeat::kSafe};
}

Call read(std::string_view operation, std::string path, std::string body, const ReadOptions& options) {
  return {.operation = operation,
          .method = "POST",
          .path = std::move(path),
          .query = read_query(options),
          .body = std::move(body),
          .repeat = Repeat::kSafe};
}

/// The values that lie beside the body of `call`, if this transport takes them.
Result<void> add_values(Call& call, std::span<const float> values, const routes::HttpClient& http) {
  if (values.empty()) return {};
  if (!http.takes_point_vectors()) {
    Error error;
    error.kind = ErrorKind::kInvalidArgument;
    error.message = "this batch was made for a collection that is reached over gRPC";
    return error;
  }
  call.vectors = values;
  return {};
}

/// The body of a write that chooses points: the selector, what `append` adds, the shard key.
template <class Append>
std::string selected(const PointsSelector& points, const WriteOptions& options, Append append) {
  std::string out;
  Object object(out);
  out += points.member();
  append(object);
  object.maybe("shard_key", options.shard_key).end();
  return out;
}

std::string payload_body(const PointsSelector& points, const WriteOptions& options, const Json& payload,
                         const std::string& key) {
  return selected(points, options, [&](Object& object) {
    (payload.is_null() ? Json::object() : payload).append_to(object.key("payload"));
    object.maybe_string("key", key);
  });
}

}  // namespace

Collection::Collection(Client client, std::string name)
    : client_(std::move(client)), name_(std::move(name)), path_(routes::collection_path(name_)) {}

Snapshots Collection::snapshots() const {
  return Snapshots(client_.http_, path_ + "/snapshot", Snapshots::Of::kCollection);
}

Snapshots Collection::shard_snapshots(std::uint32_t shard) const {
  return Snapshots(client_.http_, path_ + "/shards/" + std::to_string(shard) + "/snapshot", Snapshots::Of::kShard);
}

Result<CollectionInfo> Collection::info(const CallOptions& call) const {
  return send(*client_.http_, {.operation = "collection_info", .path = path_}, call, answers::info);
}

Result<std::vector<Alias>> Collection::aliases(const CallOptions& call) const {
  return send(*client_.http_, {.operation = "collection_aliases", .path = path_ + "/aliases"}, call, answers::aliases);
}

Result<UpdateResult> Collection::create_index(std::string_view field, const PayloadIndex& index,
                                              const WriteOptions& options, const CallOptions& call) const {
  std::string body;
  Object object(body);
  object.string("field_name", field).raw("field_schema", index.json()).end();
  return send(*client_.http_, write("create_index", "PUT", path_ + "/index", std::move(body), options), call,
              answers::update);
}

Result<UpdateResult> Collection::delete_index(std::string_view field, const WriteOptions& options,
                                              const CallOptions& call) const {
  return send(*client_.http_,
              write("delete_index", "DELETE", path_ + "/index/" + client::core::percent_encode(field), {}, options),
              call, answers::update);
}

Result<UpdateResult> Collection::create_vector(std::string_view vector_name, const VectorParams& what,
                                               const CallOptions& call) const {
  return send(*client_.http_,
              write("create_vector", "PUT", path_ + "/vectors/" + client::core::percent_encode(vector_name),
                    "{\"dense\":" + what.json() + "}", {}),
              call, answers::update);
}

Result<UpdateResult> Collection::create_vector(std::string_view vector_name, const SparseVectorParams& what,
                                               const CallOptions& call) const {
  return send(*client_.http_,
              write("create_vector", "PUT", path_ + "/vectors/" + client::core::percent_encode(vector_name),
                    "{\"sparse\":" + what.json() + "}", {}),
              call, answers::update);
}

Result<UpdateResult> Collection::delete_vector(std::string_view vector_name, const CallOptions& call) const {
  return send(*client_.http_,
              write("delete_vector", "DELETE", path_ + "/vectors/" + client::core::percent_encode(vector_name), {}, {}),
              call, answers::update);
}

PointBatch Collection::batch() const { return PointBatch(client_.http_->takes_point_vectors()); }

Result<UpdateResult> Collection::upsert(const PointBatch& points, const UpsertOptions& options,
                                        const CallOptions& call) const {
  std::string body;
  body.reserve(points.size_bytes() + 64);
  Object object(body);
  text::append_upsert(object, points, options);
  object.end();
  Call request{.operation = "upsert",
               .method = "PUT",
               .path = path_ + "/points",
               .query = write_query(options),
               .body = std::move(body),
               .repeat = Repeat::kSafe};
  if (auto added = add_values(request, points.values(), *client_.http_); !added) return std::move(added).error();
  return send(*client_.http_, request, call, answers::update);
}

Result<UpdateResult> Collection::upsert(const std::vector<Point>& points, const UpsertOptions& options,
                                        const CallOptions& call) const {
  PointBatch all = batch();
  for (const Point& point : points) all.add(point);
  return upsert(all, options, call);
}

Result<UpdateResult> Collection::update_vectors(const PointBatch& points, const WriteOptions& options,
                                                const CallOptions& call) const {
  std::string body;
  Object object(body);
  ((object.key("points") += '[') += points.json()) += ']';
  object.maybe("shard_key", options.shard_key).end();
  Call request = write("update_vectors", "PUT", path_ + "/points/vectors", std::move(body), options);
  if (auto added = add_values(request, points.values(), *client_.http_); !added) return std::move(added).error();
  return send(*client_.http_, request, call, answers::update);
}

Result<UpdateResult> Collection::remove(const PointsSelector& points, const WriteOptions& options,
                                        const CallOptions& call) const {
  return send(*client_.http_,
              write("delete", "POST", path_ + "/points/delete", selected(points, options, [](Object&) {}), options),
              call, answers::update);
}

Result<UpdateResult> Collection::delete_vectors(const PointsSelector& points, const std::vector<std::string>& names,
                                                const WriteOptions& options, const CallOptions& call) const {
  std::string body = selected(points, options, [&](Object& object) { text::append_strings(object.key("vector"), names); });
  return send(*client_.http_,
              write("delete_vectors", "POST", path_ + "/points/vectors/delete", std::move(body), options), call,
              answers::update);
}

Result<UpdateResult> Collection::set_payload(const PointsSelector& points, const Json& payload, const std::string& key,
                                             const WriteOptions& options, const CallOptions& call) const {
  return send(*client_.http_,
              write("set_payload", "POST", path_ + "/points/payload", payload_body(points, options, payload, key),
                    options),
              call, answers::update);
}

Result<UpdateResult> Collection::overwrite_payload(const PointsSelector& points, const Json& payload,
                                                   const WriteOptions& options, const CallOptions& call) const {
  return send(*client_.http_,
              write("overwrite_payload", "PUT", path_ + "/points/payload", payload_body(points, options, payload, {}),
                    options),
              call, answers::update);
}

Result<UpdateResult> Collection::delete_payload(const PointsSelector& points, const std::vector<std::string>& keys,
                                                const WriteOptions& options, const CallOptions& call) const {
  std::string body = selected(points, options, [&](Object& object) { text::append_strings(object.key("keys"), keys); });
  return send(*client_.http_,
              write("delete_payload", "POST", path_ + "/points/payload/delete", std::move(body), options), call,
              answers::update);
}

Result<UpdateResult> Collection::clear_payload(const PointsSelector& points, const WriteOptions& options,
                                               const CallOptions& call) const {
  return send(*client_.http_,
              write("clear_payload", "POST", path_ + "/points/payload/clear",
                    selected(points, options, [](Object&) {}), options),
              call, answers::update);
}

Result<std::vector<UpdateResult>> Collection::update(const std::vector<Change>& changes, const WriteOptions& options,
                                                     const CallOptions& call) const {
  std::string body = "{\"operations\":";
  text::append_list(body, changes);
  body += '}';
  std::vector<float> values;
  for (const Change& change : changes) values.insert(values.end(), change.values().begin(), change.values().end());
  Call request = write("update_batch", "POST", path_ + "/points/batch", std::move(body), options);
  if (auto added = add_values(request, values, *client_.http_); !added) return std::move(added).error();
  return send(*client_.http_, request, call, answers::updates);
}

Result<std::vector<Record>> Collection::retrieve(const RetrieveRequest& request, const ReadOptions& options,
                                                 const CallOptions& call) const {
  return send(*client_.http_, read("retrieve", path_ + "/points", request.json(), options), call, answers::records);
}

Result<ScrollPage> Collection::scroll_page(const ScrollRequest& request, const ReadOptions& options,
                                           const CallOptions& call) const {
  return send(*client_.http_, read("scroll", path_ + "/points/scroll", request.json(), options), call, answers::page);
}

Result<std::uint64_t> Collection::count(const Filter& filter, bool exact, const ReadOptions& options,
                                        const CallOptions& call) const {
  std::string body;
  Object object(body);
  if (!filter.empty()) object.raw("filter", filter.json());
  object.boolean("exact", exact).end();
  return send(*client_.http_, read("count", path_ + "/points/count", std::move(body), options), call, answers::count);
}

Result<std::vector<FacetHit>> Collection::facet(const FacetRequest& request, const ReadOptions& options,
                                                const CallOptions& call) const {
  return send(*client_.http_, read("facet", path_ + "/facet", request.json(), options), call, answers::facet);
}

Result<std::vector<ScoredPoint>> Collection::query(const QueryRequest& request, const ReadOptions& options,
                                                   const CallOptions& call) const {
  return send(*client_.http_, read("query", path_ + "/points/query", request.json(), options), call, answers::hits);
}

Result<std::vector<std::vector<ScoredPoint>>> Collection::query_batch(const std::vector<QueryRequest>& requests,
                                                                      const ReadOptions& options,
                                                                      const CallOptions& call) const {
  std::string body = "{\"searches\":";
  text::append_list(body, requests);
  body += '}';
  return send(*client_.http_, read("query_batch", path_ + "/points/query/batch", std::move(body), options), call,
              answers::hit_lists);
}

Result<std::vector<PointGroup>> Collection::query_groups(const GroupsRequest& request, const ReadOptions& options,
                                                         const CallOptions& call) const {
  return send(*client_.http_, read("query_groups", path_ + "/points/query/groups", request.json(), options), call,
              answers::groups);
}

Result<std::vector<MatrixPair>> Collection::matrix_pairs(const MatrixRequest& request, const ReadOptions& options,
                                                         const CallOptions& call) const {
  return send(*client_.http_, read("matrix_pairs", path_ + "/points/search/matrix/pairs", request.json(), options),
              call, answers::pairs);
}

Result<MatrixOffsets> Collection::matrix_offsets(const MatrixRequest& request, const ReadOptions& options,
                                                 const CallOptions& call) const {
  return send(*client_.http_, read("matrix_offsets", path_ + "/points/search/matrix/offsets", request.json(), options),
              call, answers::offsets);
}

}  // namespace alidade::qdrant::inline v0
