#include "model/distance.h"

#include <cmath>

namespace alidade::model {

std::string_view distance_name(Distance distance) {
  switch (distance) {
    case Distance::kCosine: return "Cosine";
    case Distance::kEuclid: return "Euclid";
    case Distance::kDot: return "Dot";
    case Distance::kManhattan: return "Manhattan";
  }
  return "";
}

std::optional<Distance> distance_from_name(std::string_view name) {
  for (const Distance distance :
       {Distance::kCosine, Distance::kEuclid, Distance::kDot, Distance::kManhattan}) {
    if (distance_name(distance) == name) return distance;
  }
  return std::nullopt;
}

float qdrant_score(Distance distance, float similarity) {
  switch (distance) {
    case Distance::kEuclid: return std::sqrt(std::fabs(similarity));
    case Distance::kManhattan: return std::fabs(similarity);
    case Distance::kCosine:
    case Distance::kDot: break;
  }
  return similarity;
}

float chroma_distance(Distance distance, float similarity) {
  switch (distance) {
    case Distance::kEuclid:
    case Distance::kManhattan: return std::fabs(similarity);
    case Distance::kCosine:
    case Distance::kDot: break;
  }
  return 1.0F - similarity;
}

float similarity_from_qdrant_score(Distance distance, float score) {
  switch (distance) {
    case Distance::kEuclid: return -(score * std::fabs(score));
    case Distance::kManhattan: return -score;
    case Distance::kCosine:
    case Distance::kDot: break;
  }
  return score;
}

}  // namespace alidade::model
