#pragma once

#include "faces/contract/type.h"
#include "model/query.h"
#include "ops/all_operations.h"

namespace alidade::faces::qdrant {

/// A path in a formula.
extern const contract::CustomOf<model::JsonPath> kPayloadKey;
extern const contract::UnionOf<model::Expression> kExpression;
/// Any kind of query; in JSON also a bare vector or id.
extern const contract::UnionOf<model::QueryKind> kQueryInterface;
extern const contract::ObjectOf<model::ContextPair> kContextPair;
extern const contract::WordsOf<model::RecommendQuery::Strategy> kRecommendStrategy;
extern const contract::ObjectOf<model::RecommendQuery> kRecommendInput;

/// A selector of shards by key, as given.
extern const contract::CustomOf<base::json::Value> kShardKey;
extern const contract::ObjectOf<model::QueryNode> kPrefetch;
extern const contract::ObjectOf<model::QueryRequest> kQueryRequest;
extern const contract::ObjectOf<ops::QueryBatch> kQueryRequestBatch;
extern const contract::ObjectOf<ops::QueryGroups> kQueryGroupsRequest;

/// Notes in the request what is wrong between its members, which the peer tells after it looked up what the request
/// names. Once per request that was read after its table.
void note_problems(model::QueryRequest& request);
/// What a model would have to make a vector of, when that can not be done here.
/// @return the peer's words for a server without models: kInternal, kInvalidArgument.
Status check_inference(const model::QueryNode& query);

}  // namespace alidade::faces::qdrant
