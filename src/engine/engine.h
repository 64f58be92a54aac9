#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "auth/keys.h"
#include "base/status.h"
#include "env/env.h"
#include "env/memory_budget.h"
#include "faces/chroma_rest/chroma_rest.h"
#include "faces/qdrant_rest/qdrant_rest.h"
#include "observe/log.h"
#include "ops/dispatcher.h"
#include "shard/shard.h"

namespace alidade::engine {

struct Options {
  /// The data folder; made when missing.
  std::string data;
  auth::KeyRing keys;
  std::size_t read_threads = 1;
  std::size_t write_threads = 1;
  shard::ShardOptions shard;
  /// The account of requests on their way; see settings.def, max_pending_requests_mb.
  std::uint64_t pending_request_bytes = std::uint64_t{1} << 30;
  faces::qdrant_rest::QdrantRest::Options qdrant;
  faces::chroma_rest::Options chroma;
};

/// A data folder in use: catalogue, threads, dispatcher and the faces that speak HTTP. Any thread, but for
/// the end: stop_loading() and close() are for the owner, when nobody calls the others any more.
class Engine {
 public:
  /// Locks the folder and reads its names; no collection is open yet.
  /// @param env, log borrowed; they outlive the engine.
  /// @return kAlreadyExists when somebody else uses the folder; what opening it says.
  static Result<std::unique_ptr<Engine>> open(Options options, env::Env& env, observe::Log& log);
  /// As close().
  ~Engine();
  Engine(const Engine&) = delete;
  Engine& operator=(const Engine&) = delete;

  /// Opens the collections on threads of its own. Once, or load().
  /// @param threads that open. @param inline_reads once all are open, so many reads may run at a time on
  ///        the threads that bring them.
  void start_loading(int threads, int inline_reads);
  /// As start_loading(), and waits until all collections are open.
  void load(int threads, int inline_reads);
  /// Gives up what is not open yet.
  void stop_loading();
  /// Lets requests in flight end, writes what shortens the next start, lets go of the folder. Idempotent.
  void close();

  ops::Dispatcher& dispatcher();
  ops::WorkerPools pools();
  faces::qdrant_rest::QdrantRest& qdrant_rest();
  faces::ChromaRest& chroma_rest();
  const std::shared_ptr<env::MemoryBudget>& pending_requests() const;

 private:
  class Impl;
  explicit Engine(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace alidade::engine
