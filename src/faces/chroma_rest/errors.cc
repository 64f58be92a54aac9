#include "faces/chroma_rest/errors.h"

#include <optional>

#include "base/json.h"

namespace alidade::faces::chroma_rest {

namespace {

struct WireForm {
  int status;
  std::string_view name;
};

WireForm wire_form(StatusCode code) {
  switch (code) {
    case StatusCode::kInvalidArgument: return {400, "InvalidArgumentError"};
    case StatusCode::kNotFound: return {404, "NotFoundError"};
    case StatusCode::kAlreadyExists: return {409, "ChromaError"};
    case StatusCode::kFailedPrecondition: return {412, "ChromaError"};
    case StatusCode::kPermissionDenied: return {403, "AuthError"};
    case StatusCode::kUnauthenticated: return {401, "AuthError"};
    case StatusCode::kUnprocessable: return {422, "ChromaError"};
    case StatusCode::kTooLarge: return {413, "ChromaError"};
    case StatusCode::kResourceExhausted: return {429, "ChromaError"};
    case StatusCode::kUnimplemented: return {501, "ChromaError"};
    case StatusCode::kUnavailable: return {503, "ChromaError"};
    case StatusCode::kDeadlineExceeded: return {504, "ChromaError"};
    case StatusCode::kCancelled: return {400, "ChromaError"};
    case StatusCode::kOutOfSpace: return {507, "ChromaError"};
    case StatusCode::kOk:
    case StatusCode::kDataLoss:
    case StatusCode::kIo:
    case StatusCode::kInternal: break;
  }
  return {500, "InternalError"};
}

std::string bracketed(std::string_view what, const std::string& name, std::string_view rest) {
  return std::string(what) + " [" + name + "] " + std::string(rest);
}

net::HttpResponse database_not_found(const std::string& name, Scene scene) {
  if (scene == Scene::kCreateCollection) {
    return error_answer(400, "InvalidArgumentError", bracketed("Database", name, "does not exist"));
  }
  const std::string_view rest =
      scene == Scene::kGetDatabase ? "not found. Are you sure it exists?" : "not found";
  return error_answer(404, "NotFoundError", bracketed("Database", name, rest));
}

/// Kinds of mistakes that the peer words in its own way. (No switch: most kinds never get here.)
std::optional<net::HttpResponse> worded_answer(const Status& status, Scene scene) {
  const ErrorKind kind = status.kind();
  const std::string& name = status.arg(0);
  if (kind == ErrorKind::kCollectionNotFound) {
    const bool stop = scene == Scene::kRecords || scene == Scene::kQuery;
    return error_answer(404, "NotFoundError",
                        bracketed("Collection", name, stop ? "does not exist." : "does not exist"));
  }
  if (kind == ErrorKind::kCollectionExists || kind == ErrorKind::kCollectionNameIsAlias) {
    return error_answer(409, "ChromaError", bracketed("Collection", name, "already exists"));
  }
  if (kind == ErrorKind::kTenantNotFound) {
    return error_answer(404, "NotFoundError", bracketed("Tenant", name, "not found"));
  }
  if (kind == ErrorKind::kTenantExists) {
    return error_answer(409, "ChromaError", bracketed("Tenant", name, "already exists"));
  }
  if (kind == ErrorKind::kDatabaseNotFound) return database_not_found(name, scene);
  if (kind == ErrorKind::kDatabaseExists) {
    return error_answer(409, "ChromaError", bracketed("Database", name, "already exists"));
  }
  if (kind == ErrorKind::kDimensionMismatch) {
    return error_answer(400, "InvalidArgumentError",
                        "Collection expecting embedding with dimension of " + status.arg(0) +
                            ", got " + status.arg(1));
  }
  if (kind == ErrorKind::kPointNotFound && scene == Scene::kQuery) {
    return error_answer(500, "InternalError",
                        "Error executing plan: Internal error: Error finding id");
  }
  if (kind == ErrorKind::kNonFiniteVector) {
    return error_answer(400, "InvalidArgumentError",
                        "Validation error: embeddings: Embeddings must not contain NaN or Infinity "
                        "values");
  }
  if (status.code() == StatusCode::kOutOfSpace) {
    return error_answer(507, "ChromaError",
                        "No space left on the disk that holds the data. Deletions still work; other writes do again "
                        "once there is space");
  }
  if (kind == ErrorKind::kRegex) {
    return error_answer(400, "InvalidArgumentError", status.arg(0));
  }
  return std::nullopt;
}

}  // namespace

net::HttpResponse error_answer(const Status& status, Scene scene) {
  if (auto answer = worded_answer(status, scene)) return *std::move(answer);
  const WireForm form = wire_form(status.code());
  return error_answer(form.status, form.name, status.message());
}

net::HttpResponse error_answer(int http_status, std::string_view name, std::string_view message) {
  net::HttpResponse response;
  response.status = http_status;
  response.content_type = "application/json";
  base::json::Writer writer(response.body);
  writer.begin_object();
  writer.key("error");
  writer.string(name);
  writer.key("message");
  writer.string(message);
  writer.end_object();
  add_trace_id(response);
  return response;
}

net::HttpResponse bare_answer(int http_status) {
  net::HttpResponse response;
  response.status = http_status;
  add_trace_id(response);
  return response;
}

void add_trace_id(net::HttpResponse& response) {
  if (response.status < 400) return;
  for (const auto& [name, value] : response.headers) {
    if (name == "chroma-trace-id") return;
  }
  response.headers.emplace_back("chroma-trace-id", std::string(32, '0'));
}

}  // namespace alidade::faces::chroma_rest
