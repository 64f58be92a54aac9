#pragma once

#include <chrono>
#include <cstdint>
#include <new>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "auth/keys.h"
#include "base/status.h"
#include "env/env.h"
#include "env/memory_budget.h"
#include "observe/log.h"
#include "observe/metrics.h"
#include "observe/op_context.h"
#include "ops/access.h"
#include "ops/all_operations.h"
#include "ops/worker_pools.h"

namespace alidade::collection {
class Catalogue;
}

namespace alidade::ops {

/// What handlers work on. Borrowed; outlives the dispatcher.
struct Services {
  collection::Catalogue& catalogue;
  env::Env& env;
  std::int64_t started_us = 0;
  /// The account of what requests hold; nullptr = nobody counts.
  env::MemoryBudget* memory = nullptr;
};

/// Runs every operation of every face: identity, permission, handler, metrics and log line, once
/// and in this order. Any thread; a call may block (for the disk, a writer, the start), so a face calls it
/// from a worker, never from a network thread. Where the context can hold the answer, a write does not wait
/// for its sync: its metrics and log line are then written when the answer is released.
class Dispatcher {
 public:
  /// All borrowed; they outlive the dispatcher.
  Dispatcher(Services services, const auth::KeyRing& keys, observe::Metrics& metrics, observe::Log& log);

  /// Throws nothing: without memory the answer is kResourceExhausted, and a change that was asked
  /// for is whole or not there.
  template <typename Request>
  Result<typename Request::Response> run(observe::OpContext& context, const Request& request) {
    static_assert(AllRequests::kHolds<Request>, "add the request to ops/all_operations.h");
    std::optional<Call> call;
    try {
      call.emplace(*this, context, operation_of(request), collection_of(request), others_of(request));
      if (Status refused = call->begin(); !refused.ok()) {
        call->end(refused);
        return refused;
      }
      // Of several operations of one request, the first that holds the answer ends with it; others are looks
      // at the collection behind it, and end here.
      const bool was_held = is_held(context);
      auto result = handle(services_, context, request);
      if (!was_held && is_held(context)) {
        end_when_released(*call, context, result.status());
      } else {
        call->end(result.status());
      }
      return result;
    } catch (const std::bad_alloc&) {
      if (call) call->end(out_of_memory_);
      return out_of_memory_;
    }
  }

  /// For a route without an operation (constant answers, metrics): identity and permission only.
  /// @param collection a name in the default database.
  Status allow(observe::OpContext& context, const auth::Access& access, std::string_view collection) const;
  Status allow(observe::OpContext& context,
               const auth::Access& access,
               const model::CollectionRef& collection) const;

  const Services& services() const { return services_; }
  observe::Metrics& metrics() const { return metrics_; }
  observe::Log& log() const { return log_; }

 private:
  /// One call from admission to its metrics.
  class Call {
   public:
    Call(Dispatcher& dispatcher,
         observe::OpContext& context,
         const Operation& row,
         model::CollectionRef collection,
         std::vector<std::string> others);
    Status begin();
    /// What there is no memory for is not counted and not logged.
    void end(const Status& status) noexcept { end(context_, status); }
    /// Same, behind the life of the context that the call was made with. @param context a copy of it.
    void end(const observe::OpContext& context, const Status& status) noexcept;

   private:
    void report(const observe::OpContext& context, const Status& status);

    Dispatcher& dispatcher_;
    observe::OpContext& context_;
    const Operation& row_;
    const model::CollectionRef collection_;
    const std::vector<std::string> others_;  ///< Collections that the request reads besides.
    std::chrono::steady_clock::time_point started_;
  };

  static bool is_held(const observe::OpContext& context) {
    return context.held_answer != nullptr && context.held_answer->is_held();
  }
  /// Without memory the operation is not counted.
  static void end_when_released(const Call& call, const observe::OpContext& context, const Status& status) noexcept;

  template <typename Request>
  static model::CollectionRef collection_of(const Request& request) {
    if constexpr (requires { request.collection; }) {
      return request.collection;
    } else {
      return {};
    }
  }
  template <typename Request>
  static std::vector<std::string> others_of(const Request& request) {
    std::vector<std::string> names;
    touches(request, names);
    return names;
  }

  Services services_;
  const auth::KeyRing& keys_;
  observe::Metrics& metrics_;
  observe::Log& log_;
  /// Made ahead, for when there is no memory to make it.
  const Status out_of_memory_;
};

}  // namespace alidade::ops
