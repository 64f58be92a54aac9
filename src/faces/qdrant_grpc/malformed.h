#pragma once

#include <string_view>

#include "base/status.h"

namespace google::protobuf {
class Descriptor;
}

namespace alidade::faces::qdrant_grpc {

/// Says what is wrong with bytes that do not decode, in the peer's words: the message and the field
/// where its decoder stops. @return INTERNAL "failed to decode Protobuf message: …".
Status undecodable(std::string_view bytes, const google::protobuf::Descriptor& type);

}  // namespace alidade::faces::qdrant_grpc
