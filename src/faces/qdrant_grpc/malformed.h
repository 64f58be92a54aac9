#pragma once

#include <string>
#include <string_view>

#include "base/status.h"

namespace google::protobuf {
class Descriptor;
}

namespace alidade::faces::qdrant_grpc {

/// INTERNAL "failed to decode Protobuf message: <problem>".
Status undecodable(const std::string& problem);
/// What the peer's decoder finds wrong with the bytes: the message and the field where it stops, as
/// undecodable(); ok when it finds nothing.
Status decoding_problem(std::string_view bytes, const google::protobuf::Descriptor& type);

}  // namespace alidade::faces::qdrant_grpc
