#pragma once

#include <google/protobuf/message.h>

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "alidade/client/transport.h"
#include "qdrant_grpc/decode.h"

namespace alidade::qdrant::inline v0::wire {

/// A route of the REST interface and the method of the gRPC interface that does the same.
struct Route {
  std::string_view method;
  /// Segments in braces name the field of the request that they go into.
  std::string_view pattern;
  const char* rpc;
  const google::protobuf::Message* (*request)();
  const google::protobuf::Message* (*answer)();
  Reader read;
};

/// The route of that request and what stood in the braces, decoded; nullptr when gRPC has none.
/// @param path without the query.
const Route* find_route(std::string_view method, std::string_view path,
                        std::vector<std::pair<std::string, std::string>>& segments);

/// The message of a request: its path, its query and its body.
/// @return kUnimplemented when the gRPC interface has no such route, parameter or form.
struct Prepared {
  const Route* route = nullptr;
  std::unique_ptr<google::protobuf::Message> message;
};
client::Result<Prepared> prepare(const client::HttpRequest& request);

/// "https://host:6334" of a URL, and what is behind it up to the query, and the query.
struct UrlParts {
  std::string_view origin;
  std::string_view path;
  std::string_view query;
};
UrlParts split_url(std::string_view url);

}  // namespace alidade::qdrant::inline v0::wire
