#include "faces/chroma_rest/fast_decode.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <simdjson.h>
#include <utility>

#include "base/json_strict.h"
#include "faces/chroma_rest/base64.h"
#include "faces/chroma_rest/metadata.h"
#include "faces/chroma_rest/names.h"
#include "faces/chroma_rest/payload.h"

namespace alidade::faces::chroma_rest {

namespace json = base::json;
namespace dom = simdjson::dom;

namespace {

constexpr std::size_t kMaxMetadataKeys = 64;

bool parse(std::string_view body, dom::parser& parser, dom::object& out) {
  // Some releases of simdjson step over a byte order mark; to the peer it is no JSON.
  if (body.starts_with("\xEF\xBB\xBF") || json::has_negative_integer_zero(body)) return false;
  return parser.parse(body.data(), body.size()).get_object().get(out) == simdjson::SUCCESS;
}

/// The members of the body by position in `names`; false on a repeated one.
template <std::size_t N>
bool take_members(dom::object object, const std::array<std::string_view, N>& names,
                  std::array<std::optional<dom::element>, N>& members) {
  for (const auto field : object) {
    const auto found = std::find(names.begin(), names.end(), field.key);
    if (found == names.end()) continue;
    auto& member = members[static_cast<std::size_t>(found - names.begin())];
    if (member) return false;
    member = field.value;
  }
  return true;
}

/// Null and missing are the same.
bool is_given(const std::optional<dom::element>& member) { return member && !member->is_null(); }

/// Appends the numbers of a list. @return their count, or 0 when there is none or some is no number.
std::size_t append_numbers(dom::element list, std::vector<float>& out) {
  dom::array items;
  if (list.get_array().get(items) != simdjson::SUCCESS) return 0;
  const std::size_t before = out.size();
  float worst = 0;
  for (const dom::element item : items) {
    double number = 0;
    if (item.get_double().get(number) != simdjson::SUCCESS) return 0;
    const auto value = static_cast<float>(number);
    worst += value * 0;  // NaN from the first infinity on.
    out.push_back(value);
  }
  return std::isnan(worst) ? 0 : out.size() - before;
}

bool take_ids(dom::element list, model::PointBatch& batch) {
  dom::array items;
  if (list.get_array().get(items) != simdjson::SUCCESS) return false;
  batch.ids.reserve(items.size());
  for (const dom::element item : items) {
    std::string_view text;
    if (item.get_string().get(text) != simdjson::SUCCESS || text.empty()) return false;
    add_text_id(text, batch);
  }
  return !batch.ids.empty();
}

bool append_base64(std::string_view text, std::vector<float>& out) {
  const auto floats = floats_from_base64(text);
  if (!floats.ok() || floats->empty()) return false;
  if (!std::all_of(floats->begin(), floats->end(), [](float x) { return std::isfinite(x); })) {
    return false;
  }
  out.insert(out.end(), floats->begin(), floats->end());
  return true;
}

/// Every row must be there, all of one dimension, all finite.
bool take_vectors(dom::element list, model::PointBatch& batch) {
  dom::array rows;
  if (list.get_array().get(rows) != simdjson::SUCCESS || rows.size() != batch.size()) return false;
  model::VectorColumn& column = batch.column("");
  for (const dom::element row : rows) {
    const std::size_t before = column.values.size();
    std::string_view text;
    if (row.get_string().get(text) == simdjson::SUCCESS) {
      if (!append_base64(text, column.values)) return false;
    } else if (append_numbers(row, column.values) == 0) {
      return false;
    }
    const auto dim = static_cast<std::uint32_t>(column.values.size() - before);
    if (column.dim == 0) {
      column.dim = dim;
      column.reserve_rows(batch.size());
    }
    if (dim != column.dim) return false;
  }
  column.present = base::Bitset(batch.size(), true);
  return true;
}

/// All lists of numbers or all base64 texts: mixing them is refused.
bool is_uniform(dom::element list) {
  dom::array rows;
  if (list.get_array().get(rows) != simdjson::SUCCESS) return false;
  std::size_t texts = 0;
  for (const dom::element row : rows) texts += row.is_string();
  return texts == 0 || texts == rows.size();
}

// Payloads. -----------------------------------------------------------------------------------

bool append_scalar(dom::element value, bool as_float, std::string& out) {
  switch (value.type()) {
    case dom::element_type::STRING: json::write_string(value.get_string().value_unsafe(), out); return true;
    case dom::element_type::BOOL: out += value.get_bool().value_unsafe() ? "true" : "false"; return true;
    case dom::element_type::INT64:
      if (as_float) {
        json::write_double(static_cast<double>(value.get_int64().value_unsafe()), out);
      } else {
        out += std::to_string(value.get_int64().value_unsafe());
      }
      return true;
    case dom::element_type::UINT64:
    case dom::element_type::DOUBLE: {
      const double number = value.get_double().value_unsafe();
      json::write_double(number == 0 ? 0.0 : number, out);
      return true;
    }
    case dom::element_type::NULL_VALUE:
    case dom::element_type::ARRAY:
    case dom::element_type::OBJECT: break;
  }
  return false;
}

enum class Family { kNone, kBool, kNumber, kString };
Family family(dom::element value) {
  if (value.is_bool()) return Family::kBool;
  if (value.is_string()) return Family::kString;
  return value.is_number() ? Family::kNumber : Family::kNone;
}

/// A list that is not empty and holds one kind of scalars.
bool append_list(dom::array items, std::string& out) {
  const Family kind = family(items.at(0).value_unsafe());
  bool has_float = false;
  for (const dom::element item : items) {
    if (kind == Family::kNone || family(item) != kind) return false;
    has_float = has_float || (kind == Family::kNumber && !item.is<std::int64_t>());
  }
  char separator = '[';
  for (const dom::element item : items) {
    out += separator;
    append_scalar(item, has_float, out);
    separator = ',';
  }
  out += ']';
  return true;
}

bool append_metadata(dom::element element, RecordWrite kind, PayloadWriter& payload) {
  dom::object object;
  if (element.get_object().get(object) != simdjson::SUCCESS) return element.is_null();
  if (object.size() > kMaxMetadataKeys) return false;
  std::array<std::string_view, kMaxMetadataKeys> keys;
  std::size_t key_count = 0;
  for (const auto field : object) {
    if (!is_metadata_key(field.key) || field.key.starts_with(kReservedPrefix)) return false;
    const auto end = keys.begin() + static_cast<std::ptrdiff_t>(key_count);
    if (std::find(keys.begin(), end, field.key) != end) return false;
    keys[key_count++] = field.key;
    dom::array items;
    const bool is_list = field.value.get_array().get(items) == simdjson::SUCCESS;
    if (field.value.is_null() || (is_list && items.size() == 0)) {
      if (field.value.is_null() && kind == RecordWrite::kAdd) return false;
      payload.nothing(field.key);
      continue;
    }
    payload.key(field.key);
    if (!(is_list ? append_list(items, payload.text())
                  : append_scalar(field.value, false, payload.text()))) {
      return false;
    }
  }
  return true;
}

/// One column of the request, as an iterator beside the rows; a missing column is all nulls.
class Column {
 public:
  bool open(const std::optional<dom::element>& member, std::size_t count) {
    if (!is_given(member)) return true;
    if (member->get_array().get(items_) != simdjson::SUCCESS || items_.size() != count) return false;
    at_.emplace(items_.begin());
    return true;
  }
  bool is_open() const { return at_.has_value(); }
  std::optional<dom::element> next() {
    if (!at_) return std::nullopt;
    const dom::element item = **at_;
    ++*at_;
    return item;
  }

 private:
  dom::array items_;
  std::optional<dom::array::iterator> at_;
};

bool take_payloads(const std::optional<dom::element>& documents,
                   const std::optional<dom::element>& uris,
                   const std::optional<dom::element>& metadatas, RecordWrite kind,
                   model::PointBatch& batch) {
  Column document_column, uri_column, metadata_column;
  if (!document_column.open(documents, batch.size()) || !uri_column.open(uris, batch.size()) ||
      !metadata_column.open(metadatas, batch.size())) {
    return false;
  }
  if (!document_column.is_open() && !uri_column.is_open() && !metadata_column.is_open()) return true;
  batch.payloads.reserve(batch.size());
  for (std::size_t i = 0; i < batch.size(); ++i) {
    PayloadWriter payload(kind == RecordWrite::kAdd ? PayloadNulls::kLeftOut
                                                    : PayloadNulls::kRemove);
    std::string_view text;
    if (const auto item = document_column.next(); is_given(item)) {
      if (item->get_string().get(text) != simdjson::SUCCESS) return false;
      payload.document(text);
    }
    if (const auto item = uri_column.next(); is_given(item)) {
      if (item->get_string().get(text) != simdjson::SUCCESS) return false;
      payload.uri(text);
    }
    if (const auto item = metadata_column.next(); is_given(item)) {
      if (!append_metadata(*item, kind, payload)) return false;
    }
    batch.payloads.push_back(payload.take());
  }
  return true;
}

// Queries. ------------------------------------------------------------------------------------

/// @return false when the value nests deeper than a body may.
bool to_value(dom::element element, int depth, json::Value& out) {
  if (depth > json::kMaxDepth - 2) return false;
  switch (element.type()) {
    case dom::element_type::NULL_VALUE: out = nullptr; return true;
    case dom::element_type::BOOL: out = element.get_bool().value_unsafe(); return true;
    case dom::element_type::INT64: out = element.get_int64().value_unsafe(); return true;
    case dom::element_type::UINT64: out = element.get_uint64().value_unsafe(); return true;
    case dom::element_type::DOUBLE: out = element.get_double().value_unsafe(); return true;
    case dom::element_type::STRING: out = element.get_string().value_unsafe(); return true;
    case dom::element_type::ARRAY: {
      json::Array items;
      for (const dom::element item : dom::array(element.get_array().value_unsafe())) {
        if (!to_value(item, depth + 1, items.emplace_back())) return false;
      }
      out = std::move(items);
      return true;
    }
    case dom::element_type::OBJECT: break;
  }
  json::Object members;
  for (const auto field : dom::object(element.get_object().value_unsafe())) {
    json::Value member;
    if (!to_value(field.value, depth + 1, member)) return false;
    members.emplace_back(std::string(field.key), std::move(member));
  }
  json::merge_repeated_keys(members);
  out = std::move(members);
  return true;
}

bool take_query_vectors(dom::element list, std::vector<std::vector<float>>& out) {
  dom::array rows;
  if (list.get_array().get(rows) != simdjson::SUCCESS) return false;
  out.reserve(rows.size());
  for (const dom::element row : rows) {
    dom::array items;
    if (row.get_array().get(items) != simdjson::SUCCESS) return false;
    auto& vector = out.emplace_back();
    vector.reserve(items.size());
    if (append_numbers(row, vector) == 0) return false;
  }
  return true;
}

bool take_texts(dom::element list, std::vector<std::string>& out) {
  dom::array items;
  if (list.get_array().get(items) != simdjson::SUCCESS) return false;
  for (const dom::element item : items) {
    std::string_view text;
    if (item.get_string().get(text) != simdjson::SUCCESS) return false;
    out.emplace_back(text);
  }
  return true;
}

bool take_include(dom::element list, IncludeList& out) {
  dom::array items;
  if (list.get_array().get(items) != simdjson::SUCCESS) return false;
  out.clear();
  for (const dom::element item : items) {
    std::string_view text;
    if (item.get_string().get(text) != simdjson::SUCCESS) return false;
    bool known = false;
    for (const Include candidate : {Include::kDistances, Include::kDocuments, Include::kEmbeddings,
                                    Include::kMetadatas, Include::kUris}) {
      if (include_name(candidate) != text) continue;
      out.push_back(candidate);
      known = true;
    }
    if (!known) return false;
  }
  return true;
}

}  // namespace

std::optional<model::PointBatch> try_fast_records(std::string_view body, RecordWrite kind) {
  thread_local dom::parser parser;
  dom::object object;
  if (!parse(body, parser, object)) return std::nullopt;
  static constexpr std::array<std::string_view, 5> kNames = {"ids", "embeddings", "documents", "uris",
                                                             "metadatas"};
  std::array<std::optional<dom::element>, 5> members;
  if (!take_members(object, kNames, members)) return std::nullopt;
  model::PointBatch batch;
  if (!members[0] || !take_ids(*members[0], batch)) return std::nullopt;
  const bool has_vectors = kind == RecordWrite::kUpdate ? is_given(members[1]) : members[1].has_value();
  if (kind != RecordWrite::kUpdate && !has_vectors) return std::nullopt;
  if (has_vectors && (!is_uniform(*members[1]) || !take_vectors(*members[1], batch))) {
    return std::nullopt;
  }
  if (!take_payloads(members[2], members[3], members[4], kind, batch)) return std::nullopt;
  return batch;
}

std::optional<QueryBody> try_fast_query(std::string_view body) {
  thread_local dom::parser parser;
  dom::object object;
  if (!parse(body, parser, object)) return std::nullopt;
  static constexpr std::array<std::string_view, 6> kNames = {
      "query_embeddings", "n_results", "ids", "where", "where_document", "include"};
  std::array<std::optional<dom::element>, 6> members;
  if (!take_members(object, kNames, members)) return std::nullopt;
  QueryBody query;
  if (!members[0] || !take_query_vectors(*members[0], query.vectors)) return std::nullopt;
  if (is_given(members[1])) {
    std::uint64_t count = 0;
    if (!members[1]->is<std::uint64_t>() || members[1]->get_uint64().get(count) != simdjson::SUCCESS ||
        count > 0xFFFFFFFFULL) {
      return std::nullopt;
    }
    query.n_results = static_cast<std::uint32_t>(count);
  }
  if (is_given(members[2]) && !take_texts(*members[2], query.ids.emplace())) return std::nullopt;
  if (members[3] && !to_value(*members[3], 0, query.where.where)) return std::nullopt;
  if (members[4] && !to_value(*members[4], 0, query.where.where_document)) return std::nullopt;
  if (members[5] && !take_include(*members[5], query.include)) return std::nullopt;
  return query;
}

}  // namespace alidade::faces::chroma_rest
