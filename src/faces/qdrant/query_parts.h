#pragma once

#include <string_view>
#include <type_traits>

#include "faces/contract/type.h"
#include "faces/qdrant/filter.h"
#include "faces/qdrant/query.h"
#include "faces/qdrant/search_params.h"
#include "faces/qdrant/selectors.h"
#include "model/query.h"
#include "ops/all_operations.h"

namespace alidade::faces::qdrant::parts {

// Fields that the requests of queries share, whatever struct they are part of: a prefetch, a request, a grouped one, or
// one of the older routes. All of them may be null.

using contract::Field;
using contract::ref;
using model::QueryNode;
using model::QueryRequest;

inline QueryNode& node_of(QueryNode& node) { return node; }
inline QueryNode& node_of(ops::QueryGroups& groups) { return groups.query; }
inline QueryRequest& request_of(QueryRequest& request) { return request; }
inline QueryRequest& request_of(ops::QueryGroups& groups) { return groups.query; }

template <typename S, auto P>
void* make_part(void* object) {
  auto& whole = *static_cast<S*>(object);
  if constexpr (std::is_same_v<contract::detail::StructOf<P>, QueryNode>) {
    return contract::make_member<P>(&node_of(whole));
  } else {
    return contract::make_member<P>(&request_of(whole));
  }
}
template <typename S, auto P>
const void* get_part(const void* object) {
  auto& whole = *const_cast<S*>(static_cast<const S*>(object));
  if constexpr (std::is_same_v<contract::detail::StructOf<P>, QueryNode>) {
    return contract::get_member<P>(&node_of(whole));
  } else {
    return contract::get_member<P>(&request_of(whole));
  }
}
/// A field that is a member of the node or request inside the struct S.
template <typename S, auto P, typename T>
constexpr Field part(std::string_view name, int number, contract::Of<T> type) {
  static_assert(std::is_same_v<T, typename contract::detail::Held<contract::detail::MemberOf<P>>::Type>);
  return Field{.name = name, .number = number, .type = type, .make = &make_part<S, P>, .get = &get_part<S, P>}.nullable();
}

inline constexpr auto kPrefetches = [] {
  auto list = contract::list_of(ref(kPrefetch));
  list.numbers_one = true;
  return list;
}();
inline constexpr auto kLimit = contract::unsigned_integer(contract::kUsize).at_least(1);

template <typename S>
constexpr Field prefetch(int number) {
  return part<S, &QueryNode::prefetch>("prefetch", number, contract::one_or_list(kPrefetches));
}
template <typename S>
constexpr Field query(int number) {
  return part<S, &QueryNode::query>("query", number, ref(kQueryInterface));
}
template <typename S>
constexpr Field using_vector(int number) {
  return part<S, &QueryNode::using_vector>("using", number, contract::text());
}
template <typename S>
constexpr Field lookup_from(int number) {
  return part<S, &QueryNode::lookup_from>("lookup_from", number, ref(kLookupLocation));
}
template <typename S>
constexpr Field filter(int number) {
  return part<S, &QueryNode::filter>("filter", number, ref(kFilter));
}
template <typename S>
constexpr Field params(int number) {
  return part<S, &QueryNode::params>("params", number, ref(kSearchParams));
}
template <typename S>
constexpr Field threshold(int number) {
  return part<S, &QueryNode::score_threshold>("score_threshold", number, contract::f32());
}
template <typename S>
constexpr Field with_payload(int number) {
  return part<S, &QueryRequest::with_payload>("with_payload", number, ref(kWithPayload));
}
template <typename S>
constexpr Field with_vectors(int number) {
  return part<S, &QueryRequest::with_vectors>("with_vector", number, ref(kWithVectors)).also("with_vectors").on_wire("with_vectors");
}

template <typename S>
constexpr Field shard_key(int number) {
  return part<S, &QueryRequest::shard_key>("shard_key", number, ref(kShardKey)).on_wire("shard_key_selector");
}

}  // namespace alidade::faces::qdrant::parts
