#pragma once

#include <string>
#include <string_view>

#include "base/json.h"
#include "base/status.h"
#include "env/memory_account.h"
#include "model/collection_config.h"
#include "model/commands.h"
#include "net/http.h"
#include "net/router.h"
#include "net/url.h"

namespace alidade::faces::qdrant_rest {

/// One request as the router hands it to a decoder; path and query parameters are checked. Borrowed:
/// it lives as long as the decoder and the encoder of the request run.
struct RouteInput {
  const net::HttpRequest& http;
  const net::PathParameters& parameters;
  const net::QueryParameters& query;
  std::string_view body;
  /// Of the request; takes what is read of the body where that is much larger than its text. nullptr = not counted.
  env::MemoryAccount* account = nullptr;

  /// The decoded path segment of that name ("collection_name", "id", …), or "".
  const std::string& parameter(std::string_view name) const { return parameters.get(name); }
  /// Whether ?wait=true was given.
  bool wait() const;
};

struct StructShape;

/// The body as JSON, refused as a format error (400).
Result<base::json::Value> read_body(const RouteInput& input);
/// Refuses a field that stands twice too.
Result<base::json::Value> read_body(const RouteInput& input, const StructShape& shape);
/// The peer refuses a list where a struct stands at its first character, also when the text breaks
/// off behind it.
bool begins_with_list(const RouteInput& input);
/// The collection that the path names.
model::CollectionRef collection_of(const RouteInput& input);
/// What ?wait asks for: true is answered when the write survives power loss.
model::Durability durability_of(const RouteInput& input);

}  // namespace alidade::faces::qdrant_rest
