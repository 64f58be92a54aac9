#pragma once

#include <optional>
#include <vector>

#include "faces/contract/type.h"
#include "model/query.h"
#include "ops/all_operations.h"

namespace alidade::faces::qdrant_rest {

// Requests of the routes that stand no more in Qdrant's contract, but are served: search, recommend and discover.

extern const contract::ObjectOf<model::QueryRequest> kSearchRequest;
extern const contract::ObjectOf<ops::QueryGroups> kSearchGroupsRequest;
extern const contract::ObjectOf<model::QueryRequest> kRecommendRequest;
extern const contract::ObjectOf<ops::QueryGroups> kRecommendGroupsRequest;

/// Discovery, or without a target a search by context.
struct DiscoverRequest : model::QueryRequest {
  std::optional<model::VectorInput> target;
  std::vector<model::ContextPair> context;
};
extern const contract::ObjectOf<DiscoverRequest> kDiscoverRequest;

}  // namespace alidade::faces::qdrant_rest
