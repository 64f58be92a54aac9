#pragma once

#include <memory>

#include "alidade/client/options.h"
#include "alidade/client/transport.h"

namespace alidade::qdrant::inline v0 {

/// Carries the calls of a qdrant::Client over Qdrant's gRPC interface, so that the same client, collection, retries, hooks and
/// errors serve both:
///
///   auto client = Client::make({.url = "http://127.0.0.1:6334", .transport = make_grpc_transport()});
///
/// All calls share one connection, which is made with the first one; "https://" takes TLS with the certificates of
/// `options`. Of ConnectionOptions count: connect_timeout, request_timeout, tcp_keepalive (as pings), proxy ("none", or an
/// HTTP proxy; no_proxy comes from the environment), tls except ca_path and accept_any_certificate, max_response_bytes,
/// user_agent.
///
/// What the gRPC interface lacks is refused with kUnimplemented before anything is sent: snapshots that are downloaded,
/// uploaded or recovered, Client::request(), and settings without a gRPC name. Vectors of Collection::batch() and of
/// Collection::upload() travel as they lie in memory. A score is the server's float; REST sends its shortest text. A whole
/// number of a payload beyond 63 bits becomes a double, as the server's own gRPC interface gives it.
///
/// In the library alidade::qdrant_grpc.
ALIDADE_API std::shared_ptr<client::Transport> make_grpc_transport(const client::ConnectionOptions& options = {});

}  // namespace alidade::qdrant::inline v0
