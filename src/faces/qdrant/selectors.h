#pragma once

#include "faces/contract/type.h"
#include "model/query.h"
#include "ops/all_operations.h"

namespace alidade::faces::qdrant {

// Parts of many reads: what an answer shows, what it is ordered by, where vectors are looked up.

extern const contract::UnionOf<model::PayloadSelector> kWithPayload;
extern const contract::UnionOf<model::VectorSelector> kWithVectors;
extern const contract::UnionOf<model::OrderBy> kOrderByInterface;
extern const contract::ObjectOf<model::OrderBy> kOrderBy;
extern const contract::ObjectOf<model::LookupFrom> kLookupLocation;
extern const contract::UnionOf<ops::QueryGroups::Lookup> kWithLookup;
extern const contract::ObjectOf<ops::QueryGroups::Lookup> kLookup;

}  // namespace alidade::faces::qdrant
