#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "net/http.h"
#include "ops/dispatcher.h"

namespace alidade::faces::chroma_rest {

struct Options {
  /// The reset route works; off as in the peer.
  bool allow_reset = false;
  /// As the listener's limit, for the peer's text. 40 MiB.
  std::uint64_t max_payload_size_bytes = std::uint64_t{40} << 20;
  /// Origins that browsers may call from; "*" is any; empty: no CORS at all.
  std::vector<std::string> cors_allow_origins;
};

/// The Chroma v2 dialect over HTTP: routes, codecs and error texts. Thread-safe.
class ChromaRest {
 public:
  using Options = chroma_rest::Options;

  /// Both borrowed; they outlive every request.
  ChromaRest(ops::Dispatcher& dispatcher, ops::WorkerPools pools, Options options);
  ~ChromaRest();
  ChromaRest(const ChromaRest&) = delete;
  ChromaRest& operator=(const ChromaRest&) = delete;

  /// To be called on a network thread; answers there what needs no work, the rest from the pools.
  void handle(net::HttpRequest&& request, net::Responder&& responder);
  /// The answer to a request whose body need not be read: who asks may not come in, or the answer does
  /// not depend on a body. Nothing for all others. On a network thread.
  std::optional<net::HttpResponse> admit(const net::HttpRequest& head);
  /// The answer to a body above the listener's limit.
  net::HttpResponse oversize(const net::HttpRequest& request, std::uint64_t length) const;
  /// The answer to a body that does not fit beside those of other requests.
  net::HttpResponse overload(const net::HttpRequest& request) const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace alidade::faces::chroma_rest

namespace alidade::faces {
using chroma_rest::ChromaRest;
}
