#pragma once

#include <map>
#include <optional>
#include <string>

#include "base/json.h"
#include "faces/contract/type.h"
#include "faces/qdrant/vector_settings.h"
#include "model/collection_config.h"

namespace alidade::faces::qdrant {

/// The settings that an update names.
struct CollectionUpdate {
  std::optional<VectorChanges> vectors = {};
  model::OptimizerSettings optimizers = {};
  /// Of these, what may change.
  model::ShardSettings shards = {};
  model::HnswSettings hnsw = {};
  std::optional<QuantizationChange> quantization = {};
  std::optional<std::map<std::string, model::SparseVectorParams>> sparse_vectors = {};
  std::optional<model::StrictModeSettings> strict_mode = {};
  base::json::Value metadata = {};  ///< A member that is null goes.
};

/// The body of a creation.
extern const contract::ObjectOf<model::CollectionConfig> kCreateCollection;
extern const contract::ObjectOf<CollectionUpdate> kUpdateCollection;
/// `config` in the answer about a collection; the configuration has the values that are shown (shown()).
extern const contract::ObjectOf<model::CollectionConfig> kCollectionConfig;
/// Its `params` alone.
extern const contract::ObjectOf<model::CollectionConfig> kCollectionParams;

}  // namespace alidade::faces::qdrant
