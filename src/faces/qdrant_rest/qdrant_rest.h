#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "net/http.h"
#include "ops/dispatcher.h"

namespace alidade::faces::qdrant_rest {

/// The face of Qdrant's REST dialect: routes, codecs, envelope and error texts. Any thread.
class QdrantRest {
 public:
  struct Options {
    bool cors = true;
    /// Before every name of /metrics ("service.metrics_prefix").
    std::string metrics_prefix;
    std::uint64_t max_body_bytes = std::uint64_t{32} << 20;
  };

  /// All borrowed; they outlive this.
  QdrantRest(ops::Dispatcher& dispatcher, ops::WorkerPools pools, Options options);
  ~QdrantRest();
  QdrantRest(const QdrantRest&) = delete;
  QdrantRest& operator=(const QdrantRest&) = delete;

  /// Routes on the calling (network) thread and answers from a worker. Never blocks.
  void handle(net::HttpRequest&& request, net::Responder&& responder);
  /// The answer to a request whose body need not be read: who asks may not come in, or the answer does
  /// not depend on a body. Nothing for all others. On a network thread.
  std::optional<net::HttpResponse> admit(const net::HttpRequest& head);
  /// The answer to a body above max_body_bytes.
  /// @param length nothing for a chunked body, whose length nobody told.
  net::HttpResponse oversize(const net::HttpRequest& request, std::optional<std::uint64_t> length) const;
  /// The answer to a body that does not fit beside those of other requests.
  net::HttpResponse overload(const net::HttpRequest& request) const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace alidade::faces::qdrant_rest
