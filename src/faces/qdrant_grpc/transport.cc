#include "faces/qdrant_grpc/transport.h"

#include <grpcpp/impl/codegen/server_callback_handlers.h>

#include <algorithm>
#include <atomic>
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

/// One unary call from its bytes to its answer. To gRPC it is a stream of one message each way: those
/// of a unary call it would read before anybody has looked at who sends them. Deletes itself when gRPC
/// is done with it; that is never before Finish(), so a task on a pool may hold it.
class UnaryCall final : public grpc::ServerBidiReactor<Bytes, Bytes> {
 public:
  UnaryCall(const Method& method,
            ops::Dispatcher& dispatcher,
            ops::WorkerPools pools,
            env::MemoryBudget& pending_requests,
            grpc::CallbackServerContext& wire)
      : method_(method),
        dispatcher_(dispatcher),
        wire_(wire),
        context_(context_of(wire)),
        stop_(context_.stop_flag()),
        pools_(pools),
        pending_requests_(pending_requests),
        charge_(pending_requests) {
    const Status refused = check_caller(dispatcher_, context_);
    if (refused.ok()) {
      StartRead(&request_);
    } else if (method_.place == Place::kInline) {
      // The answer to everyone: the message is not read for it.
      const grpc::Slice nothing;
      request_ = Bytes(&nothing, 1);
      run();
    } else {
      Finish(grpc_status(refused, method_.scene));
    }
  }

  void OnReadDone(bool ok) override {
    if (!ok) return Finish({grpc::StatusCode::INTERNAL, "Missing request message."});
    request_bytes_ = std::max<std::uint64_t>(request_.Length(), plain_length(request_));
    if (method_.place == Place::kInline && request_bytes_ <= kMaxInlineBytes) return run();
    // As gRPC itself refuses a message that is not packed.
    const std::uint64_t limit = pending_requests_.limit_bytes();
    if (request_bytes_ > limit) return Finish(too_large(request_bytes_, limit));
    env::ThreadPool& pool = method_.place == Place::kWrites ? pools_.writes : pools_.reads;
    if (!charge_.grow_to(request_bytes_) || !pool.try_post([this] { run(); })) {
      Finish(too_busy());
    }
  }

  void OnCancel() override { stop_->store(true, std::memory_order_relaxed); }
  void OnDone() override { delete this; }

 private:
  void run() {
    try {
      const Result<Bytes> message = plain(request_);
      if (!message.ok()) return Finish({grpc::StatusCode::INTERNAL, "Error decompressing: " + message.status().message()});
      if (method_.place != Place::kInline) {
        context_.held_answer =
            std::make_shared<observe::HeldAnswer>([this](const Status& outcome) { answer_late(outcome); });
      }
      status_ = method_.run(Call{dispatcher_, context_, method_.name, &late_answer_}, *message, response_);
    } catch (const std::bad_alloc&) {
      status_ = Status(StatusCode::kResourceExhausted, "not enough memory for this request");
    }
    // Once it is answered, this object may be gone.
    const auto held = context_.held_answer;
    if (held == nullptr || !held->is_held()) return answer(status_);
    held->start();
  }

  void answer_late(const Status& outcome) {
    const bool is_done = outcome.ok() || outcome.code() == StatusCode::kDeadlineExceeded;
    Status status = is_done ? status_ : outcome;
    try {
      if (status.ok() && late_answer_) status = late_answer_(outcome, response_);
    } catch (const std::bad_alloc&) {
      status = Status(StatusCode::kResourceExhausted, "not enough memory for this request");
    }
    answer(status);
  }

  void answer(const Status& status) {
    if (status.code() == StatusCode::kOutOfSpace) {
      wire_.AddTrailingMetadata("qdrant-insufficient-storage", "1");
    }
    if (status.ok() && !charge_answer()) {
      response_.Clear();
      return Finish(too_busy());
    }
    if (!status.ok()) return Finish(grpc_status(status, method_.scene));
    StartWriteAndFinish(&response_, grpc::WriteOptions(), grpc::Status::OK);
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
  const ops::WorkerPools pools_;
  Bytes request_;
  std::uint64_t request_bytes_ = 0;  // As it came or without its gzip form, whichever is more.
  env::MemoryBudget& pending_requests_;
  env::MemoryCharge charge_;
  Bytes response_;
  Status status_;  // What the method said.
  base::UniqueFunction<Status(const Status&, Bytes&)> late_answer_;
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
    AddMethod(new grpc::internal::RpcServiceMethod(
        method.name, grpc::internal::RpcMethod::BIDI_STREAMING, nullptr));
    MarkMethodRawCallback(
        index++, new grpc::internal::CallbackBidiHandler<Bytes, Bytes>(
                     [this, &method](grpc::CallbackServerContext* wire) {
                       return new UnaryCall(method, dispatcher_, pools_, pending_requests_, *wire);
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
