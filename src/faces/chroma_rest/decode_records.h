#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "base/status.h"
#include "faces/chroma_rest/body_reader.h"
#include "faces/chroma_rest/where.h"
#include "model/point_batch.h"

namespace alidade::faces::chroma_rest {

/// Which columns of the records an answer shows, in the order of the request.
enum class Include { kDistances, kDocuments, kEmbeddings, kMetadatas, kUris };
using IncludeList = std::vector<Include>;
std::string_view include_name(Include include);
bool includes(const IncludeList& list, Include what);

// Writes. -------------------------------------------------------------------------------------

enum class RecordWrite { kAdd, kUpdate, kUpsert };

/// The columns of add, update and upsert, with their shape checked and nothing else.
struct RecordsBody {
  using Texts = std::vector<std::optional<std::string>>;
  std::vector<std::string> ids;
  /// At most one of the two; an item is missing where an update leaves the vector alone.
  std::optional<std::vector<std::optional<std::vector<float>>>> embeddings;
  std::optional<Texts> encoded_embeddings;  ///< base64
  std::optional<Texts> documents;
  std::optional<Texts> uris;
  std::optional<std::vector<base::json::Value>> metadatas;  ///< Null or an object, normalised.
};
Result<RecordsBody> read_records(std::string_view body, RecordWrite kind);

/// The rules that hold whatever the collection is like and are told before its dimension: vectors,
/// metadata, dimensions among each other. Decodes base64. @return kInvalidArgument.
Status check_columns(RecordsBody& body);
/// The length of the vectors that a checked body gives; 0 when it gives none.
std::size_t given_dimension(const RecordsBody& body);

/// The batch that checked columns make.
/// @return kInvalidArgument  when a rule on ids or lengths is broken;
///         kUnimplemented    when the metadata holds a sparse vector.
Result<model::PointBatch> batch_of(RecordsBody body, RecordWrite kind);

enum class MetadataNulls { kRefused, kKept };
/// A metadata object; values are normalised.
bool read_metadata(BodyReader& reader, MetadataNulls nulls, base::json::Value& out);

// Reads. --------------------------------------------------------------------------------------

struct GetBody {
  std::optional<std::vector<std::string>> ids;
  WhereClauses where;
  std::optional<std::uint32_t> limit;
  std::uint32_t offset = 0;
  IncludeList include = {Include::kDocuments, Include::kMetadatas};
};
Result<GetBody> read_get(std::string_view body);

struct QueryBody {
  std::vector<std::vector<float>> vectors;
  std::uint32_t n_results = 10;
  std::optional<std::vector<std::string>> ids;
  WhereClauses where;
  IncludeList include = {Include::kDocuments, Include::kMetadatas, Include::kDistances};
};
Result<QueryBody> read_query(std::string_view body);
/// All vectors of one dimension, all finite.
Status check_query(const QueryBody& body);

struct DeleteBody {
  std::optional<std::vector<std::string>> ids;
  WhereClauses where;
  std::optional<std::uint32_t> limit;
};
Result<DeleteBody> read_delete(std::string_view body);
Status check_delete(const DeleteBody& body);

/// The ids as points. An empty text names no point.
std::vector<model::PointId> point_ids(const std::vector<std::string>& texts);

}  // namespace alidade::faces::chroma_rest
