#pragma once

#include <map>
#include <optional>
#include <string>

#include "faces/contract/type.h"
#include "faces/qdrant/quantization.h"
#include "model/collection_config.h"

namespace alidade::faces::qdrant {

/// What an update says about a vector.
struct VectorChange {
  std::optional<model::HnswSettings> hnsw = {};
  std::optional<QuantizationChange> quantization = {};
  std::optional<bool> on_disk = {};
  std::optional<model::MemoryPlacement> memory = {};
};
using VectorChanges = std::map<std::string, VectorChange>;

extern const contract::ObjectOf<model::HnswSettings> kHnsw;
extern const contract::ObjectOf<model::VectorParams> kVectorParams;
/// The vectors of a collection: one without a name, or a map. The union is the whole configuration in memory.
extern const contract::UnionOf<model::CollectionConfig> kVectors;
/// In JSON always a map; the message may have the unnamed one alone.
extern const contract::MapOf<VectorChanges> kVectorChanges;
extern const contract::UnionOf<VectorChanges> kVectorChangesMessage;
extern const contract::MapOf<std::map<std::string, model::SparseVectorParams>> kSparseVectors;

}  // namespace alidade::faces::qdrant
