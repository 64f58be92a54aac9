#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include "auth/access.h"
#include "base/json.h"
#include "base/status.h"
#include "faces/qdrant_rest/qdrant_rest.h"
#include "faces/qdrant_rest/query_rules.h"
#include "faces/qdrant_rest/route_input.h"
#include "observe/op_context.h"
#include "ops/dispatcher.h"

namespace alidade::faces::qdrant_rest {

/// One request on its way through a route.
struct Call {
  ops::Dispatcher& dispatcher;
  observe::OpContext& context;
  const RouteInput& input;
  const QdrantRest::Options& options;
  /// Where an operation whose answer is held (context.held_answer) writes the value of "result" for a wait that
  /// ends with the deadline; nullptr where answers are never held.
  std::string* late_result = nullptr;
};

/// Which query parameters a route takes, and whether it needs a worker at all.
enum class RouteKind {
  kInline,  // A constant, answered on the network thread, also without a credential.
  kRead,    // Points: consistency, timeout.
  kWrite,   // Points and indexes: wait, ordering, timeout.
  kAdmin,   // Collections and aliases: timeout.
  kService,  // Its own parameters, or none.
};

// Rights that several routes without an operation of their own ask for.
inline constexpr auth::Access kReadServer(auth::Scope::kGlobal, auth::Right::kRead);
inline constexpr auth::Access kManageServer(auth::Scope::kGlobal, auth::Right::kManage);
inline constexpr auth::Access kReadWhole(auth::Scope::kCollectionWhole, auth::Right::kRead);

/// What appends the value of "result" to the envelope, and the pool it runs on: that of its operation,
/// the one for reads where there is none.
struct RouteAnswer {
  using Function = Status (*)(const Call&, std::string& result);

  constexpr RouteAnswer() = default;
  constexpr RouteAnswer(std::nullptr_t) {}
  constexpr RouteAnswer(Function function, ops::Pool runs_on = ops::Pool::kReads) : run(function), pool(runs_on) {}

  Function run = nullptr;
  ops::Pool pool = ops::Pool::kReads;
};

/// A route of the table. Exactly one of `answer` and `page` is set.
struct Route {
  std::string_view method;
  std::string_view pattern;
  RouteKind kind;
  RouteAnswer answer = {};
  /// The whole answer: pages that are no envelope.
  Result<net::HttpResponse> (*page)(const Call&) = nullptr;
  std::span<const QueryRule> parameters = {};  // Of kService.
};

/// The table of the face, in routes.cc.
std::span<const Route> routes();

namespace route_internal {

template <typename>
struct DecoderTraits;
template <typename RequestType>
struct DecoderTraits<Result<RequestType> (*)(const RouteInput&)> {
  using Request = RequestType;
};

}  // namespace route_internal

template <auto Encode, typename Response>
Status encode_result(const Call& call, const Response& response, std::string& result) {
  base::json::Writer writer(result);
  using Encoder = decltype(Encode);
  if constexpr (std::is_invocable_v<Encoder, const RouteInput&, const Response&, base::json::Writer&>) {
    return Encode(call.input, response, writer);
  } else {
    Encode(response, writer);
    return Status::ok_status();
  }
}

/// The usual route: decode, dispatch, encode. An encoder writes the value of "result"; one that may
/// refuse the answer takes the input and returns a Status.
template <auto Decode, auto Encode>
Status run_operation(const Call& call, std::string& result) {
  using Request = typename route_internal::DecoderTraits<decltype(Decode)>::Request;
  using Response = typename Request::Response;
  ALD_ASSIGN(const Request request, Decode(call.input));
  ALD_ASSIGN(Response response, call.dispatcher.run(call.context, request));
  ALD_RETURN_IF_ERROR((encode_result<Encode>(call, response, result)));
  if constexpr (requires { response.end_wait_early(); }) {
    const auto& held = call.context.held_answer;
    if (call.late_result == nullptr || held == nullptr || !held->is_held() || call.context.deadline().never()) return {};
    response.end_wait_early();
    return encode_result<Encode>(call, response, *call.late_result);
  }
  return {};
}

/// The usual route, as a value of the table.
template <auto Decode, auto Encode>
inline constexpr RouteAnswer kRun(
    &run_operation<Decode, Encode>,
    ops::pool_of<typename route_internal::DecoderTraits<decltype(Decode)>::Request>());

/// A route with code of its own around that operation.
template <typename Request>
constexpr RouteAnswer around(RouteAnswer::Function function) {
  return {function, ops::pool_of<Request>()};
}

}  // namespace alidade::faces::qdrant_rest
