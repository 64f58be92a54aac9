#pragma once

#include <google/protobuf/message.h>

#include "base/status.h"
#include "env/memory_account.h"
#include "ops/all_operations.h"
#include "points.pb.h"

namespace alidade::faces::qdrant_grpc {

// Queries and the older searches. Rules of the message have been checked.

/// Charges what a query takes in memory beyond its bytes, which the call has charged: an empty prefetch is two bytes on the
/// wire, two hundred in its message, and three times that once it is read.
/// @return kResourceExhausted when there is no room for it.
Status charge_query(const google::protobuf::Message& request, env::MemoryAccount& account);

Result<ops::QueryPoints> read_query(const ::qdrant::QueryPoints& request);
Result<ops::QueryBatch> read_query_batch(const ::qdrant::QueryBatchPoints& request);
Result<ops::QueryGroups> read_query_groups(const ::qdrant::QueryPointGroups& request);

Result<ops::QueryPoints> read_search(const ::qdrant::SearchPoints& request);
Result<ops::QueryBatch> read_search_batch(const ::qdrant::SearchBatchPoints& request);
Result<ops::QueryGroups> read_search_groups(const ::qdrant::SearchPointGroups& request);

Result<ops::QueryPoints> read_recommend(const ::qdrant::RecommendPoints& request);
Result<ops::QueryBatch> read_recommend_batch(const ::qdrant::RecommendBatchPoints& request);
Result<ops::QueryGroups> read_recommend_groups(const ::qdrant::RecommendPointGroups& request);

Result<ops::QueryPoints> read_discover(const ::qdrant::DiscoverPoints& request);
Result<ops::QueryBatch> read_discover_batch(const ::qdrant::DiscoverBatchPoints& request);

}  // namespace alidade::faces::qdrant_grpc
