#include "alidade/chroma/collection.h"

#include "chroma/connection.h"
#include "core/text.h"

namespace alidade::chroma::inline v0 {

Collection::Collection(std::shared_ptr<Connection> connection, std::shared_ptr<const CollectionModel> model)
    : connection_(std::move(connection)), model_(std::move(model)) {}

const std::string& Collection::id() const { return model_->id; }
const std::string& Collection::name() const { return model_->name; }
const std::string& Collection::tenant() const { return model_->tenant; }
const std::string& Collection::database() const { return model_->database; }
std::int32_t Collection::version() const { return model_->version; }
std::int64_t Collection::log_position() const { return model_->log_position; }
std::optional<std::int32_t> Collection::dimension() const { return model_->dimension; }
const std::optional<Metadata>& Collection::metadata() const { return model_->metadata; }
const std::optional<Schema>& Collection::schema() const { return model_->schema; }
const Json& Collection::configuration() const { return model_->configuration; }
client::Workers& Collection::workers() const { return connection_->http->workers(); }

std::string Collection::path(std::string_view rest) const {
  return database_path(model_->tenant, model_->database) + "/collections/" + client::core::percent_encode(model_->id) +
         std::string(rest);
}

Result<std::uint64_t> Collection::count_as(std::string_view operation, ReadLevel level, const CallOptions& call) const {
  const auto body = connection_->send(
      {.operation = operation, .path = path("/count"), .query = "read_level=" + std::string(to_text(level))}, call);
  if (!body) return body.error();
  return decode_count(*body);
}

Result<std::uint64_t> Collection::count(const CallOptions& call) const {
  return count_as("collection_count", ReadLevel::kIndexAndWal, call);
}

Result<std::uint64_t> Collection::count_with_options(ReadLevel level, const CallOptions& call) const {
  return count_as("collection_count_with_options", level, call);
}

Result<IndexingStatus> Collection::get_indexing_status(const CallOptions& call) const {
  const auto body =
      connection_->send({.operation = "collection_get_indexing_status", .path = path("/indexing_status")}, call);
  if (!body) return body.error();
  return decode_indexing_status(*body);
}

Result<void> Collection::modify(const Modification& change, const CallOptions& call) {
  auto request = encode_modification(change);
  if (!request) return std::move(request).error();
  const auto body = connection_->send(
      {.operation = "collection_modify", .method = "PUT", .path = path(""), .body = *std::move(request)}, call);
  if (!body) return body.error();

  // Other handles keep the old model.
  auto model = std::make_shared<CollectionModel>(*model_);
  if (change.name) model->name = *change.name;
  if (change.metadata) {
    model->metadata = change.metadata;
    std::erase_if(*model->metadata, [](const auto& entry) { return entry.second.is_null(); });
  }
  if (change.configuration) {
    const Json changed = change.configuration->to_json();
    for (const auto& [part, values] : *changed.if_object()) {
      Json* old = model->configuration.find(part);
      if (old == nullptr || !old->is_object() || part == "embedding_function") {
        model->configuration.set(part, values);
        continue;
      }
      for (const auto& [name, value] : *values.if_object()) old->set(name, value);
    }
  }
  model_ = std::move(model);
  return {};
}

Result<GetResponse> Collection::get(const GetRequest& request, const CallOptions& call) const {
  const auto body = connection_->send(
      {.operation = "collection_get", .method = "POST", .path = path("/get"), .body = encode_get(request)}, call);
  if (!body) return body.error();
  return decode_get(*body);
}

Result<GetResponse> Collection::peek(std::uint32_t limit, const CallOptions& call) const {
  GetRequest request;
  request.limit = limit;
  request.include = {Include::kEmbeddings, Include::kDocuments, Include::kMetadatas, Include::kUris};
  return get(request, call);
}

namespace {

// The vectors as one matrix, which may be made in `copy`. Nothing when they are none: rows of several lengths.
std::span<const float> matrix_of(const Embeddings& embeddings, std::vector<float>& copy) {
  const std::size_t count = embeddings.size();
  const auto first = count == 0 ? std::nullopt : embeddings.row(0);
  if (!first || count == 1) return first.value_or(std::span<const float>());
  const std::size_t dimension = first->size();
  bool is_matrix = true;
  for (std::size_t i = 1; i < count; ++i) {
    const auto row = embeddings.row(i);
    if (!row || row->size() != dimension) return {};
    is_matrix = is_matrix && row->data() == first->data() + i * dimension;
  }
  if (is_matrix) return {first->data(), count * dimension};
  copy.reserve(count * dimension);
  for (std::size_t i = 0; i < count; ++i) copy.insert(copy.end(), embeddings.row(i)->begin(), embeddings.row(i)->end());
  return copy;
}

}  // namespace

Result<QueryResponse> Collection::query(const QueryRequest& request, const CallOptions& call) const {
  client::core::Call query{.operation = "collection_query", .method = "POST", .path = path("/query")};
  std::vector<float> copy;
  if (connection_->http->takes_vectors()) query.vectors = matrix_of(request.embeddings, copy);
  if (!query.vectors.empty()) query.dimension = query.vectors.size() / request.embeddings.size();
  auto encoded = encode_query(request, query.vectors.empty() ? QueryVectors::kInBody : QueryVectors::kBeside);
  if (!encoded) return std::move(encoded).error();
  query.body = *std::move(encoded);
  const auto body = connection_->send(query, call);
  if (!body) return body.error();
  return decode_query(*body);
}

Result<SearchResponse> Collection::search_as(std::string_view operation, const std::vector<Search>& searches,
                                             ReadLevel level, const CallOptions& call) const {
  const auto body = connection_->send(
      {.operation = operation, .method = "POST", .path = path("/search"), .body = encode_search(searches, level)}, call);
  if (!body) return body.error();
  return decode_search(*body);
}

Result<SearchResponse> Collection::search(const std::vector<Search>& searches, const CallOptions& call) const {
  return search_as("collection_search", searches, ReadLevel::kIndexAndWal, call);
}

Result<SearchResponse> Collection::search_with_options(const std::vector<Search>& searches, ReadLevel level,
                                                       const CallOptions& call) const {
  return search_as("collection_search_with_options", searches, level, call);
}

Result<void> Collection::add(const Records& records, const CallOptions& call) const {
  return write("collection_add", "/add", records, call);
}

Result<void> Collection::update(const Records& records, const CallOptions& call) const {
  return write("collection_update", "/update", records, call);
}

Result<void> Collection::upsert(const Records& records, const CallOptions& call) const {
  return write("collection_upsert", "/upsert", records, call);
}

Result<void> Collection::write(std::string_view operation, std::string_view route, const Records& records,
                               const CallOptions& call) const {
  const Write kind = route == "/add" ? Write::kAdd : route == "/update" ? Write::kUpdate : Write::kUpsert;
  const bool base64 = !records.embeddings.empty() && connection_->writes_base64(call);
  auto request = encode_records(records, kind, base64);
  if (!request) return std::move(request).error();
  const auto body = connection_->send(
      {.operation = operation, .method = "POST", .path = path(route), .body = *std::move(request)}, call);
  if (!body) return body.error();
  return {};
}

Result<std::uint64_t> Collection::remove(const DeleteRequest& request, const CallOptions& call) const {
  const auto body = connection_->send(
      {.operation = "collection_delete", .method = "POST", .path = path("/delete"), .body = encode_delete(request)}, call);
  if (!body) return body.error();
  return decode_count_member(*body, "deleted");
}

Result<Collection> Collection::fork(std::string_view new_name, const CallOptions& call) const {
  const auto body = connection_->send({.operation = "collection_fork", .method = "POST", .path = path("/fork"),
                                       .body = encode_one("new_name", new_name)}, call);
  if (!body) return body.error();
  auto model = decode_collection(*body);
  if (!model) return std::move(model).error();
  return Collection(connection_, std::make_shared<const CollectionModel>(*std::move(model)));
}

Result<std::uint64_t> Collection::fork_count(const CallOptions& call) const {
  const auto body = connection_->send({.operation = "collection_fork_count", .path = path("/fork_count")}, call);
  if (!body) return body.error();
  return decode_count_member(*body, "count");
}

}  // namespace alidade::chroma::inline v0
