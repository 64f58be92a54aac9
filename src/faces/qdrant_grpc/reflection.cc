// Server reflection from the descriptors that are compiled in.
#include <google/protobuf/descriptor.h>
#include <google/protobuf/descriptor.pb.h>
#include <grpcpp/impl/codegen/server_callback_handlers.h>

#include <algorithm>
#include <cstdint>
#include <set>
#include <string>

#include "faces/qdrant_grpc/method.h"
#include "faces/qdrant_grpc/transport.h"
#include "faces/qdrant_grpc/unpack.h"
#include "reflection.pb.h"

namespace alidade::faces::qdrant_grpc {
namespace {

namespace wire = grpc::reflection::v1;
using google::protobuf::DescriptorPool;
using google::protobuf::FileDescriptor;
using Bytes = grpc::ByteBuffer;

constexpr const char* kMethodNames[] = {
    "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo",
    "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo"};
constexpr const char* kServices[] = {"qdrant.Collections",    "qdrant.Points",
                                     "qdrant.Snapshots",      "qdrant.Qdrant",
                                     "grpc.health.v1.Health", "qdrant.StorageRead"};

/// Requests hold a name, and are read on a network thread.
constexpr std::uint64_t kMaxRequestBytes = std::uint64_t{64} << 10;

grpc::Status nothing(const std::string& text) { return {grpc::StatusCode::NOT_FOUND, text}; }

/// The file, then what it imports.
void add_file(const FileDescriptor& file,
              std::set<const FileDescriptor*>& seen,
              wire::FileDescriptorResponse& out) {
  if (!seen.insert(&file).second) return;
  google::protobuf::FileDescriptorProto proto;
  file.CopyTo(&proto);
  out.add_file_descriptor_proto(proto.SerializeAsString());
  for (int i = 0; i < file.dependency_count(); ++i) add_file(*file.dependency(i), seen, out);
}

grpc::Status answer_file(const FileDescriptor* file,
                         const std::string& missing,
                         wire::ServerReflectionResponse& out) {
  if (file == nullptr) return nothing(missing);
  std::set<const FileDescriptor*> seen;
  add_file(*file, seen, *out.mutable_file_descriptor_response());
  return grpc::Status::OK;
}

grpc::Status answer(const wire::ServerReflectionRequest& request,
                    wire::ServerReflectionResponse& out) {
  using Kind = wire::ServerReflectionRequest;
  const DescriptorPool& pool = *DescriptorPool::generated_pool();
  out.set_valid_host(request.host());
  *out.mutable_original_request() = request;
  switch (request.message_request_case()) {
    case Kind::kListServices:
      for (const char* name : kServices)
        out.mutable_list_services_response()->add_service()->set_name(name);
      return grpc::Status::OK;
    case Kind::kFileByFilename:
      return answer_file(pool.FindFileByName(request.file_by_filename()),
                         "file '" + request.file_by_filename() + "' not found", out);
    case Kind::kFileContainingSymbol:
      return answer_file(pool.FindFileContainingSymbol(request.file_containing_symbol()),
                         "symbol '" + request.file_containing_symbol() + "' not found", out);
    case Kind::kFileContainingExtension:
      return nothing("extensions are not supported");
    case Kind::kAllExtensionNumbersOfType:
      // The peer knows of no extensions and does not look whether the type is there.
      out.mutable_all_extension_numbers_response();
      return grpc::Status::OK;
    case Kind::MESSAGE_REQUEST_NOT_SET:
      break;
  }
  return {grpc::StatusCode::INVALID_ARGUMENT, "invalid MessageRequest"};
}

/// One stream: each request is answered before the next is read.
class ReflectionCall final : public grpc::ServerBidiReactor<Bytes, Bytes> {
 public:
  explicit ReflectionCall(const Status& refused) {
    if (refused.ok()) {
      StartRead(&request_);
    } else {
      Finish(grpc_status(refused));
    }
  }

  void OnReadDone(bool ok) override {
    if (!ok) return Finish(grpc::Status::OK);
    wire::ServerReflectionRequest request;
    wire::ServerReflectionResponse response;
    if (std::max<std::uint64_t>(request_.Length(), plain_length(request_)) > kMaxRequestBytes) {
      return Finish({grpc::StatusCode::RESOURCE_EXHAUSTED, "a reflection request is not that long"});
    }
    const Result<Bytes> message = plain(request_);
    if (!message.ok()) return Finish(grpc_status(message.status()));
    Status status = method_internal::read_message(*message, request);
    if (!status.ok()) return Finish(grpc_status(status));
    if (const grpc::Status refused = answer(request, response); !refused.ok())
      return Finish(refused);
    status = method_internal::write_message(response, response_);
    if (!status.ok()) return Finish(grpc_status(status));
    StartWrite(&response_);
  }

  void OnWriteDone(bool ok) override {
    if (!ok) return Finish(grpc::Status::OK);
    response_.Clear();
    StartRead(&request_);
  }

  void OnDone() override { delete this; }

 private:
  Bytes request_;
  Bytes response_;
};

}  // namespace

ReflectionService::ReflectionService(ops::Dispatcher& dispatcher) : dispatcher_(dispatcher) {
  int index = 0;
  for (const char* name : kMethodNames) {
    AddMethod(new grpc::internal::RpcServiceMethod(name, grpc::internal::RpcMethod::BIDI_STREAMING,
                                                   nullptr));
    MarkMethodRawCallback(
        index++, new grpc::internal::CallbackBidiHandler<Bytes, Bytes>(
                     [this](grpc::CallbackServerContext* wire) {
                       observe::OpContext context = context_of(*wire);
                       return new ReflectionCall(check_caller(dispatcher_, context));
                     }));
  }
}

}  // namespace alidade::faces::qdrant_grpc
