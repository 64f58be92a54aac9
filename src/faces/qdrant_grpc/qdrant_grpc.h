#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "base/deadline.h"
#include "base/status.h"
#include "env/memory_budget.h"
#include "ops/dispatcher.h"

namespace alidade::faces::qdrant_grpc {

/// The Qdrant dialect over gRPC: collections, points, health and reflection on one port. Requests
/// are decoded, run and encoded on the worker pools; gRPC's own threads only pass them on.
class QdrantGrpc {
 public:
  struct Options {
    std::string host = "127.0.0.1";
    std::uint16_t port = 0;  ///< 0 = any free one.
    /// What whole messages and their answers are charged to until the answer is sent. It also bounds
    /// what gRPC holds of messages on their way in, and so a single message: larger ones are refused
    /// by their length, before they are read. Never null.
    std::shared_ptr<env::MemoryBudget> pending_requests =
        std::make_shared<env::MemoryBudget>(std::uint64_t{1} << 30);
  };

  /// Listens and starts to answer. Dispatcher and pools are borrowed and outlive this.
  /// @return kUnavailable when the port cannot be had, naming it and how to change it.
  static Result<std::unique_ptr<QdrantGrpc>> start(ops::Dispatcher& dispatcher,
                                                   ops::WorkerPools pools,
                                                   Options options);
  QdrantGrpc(const QdrantGrpc&) = delete;
  QdrantGrpc& operator=(const QdrantGrpc&) = delete;
  /// Drains without patience. The pools must still run: they answer what is in flight.
  ~QdrantGrpc();

  std::uint16_t port() const;
  /// Takes no new calls and waits until those in flight are answered; at the deadline they are
  /// cancelled. Safe to call twice.
  void drain(base::Deadline deadline);

 private:
  class Impl;
  explicit QdrantGrpc(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace alidade::faces::qdrant_grpc
