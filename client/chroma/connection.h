#pragma once

#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "chroma/codec.h"
#include "core/http_client.h"

namespace alidade::chroma::inline v0 {

/// A server and the way to it; shared by the copies of a client and by all handles on its collections.
struct Connection {
  // Constant after construction.
  ClientOptions options;  ///< With the transport that is in use.
  std::shared_ptr<const client::core::HttpClient> http;

  // Guarded by mutex: what the server said about base64, once it did.
  std::mutex mutex;
  std::optional<bool> reads_base64;

  Result<std::string> send(const client::core::Call& call, const CallOptions& limits) const {
    auto response = http->send(call, limits);
    if (!response) return std::move(response).error();
    return std::move(response->body);
  }

  /// Whether vectors are to be written in base64. May ask the server.
  bool writes_base64(const CallOptions& call);
};

/// "/api/v2/tenants/{tenant}/databases/{database}".
std::string database_path(std::string_view tenant, std::string_view database);

}  // namespace alidade::chroma::inline v0
