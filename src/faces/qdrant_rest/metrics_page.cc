// GET /metrics: our figures under the names that Qdrant's dashboards ask for.
#include <algorithm>
#include <array>

#include "faces/qdrant_rest/service.h"
#include "observe/metrics.h"
#include "observe/process_stats.h"

namespace alidade::faces::qdrant_rest {
namespace {

using observe::Labels;
using observe::MetricsText;
using observe::MetricType;

class Page {
 public:
  explicit Page(const Call& call) : call_(call), collections_(visible_collections(call)) {}

  std::string text() {
    write_collections();
    write_snapshots();
    write_replication();
    one("cluster_enabled", "is cluster support enabled", 0);
    write_responses("rest_responses", observe::kRestResponses);
    write_responses("grpc_responses", observe::kGrpcResponses);
    write_hardware();
    write_process(observe::read_process_stats(call_.dispatcher.services().env));
    return page_.take();
  }

 private:
  void family(std::string_view name, MetricType type, std::string_view help) {
    page_.family(call_.options.metrics_prefix + std::string(name), type, help);
  }
  void one(std::string_view name, std::string_view help, std::uint64_t value,
           MetricType type = MetricType::kGauge) {
    family(name, type, help);
    page_.sample({}, value);
  }
  /// The same value for each collection, under the label that the peer gives this family.
  void per_collection(std::string_view name, std::string_view help, std::uint64_t value,
                      MetricType type = MetricType::kGauge) {
    if (collections_.empty()) return;
    family(name, type, help);
    for (const auto& info : collections_) page_.sample({{"id", info.description.name}}, value);
  }

  void write_collections();
  void write_snapshots();
  void write_replication();
  void write_responses(const std::string& lead, const observe::MetricName& source);
  void write_hardware();
  void write_process(const observe::ProcessStats& stats);

  const Call& call_;
  const std::vector<model::CollectionInfo> collections_;
  MetricsText page_;
};

void Page::write_collections() {
  family("app_info", MetricType::kGauge, "information about qdrant server");
  page_.sample({{"name", "qdrant"}, {"version", "1.19.0"}}, std::uint64_t{1});
  one("app_status_recovery_mode", "is recovery mode enabled", 0);
  one("collections_total", "number of collections", collections_.size());
  std::uint64_t total = 0;
  for (const auto& info : collections_) total += info.points_count * model::vector_count(info.description.config);
  one("collections_vector_total", "total number of vectors in all collections", total);
  if (collections_.empty()) return;
  family("collection_vectors", MetricType::kGauge, "amount of vectors grouped by vector name");
  for (const auto& info : collections_) {
    for (const auto& [name, params] : info.description.config.vectors) {
      page_.sample({{"collection", info.description.name}, {"vector", name}}, info.points_count);
    }
  }
  family("collection_indexed_only_excluded_points", MetricType::kGauge,
         "amount of points excluded in indexed_only requests");
  for (const auto& info : collections_) {
    for (const auto& [name, params] : info.description.config.vectors) {
      page_.sample({{"id", info.description.name}, {"vector", name}}, std::uint64_t{0});
    }
  }
  family("collection_points", MetricType::kGauge, "approximate amount of points per collection");
  for (const auto& info : collections_) page_.sample({{"id", info.description.name}}, info.points_count);
  family("collection_running_optimizations", MetricType::kGauge, "number of currently running optimization tasks");
  for (const auto& info : collections_) {
    page_.sample({{"id", info.description.name}}, std::uint64_t{info.optimizing ? 1u : 0u});
  }
}

void Page::write_snapshots() {
  per_collection("snapshot_creation_running", "amount of snapshot creations currently running", 0);
  per_collection("snapshot_recovery_running", "amount of snapshot recovery operations currently running", 0);
  per_collection("snapshot_created_total", "total amount of snapshots created", 0, MetricType::kCounter);
}

void Page::write_replication() {
  if (!collections_.empty()) {
    one("collection_active_replicas_min", "minimum number of active replicas across all shards", 1);
    one("collection_active_replicas_max", "maximum number of active replicas across all shards", 1);
    one("collection_dead_replicas", "total amount of shard replicas in non-active state", 0);
  }
  per_collection("collection_shard_transfer_incoming", "incoming shard transfers currently running", 0);
  per_collection("collection_shard_transfer_outgoing", "outgoing shard transfers currently running", 0);
  per_collection("collection_update_queue_length", "number of updates that wait", 0);
  per_collection("collection_update_queue_deferred_points", "number of deferred points", 0);
}

void Page::write_responses(const std::string& lead, const observe::MetricName& source) {
  const auto responses = call_.dispatcher.metrics().histograms(source);
  if (responses.empty()) return;
  family(lead + "_total", MetricType::kCounter, "total number of responses");
  for (const auto& [labels, figures] : responses) page_.sample(labels, figures.count);
  // The peer times successful answers only.
  auto timed = responses;
  std::erase_if(timed, [](const auto& response) {
    const std::string& status = response.first.back().second;
    return status != "200" && status != "0";
  });
  if (timed.empty()) return;
  family(lead + "_avg_duration_seconds", MetricType::kGauge, "average response duration");
  for (const auto& [labels, figures] : timed) {
    page_.sample(labels, figures.sum / static_cast<double>(std::max<std::uint64_t>(figures.count, 1)));
  }
  family(lead + "_min_duration_seconds", MetricType::kGauge, "minimum response duration");
  for (const auto& [labels, figures] : timed) page_.sample(labels, figures.min);
  family(lead + "_max_duration_seconds", MetricType::kGauge, "maximum response duration");
  for (const auto& [labels, figures] : timed) page_.sample(labels, figures.max);
  family(lead + "_duration_seconds", MetricType::kHistogram, "response duration histogram");
  for (const auto& [labels, figures] : timed) page_.histogram(labels, figures);
}

void Page::write_hardware() {
  for (const std::string_view name : {"cpu", "payload_io_read", "payload_index_io_read", "payload_index_io_write",
                                      "payload_io_write", "vector_io_read", "vector_io_write"}) {
    per_collection("collection_hardware_metric_" + std::string(name), "not measured", 0, MetricType::kCounter);
  }
}

void Page::write_process(const observe::ProcessStats& stats) {
  one("memory_active_bytes", "bytes in active pages of the application", stats.allocated_bytes);
  one("memory_allocated_bytes", "bytes allocated by the application", stats.allocated_bytes);
  one("memory_metadata_bytes", "bytes used by the allocator itself", 0);
  one("memory_resident_bytes", "bytes in physically resident pages", stats.resident_bytes);
  one("memory_retained_bytes", "bytes kept by the allocator", stats.retained_bytes);
  one("process_threads", "count of active threads", stats.threads);
  one("process_open_mmaps", "count of open mmaps", stats.open_maps);
  one("system_max_mmaps", "system wide limit of open mmaps", stats.max_maps);
  one("process_open_fds", "count of currently open file descriptors", stats.open_files);
  one("process_max_fds", "limit for open file descriptors", stats.max_files);
  one("process_minor_page_faults_total", "count of minor page faults", stats.minor_faults, MetricType::kCounter);
  one("process_major_page_faults_total", "count of disk accesses by page faults", stats.major_faults,
      MetricType::kCounter);
}

Status may_read_server(const Call& call) {
  return call.dispatcher.allow(call.context, auth::Access(auth::Scope::kGlobal, auth::Right::kRead), "");
}

}  // namespace

Result<net::HttpResponse> metrics_page(const Call& call) {
  ALD_RETURN_IF_ERROR(may_read_server(call));
  return text_answer(Page(call).text());
}

Result<net::HttpResponse> own_metrics_page(const Call& call) {
  ALD_RETURN_IF_ERROR(may_read_server(call));
  return text_answer(call.dispatcher.metrics().text());
}

}  // namespace alidade::faces::qdrant_rest
