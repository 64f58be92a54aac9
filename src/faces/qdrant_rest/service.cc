#include "faces/qdrant_rest/service.h"

#include <optional>
#include <utility>

#include "faces/contract/read_json.h"
#include "faces/qdrant_rest/build_commit.h"
#include "faces/qdrant_rest/decode_collections.h"
#include "faces/qdrant_rest/errors.h"
#include "ops/readiness.h"

namespace alidade::faces::qdrant_rest {
namespace {

using auth::Access;
using auth::Right;
using auth::Scope;

struct Quotas {
  std::optional<bool> enabled = {};
  std::optional<std::uint8_t> max_resident_memory_percent = {}, max_disk_usage_percent = {}, release_margin_percent = {};
};
constexpr auto kPercent = contract::unsigned_integer<std::uint8_t>(contract::kU8).at_most(100);
constexpr contract::Field kQuotaFields[] = {
    contract::field<&Quotas::enabled>("enabled", 0, contract::boolean()),
    contract::field<&Quotas::max_resident_memory_percent>("max_resident_memory_percent", 0, kPercent.at_least(1)),
    contract::field<&Quotas::max_disk_usage_percent>("max_disk_usage_percent", 0, kPercent.at_least(1)),
    contract::field<&Quotas::release_margin_percent>("release_margin_percent", 0, kPercent.at_least(0)),
};
constexpr contract::ObjectOf<Quotas> kQuotas{
    {.name = "QuotaConfig", .fields = kQuotaFields, .lists = contract::Lists::kWrongLength}};

constexpr QueryRule kTelemetry[] = {{"anonymize", QueryValue::kBool},
                                    {"details_level", QueryValue::kCount},
                                    {"per_collection", QueryValue::kBool},
                                    {"timeout", QueryValue::kAdminTimeout}};
constexpr QueryRule kMetrics[] = {{"anonymize", QueryValue::kBool},
                                  {"per_collection", QueryValue::kBool},
                                  {"timeout", QueryValue::kAdminTimeout}};
constexpr QueryRule kSlowRequests[] = {{"limit", QueryValue::kCount}};
constexpr QueryRule kOptimizations[] = {{"completed_limit", QueryValue::kCount}};
constexpr QueryRule kSnapshots[] = {{"wait", QueryValue::kBool}};

Status allow(const Call& call, const Access& access) { return call.dispatcher.allow(call.context, access, ""); }

/// The collection of the path, after the caller's rights on it as a whole: a token for its points
/// alone is refused.
Result<model::CollectionInfo> whole_collection(const Call& call) {
  const std::string& name = call.input.parameter("collection_name");
  ALD_RETURN_IF_ERROR(call.dispatcher.allow(call.context, kReadWhole, name));
  return call.dispatcher.run(call.context, ops::GetCollection{collection_of(call.input)});
}

/// Appends JSON that is the same for everyone who may read the server.
Status constant(const Call& call, std::string_view json, std::string& result) {
  ALD_RETURN_IF_ERROR(allow(call, kReadServer));
  result += json;
  return Status::ok_status();
}

}  // namespace

const std::span<const QueryRule> kTelemetryParameters(kTelemetry);
const std::span<const QueryRule> kMetricsParameters(kMetrics);
const std::span<const QueryRule> kSlowRequestsParameters(kSlowRequests);
const std::span<const QueryRule> kOptimizationsParameters(kOptimizations);
const std::span<const QueryRule> kSnapshotParameters(kSnapshots);

net::HttpResponse text_answer(std::string text) {
  net::HttpResponse response;
  response.content_type = "text/plain; charset=utf-8";
  response.body = std::move(text);
  return response;
}

Result<net::HttpResponse> root_page(const Call&) {
  net::HttpResponse response;
  response.content_type = "application/json";
  response.body = R"({"title":"qdrant - vector search engine","version":"1.19.0")";
  if (!build_commit().empty()) response.body.append(",\"commit\":\"").append(build_commit()).append("\"");
  response.body += '}';
  return response;
}

Result<net::HttpResponse> health_page(const Call&) { return text_answer("healthz check passed"); }

Result<net::HttpResponse> ready_page(const Call& call) {
  const ops::Services& services = call.dispatcher.services();
  if (ops::is_ready(services)) return text_answer("all shards are ready");
  net::HttpResponse response = text_answer("some shards are not ready: " + ops::start_progress(services));
  response.status = 503;
  return response;
}

Status cluster_status(const Call& call, std::string& result) {
  return constant(call, R"({"status":"disabled"})", result);
}

Status collection_cluster(const Call& call, std::string& result) {
  ALD_ASSIGN(const model::CollectionInfo info, whole_collection(call));
  base::json::Writer writer(result);
  encode_cluster_info(info, writer);
  return Status::ok_status();
}

Status issues(const Call&, std::string& result) {
  result += R"({"issues":[]})";
  return Status::ok_status();
}

Status clear_issues(const Call& call, std::string& result) {
  ALD_RETURN_IF_ERROR(allow(call, kManageServer));
  result += "true";
  return Status::ok_status();
}

Status logger_settings(const Call& call, std::string& result) {
  return constant(call,
                  R"({"log_level":"INFO","span_events":null,"format":null,"color":null,"on_disk":{"enabled":null,)"
                  R"("log_file":null,"log_level":null,"format":null,"span_events":null,"buffer_size_bytes":null}})",
                  result);
}

Status stack_trace(const Call& call, std::string& result) { return constant(call, R"({"threads":[]})", result); }

Status debugger_settings(const Call& call, std::string& result) {
  return constant(call, R"({"pyroscope":null})", result);
}

Status slow_requests(const Call& call, std::string& result) { return constant(call, R"({"requests":[]})", result); }

Status quotas(const Call& call, std::string& result) {
  return constant(call,
                  R"({"config":{"enabled":false},"usage":{"resident_memory_percent":0,"disk_usage_percent":0}})",
                  result);
}

Status set_quotas(const Call& call, std::string& result) {
  ALD_ASSIGN(const Value body, read_body(call.input));
  Quotas quotas;
  Rules rules;
  // Every member has a default, so an empty list is a whole struct.
  const bool is_empty_list = body.is_array() && body.as_array().empty();
  auto reading = contract::Reading::careful(&body_refused, rules.all());
  if (!is_empty_list) ALD_RETURN_IF_ERROR(contract::read(body, kQuotas, reading, contract::Place(""), quotas));
  ALD_RETURN_IF_ERROR(rules.verdict());
  ALD_RETURN_IF_ERROR(allow(call, kManageServer));
  result += "true";
  return Status::ok_status();
}

Status audit_logs(const Call& call, std::string&) {
  ALD_ASSIGN(const Value body, read_body(call.input));
  if (!body.is_object()) return not_a_struct(body, "AuditLogQuery");
  if (const Value* limit = body.find("limit"); limit != nullptr && !limit->is_null()) {
    ALD_RETURN_IF_ERROR(read_usize(*limit).status());
  }
  ALD_RETURN_IF_ERROR(allow(call, kManageServer));
  return bad_request("Audit logging is not configured");
}

Status needs_cluster(const Call& call, std::string&) {
  ALD_RETURN_IF_ERROR(allow(call, kManageServer));
  return worded(405, "Qdrant is running in standalone mode");
}

// As the peer, which shows every caller the part of a cluster that it may see, and has none here.
Status no_cluster_telemetry(const Call&, std::string&) {
  return worded(500, "Service internal error: Could not get telemetry from cluster");
}

Status collection_snapshots(const Call& call, std::string& result) {
  ALD_RETURN_IF_ERROR(whole_collection(call).status());
  result += "[]";
  return Status::ok_status();
}

Status all_snapshots(const Call& call, std::string& result) { return constant(call, "[]", result); }

Status not_yet(const Call& call, const auth::Access& access) {
  ALD_RETURN_IF_ERROR(call.dispatcher.allow(call.context, access, call.input.parameter("collection_name")));
  ALD_RETURN_IF_ERROR(call.dispatcher.run(call.context, ops::GetCollection{collection_of(call.input)}).status());
  return worded(501, "Not implemented: this request is not supported yet");
}

Result<net::HttpResponse> snapshot_page(const Call& call) {
  const auto collection = whole_collection(call);
  if (collection.status().code() == StatusCode::kPermissionDenied) return collection.status();
  // Downloads are refused in plain text.
  net::HttpResponse response = text_answer(
      collection.ok() ? "Not found: Snapshot " + call.input.parameter("snapshot_name") + " not found"
                      : error_text(collection.status()));
  response.status = 404;
  return response;
}

Status collection_memory(const Call& call, std::string& result) {
  ALD_ASSIGN(const model::CollectionInfo info, call.dispatcher.run(call.context, ops::GetCollection{collection_of(call.input)}));
  constexpr std::string_view kNothing =
      R"({"disk_bytes":0,"ram_bytes":0,"cached_bytes":0,"expected_cache_bytes":0})";
  base::json::Writer writer(result);
  const auto part = [&](std::string_view name) {
    writer.key(name);
    writer.raw(kNothing);
  };
  writer.begin_object();
  part("total");
  writer.key("vectors");
  writer.begin_array();
  for (const auto& [name, params] : info.description.config.vectors) {
    writer.begin_object();
    writer.key("name");
    writer.string(name);
    part("storage");
    part("index");
    writer.end_object();
  }
  writer.end_array();
  writer.key("sparse_vectors");
  writer.raw("[]");
  part("payload");
  writer.key("payload_index");
  writer.raw("[]");
  writer.key("other");
  writer.begin_object();
  part("id_tracker");
  writer.end_object();
  writer.end_object();
  return Status::ok_status();
}

std::vector<model::CollectionInfo> visible_collections(const Call& call) {
  std::vector<model::CollectionInfo> infos;
  const auto collections = call.dispatcher.run(call.context, ops::ListCollections{});
  if (!collections.ok()) return infos;
  for (const model::CollectionDescription& one : *collections) {
    const auto ref = model::CollectionRef::by_name(one.name);
    if (!ops::is_open(call.dispatcher.services(), ref)) continue;
    auto info = call.dispatcher.run(call.context, ops::GetCollection{ref});
    if (info.ok()) infos.push_back(std::move(info).value());
  }
  return infos;
}

}  // namespace alidade::faces::qdrant_rest
