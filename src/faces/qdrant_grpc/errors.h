#pragma once

#include <string>

#include "base/status.h"
#include "faces/contract/read_proto.h"

namespace alidade::faces::qdrant_grpc {

/// A part of the request that cannot be read: INVALID_ARGUMENT with the text alone, no prefix.
Status malformed(const std::string& text);
/// INVALID_ARGUMENT "Validation error in body: [<all>]". @param all "path: rule; path: rule".
Status rules_broken(const std::string& all);
/// UNIMPLEMENTED "<what> is not implemented".
Status not_implemented(const std::string& what);
/// These two, for the readers of tables.
extern const contract::ProtoReading kProtoReading;
/// UNIMPLEMENTED: what only a cluster can do.
Status needs_cluster();

/// Where a refusal happened: the peer names the vector of a wrong dimension only in writes.
enum class ErrorScene { kGeneral, kWrite };

/// A Status as it goes over the wire. `code` is a grpc::StatusCode.
struct WireError {
  int code = 0;
  std::string text;
};
WireError wire_error(const Status& status, ErrorScene scene = ErrorScene::kGeneral);

/// What the peer only finds out after it has acknowledged a write (wait = false).
bool is_found_late(const Status& problem);

}  // namespace alidade::faces::qdrant_grpc
