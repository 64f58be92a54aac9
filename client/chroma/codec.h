#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "alidade/chroma/client.h"
#include "core/http_client.h"

/// Requests as JSON texts, and answers as values.
namespace alidade::chroma::inline v0 {

/// What a server says about a collection.
struct CollectionModel {
  std::string id;
  std::string name;
  std::string tenant;
  std::string database;
  std::int32_t version = 0;
  std::int64_t log_position = 0;
  std::optional<std::int32_t> dimension;
  std::optional<Metadata> metadata;
  std::optional<Schema> schema;
  Json configuration;
};

Error invalid(std::string message);

// Requests. Each @return kInvalidArgument when the request cannot be written: lengths that differ, numbers
// that are not finite.
enum class Write : std::uint8_t { kAdd, kUpdate, kUpsert };
Result<std::string> encode_records(const Records& records, Write write, bool base64);
Result<std::string> encode_create(std::string_view name, const NewCollection& what, bool get_or_create);
Result<std::string> encode_modification(const Modification& change);
enum class QueryVectors : std::uint8_t { kInBody, kBeside };
Result<std::string> encode_query(const QueryRequest& request, QueryVectors vectors = QueryVectors::kInBody);
std::string encode_get(const GetRequest& request);
std::string encode_delete(const DeleteRequest& request);
std::string encode_search(const std::vector<Search>& searches, ReadLevel level);
/// {"key": "text"}
std::string encode_one(std::string_view key, std::string_view text);
std::string_view to_text(ReadLevel level);

// Answers. Each @return kBadAnswer when the text is not what the interface promises.
Result<std::string> decode_text(std::string_view body);
Result<std::uint64_t> decode_count(std::string_view body);
/// A member of an object that is a count: {"deleted": 3}.
Result<std::uint64_t> decode_count_member(std::string_view body, std::string_view key);
Result<Identity> decode_identity(std::string_view body);
Result<Database> decode_database(std::string_view body);
Result<std::vector<Database>> decode_databases(std::string_view body);
Result<Tenant> decode_tenant(std::string_view body);
Result<Health> decode_health(std::string_view body);
Result<PreFlight> decode_pre_flight(std::string_view body);
Result<IndexingStatus> decode_indexing_status(std::string_view body);
Result<CollectionModel> decode_collection(std::string_view body);
Result<std::vector<CollectionModel>> decode_collections(std::string_view body);
Result<GetResponse> decode_get(std::string_view body);
Result<QueryResponse> decode_query(std::string_view body);
Result<SearchResponse> decode_search(std::string_view body);

/// Reads {"error": …, "message": …}, FastAPI's {"detail": …}, and takes any other text as it is.
void read_error(const client::HttpResponse& response, Error& error);

}  // namespace alidade::chroma::inline v0
