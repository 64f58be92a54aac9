#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace alidade::model {

enum class Distance : std::uint8_t { kCosine, kEuclid, kDot, kManhattan };

/// "Cosine", "Euclid", "Dot", "Manhattan": the names on the Qdrant wire and in stored schemas.
std::string_view distance_name(Distance distance);
std::optional<Distance> distance_from_name(std::string_view name);

// Inside, a score is a similarity: higher is better. kCosine: cosine; kDot: dot product;
// kEuclid: minus the squared distance; kManhattan: minus the distance.

/// The score that the Qdrant dialect shows: Euclid as the root, both distances positive.
float qdrant_score(Distance distance, float similarity);
/// The distance that the Chroma dialect shows: squared l2, 1 - cosine, 1 - dot.
float chroma_distance(Distance distance, float similarity);
/// A score on the Qdrant wire (e.g. a threshold) as a similarity.
float similarity_from_qdrant_score(Distance distance, float score);
/// Whether the Qdrant dialect sorts this distance ascending.
inline bool smaller_is_better(Distance distance) {
  return distance == Distance::kEuclid || distance == Distance::kManhattan;
}

}  // namespace alidade::model
