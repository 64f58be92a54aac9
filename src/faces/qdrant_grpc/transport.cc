#include "faces/qdrant_grpc/transport.h"

#include <grpcpp/impl/codegen/server_callback_handlers.h>

#include <algorithm>
#include <cstdint>
#include <memory>
#include <new>
#include <string>
#include <utility>

#include "auth/access.h"
#include "auth/keys.h"
#include "faces/qdrant_grpc/errors.h"
#include "faces/qdrant_grpc/method.h"
#include "faces/qdrant_grpc/unpack.h"

namespace alidade::faces::qdrant_grpc {
namespace {

using Bytes = grpc::ByteBuffer;

/// A larger message of an open method takes the way of the others: who sends it, does its memory fit.
constexpr std::size_t kMaxInlineBytes = std::size_t{64} << 10;
/// Answers up to this are sent whatever the account says: nobody wins by dropping them, and a write
/// that was done is not reported as refused.
constexpr std::size_t kSmallAnswerBytes = std::size_t{64} << 10;

grpc::Status too_large(std::uint64_t bytes, std::uint64_t limit) {
  return {grpc::StatusCode::RESOURCE_EXHAUSTED,
          "Received message larger than max (" + std::to_string(bytes) + " vs. " + std::to_string(limit) + ")"};
}

grpc::Status too_busy() {
  return {grpc::StatusCode::UNAVAILABLE, "Service unavailable: the server is busy, try again later"};
}

std::string_view text_of(grpc::string_ref text) { return {text.data(), text.size()}; }

/// One unary call from its bytes to its answer. Deletes itself when gRPC is done with it; that is
/// never before Finish(), so a task on a pool may hold it.
class UnaryCall final : public grpc::ServerUnaryReactor {
 public:
  UnaryCall(const Method& method,
            ops::Dispatcher& dispatcher,
            env::MemoryBudget& pending_requests,
            grpc::CallbackServerContext& wire,
            const Bytes& request,
            Bytes& response)
      : method_(method),
        dispatcher_(dispatcher),
        wire_(wire),
        context_(context_of(wire)),
        stop_(context_.stop_flag()),
        request_(request),
        request_bytes_(std::max<std::uint64_t>(request.Length(), plain_length(request))),
        pending_requests_(pending_requests),
        charge_(pending_requests),
        response_(response) {}

  void start(ops::WorkerPools pools) {
    if (method_.place == Place::kInline && request_bytes_ <= kMaxInlineBytes) return run();
    if (const Status refused = check_caller(dispatcher_, context_); !refused.ok()) {
      return Finish(grpc_status(refused, method_.scene));
    }
    // As gRPC itself refuses a message that is not packed.
    const std::uint64_t limit = pending_requests_.limit_bytes();
    if (request_bytes_ > limit) return Finish(too_large(request_bytes_, limit));
    env::ThreadPool& pool = method_.place == Place::kWrites ? pools.writes : pools.reads;
    if (!charge_.grow_to(request_bytes_) || !pool.try_post([this] { run(); })) {
      Finish(too_busy());
    }
  }

  void OnCancel() override { stop_->store(true, std::memory_order_relaxed); }
  void OnDone() override { delete this; }

 private:
  void run() {
    Status status;
    try {
      const Result<Bytes> message = plain(request_);
      if (!message.ok()) return Finish({grpc::StatusCode::INTERNAL, "Error decompressing: " + message.status().message()});
      status = method_.run(Call{dispatcher_, context_, method_.name}, *message, response_);
    } catch (const std::bad_alloc&) {
      status = Status(StatusCode::kResourceExhausted, "not enough memory for this request");
    }
    if (status.code() == StatusCode::kOutOfSpace) {
      wire_.AddTrailingMetadata("qdrant-insufficient-storage", "1");
    }
    if (status.ok() && !charge_answer()) {
      response_.Clear();
      return Finish(too_busy());
    }
    Finish(grpc_status(status, method_.scene));
  }

  /// The answer stays charged until gRPC has sent it: a client that reads slowly holds it in memory. One
  /// that is larger than the whole account takes all of it, so it is sent when there is no other.
  bool charge_answer() {
    const std::uint64_t bytes = request_bytes_ + response_.Length();
    const bool fits = charge_.grow_to(std::min(bytes, pending_requests_.limit_bytes()));
    return fits || response_.Length() <= kSmallAnswerBytes;
  }

  const Method& method_;
  ops::Dispatcher& dispatcher_;
  grpc::CallbackServerContext& wire_;  // Lives until OnDone().
  observe::OpContext context_;
  const std::shared_ptr<std::atomic<bool>> stop_;
  const Bytes& request_;  // Lives until OnDone(), as the response.
  const std::uint64_t request_bytes_;  // As it came or without its gzip form, whichever is more.
  env::MemoryBudget& pending_requests_;
  env::MemoryCharge charge_;
  Bytes& response_;
};

class RefusedStream final : public grpc::ServerGenericBidiReactor {
 public:
  explicit RefusedStream(const grpc::Status& status) { Finish(status); }
  void OnDone() override { delete this; }
};

}  // namespace

observe::OpContext context_of(const grpc::CallbackServerContext& wire) {
  observe::OpContext context;
  context.face = "qdrant_grpc";
  context.remote_address = wire.peer();
  const auto& metadata = wire.client_metadata();
  if (const auto id = metadata.find("x-request-id"); id != metadata.end()) {
    context.request_id = text_of(id->second);
  }
  if (const auto key = metadata.find("api-key"); key != metadata.end()) {
    context.credential = text_of(key->second);
    context.credential_given = true;
  } else if (const auto header = metadata.find("authorization"); header != metadata.end()) {
    if (const auto token = auth::bearer_token(text_of(header->second))) {
      context.credential = *token;
      context.credential_given = true;
    }
  }
  return context;
}

grpc::Status grpc_status(const Status& status, ErrorScene scene) {
  if (status.ok()) return grpc::Status::OK;
  const WireError error = wire_error(status, scene);
  return grpc::Status(static_cast<grpc::StatusCode>(error.code), error.text);
}

Status check_caller(const ops::Dispatcher& dispatcher, observe::OpContext& context) {
  return dispatcher.allow(context, auth::Access(auth::Scope::kAuthenticated, auth::Right::kRead),
                          "");
}

UnaryService::UnaryService(ops::Dispatcher& dispatcher, ops::WorkerPools pools, env::MemoryBudget& pending_requests)
    : dispatcher_(dispatcher), pools_(pools), pending_requests_(pending_requests) {
  int index = 0;
  for (const Method& method : methods()) {
    AddMethod(new grpc::internal::RpcServiceMethod(method.name,
                                                   grpc::internal::RpcMethod::NORMAL_RPC, nullptr));
    MarkMethodRawCallback(index++, new grpc::internal::CallbackUnaryHandler<Bytes, Bytes>(
                                       [this, &method](grpc::CallbackServerContext* wire,
                                                       const Bytes* request, Bytes* response) {
                                         auto* call =
                                             new UnaryCall(method, dispatcher_, pending_requests_,
                                                           *wire, *request, *response);
                                         call->start(pools_);
                                         return call;
                                       }));
  }
}

grpc::ServerGenericBidiReactor* FallbackService::CreateReactor(
    grpc::GenericCallbackServerContext* wire) {
  observe::OpContext context = context_of(*wire);
  const Status refused = check_caller(dispatcher_, context);
  if (!refused.ok()) return new RefusedStream(grpc_status(refused));
  const bool known = wire->method() == "/qdrant.StorageRead/ReadBytesStream";
  return new RefusedStream(known ? grpc_status(not_implemented(wire->method().substr(1)))
                                 : grpc::Status(grpc::StatusCode::UNIMPLEMENTED, ""));
}

}  // namespace alidade::faces::qdrant_grpc
