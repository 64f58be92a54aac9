#include "faces/chroma_rest/encode.h"

#include <cmath>
#include <functional>

#include "base/json.h"
#include "faces/chroma_rest/decode_collections.h"
#include "faces/chroma_rest/metadata.h"
#include "faces/chroma_rest/schema.h"
#include "model/point_id.h"

namespace alidade::faces::chroma_rest {

namespace json = base::json;

namespace {

void write_vector(const model::PointRecord& record, json::Writer& writer) {
  if (record.vectors) {
    for (const model::NamedVector& vector : *record.vectors) {
      const auto* dense = std::get_if<std::vector<float>>(&vector.value);
      if (!vector.name.empty() || dense == nullptr) continue;
      writer.floats(dense->data(), dense->size());
      return;
    }
  }
  writer.null();
}

void write_include(const IncludeList& include, json::Writer& writer) {
  writer.key("include");
  writer.begin_array();
  for (const Include item : include) writer.string(include_name(item));
  writer.end_array();
}

bool shows_payload(const IncludeList& include) {
  return includes(include, Include::kDocuments) || includes(include, Include::kUris) ||
         includes(include, Include::kMetadatas);
}

/// One row of an answer: a record and what its payload shows.
struct Row {
  const model::PointRecord* record;
  ShownPayload shown;
  float distance = 0;
};

Row row_of(const model::PointRecord& record, const IncludeList& include) {
  Row row{&record, {}};
  if (shows_payload(include) && record.payload) row.shown = show_payload(*record.payload);
  return row;
}

using WriteCell = std::function<void(const Row&, json::Writer&)>;
struct ColumnRow {
  std::string_view name;
  std::optional<Include> include;  ///< Unset: always shown.
  WriteCell write;
};

const std::vector<ColumnRow>& columns() {
  static const std::vector<ColumnRow> kColumns = {
      {"ids", std::nullopt,
       [](const Row& row, json::Writer& writer) {
         writer.string(model::text_of_point(row.record->id, row.record->original_id));
       }},
      {"embeddings", Include::kEmbeddings,
       [](const Row& row, json::Writer& writer) { write_vector(*row.record, writer); }},
      {"documents", Include::kDocuments,
       [](const Row& row, json::Writer& writer) { writer.raw(row.shown.document); }},
      {"uris", Include::kUris,
       [](const Row& row, json::Writer& writer) { writer.raw(row.shown.uri); }},
      {"metadatas", Include::kMetadatas,
       [](const Row& row, json::Writer& writer) { writer.raw(row.shown.metadata); }},
      {"distances", Include::kDistances,
       [](const Row& row, json::Writer& writer) { writer.number(row.distance); }},
  };
  return kColumns;
}

// About 1 ms of writing payloads of 1 KB.
constexpr std::size_t kRowsPerCheck = 512;

Status write_cells(const std::vector<Row>& rows, const WriteCell& write,
                   const observe::OpContext& context, json::Writer& writer) {
  writer.begin_array();
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (i % kRowsPerCheck == 0) ALD_RETURN_IF_ERROR(context.check());
    write(rows[i], writer);
  }
  writer.end_array();
  return {};
}

bool is_shown(const ColumnRow& column, const IncludeList& include) {
  return !column.include || includes(include, *column.include);
}

}  // namespace

void encode_collection(const model::CollectionInfo& info, std::string& out) {
  const model::CollectionDescription& description = info.description;
  json::Value echo = echo_of(description.config);
  add_seen_keys(*echo.find("schema"), info.seen_keys);
  const auto vector = description.config.vectors.find("");
  const std::uint32_t dim =
      vector == description.config.vectors.end() ? 0 : vector->second.size;
  json::Writer writer(out);
  writer.begin_object();
  writer.key("id");
  writer.string(description.uuid.to_string());
  writer.key("name");
  writer.string(description.name);
  writer.key("configuration_json");
  writer.value(*echo.find("configuration_json"));
  writer.key("schema");
  writer.value(*echo.find("schema"));
  writer.key("metadata");
  writer.value(*echo.find("metadata"));
  writer.key("dimension");
  if (dim == 0) {
    writer.null();
  } else {
    writer.unsigned_integer(dim);
  }
  writer.key("tenant");
  writer.string(description.tenant);
  writer.key("database");
  writer.string(description.database);
  writer.key("log_position");
  writer.integer(0);
  writer.key("version");
  writer.integer(0);
  writer.end_object();
}

void encode_database(const ops::DatabaseInfo& database, std::string& out) {
  json::Writer writer(out);
  writer.begin_object();
  writer.key("id");
  writer.string(database.uuid.to_string());
  writer.key("name");
  writer.string(database.name);
  writer.key("tenant");
  writer.string(database.tenant);
  writer.end_object();
}

Status encode_get(const std::vector<model::PointRecord>& records, const IncludeList& include,
                  const observe::OpContext& context, std::string& out) {
  std::vector<Row> rows;
  rows.reserve(records.size());
  for (const model::PointRecord& record : records) {
    if (rows.size() % kRowsPerCheck == 0) ALD_RETURN_IF_ERROR(context.check());
    rows.push_back(row_of(record, include));
  }
  json::Writer writer(out);
  writer.begin_object();
  for (const ColumnRow& column : columns()) {
    if (column.include == Include::kDistances) continue;
    writer.key(column.name);
    if (is_shown(column, include)) {
      ALD_RETURN_IF_ERROR(write_cells(rows, column.write, context, writer));
    } else {
      writer.null();
    }
  }
  write_include(include, writer);
  writer.end_object();
  return {};
}

Status encode_query(const std::vector<model::QueryHits>& lists, const IncludeList& include,
                    const observe::OpContext& context, std::string& out) {
  std::vector<std::vector<Row>> rows(lists.size());
  for (std::size_t i = 0; i < lists.size(); ++i) {
    rows[i].reserve(lists[i].points.size());
    for (const model::ScoredPoint& point : lists[i].points) {
      if (rows[i].size() % kRowsPerCheck == 0) ALD_RETURN_IF_ERROR(context.check());
      Row& row = rows[i].emplace_back(row_of(point.record, include));
      row.distance = lists[i].score_kind == model::ScoreKind::kSimilarity
                         ? model::chroma_distance(lists[i].distance, point.score)
                         : point.score;
    }
  }
  json::Writer writer(out);
  writer.begin_object();
  for (const ColumnRow& column : columns()) {
    writer.key(column.name);
    if (!is_shown(column, include)) {
      writer.null();
      continue;
    }
    writer.begin_array();
    for (const auto& list : rows) {
      ALD_RETURN_IF_ERROR(write_cells(list, column.write, context, writer));
    }
    writer.end_array();
  }
  write_include(include, writer);
  writer.end_object();
  return {};
}

}  // namespace alidade::faces::chroma_rest
