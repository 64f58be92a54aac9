#pragma once

#include <string>
#include <string_view>

#include "base/status.h"
#include "net/http.h"

namespace alidade::faces::chroma_rest {

/// Where a refusal happened: the peer words the same thing differently from place to place.
enum class Scene {
  kGeneral,
  kCollection,        ///< By name and by-id: "Collection [x] does not exist".
  kRecords,           ///< PUT and everything below a collection: with a full stop.
  kCreateCollection,  ///< A missing database is a wrong argument there.
  kGetDatabase,       ///< "… not found. Are you sure it exists?"
  kQuery,             ///< An unknown id among `ids` is an internal error.
};

/// The wire form of a refusal.
net::HttpResponse error_answer(const Status& status, Scene scene);
/// {"error": name, "message": message}
net::HttpResponse error_answer(int http_status, std::string_view name, std::string_view message);
/// 404, 405, 413: no body, no content type.
net::HttpResponse bare_answer(int http_status);

/// Puts the trace id on an answer from 400 up.
void add_trace_id(net::HttpResponse& response);

}  // namespace alidade::faces::chroma_rest
