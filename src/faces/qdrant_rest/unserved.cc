#include "faces/qdrant_rest/unserved.h"

#include "faces/qdrant_rest/errors.h"
#include "faces/qdrant_rest/query_rules.h"
#include "faces/qdrant_rest/service.h"

namespace alidade::faces::qdrant_rest {
namespace {

using auth::Access;
using auth::Right;
using auth::Scope;

Status not_yet() { return worded(501, "Not implemented: this request is not supported yet"); }

/// What only a cluster can do.
Status standalone() { return worded(405, "Qdrant is running in standalone mode"); }

/// The shard of the path: there is one, number 0. That a collection has no other is told only to who
/// has the rights.
Status check_shard(const Call& call, const Access& access) {
  const std::string& text = call.input.parameter("shard");
  const auto number = shard_number(text);
  if (!number) {
    return worded(400, "Deserialize error in path parameters: can not parse \"" + text + "\" to a u32");
  }
  ALD_RETURN_IF_ERROR(call.dispatcher.allow(call.context, access, call.input.parameter("collection_name")));
  ALD_RETURN_IF_ERROR(call.dispatcher.run(call.context, ops::GetCollection{collection_of(call.input)}).status());
  if (*number != 0) return nothing_found("shard " + std::to_string(*number) + " not found");
  return Status::ok_status();
}

/// Downloads are refused in plain text; rights as everywhere.
net::HttpResponse plain_404(std::string text) {
  net::HttpResponse response = text_answer(std::move(text));
  response.status = 404;
  return response;
}

}  // namespace

Status not_yet_on_server(const Call& call, const Access& access) {
  ALD_RETURN_IF_ERROR(call.dispatcher.allow(call.context, access, ""));
  return not_yet();
}

Status not_yet_on_shard(const Call& call, const Access& access) {
  ALD_RETURN_IF_ERROR(check_shard(call, access));
  return not_yet();
}

Status collection_needs_cluster(const Call& call, const Access& access) {
  ALD_RETURN_IF_ERROR(call.dispatcher.allow(call.context, access, call.input.parameter("collection_name")));
  return standalone();
}

Status cluster_keys(const Call& call, std::string&) {
  ALD_RETURN_IF_ERROR(call.dispatcher.allow(call.context, kReadServer, ""));
  return standalone();
}

Status shard_keys(const Call& call, std::string& result) {
  ALD_RETURN_IF_ERROR(call.dispatcher.run(call.context, ops::GetCollection{collection_of(call.input)}).status());
  result += "{}";
  return Status::ok_status();
}

Status shard_snapshots(const Call& call, std::string& result) {
  ALD_RETURN_IF_ERROR(check_shard(call, kReadWhole));
  result += "[]";
  return Status::ok_status();
}

Status delete_full_snapshot(const Call& call, std::string&) {
  ALD_RETURN_IF_ERROR(call.dispatcher.allow(call.context, kManageServer, ""));
  return nothing_found("Snapshot " + call.input.parameter("snapshot_name") + " not found");
}

Result<net::HttpResponse> full_snapshot_page(const Call& call) {
  ALD_RETURN_IF_ERROR(call.dispatcher.allow(call.context, kReadServer, ""));
  return plain_404("Not found: Snapshot " + call.input.parameter("snapshot_name") + " not found");
}

Result<net::HttpResponse> shard_snapshot_page(const Call& call) {
  const Status found = check_shard(call, kReadWhole);
  if (found.code() == StatusCode::kPermissionDenied) return found;
  return plain_404(found.ok() ? "File not found: No such file or directory (os error 2)" : error_text(found));
}

Result<net::HttpResponse> shard_stream_page(const Call& call) {
  const Status found = check_shard(call, kReadWhole);
  if (found.ok()) return not_yet();
  if (found.code() == StatusCode::kNotFound) return plain_404(error_text(found));
  return found;
}

}  // namespace alidade::faces::qdrant_rest
