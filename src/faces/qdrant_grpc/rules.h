#pragma once

#include <string>

#include "base/status.h"

namespace google::protobuf {
class Message;
}

namespace alidade::faces::qdrant_grpc {

/// Checks the rules on the values of a request, all of them, before any part is converted.
/// @return "Validation error in body: [path: rule; path: rule]"; a path follows the fields of the
///         messages with list positions, a map is `[]`, a oneof is its own name.
Status check_rules(const google::protobuf::Message& request);

}  // namespace alidade::faces::qdrant_grpc
