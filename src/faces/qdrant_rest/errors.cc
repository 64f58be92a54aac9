#include "faces/qdrant_rest/errors.h"

#include <utility>

#include "base/json.h"

namespace alidade::faces::qdrant_rest {
namespace {

constexpr char kBodyPlace[] = "body";

StatusCode code_of(int http_status) {
  switch (http_status) {
    case 401: return StatusCode::kUnauthenticated;
    case 403: return StatusCode::kPermissionDenied;
    case 404: return StatusCode::kNotFound;
    case 409: return StatusCode::kAlreadyExists;
    case 405: return StatusCode::kUnimplemented;
    case 503: return StatusCode::kUnavailable;
    case 500: return StatusCode::kInternal;
    default: return StatusCode::kInvalidArgument;
  }
}

Status worded_at(int http_status, const std::string& text, std::string place) {
  return Status(code_of(http_status), text, ErrorKind::kWorded,
                {std::to_string(http_status), std::move(place)});
}

/// Deleting works on a full disk. The reason as it came names files, which are the log's business.
constexpr char kDiskFull[] =
    "Insufficient storage: No space left on the disk that holds the data. Deletions still work; other writes do again "
    "once there is space";

struct Answer {
  int http_status;
  std::string text;
};

Answer no_collection(const Status& status) {
  return {404, "Not found: Collection `" + status.arg(0) + "` doesn't exist!"};
}
Answer no_lookup_collection(const Status& status) {
  return {404, "Not found: Collection " + status.arg(0) + " not found"};
}
Answer collection_exists(const Status& status) {
  return {409, "Wrong input: Collection `" + status.arg(0) + "` already exists!"};
}
Answer name_is_alias(const Status& status) {
  return {400, "Wrong input: Can't create collection with name " + status.arg(0) +
                   ". Alias with the same name already exists"};
}
Answer no_alias(const Status& status) {
  return {404, "Not found: Alias " + status.arg(0) + " does not exists!"};
}
Answer no_point(const Status& status) {
  return {404, "Not found: No point with id " + status.arg(0) + " found"};
}
Answer unknown_vector(const Status& status) {
  return {400, "Wrong input: Not existing vector name error: " + status.arg(0)};
}
Answer wrong_dimension(const Status& status) {
  return {400, "Wrong input: Vector dimension error: expected dim: " + status.arg(0) + ", got " +
                   status.arg(1)};
}
Answer no_range_index(const Status& status) {
  return {400, "Wrong input: No range index for `order_by` key: `" + status.arg(0) +
                   "`. Please create one to use `order_by`. Check "
                   "https://qdrant.tech/documentation/concepts/indexing/#payload-index to see which "
                   "payload schemas support Range conditions"};
}
Answer no_facet_index(const Status& status) {
  return {400, "Wrong input: No appropriate index for faceting: `" + status.arg(0) +
                   "`. Please create one to facet on this field. Check "
                   "https://qdrant.tech/documentation/concepts/indexing/#payload-index to see which "
                   "payload schemas support Match conditions"};
}
Answer empty_update(const Status&) { return {400, "Bad request: Empty update request"}; }
Answer wrong_conversion(const Status& status) { return {400, "Wrong input: " + status.message()}; }
Answer as_worded(const Status& status) { return {std::stoi(status.arg(0)), status.message()}; }

struct Wording {
  ErrorKind kind;
  Answer (*answer)(const Status&);
};
constexpr Wording kWordings[] = {
    {ErrorKind::kWorded, &as_worded},
    {ErrorKind::kCollectionNotFound, &no_collection},
    {ErrorKind::kLookupCollectionNotFound, &no_lookup_collection},
    {ErrorKind::kCollectionExists, &collection_exists},
    {ErrorKind::kAliasNameIsCollection, &collection_exists},
    {ErrorKind::kCollectionNameIsAlias, &name_is_alias},
    {ErrorKind::kAliasNotFound, &no_alias},
    {ErrorKind::kPointNotFound, &no_point},
    {ErrorKind::kVectorNameUnknown, &unknown_vector},
    {ErrorKind::kDimensionMismatch, &wrong_dimension},
    {ErrorKind::kNoRangeIndex, &no_range_index},
    {ErrorKind::kNoFacetIndex, &no_facet_index},
    {ErrorKind::kEmptyUpdate, &empty_update},
    {ErrorKind::kSparseConversion, &wrong_conversion},
};

struct Class {
  StatusCode code;
  int http_status;
  std::string_view prefix;
};
constexpr Class kClasses[] = {
    {StatusCode::kInvalidArgument, 400, "Wrong input: "},
    {StatusCode::kNotFound, 404, "Not found: "},
    {StatusCode::kAlreadyExists, 409, "Wrong input: "},
    {StatusCode::kPermissionDenied, 403, "Forbidden: "},
    {StatusCode::kUnauthenticated, 401, ""},
    {StatusCode::kDeadlineExceeded, 408, "Timeout: "},
    {StatusCode::kCancelled, 500, "Operation cancelled: "},
    {StatusCode::kResourceExhausted, 503, "Service unavailable: "},
    {StatusCode::kUnprocessable, 422, "Validation error: "},
    {StatusCode::kTooLarge, 413, "Bad request: "},
    {StatusCode::kUnavailable, 503, "Service unavailable: "},
    {StatusCode::kUnimplemented, 501, "Not implemented: "},
};

Answer answer_of(const Status& status) {
  for (const Wording& wording : kWordings) {
    if (wording.kind == status.kind()) return wording.answer(status);
  }
  for (const Class& one : kClasses) {
    if (one.code == status.code()) return {one.http_status, std::string(one.prefix) + status.message()};
  }
  if (status.code() == StatusCode::kOutOfSpace) return {507, kDiskFull};
  return {500, "Service internal error: " + status.message()};
}

Answer answer_in(const Status& status, ErrorScene scene) {
  Answer answer = answer_of(status);
  const bool named = status.kind() == ErrorKind::kDimensionMismatch && !status.arg(2).empty();
  if (named && scene == ErrorScene::kWrite) answer.text += " for vector '" + status.arg(2) + "'";
  return answer;
}

net::HttpResponse plain_text(int http_status, const std::string& text) {
  net::HttpResponse response;
  response.status = http_status;
  response.body = text;  // The peer sends no content type with these.
  return response;
}

}  // namespace

Status body_refused(const std::string& text) {
  return worded_at(400, "Format error in JSON body: " + text, kBodyPlace);
}

bool is_body_refusal(const Status& status) {
  return status.kind() == ErrorKind::kWorded && status.arg(1) == kBodyPlace;
}

Status query_refused(const std::string& text) {
  return worded(400, "Deserialize error in query parameters: " + text);
}

Status rules_broken(const std::string& all, std::string_view place) {
  return worded(422, "Validation error in " + std::string(place) + ": [" + all + "]");
}

Status wrong_input(const std::string& text) { return worded(400, "Wrong input: " + text); }

Status bad_request(const std::string& text) { return worded(400, "Bad request: " + text); }

Status empty_update_request() { return bad_request("Empty update request"); }

Status nothing_found(const std::string& text) { return worded(404, "Not found: " + text); }

Status worded(int http_status, const std::string& text) { return worded_at(http_status, text, ""); }

std::string error_text(const Status& status, ErrorScene scene) { return answer_in(status, scene).text; }

net::HttpResponse error_answer(const Status& status, double seconds, ErrorScene scene) {
  if (status.code() == StatusCode::kUnauthenticated) return plain_text(401, status.message());
  if (status.kind() == ErrorKind::kCredentialRefused) return plain_text(403, status.message());
  const Answer answer = answer_in(status, scene);
  net::HttpResponse response;
  response.status = answer.http_status;
  response.content_type = "application/json";
  base::json::Writer writer(response.body);
  writer.begin_object();
  writer.key("status");
  writer.begin_object();
  writer.key("error");
  writer.string(answer.text);
  writer.end_object();
  writer.key("time");
  writer.number(seconds);
  writer.end_object();
  return response;
}

net::HttpResponse no_such_route() {
  net::HttpResponse response;
  response.status = 404;
  return response;
}

net::HttpResponse bad_path_number(std::string_view text) {
  net::HttpResponse response = plain_text(404, "can not parse \"" + std::string(text) + "\" to a u32");
  response.content_type = "text/plain; charset=utf-8";
  return response;
}

}  // namespace alidade::faces::qdrant_rest
