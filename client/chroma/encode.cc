#include <array>
#include <cmath>

#include "chroma/codec.h"
#include "core/json_writer.h"

namespace alidade::chroma::inline v0 {

using client::core::JsonWriter;

Error invalid(std::string message) {
  Error error;
  error.kind = ErrorKind::kInvalidArgument;
  error.message = std::move(message);
  return error;
}

namespace {

constexpr std::array<std::string_view, 5> kIncludes = {"documents", "embeddings", "metadatas", "distances", "uris"};

bool all_finite(std::span<const float> values) {
  // x·0 is 0 for every finite x and NaN for the others; one sum tells, and the loop has no branch.
  float sum = 0;
  for (const float value : values) sum += value * 0.0F;
  return sum == 0;
}

void write_sparse(JsonWriter& writer, const SparseVector& vector) {
  writer.begin_object();
  writer.key("#type");
  writer.string("sparse_vector");
  writer.key("indices");
  writer.begin_array();
  for (const std::uint32_t index : vector.indices) writer.unsigned_integer(index);
  writer.end_array();
  writer.key("values");
  writer.floats(vector.values);
  if (!vector.tokens.empty()) {
    writer.key("tokens");
    writer.begin_array();
    for (const std::string& token : vector.tokens) writer.string(token);
    writer.end_array();
  }
  writer.end_object();
}

/// Writes a metadata value; `good` turns false at a number that JSON cannot hold.
struct ValueWriter {
  JsonWriter& writer;
  bool& good;

  void operator()(std::monostate) const { writer.null(); }
  void operator()(bool value) const { writer.boolean(value); }
  void operator()(std::int64_t value) const { writer.integer(value); }
  void operator()(double value) const {
    good = good && std::isfinite(value);
    writer.number(value);
  }
  void operator()(const std::string& value) const { writer.string(value); }
  void operator()(const SparseVector& value) const {
    good = good && all_finite(value.values) && value.indices.size() == value.values.size();
    write_sparse(writer, value);
  }
  template <typename T>
  void operator()(const std::vector<T>& values) const {
    writer.begin_array();
    for (const T& value : values) (*this)(value);
    writer.end_array();
  }
  void operator()(const std::vector<bool>& values) const {
    writer.begin_array();
    for (const bool value : values) writer.boolean(value);
    writer.end_array();
  }
};

bool write_metadata(JsonWriter& writer, const Metadata& metadata) {
  bool good = true;
  writer.begin_object();
  for (const auto& [key, value] : metadata) {
    writer.key(key);
    std::visit(ValueWriter{writer, good}, value.data());
  }
  writer.end_object();
  return good;
}

constexpr std::string_view kBadMetadata =
    "metadata holds a number that is not finite, or a sparse vector whose indices and values differ in number";

void write_texts(JsonWriter& writer, std::string_view key, const std::vector<std::optional<std::string>>& texts) {
  if (texts.empty()) return;
  writer.key(key);
  writer.begin_array();
  for (const auto& text : texts) {
    if (text) {
      writer.string(*text);
    } else {
      writer.null();
    }
  }
  writer.end_array();
}

void write_ids(JsonWriter& writer, const std::vector<std::string>& ids) {
  writer.key("ids");
  writer.begin_array();
  for (const std::string& id : ids) writer.string(id);
  writer.end_array();
}

Result<void> check_rows(const Embeddings& embeddings, bool may_miss) {
  std::optional<std::size_t> dimension;
  for (std::size_t i = 0; i < embeddings.size(); ++i) {
    const auto row = embeddings.row(i);
    if (!row) {
      if (may_miss) continue;
      return invalid("embedding " + std::to_string(i) + " is missing; only an update may leave one out");
    }
    if (dimension && *dimension != row->size()) {
      return invalid("embedding " + std::to_string(i) + " has " + std::to_string(row->size()) + " values, those before " +
                     std::to_string(*dimension));
    }
    dimension = row->size();
    if (!all_finite(*row)) return invalid("embedding " + std::to_string(i) + " holds a value that is not finite");
  }
  return {};
}

Result<void> check_lengths(const Records& records, Write write) {
  const std::size_t count = records.ids.size();
  const auto fits = [count](std::size_t size) { return size == 0 || size == count; };
  const auto say = [count](std::string_view column, std::size_t size) {
    return invalid("there are " + std::to_string(size) + " " + std::string(column) + " for " + std::to_string(count) + " ids");
  };
  const std::size_t rows = records.embeddings.size();
  if (write == Write::kUpdate ? !fits(rows) : rows != count) return say("embeddings", rows);
  if (!fits(records.documents.size())) return say("documents", records.documents.size());
  if (!fits(records.uris.size())) return say("uris", records.uris.size());
  if (!fits(records.metadatas.size())) return say("metadatas", records.metadatas.size());
  return check_rows(records.embeddings, write == Write::kUpdate);
}

// About as long as the text will be, so that it seldom moves while it grows.
std::size_t estimate(const Records& records, bool base64) {
  std::size_t bytes = 256;
  const auto row = records.embeddings.empty() ? std::nullopt : records.embeddings.row(0);
  if (row) bytes += records.embeddings.size() * row->size() * (base64 ? 6 : 13);
  for (const auto& document : records.documents) bytes += document ? document->size() + 8 : 5;
  return bytes + records.ids.size() * 40 + records.metadatas.size() * 100;
}

template <typename Request>
void write_filters(JsonWriter& writer, const Request& request) {
  if (request.ids) write_ids(writer, *request.ids);
  if (request.where) {
    writer.key("where");
    writer.value(request.where->to_json());
  }
  if (request.where_document) {
    writer.key("where_document");
    writer.value(request.where_document->to_json());
  }
}

void write_include(JsonWriter& writer, const std::optional<std::vector<Include>>& include) {
  if (!include) return;
  writer.key("include");
  writer.begin_array();
  for (const Include what : *include) writer.string(kIncludes[static_cast<std::size_t>(what)]);
  writer.end_array();
}

void write_number(JsonWriter& writer, std::string_view key, const std::optional<std::uint32_t>& value) {
  if (!value) return;
  writer.key(key);
  writer.unsigned_integer(*value);
}

}  // namespace

Result<std::string> encode_records(const Records& records, Write write, bool base64) {
  if (auto checked = check_lengths(records, write); !checked) return std::move(checked).error();
  std::string out;
  out.reserve(estimate(records, base64));
  JsonWriter writer(out);
  writer.begin_object();
  write_ids(writer, records.ids);
  if (write != Write::kUpdate || !records.embeddings.empty()) {
    writer.key("embeddings");
    writer.begin_array();
    for (std::size_t i = 0; i < records.embeddings.size(); ++i) {
      const auto row = records.embeddings.row(i);
      if (!row) {
        writer.null();
      } else if (base64) {
        writer.base64_floats(*row);
      } else {
        writer.floats(*row);
      }
    }
    writer.end_array();
  }
  write_texts(writer, "documents", records.documents);
  write_texts(writer, "uris", records.uris);
  if (!records.metadatas.empty()) {
    writer.key("metadatas");
    writer.begin_array();
    for (const auto& metadata : records.metadatas) {
      if (!metadata) {
        writer.null();
      } else if (!write_metadata(writer, *metadata)) {
        return invalid(std::string(kBadMetadata));
      }
    }
    writer.end_array();
  }
  writer.end_object();
  return out;
}

Result<std::string> encode_create(std::string_view name, const NewCollection& what, bool get_or_create) {
  std::string out;
  JsonWriter writer(out);
  writer.begin_object();
  writer.key("name");
  writer.string(name);
  if (what.schema) {
    writer.key("schema");
    writer.value(what.schema->to_json());
  }
  if (what.configuration) {
    writer.key("configuration");
    writer.value(what.configuration->to_json());
  }
  if (what.metadata) {
    writer.key("metadata");
    if (!write_metadata(writer, *what.metadata)) return invalid(std::string(kBadMetadata));
  }
  writer.key("get_or_create");
  writer.boolean(get_or_create);
  writer.end_object();
  return out;
}

Result<std::string> encode_modification(const Modification& change) {
  std::string out;
  JsonWriter writer(out);
  writer.begin_object();
  if (change.name) {
    writer.key("new_name");
    writer.string(*change.name);
  }
  if (change.metadata) {
    writer.key("new_metadata");
    if (!write_metadata(writer, *change.metadata)) return invalid(std::string(kBadMetadata));
  }
  if (change.configuration) {
    writer.key("new_configuration");
    writer.value(change.configuration->to_json());
  }
  writer.end_object();
  return out;
}

Result<std::string> encode_query(const QueryRequest& request, QueryVectors vectors) {
  if (auto checked = check_rows(request.embeddings, false); !checked) return std::move(checked).error();
  std::string out;
  JsonWriter writer(out);
  writer.begin_object();
  // Servers read no base64 here.
  writer.key("query_embeddings");
  writer.begin_array();
  if (vectors == QueryVectors::kInBody) {
    for (std::size_t i = 0; i < request.embeddings.size(); ++i) writer.floats(*request.embeddings.row(i));
  }
  writer.end_array();
  writer.key("n_results");
  writer.unsigned_integer(request.n_results);
  write_filters(writer, request);
  write_include(writer, request.include);
  writer.end_object();
  return out;
}

std::string encode_get(const GetRequest& request) {
  std::string out;
  JsonWriter writer(out);
  writer.begin_object();
  write_filters(writer, request);
  write_number(writer, "limit", request.limit);
  write_number(writer, "offset", request.offset);
  write_include(writer, request.include);
  writer.end_object();
  return out;
}

std::string encode_delete(const DeleteRequest& request) {
  std::string out;
  JsonWriter writer(out);
  writer.begin_object();
  write_filters(writer, request);
  write_number(writer, "limit", request.limit);
  writer.end_object();
  return out;
}

std::string encode_search(const std::vector<Search>& searches, ReadLevel level) {
  std::string out;
  JsonWriter writer(out);
  writer.begin_object();
  writer.key("searches");
  writer.begin_array();
  for (const Search& search : searches) writer.value(search.to_json());
  writer.end_array();
  writer.key("read_level");
  writer.string(to_text(level));
  writer.end_object();
  return out;
}

std::string encode_one(std::string_view key, std::string_view text) {
  std::string out;
  JsonWriter writer(out);
  writer.begin_object();
  writer.key(key);
  writer.string(text);
  writer.end_object();
  return out;
}

std::string_view to_text(ReadLevel level) {
  constexpr std::array<std::string_view, 3> kNames = {"index_and_wal", "index_only", "index_and_bounded_wal"};
  return kNames[static_cast<std::size_t>(level)];
}

// Rows of vectors.

Embeddings Embeddings::matrix(std::vector<float> values, std::size_t dimension) {
  return Embeddings(Matrix{std::move(values), {}, dimension});
}

Embeddings Embeddings::borrow(std::span<const float> values, std::size_t dimension) {
  return Embeddings(Matrix{{}, values, dimension});
}

std::size_t Embeddings::size() const {
  if (const auto* rows = std::get_if<Rows>(&data_)) return rows->size();
  if (const auto* rows = std::get_if<OptionalRows>(&data_)) return rows->size();
  const auto& matrix = std::get<Matrix>(data_);
  return matrix.dimension == 0 ? 0 : matrix.values().size() / matrix.dimension;
}

std::optional<std::span<const float>> Embeddings::row(std::size_t index) const {
  if (const auto* rows = std::get_if<Rows>(&data_)) return std::span<const float>((*rows)[index]);
  if (const auto* rows = std::get_if<OptionalRows>(&data_)) {
    const auto& row = (*rows)[index];
    return row ? std::optional(std::span<const float>(*row)) : std::nullopt;
  }
  const auto& matrix = std::get<Matrix>(data_);
  return matrix.values().subspan(index * matrix.dimension, matrix.dimension);
}

}  // namespace alidade::chroma::inline v0
