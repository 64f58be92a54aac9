#include "faces/qdrant_grpc/errors.h"

#include <grpcpp/support/status.h>

#include "faces/qdrant_grpc/values.h"
#include "faces/qdrant_rest/errors.h"

namespace alidade::faces::qdrant_grpc {
namespace {

// The texts are those of the REST dialect; only the codes are ours to choose.
grpc::StatusCode wire_code(const Status& status) {
  switch (status.code()) {
    case StatusCode::kOk:
      return grpc::StatusCode::OK;
    case StatusCode::kInvalidArgument:
    case StatusCode::kTooLarge:
    case StatusCode::kUnprocessable:
      return grpc::StatusCode::INVALID_ARGUMENT;
    case StatusCode::kNotFound:
      return grpc::StatusCode::NOT_FOUND;
    case StatusCode::kAlreadyExists:
      return grpc::StatusCode::ALREADY_EXISTS;
    case StatusCode::kFailedPrecondition:
      return grpc::StatusCode::FAILED_PRECONDITION;
    case StatusCode::kPermissionDenied:
      return grpc::StatusCode::PERMISSION_DENIED;
    case StatusCode::kUnauthenticated:
      return grpc::StatusCode::UNAUTHENTICATED;
    case StatusCode::kResourceExhausted:
    case StatusCode::kOutOfSpace:
      return grpc::StatusCode::RESOURCE_EXHAUSTED;
    case StatusCode::kUnavailable:
      return grpc::StatusCode::UNAVAILABLE;
    case StatusCode::kDeadlineExceeded:
      return grpc::StatusCode::DEADLINE_EXCEEDED;
    case StatusCode::kCancelled:
      return grpc::StatusCode::CANCELLED;
    case StatusCode::kUnimplemented:
      return grpc::StatusCode::UNIMPLEMENTED;
    case StatusCode::kDataLoss:
      return grpc::StatusCode::DATA_LOSS;
    case StatusCode::kIo:
    case StatusCode::kInternal:
      return grpc::StatusCode::INTERNAL;
  }
  return grpc::StatusCode::INTERNAL;
}

bool is_plain_text(const Status& status) {
  return status.code() == StatusCode::kUnauthenticated ||
         status.code() == StatusCode::kUnimplemented ||
         status.kind() == ErrorKind::kCredentialRefused;
}

// The REST reader of settings says "JSON body" in its rules, and the peer wraps what that reader
// finds: "Wrong input: Validation error in body: […]".
std::string in_this_dialect(std::string text) {
  constexpr std::string_view kRules = "Validation error in JSON body: ";
  constexpr std::string_view kForm = "Format error in JSON body: ";
  if (text.starts_with(kRules))
    return "Wrong input: Validation error in body: " + text.substr(kRules.size());
  if (text.starts_with(kForm)) return text.substr(kForm.size());
  return text;
}

}  // namespace

Status malformed(const std::string& text) { return qdrant_rest::worded(400, text); }

Status rules_broken(const std::string& all) {
  return qdrant_rest::worded(422, "Validation error in body: [" + all + "]");
}

Status not_implemented(const std::string& what) {
  return unimplemented(what + " is not implemented");
}

const contract::ProtoReading kProtoReading{&malformed, &not_implemented, &read_json};

Status needs_cluster() { return unimplemented("Qdrant is running in standalone mode"); }

WireError wire_error(const Status& status, ErrorScene scene) {
  WireError error{.code = wire_code(status), .text = status.message()};
  if (!is_plain_text(status)) {
    error.text = in_this_dialect(qdrant_rest::error_text(
        status, scene == ErrorScene::kWrite ? qdrant_rest::ErrorScene::kWrite
                                            : qdrant_rest::ErrorScene::kGeneral));
  }
  return error;
}

bool is_found_late(const Status& problem) {
  if (problem.kind() == ErrorKind::kPointNotFound ||
      problem.kind() == ErrorKind::kVectorNameUnknown)
    return true;
  return problem.kind() == ErrorKind::kDimensionMismatch && !problem.arg(2).empty();
}

}  // namespace alidade::faces::qdrant_grpc
