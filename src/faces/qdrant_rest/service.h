#pragma once

#include <span>
#include <string>
#include <vector>

#include "faces/qdrant_rest/route.h"
#include "model/collection_config.h"

namespace alidade::faces::qdrant_rest {

// Routes that describe the server. Pages are whole answers, the others values of "result".

Result<net::HttpResponse> root_page(const Call& call);
Result<net::HttpResponse> health_page(const Call& call);
Result<net::HttpResponse> ready_page(const Call& call);
Result<net::HttpResponse> metrics_page(const Call& call);
Result<net::HttpResponse> own_metrics_page(const Call& call);

Status telemetry(const Call& call, std::string& result);
Status cluster_status(const Call& call, std::string& result);
Status collection_cluster(const Call& call, std::string& result);
Status issues(const Call& call, std::string& result);
Status clear_issues(const Call& call, std::string& result);
Status logger_settings(const Call& call, std::string& result);
Status stack_trace(const Call& call, std::string& result);
Status debugger_settings(const Call& call, std::string& result);
Status slow_requests(const Call& call, std::string& result);
Status quotas(const Call& call, std::string& result);
Status set_quotas(const Call& call, std::string& result);
Status audit_logs(const Call& call, std::string& result);
Status collection_memory(const Call& call, std::string& result);
Status optimizations(const Call& call, std::string& result);
/// Requests that only make sense in a cluster.
Status needs_cluster(const Call& call, std::string& result);
Status no_cluster_telemetry(const Call& call, std::string& result);
/// Snapshots do not exist yet: lists of them are empty.
Status collection_snapshots(const Call& call, std::string& result);
Status all_snapshots(const Call& call, std::string& result);
Result<net::HttpResponse> snapshot_page(const Call& call);
/// The refusal of what a later release brings, after the caller's rights and the collection.
Status not_yet(const Call& call, const auth::Access& access);

/// Collections that the caller may see, with their figures. Damaged ones are left out.
std::vector<model::CollectionInfo> visible_collections(const Call& call);
net::HttpResponse text_answer(std::string text);

extern const std::span<const QueryRule> kTelemetryParameters;
extern const std::span<const QueryRule> kMetricsParameters;
extern const std::span<const QueryRule> kSlowRequestsParameters;
extern const std::span<const QueryRule> kOptimizationsParameters;
extern const std::span<const QueryRule> kSnapshotParameters;

}  // namespace alidade::faces::qdrant_rest
