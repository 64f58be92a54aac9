#include "faces/chroma_rest/decode_records.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "base/json_strict.h"
#include "faces/chroma_rest/base64.h"
#include "faces/chroma_rest/metadata.h"
#include "faces/chroma_rest/names.h"
#include "faces/chroma_rest/payload.h"

namespace alidade::faces::chroma_rest {

namespace json = base::json;
using Field = BodyReader::Field;
using Need = BodyReader::Need;
using Style = BodyReader::Style;

namespace {

bool read_texts(BodyReader& reader, std::vector<std::string>& out) {
  return reader.read_list([&out](BodyReader& inner) { return inner.read_string(out.emplace_back()); });
}

bool read_optional_texts(BodyReader& reader, RecordsBody::Texts& out) {
  return reader.read_list([&out](BodyReader& inner) {
    auto& item = out.emplace_back();
    return inner.read_option(
        [&item](BodyReader& value) { return value.read_string(item.emplace()); });
  });
}

Field texts_field(std::string_view name, std::optional<RecordsBody::Texts>& out) {
  return {name, Need::kOption, [&out](BodyReader& reader) {
            return reader.read_option(
                [&out](BodyReader& inner) { return read_optional_texts(inner, out.emplace()); });
          }};
}

// Embeddings: lists of numbers, or base64 texts, never both. ------------------------------------

bool to_vector(const json::Value& value, std::vector<float>& out) {
  if (!value.is_array()) return false;
  out.reserve(value.as_array().size());
  for (const json::Value& item : value.as_array()) {
    if (!item.is_number()) return false;
    out.push_back(static_cast<float>(item.as_double()));
  }
  return true;
}

bool take_embeddings(const json::Value& value, MetadataNulls nulls, RecordsBody& out) {
  if (!value.is_array()) return false;
  const auto& items = value.as_array();
  const auto all = [&](auto matches) {
    return std::all_of(items.begin(), items.end(), [&](const json::Value& item) {
      return matches(item) || (item.is_null() && nulls == MetadataNulls::kKept);
    });
  };
  if (all([](const json::Value& item) { return item.is_array(); })) {
    auto& vectors = out.embeddings.emplace(items.size());
    for (std::size_t i = 0; i < items.size(); ++i) {
      if (!items[i].is_null() && !to_vector(items[i], vectors[i].emplace())) return false;
    }
    return true;
  }
  if (!all([](const json::Value& item) { return item.is_string(); })) return false;
  auto& texts = out.encoded_embeddings.emplace(items.size());
  for (std::size_t i = 0; i < items.size(); ++i) {
    if (!items[i].is_null()) texts[i] = items[i].as_string();
  }
  return true;
}

bool read_embeddings(BodyReader& reader, MetadataNulls nulls, RecordsBody& out) {
  json::Value value;
  if (!reader.read_value(value)) return false;
  if (take_embeddings(value, nulls, out)) return true;
  return reader.refuse_untagged(nulls == MetadataNulls::kKept ? "UpdateEmbeddingsPayload"
                                                              : "EmbeddingsPayload");
}

std::string_view payload_name(RecordWrite kind) {
  switch (kind) {
    case RecordWrite::kAdd: return "AddCollectionRecordsPayload";
    case RecordWrite::kUpdate: return "UpdateCollectionRecordsPayload";
    case RecordWrite::kUpsert: break;
  }
  return "UpsertCollectionRecordsPayload";
}

Field embeddings_field(RecordWrite kind, RecordsBody& out) {
  if (kind == RecordWrite::kUpdate) {
    return {"embeddings", Need::kOption, [&out](BodyReader& reader) {
              return reader.read_option([&out](BodyReader& inner) {
                return read_embeddings(inner, MetadataNulls::kKept, out);
              });
            }};
  }
  return {"embeddings", Need::kRequired, [&out](BodyReader& reader) {
            return read_embeddings(reader, MetadataNulls::kRefused, out);
          }};
}

Field metadatas_field(RecordWrite kind, RecordsBody& out) {
  const auto nulls = kind == RecordWrite::kAdd ? MetadataNulls::kRefused : MetadataNulls::kKept;
  return {"metadatas", Need::kOption, [&out, nulls](BodyReader& reader) {
            return reader.read_option([&out, nulls](BodyReader& list) {
              auto& metadatas = out.metadatas.emplace();
              return list.read_list([&metadatas, nulls](BodyReader& inner) {
                json::Value& metadata = metadatas.emplace_back();
                return inner.read_option([&metadata, nulls](BodyReader& value) {
                  return read_metadata(value, nulls, metadata);
                });
              });
            });
          }};
}

// Rules. --------------------------------------------------------------------------------------

Status decode_base64(RecordsBody& body) {
  if (!body.encoded_embeddings) return {};
  const auto& texts = *body.encoded_embeddings;
  auto& vectors = body.embeddings.emplace(texts.size());
  for (std::size_t i = 0; i < texts.size(); ++i) {
    if (!texts[i]) continue;
    ALD_ASSIGN(vectors[i], floats_from_base64(*texts[i]));
    for (const float value : *vectors[i]) {
      if (std::isfinite(value)) continue;
      const std::string word = std::isnan(value) ? "NaN" : value > 0 ? "inf" : "-inf";
      return invalid_argument("Non-finite float value at embedding index " + std::to_string(i) +
                              ": " + word);
    }
  }
  return {};
}

/// The rule of a field that is broken, or "".
std::string embeddings_problem(const RecordsBody& body) {
  if (!body.embeddings) return "";
  for (const auto& vector : *body.embeddings) {
    if (vector && vector->empty()) {
      return "embeddings: Each embedding must have at least 1 dimension";
    }
  }
  for (const auto& vector : *body.embeddings) {
    if (!vector) continue;
    if (!std::all_of(vector->begin(), vector->end(), [](float x) { return std::isfinite(x); })) {
      return "embeddings: Embeddings must not contain NaN or Infinity values";
    }
  }
  return "";
}

bool is_valid_metadata(const json::Value& metadata) {
  if (metadata.is_null()) return true;
  for (const auto& [key, value] : metadata.as_object()) {
    if (!is_metadata_key(key)) return false;
    if (value.is_object() && !is_well_formed_sparse_vector(value)) return false;
  }
  return true;
}

std::string metadatas_problem(const RecordsBody& body) {
  if (!body.metadatas) return "";
  for (std::size_t i = 0; i < body.metadatas->size(); ++i) {
    if (is_valid_metadata((*body.metadatas)[i])) continue;
    return "metadatas: Invalid metadata at index " + std::to_string(i);
  }
  return "";
}

/// All fields that break a rule, one a line. (The peer's order of lines is another one each time.)
Status check_fields(const RecordsBody& body) {
  const std::string embeddings = embeddings_problem(body), metadatas = metadatas_problem(body);
  if (embeddings.empty() && metadatas.empty()) return {};
  const bool both = !embeddings.empty() && !metadatas.empty();
  return invalid_argument("Validation error: " + embeddings + (both ? "\n" : "") + metadatas);
}

Status check_dimensions(const RecordsBody& body) {
  if (!body.embeddings) return {};
  std::size_t dim = 0;
  for (const auto& vector : *body.embeddings) {
    if (!vector) continue;
    if (dim != 0 && vector->size() != dim) {
      return invalid_argument("Inconsistent dimensions in provided embeddings");
    }
    dim = vector->size();
  }
  return {};
}

Status check_ids_and_lengths(const RecordsBody& body) {
  const std::size_t count = body.ids.size();
  const auto fits = [count](const auto& column) { return !column || column->size() == count; };
  if (!fits(body.embeddings) || !fits(body.documents) || !fits(body.uris) ||
      !fits(body.metadatas)) {
    return invalid_argument("Inconsistent number of IDs, embeddings, documents, URIs and metadatas");
  }
  if (std::any_of(body.ids.begin(), body.ids.end(), [](const auto& id) { return id.empty(); })) {
    return invalid_argument("Empty ID, ID must have at least one character");
  }
  return {};
}

Status check_sparse(const RecordsBody& body) {
  if (!body.metadatas) return {};
  for (const json::Value& metadata : *body.metadatas) {
    if (metadata.is_null()) continue;
    for (const auto& [key, value] : metadata.as_object()) {
      if (!value.is_object()) continue;
      return unimplemented("Unimplemented: Sparse vector is not supported for local chroma: " + key);
    }
  }
  return {};
}

void add_vectors(const std::vector<std::optional<std::vector<float>>>& vectors,
                 model::PointBatch& batch) {
  const auto is_given = [](const auto& vector) { return vector.has_value(); };
  if (std::none_of(vectors.begin(), vectors.end(), is_given)) return;
  model::VectorColumn& column = batch.column("");
  for (std::size_t i = 0; i < vectors.size(); ++i) {
    if (!vectors[i]) continue;
    column.set_row(i, vectors[i]->data(), static_cast<std::uint32_t>(vectors[i]->size()));
  }
  column.present.resize(batch.size());
}

void add_payloads(const RecordsBody& body, RecordWrite kind, model::PointBatch& batch) {
  if (!body.documents && !body.uris && !body.metadatas) return;
  const PayloadNulls nulls =
      kind == RecordWrite::kAdd ? PayloadNulls::kLeftOut : PayloadNulls::kRemove;
  batch.payloads.reserve(batch.size());
  for (std::size_t i = 0; i < batch.size(); ++i) {
    PayloadWriter payload(nulls);
    if (body.documents && (*body.documents)[i]) payload.document(*(*body.documents)[i]);
    if (body.uris && (*body.uris)[i]) payload.uri(*(*body.uris)[i]);
    if (body.metadatas && (*body.metadatas)[i].is_object()) payload.metadata((*body.metadatas)[i]);
    batch.payloads.push_back(payload.take());
  }
}

}  // namespace

bool read_metadata(BodyReader& reader, MetadataNulls nulls, json::Value& out) {
  json::Object members;
  const bool read = reader.read_map([&members, nulls](BodyReader& inner, const std::string& key) {
    json::Value value;
    if (!inner.read_value(value)) return false;
    const bool fits = value.is_null() ? nulls == MetadataNulls::kKept
                                      : normalize_metadata_value(value);
    if (!fits) {
      return inner.refuse_untagged(nulls == MetadataNulls::kKept ? "UpdateMetadataValue"
                                                                 : "MetadataValue");
    }
    members.emplace_back(key, std::move(value));
    return true;
  });
  json::merge_repeated_keys(members);
  out = std::move(members);
  return read;
}

Result<RecordsBody> read_records(std::string_view body, RecordWrite kind) {
  RecordsBody out;
  BodyReader reader(body);
  reader.read_struct(payload_name(kind), Style::kPlain,
                     {{"ids", Need::kRequired,
                       [&out](BodyReader& inner) { return read_texts(inner, out.ids); }},
                      embeddings_field(kind, out), texts_field("documents", out.documents),
                      texts_field("uris", out.uris), metadatas_field(kind, out)});
  ALD_RETURN_IF_ERROR(reader.finish());
  return out;
}

Status check_columns(RecordsBody& body) {
  ALD_RETURN_IF_ERROR(decode_base64(body));
  ALD_RETURN_IF_ERROR(check_fields(body));
  return check_dimensions(body);
}

std::size_t given_dimension(const RecordsBody& body) {
  if (!body.embeddings) return 0;
  for (const auto& vector : *body.embeddings) {
    if (vector) return vector->size();
  }
  return 0;
}

Result<model::PointBatch> batch_of(RecordsBody body, RecordWrite kind) {
  ALD_RETURN_IF_ERROR(check_ids_and_lengths(body));
  ALD_RETURN_IF_ERROR(check_sparse(body));
  model::PointBatch batch;
  for (const std::string& id : body.ids) add_text_id(id, batch);
  if (body.embeddings) add_vectors(*body.embeddings, batch);
  add_payloads(body, kind, batch);
  return batch;
}

std::vector<model::PointId> point_ids(const std::vector<std::string>& texts) {
  std::vector<model::PointId> ids;
  ids.reserve(texts.size());
  for (const std::string& text : texts) {
    if (!text.empty()) ids.push_back(model::point_id_from_text(text).id);
  }
  return ids;
}

}  // namespace alidade::faces::chroma_rest
