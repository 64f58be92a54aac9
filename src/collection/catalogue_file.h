#pragma once

#include <string>

#include "base/json.h"
#include "base/status.h"
#include "env/env.h"

namespace alidade::collection {

// The small files of the catalogue: one line "ALIDADE-CATALOGUE 1 <XXH3-64 of the rest, 16 hex
// digits>\n", then a JSON document. Format page: docs/formats/catalogue.md.

/// Replaces the file atomically and durably.
Status store_catalogue_file(env::Env& env, const std::string& path, const base::json::Value& content);

/// @return kNotFound; kDataLoss naming the file when the first line or the checksum is wrong;
///         kUnimplemented when the version is newer than this build.
Result<base::json::Value> load_catalogue_file(env::Env& env, const std::string& path);

}  // namespace alidade::collection
