// The whole face at a glance.
#include "faces/qdrant_rest/decode_collections.h"
#include "faces/qdrant_rest/decode_points.h"
#include "faces/qdrant_rest/decode_query.h"
#include "faces/qdrant_rest/encode_points.h"
#include "faces/qdrant_rest/route.h"
#include "faces/qdrant_rest/service.h"
#include "faces/qdrant_rest/unserved.h"

namespace alidade::faces::qdrant_rest {
namespace {

using enum RouteKind;

// Rights of routes whose operation does not exist yet.
constexpr auth::Access kReadPoints(auth::Scope::kCollection, auth::Right::kRead);
constexpr auth::Access kManageVectors(auth::Scope::kCollection, auth::Right::kManage);
constexpr auth::Access kWriteWhole(auth::Scope::kCollectionWhole, auth::Right::kWrite);

/// Checks all that can be checked, then says that this server does not do it.
template <const auth::Access& access>
Status not_yet_on_collection(const Call& call, std::string&) {
  return not_yet(call, access);
}
template <const auth::Access& access>
Status not_yet_on_server(const Call& call, std::string&) {
  return not_yet_on_server(call, access);
}
template <const auth::Access& access>
Status not_yet_on_shard(const Call& call, std::string&) {
  return not_yet_on_shard(call, access);
}
template <const auth::Access& access>
Status collection_needs_cluster(const Call& call, std::string&) {
  return collection_needs_cluster(call, access);
}

const Route kRoutes[] = {
    // Service.
    {.method = "GET", .pattern = "/", .kind = kInline, .page = &root_page},
    {.method = "GET", .pattern = "/healthz", .kind = kInline, .page = &health_page},
    {.method = "GET", .pattern = "/livez", .kind = kInline, .page = &health_page},
    {.method = "GET", .pattern = "/readyz", .kind = kInline, .page = &ready_page},
    {.method = "GET", .pattern = "/metrics", .kind = kService, .page = &metrics_page, .parameters = kMetricsParameters},
    {.method = "GET", .pattern = "/alidade/metrics", .kind = kService, .page = &own_metrics_page},
    {"GET", "/telemetry", kService, &telemetry, nullptr, kTelemetryParameters},
    {"GET", "/cluster", kService, &cluster_status},
    {"GET", "/cluster/telemetry", kService, &no_cluster_telemetry},
    {"POST", "/cluster/recover", kService, &needs_cluster},
    {"DELETE", "/cluster/peer/{peer_id}", kService, &needs_cluster},
    {"GET", "/cluster/metadata/keys", kService, &cluster_keys},
    {"GET", "/cluster/metadata/keys/{key}", kService, &cluster_keys},
    {"PUT", "/cluster/metadata/keys/{key}", kService, &needs_cluster},
    {"DELETE", "/cluster/metadata/keys/{key}", kService, &needs_cluster},
    {"GET", "/issues", kService, &issues},
    {"DELETE", "/issues", kService, &clear_issues},
    {"GET", "/quotas", kService, &quotas},
    {"PUT", "/quotas", kService, &set_quotas},
    {"GET", "/logger", kService, &logger_settings},
    {"POST", "/logger", kService, &not_yet_on_server<kManageServer>},
    {"GET", "/stacktrace", kService, &stack_trace},
    {"GET", "/debugger", kService, &debugger_settings},
    {"PATCH", "/debugger", kService, &not_yet_on_server<kManageServer>},
    {"GET", "/profiler/slow_requests", kService, &slow_requests, nullptr, kSlowRequestsParameters},
    {"POST", "/audit/logs", kService, &audit_logs},
    {"GET", "/snapshots", kService, &all_snapshots},
    {"POST", "/snapshots", kService, &not_yet_on_server<kManageServer>, nullptr, kSnapshotParameters},
    {.method = "GET", .pattern = "/snapshots/{snapshot_name}", .kind = kService, .page = &full_snapshot_page},
    {"DELETE", "/snapshots/{snapshot_name}", kService, &delete_full_snapshot, nullptr, kSnapshotParameters},

    // Collections.
    {"GET", "/collections", kService, around<ops::ListCollections>(&list_collections)},
    {"PUT", "/collections/{collection_name}", kAdmin, around<ops::CreateCollection>(&create_collection)},
    {"GET", "/collections/{collection_name}", kService,
     kRun<&decode_get_collection, &encode_collection_info>},
    {"PATCH", "/collections/{collection_name}", kAdmin, around<ops::UpdateCollection>(&update_collection)},
    {"DELETE", "/collections/{collection_name}", kAdmin, kRun<&decode_delete_collection, &encode_bool>},
    {"POST", "/alidade/collections/{collection_name}/compact", kAdmin,
     kRun<&decode_compact_collection, &encode_bool>},
    {"GET", "/collections/{collection_name}/exists", kService,
     kRun<&decode_collection_exists, &encode_exists>},
    {"GET", "/collections/{collection_name}/cluster", kService, &collection_cluster},
    {"POST", "/collections/{collection_name}/cluster", kService, &collection_needs_cluster<kManageVectors>},
    {"GET", "/collections/{collection_name}/shards", kService, &shard_keys},
    {"PUT", "/collections/{collection_name}/shards", kService, &collection_needs_cluster<kManageVectors>},
    {"POST", "/collections/{collection_name}/shards/delete", kService, &collection_needs_cluster<kManageVectors>},
    {"POST", "/collections/{collection_name}/truncate_unapplied_wal", kService, &not_yet_on_server<kManageServer>},
    {"GET", "/collections/{collection_name}/memory", kService, &collection_memory},
    {"GET", "/collections/{collection_name}/optimizations", kService, &optimizations, nullptr,
     kOptimizationsParameters},
    {"GET", "/collections/{collection_name}/snapshots", kService, &collection_snapshots},
    {"POST", "/collections/{collection_name}/snapshots", kService, &not_yet_on_collection<kWriteWhole>, nullptr,
     kSnapshotParameters},
    {"PUT", "/collections/{collection_name}/snapshots/recover", kService, &not_yet_on_server<kManageServer>, nullptr,
     kSnapshotParameters},
    {"POST", "/collections/{collection_name}/snapshots/upload", kService, &not_yet_on_server<kManageServer>, nullptr,
     kSnapshotParameters},
    {.method = "GET",
     .pattern = "/collections/{collection_name}/snapshots/{snapshot_name}",
     .kind = kService,
     .page = &snapshot_page},
    {"DELETE", "/collections/{collection_name}/snapshots/{snapshot_name}", kService,
     &not_yet_on_collection<kWriteWhole>},
    {"PUT", "/collections/{collection_name}/vectors/{vector_name}", kWrite, &not_yet_on_collection<kManageVectors>},
    {"DELETE", "/collections/{collection_name}/vectors/{vector_name}", kWrite,
     &not_yet_on_collection<kManageVectors>},

    // Aliases.
    {"POST", "/collections/aliases", kAdmin, kRun<&decode_update_aliases, &encode_bool>},
    {"GET", "/aliases", kService, around<ops::ListAliases>(&list_aliases)},
    {"GET", "/collections/{collection_name}/aliases", kService,
     kRun<&decode_collection_aliases, &encode_aliases>},

    // Payload indexes.
    {"PUT", "/collections/{collection_name}/index", kWrite, kRun<&decode_create_index, &encode_update>},
    {"DELETE", "/collections/{collection_name}/index/{field_name}", kWrite,
     kRun<&decode_delete_index, &encode_update>},

    // Writes.
    {"PUT", "/collections/{collection_name}/points", kWrite, kRun<&decode_upsert_points, &encode_update>},
    {"POST", "/collections/{collection_name}/points/delete", kWrite,
     kRun<&decode_delete_points, &encode_update>},
    {"PUT", "/collections/{collection_name}/points/vectors", kWrite,
     kRun<&decode_update_vectors, &encode_vectors_update>},
    {"POST", "/collections/{collection_name}/points/vectors/delete", kWrite,
     kRun<&decode_delete_vectors, &encode_update>},
    {"POST", "/collections/{collection_name}/points/payload", kWrite,
     kRun<&decode_set_payload, &encode_update>},
    {"PUT", "/collections/{collection_name}/points/payload", kWrite,
     kRun<&decode_overwrite_payload, &encode_update>},
    {"POST", "/collections/{collection_name}/points/payload/delete", kWrite,
     kRun<&decode_delete_payload, &encode_update>},
    {"POST", "/collections/{collection_name}/points/payload/clear", kWrite,
     kRun<&decode_clear_payload, &encode_update>},
    {"POST", "/collections/{collection_name}/points/batch", kWrite,
     kRun<&decode_update_batch, &encode_update_batch>},

    // Reads.
    {"GET", "/collections/{collection_name}/points/{id}", kRead, kRun<&decode_get_point, &encode_point>},
    {"POST", "/collections/{collection_name}/points", kRead,
     kRun<&decode_retrieve_points, &encode_records>},
    {"POST", "/collections/{collection_name}/points/scroll", kRead,
     kRun<&decode_scroll_points, &encode_scroll>},
    {"POST", "/collections/{collection_name}/points/count", kRead,
     kRun<&decode_count_points, &encode_count>},
    {"POST", "/collections/{collection_name}/facet", kRead, kRun<&decode_facet, &encode_facet>},
    {"POST", "/collections/{collection_name}/points/query", kRead,
     kRun<&decode_query_points, &encode_query>},
    {"POST", "/collections/{collection_name}/points/query/batch", kRead,
     kRun<&decode_query_batch, &encode_query_batch>},
    {"POST", "/collections/{collection_name}/points/query/groups", kRead,
     kRun<&decode_query_groups, &encode_groups>},
    {"POST", "/collections/{collection_name}/points/search/matrix/pairs", kRead, &not_yet_on_collection<kReadPoints>},
    {"POST", "/collections/{collection_name}/points/search/matrix/offsets", kRead,
     &not_yet_on_collection<kReadPoints>},

    // Of one shard: the only one.
    {"POST", "/collections/{collection_name}/shards/{shard_id}/points", kRead,
     kRun<&decode_retrieve_points, &encode_records>},
    {"POST", "/collections/{collection_name}/shards/{shard_id}/points/scroll", kRead,
     kRun<&decode_scroll_points, &encode_scroll>},
    {"POST", "/collections/{collection_name}/shards/{shard_id}/points/count", kRead,
     kRun<&decode_count_points, &encode_count>},

    {"POST", "/collections/{collection_name}/shards/{shard}/cleanup", kService, &not_yet_on_shard<kManageServer>},
    {.method = "GET",
     .pattern = "/collections/{collection_name}/shards/{shard}/snapshot",
     .kind = kService,
     .page = &shard_stream_page},
    {"GET", "/collections/{collection_name}/shards/{shard}/snapshots", kService, &shard_snapshots},
    {"POST", "/collections/{collection_name}/shards/{shard}/snapshots", kService, &not_yet_on_shard<kWriteWhole>,
     nullptr, kSnapshotParameters},
    {"PUT", "/collections/{collection_name}/shards/{shard}/snapshots/recover", kService,
     &not_yet_on_shard<kManageServer>, nullptr, kSnapshotParameters},
    {"POST", "/collections/{collection_name}/shards/{shard}/snapshots/upload", kService,
     &not_yet_on_shard<kManageServer>, nullptr, kSnapshotParameters},
    {.method = "GET",
     .pattern = "/collections/{collection_name}/shards/{shard}/snapshots/{snapshot_name}",
     .kind = kService,
     .page = &shard_snapshot_page},
    {"DELETE", "/collections/{collection_name}/shards/{shard}/snapshots/{snapshot_name}", kService,
     &not_yet_on_shard<kWriteWhole>, nullptr, kSnapshotParameters},
    {"POST", "/collections/{collection_name}/shards/{shard}/snapshot/partial/create", kService,
     &not_yet_on_shard<kWriteWhole>},
    {"GET", "/collections/{collection_name}/shards/{shard}/snapshot/partial/manifest", kService,
     &not_yet_on_shard<kReadWhole>},
    {"POST", "/collections/{collection_name}/shards/{shard}/snapshot/partial/recover", kService,
     &not_yet_on_shard<kManageServer>},
    {"POST", "/collections/{collection_name}/shards/{shard}/snapshot/partial/recover_from", kService,
     &not_yet_on_shard<kManageServer>},

    // Reads that 1.19 no longer documents.
    {"POST", "/collections/{collection_name}/points/search", kRead,
     kRun<&decode_search_points, &encode_hits>},
    {"POST", "/collections/{collection_name}/points/search/batch", kRead,
     kRun<&decode_search_batch, &encode_hits_batch>},
    {"POST", "/collections/{collection_name}/points/search/groups", kRead,
     kRun<&decode_search_groups, &encode_groups>},
    {"POST", "/collections/{collection_name}/points/recommend", kRead,
     kRun<&decode_recommend_points, &encode_hits>},
    {"POST", "/collections/{collection_name}/points/recommend/batch", kRead,
     kRun<&decode_recommend_batch, &encode_hits_batch>},
    {"POST", "/collections/{collection_name}/points/recommend/groups", kRead,
     kRun<&decode_recommend_groups, &encode_groups>},
    {"POST", "/collections/{collection_name}/points/discover", kRead,
     kRun<&decode_discover_points, &encode_hits>},
    {"POST", "/collections/{collection_name}/points/discover/batch", kRead,
     kRun<&decode_discover_batch, &encode_hits_batch>},
};

}  // namespace

std::span<const Route> routes() { return kRoutes; }

}  // namespace alidade::faces::qdrant_rest
