// The C interface: the library, stops, databases, and requests in a dialect.
#include <algorithm>
#include <cstring>
#include <utility>

#include "embedded_c/handles.h"
#include "embedded_c/matrix.h"
#include "embedded_c/session.h"

namespace alidade::embedded_c {

/// What ald_answer stands for.
struct Answer {
  int http_status = 0;
  std::string body = {};
  std::string request_id = {};
};

namespace {

bool is_token(const char* text) {
  const std::size_t size = ::strnlen(text, 32);
  return size > 0 && size < 32 && std::all_of(text, text + size, [](char c) { return c >= 'A' && c <= 'Z'; });
}

Outcome check_call(int32_t dialect, const char* method, const char* target, const char* body, std::size_t body_size) {
  if (dialect != ALD_DIALECT_CHROMA && dialect != ALD_DIALECT_QDRANT) {
    return failure(ALD_INVALID_ARGUMENT, "dialect is neither ALD_DIALECT_CHROMA nor ALD_DIALECT_QDRANT");
  }
  if (auto wrong = check_text(method, "method")) return wrong;
  if (!is_token(method)) return failure(ALD_INVALID_ARGUMENT, "method is no word of capital letters");
  if (auto wrong = check_text(target, "target")) return wrong;
  const std::string_view path(target);
  if (path.empty() || path.front() != '/') return failure(ALD_INVALID_ARGUMENT, "target does not begin with a slash");
  if (std::any_of(path.begin(), path.end(), [](char c) { return c <= ' ' || c > '~'; })) {
    return failure(ALD_INVALID_ARGUMENT, "target is not percent-encoded");
  }
  if (body == nullptr && body_size > 0) return failure(ALD_INVALID_ARGUMENT, "body is NULL, body_size is not 0");
  if (body_size > ALD_MAX_BYTES) return failure(ALD_TOO_LARGE, "body_size is more than ALD_MAX_BYTES");
  return std::nullopt;
}

// The vectors of a query; only that takes some.
Outcome read_vectors(const ald_matrix* vectors, Request& request) {
  if (vectors == nullptr) return std::nullopt;
  if (auto wrong = check_size(*vectors, "ald_matrix")) return wrong;
  const std::string_view path = std::string_view(request.target).substr(0, request.target.find('?'));
  if (request.dialect != ALD_DIALECT_CHROMA || request.method != "POST" || !path.ends_with("/query")) {
    return failure(ALD_INVALID_ARGUMENT, "vectors go with a query of Chroma's dialect only");
  }
  return copy_rows(vectors->values, vectors->rows, vectors->dimension, "vectors", request.vectors);
}

}  // namespace

extern "C" {

uint32_t ald_abi_version(void) { return ALD_ABI_VERSION; }

const char* ald_version(void) { return ALIDADE_VERSION_TEXT; }

ald_status ald_stop_new(ald_stop** out, ald_error* error) {
  return guarded(error, [&]() -> Outcome {
    if (out == nullptr) return failure(ALD_INVALID_ARGUMENT, "out is NULL");
    *out = nullptr;
    *out = Handles<Stop>::instance().add<ald_stop>(std::make_shared<Stop>());
    return std::nullopt;
  });
}

ald_status ald_stop_request(ald_stop* stop, ald_error* error) {
  return guarded(error, [&]() -> Outcome {
    std::shared_ptr<Stop> object;
    if (auto wrong = find_object(stop, "stop", object)) return wrong;
    object->source.request_stop();
    return std::nullopt;
  });
}

ald_status ald_stop_free(ald_stop* stop, ald_error* error) {
  return guarded(error, [&]() -> Outcome {
    std::shared_ptr<Stop> object;
    return take_object(stop, "stop", object);
  });
}

ald_status ald_open(const char* folder, const ald_options* options, ald_database** out, ald_error* error) {
  return guarded(error, [&]() -> Outcome {
    if (out == nullptr) return failure(ALD_INVALID_ARGUMENT, "out is NULL");
    *out = nullptr;
    std::shared_ptr<Session> session;
    if (auto failed = Session::open(folder, options, session)) return failed;
    *out = Handles<Session>::instance().add<ald_database>(std::move(session));
    return std::nullopt;
  });
}

ald_status ald_close(ald_database* database, ald_error* error) {
  return guarded(error, [&]() -> Outcome {
    std::shared_ptr<Session> session;
    if (auto wrong = take_object(database, "database", session)) return wrong;
    session->close();
    return std::nullopt;
  });
}

ald_status ald_call(ald_database* database, int32_t dialect, const char* method, const char* target, const char* body,
                    size_t body_size, const ald_matrix* vectors, const ald_limits* limits, ald_answer** out,
                    ald_error* error) {
  return guarded(error, [&]() -> Outcome {
    if (out == nullptr) return failure(ALD_INVALID_ARGUMENT, "out is NULL");
    *out = nullptr;
    std::shared_ptr<Session> session;
    if (auto wrong = find_object(database, "database", session)) return wrong;
    if (auto wrong = check_call(dialect, method, target, body, body_size)) return wrong;
    Limits checked;
    if (auto wrong = read_limits(limits, checked)) return wrong;
    Request request{dialect, method, target, body == nullptr ? std::string() : std::string(body, body_size), {}};
    if (auto wrong = read_vectors(vectors, request)) return wrong;
    net::HttpResponse response;
    if (auto failed = session->call(std::move(request), checked, response)) return failed;
    auto answer = std::make_shared<Answer>();
    answer->http_status = response.status;
    answer->body = std::move(response.body);
    for (auto& [name, value] : response.headers) {
      if (name == "chroma-trace-id" || name == "x-request-id") answer->request_id = std::move(value);
    }
    *out = Handles<Answer>::instance().add<ald_answer>(std::move(answer));
    return std::nullopt;
  });
}

ald_status ald_answer_read(ald_answer* answer, ald_answer_view* out, ald_error* error) {
  return guarded(error, [&]() -> Outcome {
    if (out == nullptr) return failure(ALD_INVALID_ARGUMENT, "out is NULL");
    if (auto wrong = check_size(*out, "ald_answer_view")) return wrong;
    *out = {out->struct_size, 0, nullptr, 0, nullptr};
    std::shared_ptr<Answer> object;
    if (auto wrong = find_object(answer, "answer", object)) return wrong;
    out->http_status = object->http_status;
    out->body = object->body.c_str();
    out->body_size = object->body.size();
    out->request_id = object->request_id.c_str();
    return std::nullopt;
  });
}

ald_status ald_answer_free(ald_answer* answer, ald_error* error) {
  return guarded(error, [&]() -> Outcome {
    std::shared_ptr<Answer> object;
    return take_object(answer, "answer", object);
  });
}

}  // extern "C"

}  // namespace alidade::embedded_c
