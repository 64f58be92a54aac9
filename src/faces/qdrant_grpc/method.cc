#include "faces/qdrant_grpc/method.h"

#include <grpcpp/impl/codegen/proto_utils.h>
#include <grpcpp/support/proto_buffer_reader.h>

#include "faces/qdrant_grpc/malformed.h"
#include "faces/qdrant_grpc/rules.h"

namespace alidade::faces::qdrant_grpc::method_internal {
namespace {

std::string text_of(const grpc::ByteBuffer& bytes) {
  std::vector<grpc::Slice> slices;
  std::string text;
  if (!bytes.Dump(&slices).ok()) return text;
  for (const grpc::Slice& slice : slices)
    text.append(reinterpret_cast<const char*>(slice.begin()), slice.size());
  return text;
}

}  // namespace

Status read_message(const grpc::ByteBuffer& bytes, google::protobuf::Message& message) {
  bool parsed = false;
  {
    // The reader wants a buffer that may change; a copy shares the slices.
    grpc::ByteBuffer shared(bytes);
    grpc::ProtoBufferReader reader(&shared);
    parsed = reader.status().ok() && message.ParseFromZeroCopyStream(&reader);
  }
  // A known field of a wrong type is an unknown field here, and an error for the peer.
  const bool doubtful = parsed && !message.GetReflection()->GetUnknownFields(message).empty();
  if (!parsed || doubtful) {
    const Status problem = decoding_problem(text_of(bytes), *message.GetDescriptor());
    if (!problem.ok()) return problem;
    if (!parsed) return undecodable("the message cannot be read");
  }
  return check_rules(message);
}

Status write_message(const google::protobuf::Message& message, grpc::ByteBuffer& bytes) {
  bool own = false;
  const grpc::Status status =
      grpc::GenericSerialize<grpc::ProtoBufferWriter, google::protobuf::Message>(message, &bytes,
                                                                                 &own);
  return status.ok() ? Status()
                     : internal_error("the answer cannot be encoded: " + status.error_message());
}

}  // namespace alidade::faces::qdrant_grpc::method_internal
