#pragma once

#include "base/json.h"
#include "base/status.h"

namespace google::protobuf {
class Message;
}

namespace alidade::faces::qdrant_grpc {

// Settings of collections and payload indexes are kept in the JSON form of the REST dialect. These
// two translate between it and the messages, which have the same members under nearly the same
// names; oneofs, enums and maps are told apart by the message's type.

/// @return malformed for enum numbers and oneofs that say nothing.
Result<base::json::Value> settings_json(const google::protobuf::Message& message);
/// Members that the message does not have are left out.
void fill_settings(const base::json::Value& json, google::protobuf::Message& out);

}  // namespace alidade::faces::qdrant_grpc
