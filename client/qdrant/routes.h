#pragma once

#include <any>
#include <string>
#include <string_view>
#include <utility>

#include "alidade/qdrant/client.h"
#include "core/http_client.h"
#include "core/text.h"

// What the methods of Client and Collection have in common.

namespace alidade::qdrant::inline v0::routes {

using client::core::Call;
using client::core::HttpClient;
using client::core::Repeat;

inline std::string collection_path(std::string_view name) {
  return "/collections/" + client::core::percent_encode(name);
}

/// Makes the call and reads the body of its answer, unless the transport has read it.
template <class Read>
auto send(const HttpClient& http, const Call& call, const CallOptions& options, Read read)
    -> decltype(read(std::string_view())) {
  using Value = typename decltype(read(std::string_view()))::value_type;
  auto response = http.send(call, options);
  if (!response) return std::move(response).error();
  if (auto* ready = std::any_cast<Value>(&response->value)) return std::move(*ready);
  auto value = read(std::string_view(response->body));
  if (!value) value.error().status = response->status;
  return value;
}

/// Only whether it went well: also 202, which says no more than that the server has begun.
inline Result<void> done(Result<client::HttpResponse> response) {
  if (!response) return std::move(response).error();
  return {};
}

}  // namespace alidade::qdrant::inline v0::routes
