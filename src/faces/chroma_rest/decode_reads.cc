#include <algorithm>

#include "faces/chroma_rest/decode_records.h"

namespace alidade::faces::chroma_rest {

using Field = BodyReader::Field;
using Need = BodyReader::Need;
using Style = BodyReader::Style;

namespace {

constexpr std::string_view kIncludeNames[] = {"distances", "documents", "embeddings", "metadatas",
                                              "uris"};

Field ids_field(std::optional<std::vector<std::string>>& out) {
  return {"ids", Need::kOption, [&out](BodyReader& reader) {
            return reader.read_option([&out](BodyReader& list) {
              auto& ids = out.emplace();
              return list.read_list(
                  [&ids](BodyReader& inner) { return inner.read_string(ids.emplace_back()); });
            });
          }};
}

/// Any value: a wrong filter is told from a wrong body only after the collection was found.
Field clause_field(std::string_view name, base::json::Value& out) {
  return {name, Need::kOption, [&out](BodyReader& reader) { return reader.read_value(out); }};
}

Field count_field(std::string_view name, std::optional<std::uint32_t>& out) {
  return {name, Need::kOption, [&out](BodyReader& reader) {
            return reader.read_option(
                [&out](BodyReader& inner) { return inner.read_u32(out.emplace()); });
          }};
}

Field include_field(IncludeList& out) {
  return {"include", Need::kDefault, [&out](BodyReader& reader) {
            out.clear();
            return reader.read_list([&out](BodyReader& inner) {
              std::size_t which = 0;
              if (!inner.read_variant(kIncludeNames, which)) return false;
              out.push_back(static_cast<Include>(which));
              return true;
            });
          }};
}

Field vectors_field(std::vector<std::vector<float>>& out) {
  return {"query_embeddings", Need::kRequired, [&out](BodyReader& reader) {
            return reader.read_list([&out](BodyReader& list) {
              auto& vector = out.emplace_back();
              return list.read_list(
                  [&vector](BodyReader& inner) { return inner.read_f32(vector.emplace_back()); });
            });
          }};
}

}  // namespace

std::string_view include_name(Include include) {
  return kIncludeNames[static_cast<std::size_t>(include)];
}

bool includes(const IncludeList& list, Include what) {
  return std::find(list.begin(), list.end(), what) != list.end();
}

Result<GetBody> read_get(std::string_view body) {
  GetBody out;
  std::optional<std::uint32_t> offset;
  BodyReader reader(body);
  reader.read_struct("GetRequestPayload", Style::kFlattened,
                     {ids_field(out.ids), clause_field("where", out.where.where),
                      clause_field("where_document", out.where.where_document),
                      count_field("limit", out.limit), count_field("offset", offset),
                      include_field(out.include)});
  ALD_RETURN_IF_ERROR(reader.finish());
  out.offset = offset.value_or(0);
  return out;
}

Result<QueryBody> read_query(std::string_view body) {
  QueryBody out;
  std::optional<std::uint32_t> n_results;
  BodyReader reader(body);
  reader.read_struct("QueryRequestPayload", Style::kFlattened,
                     {vectors_field(out.vectors), count_field("n_results", n_results),
                      ids_field(out.ids), clause_field("where", out.where.where),
                      clause_field("where_document", out.where.where_document),
                      include_field(out.include)});
  ALD_RETURN_IF_ERROR(reader.finish());
  out.n_results = n_results.value_or(out.n_results);
  return out;
}

Status check_query(const QueryBody& body) {
  for (const auto& vector : body.vectors) {
    if (vector.size() != body.vectors.front().size()) {
      return invalid_argument("Inconsistent dimensions in provided embeddings");
    }
  }
  return {};
}

Result<DeleteBody> read_delete(std::string_view body) {
  DeleteBody out;
  BodyReader reader(body);
  reader.read_struct("DeleteCollectionRecordsPayload", Style::kFlattened,
                     {ids_field(out.ids), clause_field("where", out.where.where),
                      clause_field("where_document", out.where.where_document),
                      count_field("limit", out.limit)});
  ALD_RETURN_IF_ERROR(reader.finish());
  return out;
}

Status check_delete(const DeleteBody& body) {
  if (body.ids && body.ids->empty() && body.where.empty()) {
    return invalid_argument("Validation error: ids, where: Either ids or where must be specified");
  }
  if (body.limit && body.where.empty()) {
    return invalid_argument(
        "Validation error: limit, where: limit can only be specified when a where clause is provided");
  }
  return {};
}

}  // namespace alidade::faces::chroma_rest
