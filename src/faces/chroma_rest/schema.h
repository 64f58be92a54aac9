#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "base/json.h"
#include "base/status.h"
#include "faces/chroma_rest/body_reader.h"
#include "faces/chroma_rest/vector_settings.h"

namespace alidade::faces::chroma_rest {

/// The key under which a schema speaks of the documents.
inline constexpr std::string_view kDocument = "#document";

/// Reads the `schema` of a create request into its plain form: {"defaults": …, "keys": …, "cmek"?},
/// with what was given and nothing else.
bool read_schema(BodyReader& reader, base::json::Value& out);

/// Reads {"type": "known", "name": …, "config": …}, {"type": "legacy"} or {"type": "unknown"}.
bool read_embedding_function(BodyReader& reader, base::json::Value& out);

/// The rules that every schema obeys. Keys are looked at in descending order, so that a schema with
/// several mistakes is always told the same one (the peer picks any of them).
/// @return kInvalidArgument in the peer's words, without the "Validation error: schema: " before it.
Status check_schema(const base::json::Value& given);
/// Whether everything that the schema says is what a collection without a schema has, so that a
/// configuration may stand beside it.
bool is_default_schema(const base::json::Value& given);
/// Whether a sparse index is asked for (which this server does not make yet).
bool wants_sparse_index(const base::json::Value& given);

/// The schema of a collection that was made with a configuration.
base::json::Value schema_of(const VectorSettings& settings);
/// The schema as given, completed with the defaults.
base::json::Value complete_schema(const base::json::Value& given);
/// The vector index that a complete schema describes.
VectorSettings settings_of_schema(const base::json::Value& schema);
/// Changes the vector index in a complete schema.
void patch_schema(base::json::Value& schema, const VectorSettingsPatch& patch);
/// Adds the metadata keys that were met in records, by kinds (model::SeenKinds).
void add_seen_keys(base::json::Value& schema, const std::map<std::string, std::uint8_t>& seen);

}  // namespace alidade::faces::chroma_rest
