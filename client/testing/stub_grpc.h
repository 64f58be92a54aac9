#pragma once

#include <google/protobuf/message.h>
#include <grpcpp/generic/async_generic_service.h>
#include <grpcpp/server.h>
#include <grpcpp/server_builder.h>

#include <chrono>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

/// A gRPC server for the tests of the client that answers as it is told.
namespace alidade::client::testing {

inline std::string bytes_of(const grpc::ByteBuffer& buffer) {
  std::vector<grpc::Slice> slices;
  (void)buffer.Dump(&slices);
  std::string bytes;
  for (const grpc::Slice& slice : slices) bytes.append(reinterpret_cast<const char*>(slice.begin()), slice.size());
  return bytes;
}

/// Any method of any service, on a port of its own.
class StubGrpc final : public grpc::CallbackGenericService {
 public:
  struct Request {
    std::string method;
    std::string bytes;
    std::multimap<std::string, std::string> metadata;
    bool has_deadline = false;

    template <class T>
    T as() const {
      T message;
      if (!message.ParseFromString(bytes)) throw std::runtime_error("no such message: " + method);
      return message;
    }
    std::string header(const std::string& name) const {
      const auto found = metadata.find(name);
      return found == metadata.end() ? "" : found->second;
    }
  };
  struct Step {
    grpc::Status status = grpc::Status::OK;
    std::string bytes = {};
    std::chrono::milliseconds delay{0};
    std::multimap<std::string, std::string> trailers = {};
  };

  /// @param port 0 for any that is free.
  explicit StubGrpc(std::shared_ptr<grpc::ServerCredentials> credentials = grpc::InsecureServerCredentials(), int port = 0) {
    grpc::ServerBuilder builder;
    builder.AddListeningPort("127.0.0.1:" + std::to_string(port), std::move(credentials), &port_);
    builder.SetMaxReceiveMessageSize(-1);
    builder.RegisterCallbackGenericService(this);
    server_ = builder.BuildAndStart();
  }
  ~StubGrpc() override { server_->Shutdown(std::chrono::system_clock::now()); }

  void push(Step step) {
    const std::lock_guard lock(mutex_);
    script_.push_back(std::move(step));
  }
  void push(const google::protobuf::Message& answer) { push(Step{.bytes = answer.SerializeAsString()}); }
  void refuse(grpc::StatusCode code, const std::string& message) { push(Step{.status = grpc::Status(code, message)}); }
  std::vector<Request> requests() const {
    const std::lock_guard lock(mutex_);
    return requests_;
  }
  Request last() const { return requests().back(); }
  int port() const { return port_; }
  std::string url() const { return "http://127.0.0.1:" + std::to_string(port_); }

 private:
  class Reactor final : public grpc::ServerGenericBidiReactor {
   public:
    Reactor(StubGrpc& owner, grpc::GenericCallbackServerContext& context) : owner_(owner), context_(context) {
      StartRead(&request_);
    }
    void OnReadDone(bool is_good) override {
      if (!is_good) return Finish(grpc::Status(grpc::INTERNAL, "no request"));
      step_ = owner_.answer(context_, bytes_of(request_));
      if (step_.delay.count() > 0) {
        const auto end = std::chrono::steady_clock::now() + step_.delay;
        while (std::chrono::steady_clock::now() < end && !context_.IsCancelled()) std::this_thread::sleep_for(std::chrono::milliseconds(2));
      }
      for (const auto& [name, value] : step_.trailers) context_.AddTrailingMetadata(name, value);
      if (!step_.status.ok()) return Finish(step_.status);
      const grpc::Slice slice(step_.bytes);
      response_ = grpc::ByteBuffer(&slice, 1);
      StartWriteAndFinish(&response_, {}, grpc::Status::OK);
    }
    // tidy: allow, because gRPC owns a reactor until it says that it is done.
    void OnDone() override { delete this; }

   private:
    StubGrpc& owner_;
    grpc::GenericCallbackServerContext& context_;
    grpc::ByteBuffer request_;
    grpc::ByteBuffer response_;
    Step step_;
  };

  grpc::ServerGenericBidiReactor* CreateReactor(grpc::GenericCallbackServerContext* context) override {
    // tidy: allow, because it deletes itself in OnDone().
    return new Reactor(*this, *context);
  }

  Step answer(const grpc::GenericCallbackServerContext& context, std::string bytes) {
    Request request{.method = context.method(), .bytes = std::move(bytes), .metadata = {}};
    for (const auto& [name, value] : context.client_metadata()) {
      request.metadata.emplace(std::string(name.data(), name.size()), std::string(value.data(), value.size()));
    }
    request.has_deadline = context.deadline() < std::chrono::system_clock::now() + std::chrono::hours(24);
    const std::lock_guard lock(mutex_);
    requests_.push_back(std::move(request));
    if (script_.empty()) return {};
    Step step = std::move(script_.front());
    script_.pop_front();
    return step;
  }

  int port_ = 0;
  std::unique_ptr<grpc::Server> server_;
  mutable std::mutex mutex_;
  // Guarded by mutex_.
  std::deque<Step> script_;
  std::vector<Request> requests_;
};

}  // namespace alidade::client::testing
