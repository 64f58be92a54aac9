#pragma once

#include <google/protobuf/message.h>
#include <grpcpp/support/byte_buffer.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "auth/access.h"
#include "base/function.h"
#include "base/status.h"
#include "faces/qdrant_grpc/encode.h"
#include "faces/qdrant_grpc/errors.h"
#include "observe/op_context.h"
#include "ops/dispatcher.h"

namespace alidade::faces::qdrant_grpc {

/// One request on its way through a method.
struct Call {
  ops::Dispatcher& dispatcher;
  observe::OpContext& context;
  std::string_view method;  ///< "/qdrant.Points/Query"
  /// Set by a method whose answer is held (context.held_answer): writes the answer once it is released, with the
  /// outcome of the wait: ok, or kDeadlineExceeded when its time was up. nullptr where answers are never held.
  base::UniqueFunction<Status(const Status& outcome, grpc::ByteBuffer&)>* late_answer = nullptr;
};

/// Where a method runs.
enum class Place {
  kInline,  // On the network thread, also without a credential: constant answers.
  kReads,
  kWrites,
};

/// A unary method of the table: bytes in, bytes out.
struct Method {
  const char* name;  ///< "/qdrant.Points/Query"; lives as long as the program.
  Place place;
  Status (*run)(const Call&, const grpc::ByteBuffer& request, grpc::ByteBuffer& response);
  ErrorScene scene = ErrorScene::kGeneral;
};

/// The table of the face, in methods.cc.
std::span<const Method> methods();

namespace method_internal {

/// Bytes into a message whose rules hold.
Status read_message(const grpc::ByteBuffer& bytes, google::protobuf::Message& message);
Status write_message(const google::protobuf::Message& message, grpc::ByteBuffer& bytes);

template <typename>
struct HandlerTraits;
template <typename RequestType, typename ResponseType>
struct HandlerTraits<Status (*)(const Call&, const RequestType&, ResponseType&)> {
  using Request = RequestType;
  using Response = ResponseType;
};

/// What the request says about its own patience.
template <typename Request>
void take_timeout(const Request& request, observe::OpContext& context) {
  if constexpr (requires { request.has_timeout(); }) {
    // A day is as good as for ever, and cannot overflow a clock.
    constexpr std::uint64_t kDaySeconds = 24 * 3600;
    const std::uint64_t seconds = std::min<std::uint64_t>(request.timeout(), kDaySeconds);
    if (seconds > 0) context.set_deadline(base::Deadline::after(std::chrono::seconds(seconds)));
  }
}

}  // namespace method_internal

/// The usual method: read, handle, put the time in, write.
template <auto Handle>
Status run_method(const Call& call, const grpc::ByteBuffer& in, grpc::ByteBuffer& out) {
  using Traits = method_internal::HandlerTraits<decltype(Handle)>;
  const auto started = std::chrono::steady_clock::now();
  typename Traits::Request request;
  ALD_RETURN_IF_ERROR(method_internal::read_message(in, request));
  method_internal::take_timeout(request, call.context);
  typename Traits::Response response;
  ALD_RETURN_IF_ERROR(Handle(call, request, response));
  const auto write = [started](typename Traits::Response& answer, grpc::ByteBuffer& bytes) {
    if constexpr (requires { answer.set_time(0.0); }) {
      answer.set_time(std::chrono::duration<double>(std::chrono::steady_clock::now() - started).count());
    }
    return method_internal::write_message(answer, bytes);
  };
  if (call.late_answer != nullptr && call.context.held_answer != nullptr && call.context.held_answer->is_held()) {
    *call.late_answer = [write, answer = std::move(response)](const Status& outcome, grpc::ByteBuffer& bytes) mutable {
      if constexpr (requires { end_wait_early(answer); }) {
        if (!outcome.ok()) end_wait_early(answer);
      }
      return write(answer, bytes);
    };
    return Status::ok_status();
  }
  return write(response, out);
}

/// What methods without an operation ask of the caller.
inline constexpr auth::Access kReadsOne{auth::Scope::kCollection, auth::Right::kRead};
inline constexpr auth::Access kManagesOne{auth::Scope::kCollection, auth::Right::kManage};
inline constexpr auth::Access kReadsFiles{auth::Scope::kCollectionWhole, auth::Right::kRead};
inline constexpr auth::Access kWritesFiles{auth::Scope::kCollectionWhole, auth::Right::kWrite};
inline constexpr auth::Access kReadsAll{auth::Scope::kGlobal, auth::Right::kRead};
inline constexpr auth::Access kManagesAll{auth::Scope::kGlobal, auth::Right::kManage};

template <typename Request>
Status check_rights(const Call& call, const Request& request, const auth::Access& access) {
  std::string collection;
  if constexpr (requires { request.collection_name(); }) collection = request.collection_name();
  return call.dispatcher.allow(call.context, access, collection);
}

/// A method of the contract that is not served: its request and the caller's rights are checked,
/// then it is refused by name.
template <typename Request, const auth::Access& kAccess>
Status refuse_method(const Call& call, const grpc::ByteBuffer& in, grpc::ByteBuffer&) {
  Request request;
  ALD_RETURN_IF_ERROR(method_internal::read_message(in, request));
  ALD_RETURN_IF_ERROR(check_rights(call, request, kAccess));
  return not_implemented(std::string(call.method.substr(1)));
}

/// Same, of what only a cluster can do.
template <typename Request>
Status refuse_cluster(const Call& call, const grpc::ByteBuffer& in, grpc::ByteBuffer&) {
  Request request;
  ALD_RETURN_IF_ERROR(method_internal::read_message(in, request));
  ALD_RETURN_IF_ERROR(check_rights(call, request, kManagesOne));
  return needs_cluster();
}

}  // namespace alidade::faces::qdrant_grpc
