#pragma once

#include "base/status.h"
#include "ops/all_operations.h"
#include "points.pb.h"

namespace alidade::faces::qdrant_grpc {

// Queries and the older searches. Rules of the message have been checked.

Result<ops::QueryPoints> read_query(const ::qdrant::QueryPoints& request);
Result<ops::QueryBatch> read_query_batch(const ::qdrant::QueryBatchPoints& request);
Result<ops::QueryGroups> read_query_groups(const ::qdrant::QueryPointGroups& request);

Result<ops::QueryPoints> read_search(const ::qdrant::SearchPoints& request);
Result<ops::QueryBatch> read_search_batch(const ::qdrant::SearchBatchPoints& request);
Result<ops::QueryGroups> read_search_groups(const ::qdrant::SearchPointGroups& request);

Result<ops::QueryPoints> read_recommend(const ::qdrant::RecommendPoints& request);
Result<ops::QueryBatch> read_recommend_batch(const ::qdrant::RecommendBatchPoints& request);
Result<ops::QueryGroups> read_recommend_groups(const ::qdrant::RecommendPointGroups& request);

// Parts. --------------------------------------------------------------------------------------

/// A query of one of the kinds. What is known but not served is refused as not implemented, after
/// its parts.
Result<model::QueryKind> read_query_kind(const ::qdrant::Query& query);
Result<model::VectorInput> read_input(const ::qdrant::VectorInput& input);
/// The old form of an example: a vector with its old and new fields.
Result<model::VectorInput> read_input(const ::qdrant::Vector& vector);

}  // namespace alidade::faces::qdrant_grpc
