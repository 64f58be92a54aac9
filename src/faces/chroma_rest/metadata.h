#pragma once

#include <string>
#include <string_view>

#include "base/json.h"
#include "base/status.h"

namespace alidade::faces::chroma_rest {

// Chroma's metadata, document and uri share one payload object: members of the metadata as they are,
// the document and the uri under these keys.
inline constexpr std::string_view kDocumentKey = "chroma:document";
inline constexpr std::string_view kUriKey = "chroma:uri";
inline constexpr std::string_view kReservedPrefix = "chroma:";

/// Brings a metadata value into the form that is stored: integers beyond 64 bits signed become
/// floats, -0.0 becomes 0.0, lists of integers and floats become floats.
/// @return false when no metadata value looks like this (null is none, a sparse vector is one).
bool normalize_metadata_value(base::json::Value& value);

/// {"indices": […], "values": […]}, with or without "#type".
bool is_sparse_vector(const base::json::Value& value);
/// Indices strictly ascend and are as many as the values.
bool is_well_formed_sparse_vector(const base::json::Value& value);

/// What a record shows of its payload, each as JSON text ("null" where there is none). Members that
/// no Chroma client could have written (nested objects, nulls, mixed lists) are kept but not shown.
struct ShownPayload {
  std::string document = "null";
  std::string uri = "null";
  std::string metadata = "null";
};
/// @param payload compact JSON object text, or "".
ShownPayload show_payload(std::string_view payload);

}  // namespace alidade::faces::chroma_rest
