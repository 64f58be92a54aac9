#pragma once

#include <string_view>

#include "auth/access.h"
#include "base/status.h"
#include "observe/op_context.h"

namespace alidade::ops {

struct Services;

/// The threads that run an operation (ops/worker_pools.h).
enum class Pool { kReads, kWrites };

/// What a request waits for while the server is still opening collections.
enum class WaitsFor {
  kItsCollection,    ///< The one it names, if it names one.
  kEveryCollection,  ///< It drops collections, whichever there are.
  kNothing,          ///< It looks at names only.
};

/// What the server has to know of an operation before it runs it. The row stands in the request's own
/// struct, as `kRow`, beside `handle()`, which runs it:
///
///   struct CountPoints {
///     using Response = std::uint64_t;
///     static constexpr Operation kRow{"count_points", {auth::Scope::kCollection, auth::Right::kRead}, Pool::kReads};
///     static Result<Response> handle(const Services&, observe::OpContext&, const CountPoints&);
///     …what the user asked for…
///   };
///
/// handle() is called when the caller's rights have been checked. Any thread; it may block on the disk.
struct Operation {
  std::string_view name;  ///< For metrics, logs and the audit: "upsert_points". Unique.
  auth::Access access;    ///< No default: a row without it does not compile.
  Pool pool;
  WaitsFor waits_for = WaitsFor::kItsCollection;
};

/// The row of a request. A type of request that stands for several operations has row() instead of kRow.
template <typename Request>
const Operation& operation_of(const Request& request) {
  if constexpr (requires { Request::kRow; }) {
    return Request::kRow;
  } else {
    return request.row();
  }
}

/// Runs a request. The caller's rights have been checked.
template <typename Request>
auto handle(const Services& services, observe::OpContext& context, const Request& request) {
  return Request::handle(services, context, request);
}

/// The pool of a type of request.
template <typename Request>
constexpr Pool pool_of() {
  if constexpr (requires { Request::kRow; }) {
    return Request::kRow.pool;
  } else {
    return Request::kPool;
  }
}

}  // namespace alidade::ops
