#pragma once

#include <grpcpp/generic/async_generic_service.h>
#include <grpcpp/impl/codegen/service_type.h>
#include <grpcpp/support/server_callback.h>

#include "env/memory_budget.h"
#include "faces/qdrant_grpc/errors.h"
#include "observe/op_context.h"
#include "ops/dispatcher.h"

namespace alidade::faces::qdrant_grpc {

/// Who asks, from a call's metadata.
observe::OpContext context_of(const grpc::CallbackServerContext& wire);
/// A refusal as gRPC sends it.
grpc::Status grpc_status(const Status& status, ErrorScene scene = ErrorScene::kGeneral);
/// Nothing when the caller may come in at all.
Status check_caller(const ops::Dispatcher& dispatcher, observe::OpContext& context);

/// Binds the table of methods to the server. One service for all of them: names are whole paths,
/// and messages go in and out as bytes, so that a worker decodes them and refusals are worded here.
/// It registers what generated services register, without a class per method.
class UnaryService final : public grpc::Service {
 public:
  /// Borrowed, all of them.
  UnaryService(ops::Dispatcher& dispatcher, ops::WorkerPools pools, env::MemoryBudget& pending_requests);

 private:
  ops::Dispatcher& dispatcher_;
  ops::WorkerPools pools_;
  env::MemoryBudget& pending_requests_;
};

/// Server reflection, versions v1 and v1alpha.
class ReflectionService final : public grpc::Service {
 public:
  explicit ReflectionService(ops::Dispatcher& dispatcher);

 private:
  ops::Dispatcher& dispatcher_;
};

/// Methods that no contract has: UNIMPLEMENTED without words, to those who may come in.
class FallbackService final : public grpc::CallbackGenericService {
 public:
  explicit FallbackService(ops::Dispatcher& dispatcher) : dispatcher_(dispatcher) {}
  grpc::ServerGenericBidiReactor* CreateReactor(grpc::GenericCallbackServerContext* wire) override;

 private:
  ops::Dispatcher& dispatcher_;
};

}  // namespace alidade::faces::qdrant_grpc
