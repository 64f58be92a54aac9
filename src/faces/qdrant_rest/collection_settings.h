#pragma once

#include <string>
#include <vector>

#include "base/json.h"
#include "base/status.h"
#include "faces/qdrant/collection_settings.h"
#include "faces/qdrant_rest/decode_values.h"
#include "model/collection_config.h"

namespace alidade::faces::qdrant_rest {

// What requests say of a collection's settings, and what answers show of them. Pure functions.

/// The body of a creation. @return format errors, broken rules and refused vector names.
Result<model::CollectionConfig> read_new_collection(const Value& body);
/// The body of an update. @return format errors and broken rules.
Result<qdrant::CollectionUpdate> read_collection_update(const Value& body);

/// @return wrong input for a vector name that the peer does not take, or takes once only.
Status check_vector_names(const model::CollectionConfig& config);
/// The rule that a vector name breaks ("vector name cannot contain \"/\" char"), or "".
std::string vector_name_problem(std::string_view name);

/// The configuration after the update.
/// @return 400 when a vector is named that the collection does not have.
Result<model::CollectionConfig> updated(model::CollectionConfig config, const qdrant::CollectionUpdate& update);

/// The configuration as an answer shows it (qdrant::kCollectionConfig): with the peer's defaults for what was not
/// given, without vectors whose size nobody knows yet.
model::CollectionConfig shown_config(model::CollectionConfig config);
/// What the info warns of: settings that are ignored.
std::vector<std::string> warnings_of(const model::CollectionConfig& config);

}  // namespace alidade::faces::qdrant_rest
