// The C interface: results.
#include "embedded_c/rows.h"

#include "core/json_reader.h"
#include "embedded_c/handles.h"

namespace alidade::embedded_c {
namespace {

using simdjson::dom::element;

void read_text(element cell, std::optional<std::string>& out) {
  std::string_view text;
  if (cell.get(text) == simdjson::SUCCESS) out = std::string(text);
}

bool read_floats(element cell, std::vector<float>& out) {
  simdjson::dom::array values;
  if (cell.get(values) != simdjson::SUCCESS) return cell.is_null();
  out.reserve(values.size());
  for (const element value : values) {
    double number = 0;
    if (value.get(number) != simdjson::SUCCESS) return false;
    out.push_back(static_cast<float>(number));
  }
  return true;
}

bool set(Row& row, std::string_view column, element cell) {
  if (column == "documents") return read_text(cell, row.document), true;
  if (column == "uris") return read_text(cell, row.uri), true;
  if (column == "embeddings") return read_floats(cell, row.embedding);
  if (column == "metadatas") {
    if (cell.is_object()) row.metadata = simdjson::minify(cell);
    return true;
  }
  double distance = 0;
  if (cell.get(distance) == simdjson::SUCCESS) row.distance = static_cast<float>(distance);
  return true;
}

// A column of one list, as long as the ids are.
bool read_column(element column, std::string_view name, std::vector<Row>& rows) {
  simdjson::dom::array cells;
  if (column.get(cells) != simdjson::SUCCESS) return column.is_null();
  std::size_t index = 0;
  for (const element cell : cells) {
    if (index == rows.size() || !set(rows[index++], name, cell)) return false;
  }
  return index == rows.size();
}

bool read_ids(element column, std::vector<Row>& rows) {
  simdjson::dom::array cells;
  if (column.get(cells) != simdjson::SUCCESS) return false;
  rows.resize(cells.size());
  std::size_t index = 0;
  for (const element cell : cells) {
    std::string_view id;
    if (cell.get(id) != simdjson::SUCCESS) return false;
    rows[index++].id = id;
  }
  return true;
}

bool read_all(element root, bool is_query, Rows& rows) {
  simdjson::dom::array ids;
  if (root["ids"].get(ids) != simdjson::SUCCESS) return false;
  if (!is_query) {
    rows.lists.resize(1);
    if (!read_ids(root["ids"], rows.lists[0])) return false;
  } else {
    for (const element list : ids) {
      if (!read_ids(list, rows.lists.emplace_back())) return false;
    }
  }
  for (const std::string_view name : {"documents", "uris", "embeddings", "metadatas", "distances"}) {
    element column;
    if (root[name].get(column) != simdjson::SUCCESS || column.is_null()) continue;
    if (!is_query) {
      if (!read_column(column, name, rows.lists[0])) return false;
      continue;
    }
    simdjson::dom::array lists;
    if (column.get(lists) != simdjson::SUCCESS || lists.size() != rows.lists.size()) return false;
    std::size_t index = 0;
    for (const element list : lists) {
      if (!read_column(list, name, rows.lists[index++])) return false;
    }
  }
  return true;
}

}  // namespace

Outcome parse_rows(std::string_view answer, bool is_query, Rows& rows) {
  const auto document = client::core::Document::parse(answer);
  if (document && read_all(document->root(), is_query, rows)) return std::nullopt;
  return failure(ALD_INTERNAL, "the answer is not what a read gives");
}

extern "C" {

ald_status ald_result_lists(ald_result* result, size_t* out, ald_error* error) {
  return guarded(error, [&]() -> Outcome {
    if (out == nullptr) return failure(ALD_INVALID_ARGUMENT, "out is NULL");
    *out = 0;
    std::shared_ptr<Rows> rows;
    if (auto wrong = find_object(result, "result", rows)) return wrong;
    *out = rows->lists.size();
    return std::nullopt;
  });
}

ald_status ald_result_size(ald_result* result, size_t list, size_t* out, ald_error* error) {
  return guarded(error, [&]() -> Outcome {
    if (out == nullptr) return failure(ALD_INVALID_ARGUMENT, "out is NULL");
    *out = 0;
    std::shared_ptr<Rows> rows;
    if (auto wrong = find_object(result, "result", rows)) return wrong;
    if (list >= rows->lists.size()) return failure(ALD_INVALID_ARGUMENT, "there is no such list");
    *out = rows->lists[list].size();
    return std::nullopt;
  });
}

ald_status ald_result_row(ald_result* result, size_t list, size_t index, ald_row* out, ald_error* error) {
  return guarded(error, [&]() -> Outcome {
    if (out == nullptr) return failure(ALD_INVALID_ARGUMENT, "out is NULL");
    if (auto wrong = check_size(*out, "ald_row")) return wrong;
    const ald_row none = ALD_ROW_INIT;
    *out = none;
    std::shared_ptr<Rows> rows;
    if (auto wrong = find_object(result, "result", rows)) return wrong;
    if (list >= rows->lists.size()) return failure(ALD_INVALID_ARGUMENT, "there is no such list");
    if (index >= rows->lists[list].size()) return failure(ALD_INVALID_ARGUMENT, "there is no such row");
    const Row& row = rows->lists[list][index];
    out->id = row.id.c_str();
    if (row.document) out->document = row.document->c_str(), out->document_size = row.document->size();
    if (row.uri) out->uri = row.uri->c_str();
    if (row.metadata) out->metadata = row.metadata->c_str();
    if (!row.embedding.empty()) out->embedding = row.embedding.data(), out->dimension = row.embedding.size();
    if (row.distance) out->has_distance = 1, out->distance = *row.distance;
    return std::nullopt;
  });
}

ald_status ald_result_free(ald_result* result, ald_error* error) {
  return guarded(error, [&]() -> Outcome {
    std::shared_ptr<Rows> rows;
    return take_object(result, "result", rows);
  });
}

}  // extern "C"

}  // namespace alidade::embedded_c
