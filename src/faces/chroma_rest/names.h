#pragma once

#include <string>
#include <string_view>

#include "base/json.h"
#include "base/status.h"

namespace alidade::faces::chroma_rest {

// Rules on names and keys. Each returns kInvalidArgument in the peer's words.

/// A collection's or database's name: 3 to 512 of [a-zA-Z0-9._-], a letter or digit at both ends, no
/// "..", no IP address; one "topology+" in front is allowed.
/// @return also "" as ok; the message is bare, callers put "Validation error: <field>: " before it.
Status check_name(std::string_view name);
/// A tenant's name has at least three characters.
Status check_tenant_name(std::string_view name);
/// A database in a path has at least three bytes.
Status check_database_segment(std::string_view name);
/// Metadata of a collection: not empty, no empty key, none that begins with '#' or '$'.
Status check_collection_metadata(const base::json::Value& metadata);
/// A metadata key that records may have.
bool is_metadata_key(std::string_view key);

}  // namespace alidade::faces::chroma_rest
