// Filters, ranks and schemas: they put the server's JSON together and decide nothing.

#include <array>
#include <numeric>

#include "alidade/chroma/schema.h"
#include "alidade/chroma/search.h"
#include "alidade/chroma/where.h"

namespace alidade::chroma::inline v0 {

namespace {

Json one(std::string_view key, Json value) {
  Json json;
  json.set(key, std::move(value));
  return json;
}

template <typename Part>
Json list(const std::vector<Part>& parts) {
  Json json = Json::array();
  for (const Part& part : parts) json.push_back(part.to_json());
  return json;
}

// `left op right` with the operands of a like-minded left side beside each other, not below it.
Json join(std::string_view op, Json left, Json right) {
  Json joined = Json::array();
  for (Json* side : {&left, &right}) {
    Json* inner = side->if_object() != nullptr && side->if_object()->size() == 1 ? side->find(op) : nullptr;
    if (inner != nullptr && inner->is_array()) {
      for (Json& part : *inner->if_array()) joined.push_back(std::move(part));
    } else {
      joined.push_back(std::move(*side));
    }
  }
  return one(op, std::move(joined));
}

Json names(const std::vector<Key>& keys) {
  Json json = Json::array();
  for (const Key& key : keys) json.push_back(key.name());
  return json;
}

template <typename T>
void set_if(Json& json, std::string_view key, const std::optional<T>& value) {
  if (value) json.set(key, *value);
}

void set_if(Json& json, std::string_view key, const std::optional<Space>& value) {
  if (value) json.set(key, to_text(*value));
}

}  // namespace

// Filters.

Where Where::all(std::vector<Where> parts) { return Where(one("$and", list(parts))); }
Where Where::any(std::vector<Where> parts) { return Where(one("$or", list(parts))); }
Where operator&&(Where left, Where right) { return Where::raw(join("$and", left.to_json(), right.to_json())); }
Where operator||(Where left, Where right) { return Where::raw(join("$or", left.to_json(), right.to_json())); }

Where Key::compare(std::string_view op, Json value) const { return Where(one(name_, one(op, std::move(value)))); }

WhereDocument WhereDocument::contains(std::string text) { return raw(one("$contains", std::move(text))); }
WhereDocument WhereDocument::not_contains(std::string text) { return raw(one("$not_contains", std::move(text))); }
WhereDocument WhereDocument::regex(std::string pattern) { return raw(one("$regex", std::move(pattern))); }
WhereDocument WhereDocument::not_regex(std::string pattern) { return raw(one("$not_regex", std::move(pattern))); }
WhereDocument WhereDocument::all(std::vector<WhereDocument> parts) { return raw(one("$and", list(parts))); }
WhereDocument WhereDocument::any(std::vector<WhereDocument> parts) { return raw(one("$or", list(parts))); }
WhereDocument operator&&(WhereDocument left, WhereDocument right) {
  return WhereDocument::raw(join("$and", left.to_json(), right.to_json()));
}
WhereDocument operator||(WhereDocument left, WhereDocument right) {
  return WhereDocument::raw(join("$or", left.to_json(), right.to_json()));
}

// Ranks.

namespace {

RankExpr pair(std::string_view op, const RankExpr& left, const RankExpr& right) {
  Json sides;
  sides.set("left", left.to_json());
  sides.set("right", right.to_json());
  return RankExpr::raw(one(op, std::move(sides)));
}

RankExpr knn_of(Json query, const KnnOptions& options) {
  Json json;
  json.set("query", std::move(query));
  json.set("key", options.key.name());
  json.set("limit", options.limit);
  json.set("default", options.otherwise ? Json(*options.otherwise) : Json());
  json.set("return_rank", options.return_rank);
  return RankExpr::raw(one("$knn", std::move(json)));
}

Json floats(std::span<const float> values) {
  Json json = Json::array();
  for (const float value : values) json.push_back(value);
  return json;
}

}  // namespace

RankExpr::RankExpr(double value) : json_(one("$val", value)) {}
RankExpr RankExpr::abs() const { return RankExpr(one("$abs", json_)); }
RankExpr RankExpr::exp() const { return RankExpr(one("$exp", json_)); }
RankExpr RankExpr::log() const { return RankExpr(one("$log", json_)); }
RankExpr RankExpr::max(RankExpr other) const { return RankExpr(join("$max", json_, std::move(other.json_))); }
RankExpr RankExpr::min(RankExpr other) const { return RankExpr(join("$min", json_, std::move(other.json_))); }

RankExpr operator+(RankExpr left, RankExpr right) { return RankExpr::raw(join("$sum", left.to_json(), right.to_json())); }
RankExpr operator*(RankExpr left, RankExpr right) { return RankExpr::raw(join("$mul", left.to_json(), right.to_json())); }
RankExpr operator-(RankExpr left, RankExpr right) { return pair("$sub", left, right); }
RankExpr operator/(RankExpr left, RankExpr right) { return pair("$div", left, right); }
RankExpr operator-(RankExpr value) { return RankExpr(-1) * std::move(value); }

RankExpr knn(std::span<const float> query, const KnnOptions& options) { return knn_of(floats(query), options); }

RankExpr knn(const SparseVector& query, const KnnOptions& options) {
  Json indices = Json::array();
  for (const std::uint32_t index : query.indices) indices.push_back(index);
  Json json;
  json.set("#type", "sparse_vector");
  json.set("indices", std::move(indices));
  json.set("values", floats(query.values));
  return knn_of(std::move(json), options);
}

RankExpr rrf(const std::vector<RankExpr>& ranks, std::uint32_t k, std::vector<double> weights, bool normalize) {
  weights.resize(ranks.size(), 1.0);
  const double sum = std::accumulate(weights.begin(), weights.end(), 0.0);
  if (normalize && sum > 0) {
    for (double& weight : weights) weight /= sum;
  }
  Json terms = Json::array();
  for (std::size_t i = 0; i < ranks.size(); ++i) {
    terms.push_back((RankExpr(weights[i]) / (RankExpr(k) + ranks[i])).to_json());
  }
  return -RankExpr::raw(one("$sum", std::move(terms)));
}

Search& Search::filter(const Where& where) { return json_.set("filter", where.to_json()), *this; }
Search& Search::rank(const RankExpr& expression) { return json_.set("rank", expression.to_json()), *this; }
Search& Search::select(const std::vector<Key>& keys) { return json_.set("select", one("keys", names(keys))), *this; }

Search& Search::limit(std::optional<std::uint32_t> limit, std::uint32_t offset) {
  Json json;
  json.set("offset", offset);
  set_if(json, "limit", limit);
  json_.set("limit", std::move(json));
  return *this;
}

Search& Search::group(std::string_view aggregate, const std::vector<Key>& groups, const std::vector<Key>& order,
                      std::uint32_t k) {
  Json best;
  best.set("keys", names(order));
  best.set("k", k);
  Json json;
  json.set("keys", names(groups));
  json.set("aggregate", one(aggregate, std::move(best)));
  json_.set("group_by", std::move(json));
  return *this;
}

Search& Search::group_by_min(const std::vector<Key>& groups, const std::vector<Key>& order, std::uint32_t k) {
  return group("$min_k", groups, order, k);
}
Search& Search::group_by_max(const std::vector<Key>& groups, const std::vector<Key>& order, std::uint32_t k) {
  return group("$max_k", groups, order, k);
}

// Schemas and configurations.

std::string_view to_text(Space space) {
  constexpr std::array<std::string_view, 3> kNames = {"l2", "cosine", "ip"};
  return kNames[static_cast<std::size_t>(space)];
}

Json HnswOptions::to_json() const {
  Json json = Json::object();
  set_if(json, "space", space);
  set_if(json, "ef_construction", ef_construction);
  set_if(json, "ef_search", ef_search);
  set_if(json, "max_neighbors", max_neighbors);
  set_if(json, "num_threads", num_threads);
  set_if(json, "resize_factor", resize_factor);
  set_if(json, "sync_threshold", sync_threshold);
  set_if(json, "batch_size", batch_size);
  return json;
}

Json SpannOptions::to_json() const {
  Json json = Json::object();
  set_if(json, "space", space);
  set_if(json, "search_nprobe", search_nprobe);
  set_if(json, "write_nprobe", write_nprobe);
  set_if(json, "ef_construction", ef_construction);
  set_if(json, "ef_search", ef_search);
  set_if(json, "max_neighbors", max_neighbors);
  set_if(json, "reassign_neighbor_count", reassign_neighbor_count);
  set_if(json, "split_threshold", split_threshold);
  set_if(json, "merge_threshold", merge_threshold);
  return json;
}

Json EmbeddingFunctionConfig::to_json() const {
  Json json;
  json.set("type", "known");
  json.set("name", name);
  json.set("config", config);
  return json;
}

Json CollectionConfiguration::to_json() const {
  Json json = Json::object();
  if (hnsw) json.set("hnsw", hnsw->to_json());
  if (spann) json.set("spann", spann->to_json());
  if (embedding_function) json.set("embedding_function", embedding_function->to_json());
  return json;
}

Schema::Schema() {
  // Servers require both, and fill in what they leave out.
  json_.set("defaults", Json::object());
  json_.set("keys", Json::object());
}

Schema Schema::with_embedding_function(const EmbeddingFunctionConfig& function) {
  return Schema().create_vector_index({.space = {}, .embedding_function = function, .source_key = {}, .hnsw = {}, .spann = {}});
}

Schema& Schema::set_index(std::string_view field, std::string_view type, std::string_view index, bool enabled,
                          Json config) {
  const auto below = [](Json& parent, std::string_view key) -> Json& {
    Json* found = parent.find(key);
    return found != nullptr ? *found : parent.set(key, Json::object());
  };
  Json& place = field.empty() ? below(json_, "defaults") : below(below(json_, "keys"), field);
  Json entry;
  entry.set("enabled", enabled);
  entry.set("config", std::move(config));
  below(place, type).set(index, std::move(entry));
  return *this;
}

namespace {

struct IndexName {
  std::string_view type;
  std::string_view index;
};
constexpr std::array<IndexName, 4> kMetadataIndexes = {IndexName{"string", "string_inverted_index"},
                                                       IndexName{"int", "int_inverted_index"},
                                                       IndexName{"float", "float_inverted_index"},
                                                       IndexName{"bool", "bool_inverted_index"}};

}  // namespace

Schema& Schema::create_index(MetadataIndex kind, std::string_view field) {
  const IndexName name = kMetadataIndexes[static_cast<std::size_t>(kind)];
  return set_index(field, name.type, name.index, true, Json::object());
}

Schema& Schema::delete_index(MetadataIndex kind, std::string_view field) {
  const IndexName name = kMetadataIndexes[static_cast<std::size_t>(kind)];
  return set_index(field, name.type, name.index, false, Json::object());
}

Schema& Schema::create_vector_index(const VectorIndexOptions& options) {
  Json config = Json::object();
  set_if(config, "space", options.space);
  if (options.embedding_function) config.set("embedding_function", options.embedding_function->to_json());
  if (!options.source_key.empty()) config.set("source_key", options.source_key);
  if (options.hnsw) config.set("hnsw", options.hnsw->to_json());
  if (options.spann) config.set("spann", options.spann->to_json());
  return set_index("#embedding", "float_list", "vector_index", true, std::move(config));
}

Schema& Schema::create_sparse_vector_index(std::string_view field, const SparseVectorIndexOptions& options) {
  Json config = Json::object();
  if (options.embedding_function) config.set("embedding_function", options.embedding_function->to_json());
  if (!options.source_key.empty()) config.set("source_key", options.source_key);
  set_if(config, "bm25", options.bm25);
  return set_index(field, "sparse_vector", "sparse_vector_index", true, std::move(config));
}

Schema& Schema::delete_sparse_vector_index(std::string_view field) {
  return set_index(field, "sparse_vector", "sparse_vector_index", false, Json::object());
}

Schema& Schema::create_text_index() { return set_index("#document", "string", "fts_index", true, Json::object()); }
Schema& Schema::delete_text_index() { return set_index("#document", "string", "fts_index", false, Json::object()); }
Schema& Schema::with_cmek(std::string gcp_key) { return json_.set("cmek", one("gcp", std::move(gcp_key))), *this; }

}  // namespace alidade::chroma::inline v0
