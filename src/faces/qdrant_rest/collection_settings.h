#pragma once

#include <string>
#include <vector>

#include "base/json.h"
#include "base/status.h"
#include "faces/qdrant_rest/decode_values.h"
#include "model/collection_config.h"

namespace alidade::faces::qdrant_rest {

// A collection's `config` as this dialect shows it is kept whole in CollectionConfig::qdrant_echo;
// what the engine uses is taken from there. Pure functions.

/// Whether a setting is there and true.
inline bool is_true(const Value* value) { return value != nullptr && *value == Value(true); }

/// The body of a creation. @return format errors, broken rules and refused vector names.
Result<model::CollectionConfig> read_new_collection(const Value& body);

/// The body of an update, brought into form. @return format errors and broken rules.
Result<Value> read_collection_update(const Value& body);
/// The configuration after the update.
/// @return 400 when a vector is named that the collection does not have.
Result<model::CollectionConfig> updated(const model::CollectionConfig& config, const Value& update);

/// The `config` object of a collection's info, also of one that was made through another dialect.
Value shown_config(const model::CollectionConfig& config);
/// What the info warns of: settings that are ignored.
std::vector<std::string> warnings_of(const Value& shown);

}  // namespace alidade::faces::qdrant_rest
