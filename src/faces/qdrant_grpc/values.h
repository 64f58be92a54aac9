#pragma once

#include <string>
#include <string_view>

#include "base/json.h"
#include "base/status.h"
#include "json_with_int.pb.h"

namespace alidade::faces::qdrant_grpc {

/// A message as the type that its descriptor has told.
template <typename Wire>
const Wire& as(const google::protobuf::Message& message) {
  return static_cast<const Wire&>(message);
}
template <typename Wire>
Wire& as(google::protobuf::Message& message) {
  return static_cast<Wire&>(message);
}

// JSON values. Integers and doubles stay what they are in both directions.

using ValueMap = google::protobuf::Map<std::string, ::qdrant::Value>;

/// @return malformed for NaN and infinite numbers.
Result<base::json::Value> json_of(const ::qdrant::Value& value);
/// An object with its members sorted by name: a protobuf map has no order.
Result<base::json::Value> json_of(const ValueMap& members);
/// The metadata of a request about settings, for the readers of tables.
Status read_json(const google::protobuf::Message& request, const google::protobuf::FieldDescriptor& field,
                     base::json::Value& out);
/// The map as compact JSON object text, without a document in between.
Result<std::string> payload_text(const ValueMap& members);

void fill_value(const base::json::Value& json, ::qdrant::Value& out);
/// @param json an object.
void fill_members(const base::json::Value& json, ValueMap& out);
/// @param text compact JSON object text of ours.
void fill_payload(std::string_view text, ValueMap& out);

}  // namespace alidade::faces::qdrant_grpc
