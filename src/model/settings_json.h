#pragma once

#include "base/json.h"
#include "base/status.h"
#include "model/settings.h"

namespace alidade::model {

// Settings as collection.ald holds them: an object with a member per setting that has a value, under the names of
// settings_fields.h.

base::json::Value to_json(const HnswSettings& settings);
base::json::Value to_json(const OptimizerSettings& settings);
base::json::Value to_json(const WalSettings& settings);
base::json::Value to_json(const Quantization& settings);
base::json::Value to_json(const ShardSettings& settings);
base::json::Value to_json(const StrictModeSettings& settings);
base::json::Value to_json(const std::map<std::string, VectorParams>& vectors);
base::json::Value to_json(const std::map<std::string, SparseVectorParams>& vectors);

/// Members of other names are passed over; null stands for no value.
/// @return kDataLoss for a value of a wrong type.
Status from_json(const base::json::Value& json, HnswSettings& out);
Status from_json(const base::json::Value& json, OptimizerSettings& out);
Status from_json(const base::json::Value& json, WalSettings& out);
Status from_json(const base::json::Value& json, Quantization& out);
Status from_json(const base::json::Value& json, ShardSettings& out);
Status from_json(const base::json::Value& json, StrictModeSettings& out);
Status from_json(const base::json::Value& json, VectorParams& out);
Status from_json(const base::json::Value& json, std::map<std::string, VectorParams>& out);
Status from_json(const base::json::Value& json, std::map<std::string, SparseVectorParams>& out);

}  // namespace alidade::model
