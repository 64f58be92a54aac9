#pragma once

#include "model/query.h"
#include "ops/all_operations.h"
#include "points.pb.h"

namespace alidade::faces::qdrant_grpc {

// Answers into messages. Vectors fill the typed form only.

void fill_hits(const model::QueryHits& hits,
               google::protobuf::RepeatedPtrField<::qdrant::ScoredPoint>& out);
void fill_batch(const std::vector<model::QueryHits>& batch,
                google::protobuf::RepeatedPtrField<::qdrant::BatchResult>& out);
void fill_groups(const ops::QueryGroupsResult& result, ::qdrant::GroupsResult& out);
void fill_record(const model::PointRecord& record, ::qdrant::RetrievedPoint& out);
void fill_page(const ops::ScrollPage& page, ::qdrant::ScrollResponse& out);
void fill_facet(const std::vector<ops::FacetHit>& hits, ::qdrant::FacetResponse& out);
/// @param completed whether the client waited.
void fill_update(const model::UpdateResult& result, bool completed, ::qdrant::UpdateResult& out);
/// The answer to a write whose deadline came before the disk had it.
void end_wait_early(::qdrant::PointsOperationResponse& answer);
void end_wait_early(::qdrant::UpdateBatchResponse& answer);

}  // namespace alidade::faces::qdrant_grpc
