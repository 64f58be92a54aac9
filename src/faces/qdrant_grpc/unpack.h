#pragma once

#include <grpcpp/support/byte_buffer.h>

#include <cstdint>

#include "base/status.h"

namespace alidade::faces::qdrant_grpc {

// gRPC itself would unpack a compressed message before anybody knows who sent it, to whatever length:
// a few hundred KB unfold to a GB. So it hands messages over as they came, and they are unpacked here.

/// The length of a message without its gzip form: what the form says, so nothing that one may rely on
/// before unpack() has checked it. No plain message is taken for a packed one: it would begin with a
/// field of wire type 7, which there is not.
std::uint64_t plain_length(const grpc::ByteBuffer& message);

/// The message without its gzip form; one that has none as it is. Takes memory as plain_length() says.
/// @return kInvalidArgument when it is no complete gzip stream or unfolds to more than it says.
Result<grpc::ByteBuffer> plain(const grpc::ByteBuffer& message);

}  // namespace alidade::faces::qdrant_grpc
