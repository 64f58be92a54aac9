#include <algorithm>
#include <array>

#include "chroma/codec.h"
#include "core/json_reader.h"

namespace alidade::chroma::inline v0 {

namespace {

using client::core::bad_answer;
using client::core::Document;
using simdjson::dom::element;
using simdjson::dom::element_type;

// read(): puts an element into a value of ours. @return false when it is of another kind. Null becomes
// an empty optional.

bool read(element from, bool& to) { return from.get(to) == simdjson::SUCCESS; }
bool read(element from, double& to) { return from.get(to) == simdjson::SUCCESS; }
bool read(element from, std::int64_t& to) { return from.get(to) == simdjson::SUCCESS; }
bool read(element from, std::uint64_t& to) { return from.get(to) == simdjson::SUCCESS; }

bool read(element from, float& to) {
  double value = 0;
  if (!read(from, value)) return false;
  to = static_cast<float>(value);
  return true;
}

bool read(element from, std::int32_t& to) {
  std::int64_t value = 0;
  if (!read(from, value) || !std::in_range<std::int32_t>(value)) return false;
  to = static_cast<std::int32_t>(value);
  return true;
}

bool read(element from, std::uint32_t& to) {
  std::uint64_t value = 0;
  if (!read(from, value) || !std::in_range<std::uint32_t>(value)) return false;
  to = static_cast<std::uint32_t>(value);
  return true;
}

bool read(element from, std::string& to) {
  std::string_view text;
  if (from.get(text) != simdjson::SUCCESS) return false;
  to = text;
  return true;
}

bool read(element from, Json& to) {
  auto json = client::core::to_json(from);
  if (!json) return false;
  to = *std::move(json);
  return true;
}

bool read(element from, Schema& to) {
  Json json;
  if (!from.is_object() || !read(from, json)) return false;
  to = Schema::raw(std::move(json));
  return true;
}

bool read(element from, Metadata& to);
bool read(element from, Database& to);
bool read(element from, CollectionModel& to);

template <typename T>
bool read(element from, std::optional<T>& to);

template <typename T>
bool read(element from, std::vector<T>& to) {
  simdjson::dom::array array;
  if (from.get(array) != simdjson::SUCCESS) return false;
  to.clear();
  to.reserve(array.size());
  for (const element child : array) {
    if (!read(child, to.emplace_back())) return false;
  }
  return true;
}

bool read(element from, std::vector<bool>& to) {
  simdjson::dom::array array;
  if (from.get(array) != simdjson::SUCCESS) return false;
  for (const element child : array) {
    bool value = false;
    if (!read(child, value)) return false;
    to.push_back(value);
  }
  return true;
}

bool read(element from, std::vector<Include>& to) {
  constexpr std::array<std::string_view, 5> kNames = {"documents", "embeddings", "metadatas", "distances", "uris"};
  std::vector<std::string> names;
  if (!read(from, names)) return false;
  for (const std::string& name : names) {
    const auto found = std::find(kNames.begin(), kNames.end(), name);
    // A newer server may know more.
    if (found != kNames.end()) to.push_back(static_cast<Include>(found - kNames.begin()));
  }
  return true;
}

template <typename T>
bool read(element from, std::optional<T>& to) {
  if (from.is_null()) {
    to.reset();
    return true;
  }
  return read(from, to.emplace());
}

/// Reads the members of one object, and remembers the first that does not fit.
class Members {
 public:
  explicit Members(element from) {
    if (from.get(object_) != simdjson::SUCCESS) failed_ = "the answer is no object";
  }

  template <typename T>
  Members& required(std::string_view key, T& to) {
    return member(key, to, true);
  }
  /// Left as it is when there is no such member.
  template <typename T>
  Members& optional(std::string_view key, T& to) {
    return member(key, to, false);
  }

  bool good() const { return failed_.empty(); }
  const std::string& failed() const { return failed_; }

 private:
  template <typename T>
  Members& member(std::string_view key, T& to, bool required) {
    if (!good()) return *this;
    element value;
    if (object_.at_key(key).get(value) != simdjson::SUCCESS) {
      if (required) failed_ = "the answer has no '" + std::string(key) + "'";
    } else if (!read(value, to)) {
      failed_ = "'" + std::string(key) + "' is of another kind than the interface says";
    }
    return *this;
  }

  simdjson::dom::object object_;
  std::string failed_;
};

bool read_sparse(element from, SparseVector& to) {
  return Members(from).required("indices", to.indices).required("values", to.values).optional("tokens", to.tokens).good();
}

template <typename T>
bool read_list(element from, MetadataValue& to) {
  std::vector<T> values;
  if (!read(from, values)) return false;
  to = MetadataValue(std::move(values));
  return true;
}

bool read(element from, MetadataValue& to) {
  switch (from.type()) {
    case element_type::NULL_VALUE: to = nullptr; return true;
    case element_type::BOOL: to = bool(from.get_bool().value_unsafe()); return true;
    case element_type::INT64: to = std::int64_t(from.get_int64().value_unsafe()); return true;
    case element_type::UINT64: to = std::uint64_t(from.get_uint64().value_unsafe()); return true;
    case element_type::DOUBLE: to = double(from.get_double().value_unsafe()); return true;
    case element_type::STRING: to = std::string_view(from.get_string().value_unsafe()); return true;
    case element_type::ARRAY:
      // An empty list is one of bools, as servers read it.
      return read_list<bool>(from, to) || read_list<std::int64_t>(from, to) || read_list<double>(from, to) ||
             read_list<std::string>(from, to);
    case element_type::OBJECT: {
      SparseVector vector;
      if (!read_sparse(from, vector)) return false;
      to = std::move(vector);
      return true;
    }
  }
  return false;
}

bool read(element from, Metadata& to) {
  simdjson::dom::object object;
  if (from.get(object) != simdjson::SUCCESS) return false;
  for (const auto field : object) {
    MetadataValue value;
    if (!read(field.value, value)) return false;
    to.insert_or_assign(std::string(field.key), std::move(value));
  }
  return true;
}

bool read(element from, Database& to) {
  return Members(from).required("id", to.id).required("name", to.name).optional("tenant", to.tenant).good();
}

bool read(element from, CollectionModel& to) {
  return Members(from)
      .required("id", to.id)
      .required("name", to.name)
      .required("tenant", to.tenant)
      .required("database", to.database)
      .optional("version", to.version)
      .optional("log_position", to.log_position)
      .optional("dimension", to.dimension)
      .optional("metadata", to.metadata)
      .optional("schema", to.schema)
      .optional("configuration_json", to.configuration)
      .good();
}

// The whole answer as one value.
template <typename T>
Result<T> decode(std::string_view body, std::string_view expected) {
  auto document = Document::parse(body);
  if (!document) return std::move(document).error();
  T value{};
  if (!read(document->root(), value)) return bad_answer("the answer is no " + std::string(expected));
  return value;
}

// The answer as an object, whose members `fill` reads.
template <typename T, typename Fill>
Result<T> decode_object(std::string_view body, Fill fill) {
  auto document = Document::parse(body);
  if (!document) return std::move(document).error();
  T value{};
  Members members(document->root());
  fill(members, value);
  if (!members.good()) return bad_answer(members.failed());
  return value;
}

// A column has as many entries as there are ids.
template <typename Column>
bool fits(const std::optional<Column>& column, std::size_t count) {
  return !column || column->size() == count;
}

}  // namespace

Result<std::string> decode_text(std::string_view body) { return decode<std::string>(body, "text"); }
Result<std::uint64_t> decode_count(std::string_view body) { return decode<std::uint64_t>(body, "count"); }
Result<Database> decode_database(std::string_view body) { return decode<Database>(body, "database"); }
Result<std::vector<Database>> decode_databases(std::string_view body) {
  return decode<std::vector<Database>>(body, "list of databases");
}
Result<CollectionModel> decode_collection(std::string_view body) { return decode<CollectionModel>(body, "collection"); }
Result<std::vector<CollectionModel>> decode_collections(std::string_view body) {
  return decode<std::vector<CollectionModel>>(body, "list of collections");
}

Result<std::uint64_t> decode_count_member(std::string_view body, std::string_view key) {
  return decode_object<std::uint64_t>(body, [key](Members& members, std::uint64_t& to) { members.required(key, to); });
}

Result<Identity> decode_identity(std::string_view body) {
  return decode_object<Identity>(body, [](Members& members, Identity& to) {
    members.optional("user_id", to.user_id).required("tenant", to.tenant).required("databases", to.databases);
  });
}

Result<Tenant> decode_tenant(std::string_view body) {
  return decode_object<Tenant>(body, [](Members& members, Tenant& to) {
    members.required("name", to.name).optional("resource_name", to.resource_name);
  });
}

Result<Health> decode_health(std::string_view body) {
  return decode_object<Health>(body, [](Members& members, Health& to) {
    members.required("is_executor_ready", to.is_executor_ready).optional("is_log_client_ready", to.is_log_client_ready);
  });
}

Result<PreFlight> decode_pre_flight(std::string_view body) {
  return decode_object<PreFlight>(body, [](Members& members, PreFlight& to) {
    members.required("max_batch_size", to.max_batch_size)
        .optional("supports_base64_encoding", to.supports_base64_encoding);
  });
}

Result<IndexingStatus> decode_indexing_status(std::string_view body) {
  return decode_object<IndexingStatus>(body, [](Members& members, IndexingStatus& to) {
    members.required("op_indexing_progress", to.progress)
        .required("num_unindexed_ops", to.unindexed_ops)
        .required("num_indexed_ops", to.indexed_ops)
        .required("total_ops", to.total_ops);
  });
}

Result<GetResponse> decode_get(std::string_view body) {
  auto response = decode_object<GetResponse>(body, [](Members& members, GetResponse& to) {
    members.required("ids", to.ids)
        .optional("embeddings", to.embeddings)
        .optional("documents", to.documents)
        .optional("uris", to.uris)
        .optional("metadatas", to.metadatas)
        .optional("include", to.include);
  });
  if (!response) return response;
  const std::size_t count = response->ids.size();
  if (!fits(response->embeddings, count) || !fits(response->documents, count) || !fits(response->uris, count) ||
      !fits(response->metadatas, count)) {
    return bad_answer("the columns of the answer differ in length");
  }
  return response;
}

namespace {

// The same for lists of lists.
template <typename Column>
bool fits_each(const std::optional<Column>& column, const std::vector<std::vector<std::string>>& ids) {
  if (!column) return true;
  if (column->size() != ids.size()) return false;
  for (std::size_t i = 0; i < ids.size(); ++i) {
    if ((*column)[i].size() != ids[i].size()) return false;
  }
  return true;
}

template <typename Inner>
bool fits_each(const std::vector<std::optional<Inner>>& column, const std::vector<std::vector<std::string>>& ids) {
  if (column.size() != ids.size()) return column.empty();
  for (std::size_t i = 0; i < ids.size(); ++i) {
    if (column[i] && column[i]->size() != ids[i].size()) return false;
  }
  return true;
}

}  // namespace

Result<QueryResponse> decode_query(std::string_view body) {
  auto response = decode_object<QueryResponse>(body, [](Members& members, QueryResponse& to) {
    members.required("ids", to.ids)
        .optional("embeddings", to.embeddings)
        .optional("documents", to.documents)
        .optional("uris", to.uris)
        .optional("metadatas", to.metadatas)
        .optional("distances", to.distances)
        .optional("include", to.include);
  });
  if (!response) return response;
  const auto& ids = response->ids;
  if (!fits_each(response->embeddings, ids) || !fits_each(response->documents, ids) || !fits_each(response->uris, ids) ||
      !fits_each(response->metadatas, ids) || !fits_each(response->distances, ids)) {
    return bad_answer("the columns of the answer differ in length");
  }
  return response;
}

Result<SearchResponse> decode_search(std::string_view body) {
  auto response = decode_object<SearchResponse>(body, [](Members& members, SearchResponse& to) {
    members.required("ids", to.ids)
        .optional("documents", to.documents)
        .optional("embeddings", to.embeddings)
        .optional("metadatas", to.metadatas)
        .optional("scores", to.scores)
        .optional("select", to.select);
  });
  if (!response) return response;
  const auto& ids = response->ids;
  if (!fits_each(response->embeddings, ids) || !fits_each(response->documents, ids) ||
      !fits_each(response->metadatas, ids) || !fits_each(response->scores, ids)) {
    return bad_answer("the columns of the answer differ in length");
  }
  return response;
}

void read_error(const client::HttpResponse& response, Error& error) {
  constexpr std::size_t kLongest = 4096;
  const std::string_view body(response.body);
  if (body.empty()) {
    error.message = "the server gave no reason";
    return;
  }
  // No error of a server is longer; a longer body comes from something else, and stays a text.
  constexpr std::size_t kLongestJson = 1 << 20;
  if (body.size() <= kLongestJson) {
    if (const auto json = Json::parse(body)) {
      const Json* name = json->find("error");
      const Json* message = json->find("message");
      if (message == nullptr) message = json->find("detail");
      if (name != nullptr && name->is_string()) error.name = name->if_string()->substr(0, kLongest);
      if (message != nullptr) error.message = message->is_string() ? *message->if_string() : message->to_text();
      if (!error.name.empty() || !error.message.empty()) {
        if (error.message.size() > kLongest) error.message.resize(kLongest);
        return;
      }
    }
  }
  error.message = "an answer that is none of Chroma's: " + std::string(body.substr(0, kLongest));
}

}  // namespace alidade::chroma::inline v0
