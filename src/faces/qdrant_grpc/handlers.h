#pragma once

#include "collections.pb.h"
#include "faces/qdrant_grpc/method.h"
#include "health_check.pb.h"
#include "points.pb.h"
#include "qdrant.pb.h"
#include "snapshots_service.pb.h"
#include "storage_read_service.pb.h"

namespace alidade::faces::qdrant_grpc {

// One short function per method: read, dispatch, fill.

// Service.
Status health_check(const Call&, const ::qdrant::HealthCheckRequest&, ::qdrant::HealthCheckReply&);
Status probe(const Call&,
             const grpc::health::v1::HealthCheckRequest&,
             grpc::health::v1::HealthCheckResponse&);

// Collections.
Status create_collection(const Call&,
                         const ::qdrant::CreateCollection&,
                         ::qdrant::CollectionOperationResponse&);
Status update_collection(const Call&,
                         const ::qdrant::UpdateCollection&,
                         ::qdrant::CollectionOperationResponse&);
Status delete_collection(const Call&,
                         const ::qdrant::DeleteCollection&,
                         ::qdrant::CollectionOperationResponse&);
Status get_collection(const Call&,
                      const ::qdrant::GetCollectionInfoRequest&,
                      ::qdrant::GetCollectionInfoResponse&);
Status list_collections(const Call&,
                        const ::qdrant::ListCollectionsRequest&,
                        ::qdrant::ListCollectionsResponse&);
Status collection_exists(const Call&,
                         const ::qdrant::CollectionExistsRequest&,
                         ::qdrant::CollectionExistsResponse&);
Status cluster_info(const Call&,
                    const ::qdrant::CollectionClusterInfoRequest&,
                    ::qdrant::CollectionClusterInfoResponse&);
Status list_shard_keys(const Call&,
                       const ::qdrant::ListShardKeysRequest&,
                       ::qdrant::ListShardKeysResponse&);
Status update_aliases(const Call&,
                      const ::qdrant::ChangeAliases&,
                      ::qdrant::CollectionOperationResponse&);
Status list_aliases(const Call&,
                    const ::qdrant::ListAliasesRequest&,
                    ::qdrant::ListAliasesResponse&);
Status list_collection_aliases(const Call&,
                               const ::qdrant::ListCollectionAliasesRequest&,
                               ::qdrant::ListAliasesResponse&);

// Reads.
Status get_points(const Call&, const ::qdrant::GetPoints&, ::qdrant::GetResponse&);
Status scroll_points(const Call&, const ::qdrant::ScrollPoints&, ::qdrant::ScrollResponse&);
Status count_points(const Call&, const ::qdrant::CountPoints&, ::qdrant::CountResponse&);
Status facet(const Call&, const ::qdrant::FacetCounts&, ::qdrant::FacetResponse&);
Status query(const Call&, const ::qdrant::QueryPoints&, ::qdrant::QueryResponse&);
Status query_batch(const Call&, const ::qdrant::QueryBatchPoints&, ::qdrant::QueryBatchResponse&);
Status query_groups(const Call&, const ::qdrant::QueryPointGroups&, ::qdrant::QueryGroupsResponse&);
Status search(const Call&, const ::qdrant::SearchPoints&, ::qdrant::SearchResponse&);
Status search_batch(const Call&,
                    const ::qdrant::SearchBatchPoints&,
                    ::qdrant::SearchBatchResponse&);
Status search_groups(const Call&,
                     const ::qdrant::SearchPointGroups&,
                     ::qdrant::SearchGroupsResponse&);
Status recommend(const Call&, const ::qdrant::RecommendPoints&, ::qdrant::RecommendResponse&);
Status recommend_batch(const Call&,
                       const ::qdrant::RecommendBatchPoints&,
                       ::qdrant::RecommendBatchResponse&);
Status recommend_groups(const Call&,
                        const ::qdrant::RecommendPointGroups&,
                        ::qdrant::RecommendGroupsResponse&);
Status discover(const Call&, const ::qdrant::DiscoverPoints&, ::qdrant::DiscoverResponse&);
Status discover_batch(const Call&,
                      const ::qdrant::DiscoverBatchPoints&,
                      ::qdrant::DiscoverBatchResponse&);

// Writes.
Status upsert(const Call&, const ::qdrant::UpsertPoints&, ::qdrant::PointsOperationResponse&);
Status delete_points(const Call&,
                     const ::qdrant::DeletePoints&,
                     ::qdrant::PointsOperationResponse&);
Status set_payload(const Call&,
                   const ::qdrant::SetPayloadPoints&,
                   ::qdrant::PointsOperationResponse&);
Status overwrite_payload(const Call&,
                         const ::qdrant::SetPayloadPoints&,
                         ::qdrant::PointsOperationResponse&);
Status delete_payload(const Call&,
                      const ::qdrant::DeletePayloadPoints&,
                      ::qdrant::PointsOperationResponse&);
Status clear_payload(const Call&,
                     const ::qdrant::ClearPayloadPoints&,
                     ::qdrant::PointsOperationResponse&);
Status update_vectors(const Call&,
                      const ::qdrant::UpdatePointVectors&,
                      ::qdrant::PointsOperationResponse&);
Status delete_vectors(const Call&,
                      const ::qdrant::DeletePointVectors&,
                      ::qdrant::PointsOperationResponse&);
Status create_index(const Call&,
                    const ::qdrant::CreateFieldIndexCollection&,
                    ::qdrant::PointsOperationResponse&);
Status delete_index(const Call&,
                    const ::qdrant::DeleteFieldIndexCollection&,
                    ::qdrant::PointsOperationResponse&);
Status update_batch(const Call&,
                    const ::qdrant::UpdateBatchPoints&,
                    ::qdrant::UpdateBatchResponse&);

// Snapshots and files: none.
Status list_snapshots(const Call&,
                      const ::qdrant::ListSnapshotsRequest&,
                      ::qdrant::ListSnapshotsResponse&);
Status list_full_snapshots(const Call&,
                           const ::qdrant::ListFullSnapshotsRequest&,
                           ::qdrant::ListSnapshotsResponse&);
Status delete_snapshot(const Call&,
                       const ::qdrant::DeleteSnapshotRequest&,
                       ::qdrant::DeleteSnapshotResponse&);
Status delete_full_snapshot(const Call&,
                            const ::qdrant::DeleteFullSnapshotRequest&,
                            ::qdrant::DeleteSnapshotResponse&);
Status file_exists(const Call&, const ::qdrant::FileExistsRequest&, ::qdrant::FileExistsResponse&);
Status file_length(const Call&, const ::qdrant::FileLengthRequest&, ::qdrant::FileLengthResponse&);
Status read_whole(const Call&, const ::qdrant::ReadWholeRequest&, ::qdrant::ReadWholeResponse&);

}  // namespace alidade::faces::qdrant_grpc
