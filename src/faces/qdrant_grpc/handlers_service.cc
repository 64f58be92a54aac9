#include <string>
#include <string_view>

#include "faces/qdrant_grpc/handlers.h"
#include "faces/qdrant_rest/build_commit.h"
#include "faces/qdrant_rest/errors.h"
#include "ops/readiness.h"

namespace alidade::faces::qdrant_grpc {
namespace {

Status no_snapshot(const std::string& name) {
  return qdrant_rest::nothing_found("Snapshot " + name + " not found");
}

/// Existence and rights, as the peer looks for them before it looks for a snapshot.
Status check_collection(const Call& call, const std::string& name) {
  return call.dispatcher.run(call.context, ops::GetCollection{ops::CollectionRef::by_name(name)})
      .status();
}

// Files are refused as if the peer's folder were there and empty.
template <typename Request>
Status check_file(const Request& request) {
  const std::string_view path = request.path();
  if (path.starts_with('/') || path.find("..") != std::string_view::npos) {
    return malformed("Invalid path component in '" + request.path() + "'");
  }
  if (request.shard_id() == 0) return Status::ok_status();
  return qdrant_rest::worded(404, "Shard " + std::to_string(request.shard_id()) +
                                      " not found in collection '" + request.collection_name() +
                                      "' on this peer");
}

template <typename Request>
Status refuse_file(const Call& call, const Request& request) {
  ALD_RETURN_IF_ERROR(check_file(request));
  ALD_RETURN_IF_ERROR(check_rights(call, request, kReadsFiles));
  ALD_RETURN_IF_ERROR(check_collection(call, request.collection_name()));
  return qdrant_rest::nothing_found("File " + request.path() + " not found");
}

}  // namespace

Status health_check(const Call&,
                    const ::qdrant::HealthCheckRequest&,
                    ::qdrant::HealthCheckReply& reply) {
  reply.set_title("qdrant - vector search engine");
  reply.set_version("1.19.0");
  if (const auto commit = qdrant_rest::build_commit(); !commit.empty()) reply.set_commit(std::string(commit));
  return Status::ok_status();
}

Status probe(const Call& call,
             const grpc::health::v1::HealthCheckRequest&,
             grpc::health::v1::HealthCheckResponse& response) {
  response.set_status(ops::is_ready(call.dispatcher.services())
                          ? grpc::health::v1::HealthCheckResponse::SERVING
                          : grpc::health::v1::HealthCheckResponse::NOT_SERVING);
  return Status::ok_status();
}

Status list_snapshots(const Call& call,
                      const ::qdrant::ListSnapshotsRequest& request,
                      ::qdrant::ListSnapshotsResponse&) {
  ALD_RETURN_IF_ERROR(check_rights(call, request, kReadsFiles));
  return check_collection(call, request.collection_name());
}

Status list_full_snapshots(const Call& call,
                           const ::qdrant::ListFullSnapshotsRequest& request,
                           ::qdrant::ListSnapshotsResponse&) {
  return check_rights(call, request, kReadsAll);
}

Status delete_snapshot(const Call& call,
                       const ::qdrant::DeleteSnapshotRequest& request,
                       ::qdrant::DeleteSnapshotResponse&) {
  ALD_RETURN_IF_ERROR(check_rights(call, request, kWritesFiles));
  ALD_RETURN_IF_ERROR(check_collection(call, request.collection_name()));
  return no_snapshot(request.snapshot_name());
}

Status delete_full_snapshot(const Call& call,
                            const ::qdrant::DeleteFullSnapshotRequest& request,
                            ::qdrant::DeleteSnapshotResponse&) {
  ALD_RETURN_IF_ERROR(check_rights(call, request, kManagesAll));
  return no_snapshot(request.snapshot_name());
}

Status file_exists(const Call& call,
                   const ::qdrant::FileExistsRequest& request,
                   ::qdrant::FileExistsResponse&) {
  ALD_RETURN_IF_ERROR(check_file(request));
  return check_rights(call, request, kReadsFiles);
}
Status file_length(const Call& call,
                   const ::qdrant::FileLengthRequest& request,
                   ::qdrant::FileLengthResponse&) {
  return refuse_file(call, request);
}
Status read_whole(const Call& call,
                  const ::qdrant::ReadWholeRequest& request,
                  ::qdrant::ReadWholeResponse&) {
  return refuse_file(call, request);
}

}  // namespace alidade::faces::qdrant_grpc
