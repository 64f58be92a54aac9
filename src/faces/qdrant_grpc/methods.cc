// The whole face at a glance.
#include "faces/qdrant_grpc/handlers.h"
#include "faces/qdrant_grpc/method.h"
#include "snapshots_service.pb.h"

namespace alidade::faces::qdrant_grpc {
namespace {

using enum Place;
using enum ErrorScene;

const Method kMethods[] = {
    // Service.
    {"/qdrant.Qdrant/HealthCheck", kInline, &run_method<&health_check>},
    {"/grpc.health.v1.Health/Check", kInline, &run_method<&probe>},

    // Collections.
    {"/qdrant.Collections/Get", kReads, &run_method<&get_collection>},
    {"/qdrant.Collections/List", kReads, &run_method<&list_collections>},
    {"/qdrant.Collections/Create", kWrites, &run_method<&create_collection>},
    {"/qdrant.Collections/Update", kWrites, &run_method<&update_collection>},
    {"/qdrant.Collections/Delete", kWrites, &run_method<&delete_collection>},
    {"/qdrant.Collections/CollectionExists", kReads, &run_method<&collection_exists>},
    {"/qdrant.Collections/UpdateAliases", kWrites, &run_method<&update_aliases>},
    {"/qdrant.Collections/ListAliases", kReads, &run_method<&list_aliases>},
    {"/qdrant.Collections/ListCollectionAliases", kReads, &run_method<&list_collection_aliases>},
    {"/qdrant.Collections/CollectionClusterInfo", kReads, &run_method<&cluster_info>},
    {"/qdrant.Collections/ListShardKeys", kReads, &run_method<&list_shard_keys>},
    {"/qdrant.Collections/UpdateCollectionClusterSetup", kReads,
     &refuse_cluster<::qdrant::UpdateCollectionClusterSetupRequest>},
    {"/qdrant.Collections/CreateShardKey", kReads,
     &refuse_cluster<::qdrant::CreateShardKeyRequest>},
    {"/qdrant.Collections/DeleteShardKey", kReads,
     &refuse_cluster<::qdrant::DeleteShardKeyRequest>},

    // Writes.
    {"/qdrant.Points/Upsert", kWrites, &run_method<&upsert>, kWrite},
    {"/qdrant.Points/Delete", kWrites, &run_method<&delete_points>, kWrite},
    {"/qdrant.Points/UpdateVectors", kWrites, &run_method<&update_vectors>},
    {"/qdrant.Points/DeleteVectors", kWrites, &run_method<&delete_vectors>, kWrite},
    {"/qdrant.Points/SetPayload", kWrites, &run_method<&set_payload>, kWrite},
    {"/qdrant.Points/OverwritePayload", kWrites, &run_method<&overwrite_payload>, kWrite},
    {"/qdrant.Points/DeletePayload", kWrites, &run_method<&delete_payload>, kWrite},
    {"/qdrant.Points/ClearPayload", kWrites, &run_method<&clear_payload>, kWrite},
    {"/qdrant.Points/UpdateBatch", kWrites, &run_method<&update_batch>, kWrite},
    {"/qdrant.Points/CreateFieldIndex", kWrites, &run_method<&create_index>},
    {"/qdrant.Points/DeleteFieldIndex", kWrites, &run_method<&delete_index>},

    // Reads.
    {"/qdrant.Points/Get", kReads, &run_method<&get_points>},
    {"/qdrant.Points/Scroll", kReads, &run_method<&scroll_points>},
    {"/qdrant.Points/Count", kReads, &run_method<&count_points>},
    {"/qdrant.Points/Facet", kReads, &run_method<&facet>},
    {"/qdrant.Points/Query", kReads, &run_method<&query>},
    {"/qdrant.Points/QueryBatch", kReads, &run_method<&query_batch>},
    {"/qdrant.Points/QueryGroups", kReads, &run_method<&query_groups>},

    // Reads that newer clients no longer use.
    {"/qdrant.Points/Search", kReads, &run_method<&search>},
    {"/qdrant.Points/SearchBatch", kReads, &run_method<&search_batch>},
    {"/qdrant.Points/SearchGroups", kReads, &run_method<&search_groups>},
    {"/qdrant.Points/Recommend", kReads, &run_method<&recommend>},
    {"/qdrant.Points/RecommendBatch", kReads, &run_method<&recommend_batch>},
    {"/qdrant.Points/RecommendGroups", kReads, &run_method<&recommend_groups>},
    {"/qdrant.Points/Discover", kReads, &run_method<&discover>},
    {"/qdrant.Points/DiscoverBatch", kReads, &run_method<&discover_batch>},

    // There are no snapshots yet, and no files that the peer would know.
    {"/qdrant.Snapshots/List", kReads, &run_method<&list_snapshots>},
    {"/qdrant.Snapshots/Delete", kReads, &run_method<&delete_snapshot>},
    {"/qdrant.Snapshots/ListFull", kReads, &run_method<&list_full_snapshots>},
    {"/qdrant.Snapshots/DeleteFull", kReads, &run_method<&delete_full_snapshot>},
    {"/qdrant.StorageRead/FileExists", kReads, &run_method<&file_exists>},
    {"/qdrant.StorageRead/FileLength", kReads, &run_method<&file_length>},
    {"/qdrant.StorageRead/ReadWhole", kReads, &run_method<&read_whole>},

    // Not served.
    {"/qdrant.Points/CreateVectorName", kReads,
     &refuse_method<::qdrant::CreateVectorNameRequest, kManagesOne>},
    {"/qdrant.Points/DeleteVectorName", kReads,
     &refuse_method<::qdrant::DeleteVectorNameRequest, kManagesOne>},
    {"/qdrant.Points/SearchMatrixPairs", kReads,
     &refuse_method<::qdrant::SearchMatrixPoints, kReadsOne>},
    {"/qdrant.Points/SearchMatrixOffsets", kReads,
     &refuse_method<::qdrant::SearchMatrixPoints, kReadsOne>},
    {"/qdrant.Snapshots/Create", kReads,
     &refuse_method<::qdrant::CreateSnapshotRequest, kWritesFiles>},
    {"/qdrant.Snapshots/CreateFull", kReads,
     &refuse_method<::qdrant::CreateFullSnapshotRequest, kManagesAll>},
    {"/qdrant.StorageRead/ListFiles", kReads,
     &refuse_method<::qdrant::ListFilesRequest, kReadsFiles>},
    {"/qdrant.StorageRead/ReadBytes", kReads,
     &refuse_method<::qdrant::ReadBytesRequest, kReadsFiles>},
    {"/qdrant.StorageRead/ReadBatch", kReads,
     &refuse_method<::qdrant::ReadBatchRequest, kReadsFiles>},
};

}  // namespace

std::span<const Method> methods() { return kMethods; }

}  // namespace alidade::faces::qdrant_grpc
