// The C interface: writing, selecting and searching records.
#include <span>
#include <utility>

#include "core/json_reader.h"
#include "core/json_writer.h"
#include "embedded_c/collection.h"
#include "embedded_c/handles.h"
#include "embedded_c/matrix.h"
#include "embedded_c/rows.h"

namespace alidade::embedded_c {
namespace {

using client::core::JsonWriter;

// A body that has grown beyond what a call may bring.
Outcome check_body(const std::string& body) {
  if (body.size() <= ALD_MAX_BYTES) return std::nullopt;
  return failure(ALD_TOO_LARGE, "the records are more than ALD_MAX_BYTES");
}

Outcome write_texts(JsonWriter& writer, const std::string& body, std::string_view key, const char* const* texts,
                    std::size_t count) {
  if (texts == nullptr) return std::nullopt;
  writer.key(key);
  writer.begin_array();
  for (std::size_t i = 0; i < count; ++i) {
    if (texts[i] == nullptr) {
      writer.null();
      continue;
    }
    if (auto wrong = check_text(texts[i], std::string(key) + "[" + std::to_string(i) + "]")) return wrong;
    writer.string(texts[i]);
    if (auto wrong = check_body(body)) return wrong;
  }
  writer.end_array();
  return std::nullopt;
}

Outcome write_ids(JsonWriter& writer, const std::string& body, const char* const* ids, std::size_t count) {
  for (std::size_t i = 0; i < count; ++i) {
    if (ids[i] == nullptr) return failure(ALD_INVALID_ARGUMENT, "ids[" + std::to_string(i) + "] is NULL");
  }
  return write_texts(writer, body, "ids", ids, count);
}

Outcome write_metadatas(JsonWriter& writer, const std::string& body, const char* const* texts, std::size_t count) {
  if (texts == nullptr) return std::nullopt;
  writer.key("metadatas");
  writer.begin_array();
  for (std::size_t i = 0; i < count; ++i) {
    if (texts[i] == nullptr) {
      writer.null();
      continue;
    }
    if (auto wrong = check_object(texts[i], "metadatas[" + std::to_string(i) + "]")) return wrong;
    writer.raw(texts[i]);
    if (auto wrong = check_body(body)) return wrong;
  }
  writer.end_array();
  return std::nullopt;
}

Outcome encode_records(const ald_records* records, bool needs_embeddings, std::string& body) {
  if (records == nullptr) return failure(ALD_INVALID_ARGUMENT, "records is NULL");
  if (auto wrong = check_size(*records, "ald_records")) return wrong;
  if (auto wrong = check_count(records->count, "count")) return wrong;
  if (records->count > 0 && records->ids == nullptr) return failure(ALD_INVALID_ARGUMENT, "ids is NULL");
  if (records->embeddings == nullptr && needs_embeddings && records->count > 0) {
    return failure(ALD_INVALID_ARGUMENT, "embeddings is NULL");
  }
  JsonWriter writer(body);
  writer.begin_object();
  if (auto wrong = write_ids(writer, body, records->ids, records->count)) return wrong;
  if (records->ids == nullptr) writer.key("ids"), writer.raw("[]");
  if (records->embeddings != nullptr && records->count > 0) {
    const std::size_t dimension = records->dimension;
    if (auto wrong = check_matrix(records->embeddings, records->count, dimension, "embeddings")) return wrong;
    // Four characters of base64 for three bytes.
    body.reserve(body.size() + records->count * (dimension * 6 + 32));
    writer.key("embeddings");
    writer.begin_array();
    for (std::size_t i = 0; i < records->count; ++i) {
      writer.base64_floats(std::span(records->embeddings + i * dimension, dimension));
    }
    writer.end_array();
  } else if (needs_embeddings) {
    writer.key("embeddings"), writer.raw("[]");
  }
  if (auto wrong = write_texts(writer, body, "documents", records->documents, records->count)) return wrong;
  if (auto wrong = write_texts(writer, body, "uris", records->uris, records->count)) return wrong;
  if (auto wrong = write_metadatas(writer, body, records->metadatas, records->count)) return wrong;
  writer.end_object();
  return check_body(body);
}

Outcome write_selection(JsonWriter& writer, const std::string& body, const ald_selection* selection) {
  if (selection == nullptr) return std::nullopt;
  if (auto wrong = check_size(*selection, "ald_selection")) return wrong;
  if (auto wrong = check_count(selection->id_count, "id_count")) return wrong;
  if (selection->ids == nullptr && selection->id_count > 0) return failure(ALD_INVALID_ARGUMENT, "ids is NULL");
  if (auto wrong = write_ids(writer, body, selection->ids, selection->id_count)) return wrong;
  for (const auto& [key, text] :
       {std::pair{"where", selection->where}, {"where_document", selection->where_document}}) {
    if (text == nullptr) continue;
    if (auto wrong = check_object(text, key)) return wrong;
    writer.key(key);
    writer.raw(text);
  }
  return std::nullopt;
}

Outcome write_include(JsonWriter& writer, std::uint32_t include, bool is_query) {
  static constexpr std::pair<std::uint32_t, const char*> kNames[] = {{ALD_INCLUDE_DOCUMENTS, "documents"},
                                                                     {ALD_INCLUDE_EMBEDDINGS, "embeddings"},
                                                                     {ALD_INCLUDE_METADATAS, "metadatas"},
                                                                     {ALD_INCLUDE_DISTANCES, "distances"},
                                                                     {ALD_INCLUDE_URIS, "uris"}};
  std::uint32_t known = 0;
  writer.key("include");
  writer.begin_array();
  for (const auto& [bit, name] : kNames) {
    known |= bit;
    if ((include & bit) != 0) writer.string(name);
  }
  writer.end_array();
  if ((include & ~known) != 0) return failure(ALD_INVALID_ARGUMENT, "include has bits that mean nothing");
  if (!is_query && (include & ALD_INCLUDE_DISTANCES) != 0) {
    return failure(ALD_INVALID_ARGUMENT, "include: a get has no distances");
  }
  return std::nullopt;
}

ald_status write_records(ald_collection* collection, const char* route, bool needs_embeddings,
                         const ald_records* records, const ald_limits* limits, ald_error* error) {
  return guarded(error, [&]() -> Outcome {
    std::shared_ptr<OpenCollection> object;
    if (auto wrong = find_object(collection, "collection", object)) return wrong;
    Limits checked;
    if (auto wrong = read_limits(limits, checked)) return wrong;
    std::string body;
    if (auto wrong = encode_records(records, needs_embeddings, body)) return wrong;
    std::string answer;
    return ask(*object->session, "POST", path_of(*object, route), std::move(body), checked, answer);
  });
}

// Sends a read, and keeps its rows.
Outcome read_rows(const OpenCollection& collection, std::string body, std::vector<std::vector<float>> vectors,
                  const Limits& limits, ald_result** out) {
  const bool is_query = !vectors.empty();
  Request request{ALD_DIALECT_CHROMA, "POST", path_of(collection, is_query ? "/query" : "/get"), std::move(body),
                  std::move(vectors)};
  std::string answer;
  if (auto failed = ask(*collection.session, std::move(request), limits, answer)) return failed;
  auto rows = std::make_shared<Rows>();
  if (auto failed = parse_rows(answer, is_query, *rows)) return failed;
  *out = Handles<Rows>::instance().add<ald_result>(std::move(rows));
  return std::nullopt;
}

Outcome encode_query(std::uint32_t n_results, const ald_selection* selection, std::uint32_t include, std::string& body) {
  JsonWriter writer(body);
  writer.begin_object();
  // The vectors go beside the body.
  writer.key("query_embeddings"), writer.raw("[]");
  writer.key("n_results"), writer.unsigned_integer(n_results);
  if (auto wrong = write_selection(writer, body, selection)) return wrong;
  if (auto wrong = write_include(writer, include, true)) return wrong;
  writer.end_object();
  return check_body(body);
}

}  // namespace

extern "C" {

ald_status ald_collection_add(ald_collection* collection, const ald_records* records, const ald_limits* limits,
                              ald_error* error) {
  return write_records(collection, "/add", true, records, limits, error);
}

ald_status ald_collection_upsert(ald_collection* collection, const ald_records* records, const ald_limits* limits,
                                 ald_error* error) {
  return write_records(collection, "/upsert", true, records, limits, error);
}

ald_status ald_collection_update(ald_collection* collection, const ald_records* records, const ald_limits* limits,
                                 ald_error* error) {
  return write_records(collection, "/update", false, records, limits, error);
}

ald_status ald_collection_get(ald_collection* collection, const ald_selection* selection, uint32_t limit,
                              uint32_t offset, uint32_t include, const ald_limits* limits, ald_result** out,
                              ald_error* error) {
  return guarded(error, [&]() -> Outcome {
    if (out == nullptr) return failure(ALD_INVALID_ARGUMENT, "out is NULL");
    *out = nullptr;
    std::shared_ptr<OpenCollection> object;
    if (auto wrong = find_object(collection, "collection", object)) return wrong;
    Limits checked;
    if (auto wrong = read_limits(limits, checked)) return wrong;
    std::string body;
    client::core::JsonWriter writer(body);
    writer.begin_object();
    if (auto wrong = write_selection(writer, body, selection)) return wrong;
    if (limit != UINT32_MAX) writer.key("limit"), writer.unsigned_integer(limit);
    writer.key("offset"), writer.unsigned_integer(offset);
    if (auto wrong = write_include(writer, include, false)) return wrong;
    writer.end_object();
    return read_rows(*object, std::move(body), {}, checked, out);
  });
}

ald_status ald_collection_query(ald_collection* collection, const float* vectors, size_t vector_count,
                                size_t dimension, uint32_t n_results, const ald_selection* selection,
                                uint32_t include, const ald_limits* limits, ald_result** out, ald_error* error) {
  return guarded(error, [&]() -> Outcome {
    if (out == nullptr) return failure(ALD_INVALID_ARGUMENT, "out is NULL");
    *out = nullptr;
    std::shared_ptr<OpenCollection> object;
    if (auto wrong = find_object(collection, "collection", object)) return wrong;
    Limits checked;
    if (auto wrong = read_limits(limits, checked)) return wrong;
    std::string body;
    std::vector<std::vector<float>> rows;
    if (auto wrong = copy_rows(vectors, vector_count, dimension, "vectors", rows)) return wrong;
    if (auto wrong = encode_query(n_results, selection, include, body)) return wrong;
    return read_rows(*object, std::move(body), std::move(rows), checked, out);
  });
}

ald_status ald_collection_remove(ald_collection* collection, const ald_selection* selection, const ald_limits* limits,
                                 uint64_t* deleted, ald_error* error) {
  return guarded(error, [&]() -> Outcome {
    if (deleted != nullptr) *deleted = 0;
    std::shared_ptr<OpenCollection> object;
    if (auto wrong = find_object(collection, "collection", object)) return wrong;
    Limits checked;
    if (auto wrong = read_limits(limits, checked)) return wrong;
    if (selection == nullptr) return failure(ALD_INVALID_ARGUMENT, "selection is NULL");
    std::string body;
    client::core::JsonWriter writer(body);
    writer.begin_object();
    if (auto wrong = write_selection(writer, body, selection)) return wrong;
    writer.end_object();
    if (selection->ids == nullptr && selection->where == nullptr && selection->where_document == nullptr) {
      return failure(ALD_INVALID_ARGUMENT, "the selection names every record; delete the collection instead");
    }
    std::string answer;
    if (auto failed = ask(*object->session, "POST", path_of(*object, "/delete"), std::move(body), checked, answer)) {
      return failed;
    }
    const auto document = client::core::Document::parse(answer);
    std::uint64_t count = 0;
    if (!document || document->root()["deleted"].get(count) != simdjson::SUCCESS) {
      return failure(ALD_INTERNAL, "the answer does not say how many records were deleted");
    }
    if (deleted != nullptr) *deleted = count;
    return std::nullopt;
  });
}

}  // extern "C"

}  // namespace alidade::embedded_c
