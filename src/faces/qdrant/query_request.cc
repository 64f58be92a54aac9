// Queries, their prefetches and what their answers show.
#include "faces/contract/read_proto.h"
#include "faces/qdrant/query_parts.h"
#include "faces/qdrant/values.h"

namespace alidade::faces::qdrant {
namespace {

using parts::Field;
using parts::QueryNode;
using parts::QueryRequest;
using parts::ref;
using parts::filter;
using parts::kLimit;
using parts::lookup_from;
using parts::params;
using parts::part;
using parts::prefetch;
using parts::query;
using parts::shard_key;
using parts::threshold;
using parts::using_vector;
using parts::with_payload;
using parts::with_vectors;
using contract::Json;
using contract::ObjectOf;
using contract::Place;
using contract::Proto;
using contract::ProtoReading;
using contract::Reading;

// Shards are not made by key here: JSON remembers one that is asked for, messages pass it over.
Status read_shard_key(const Json& value, Reading&, const Place&, void* out) {
  *static_cast<base::json::Value*>(out) = value.document();
  return Status::ok_status();
}
Status read_shard_key(const Proto&, const ProtoReading&, void*) { return Status::ok_status(); }
// The structs. --------------------------------------------------------------------------------

constexpr Field kPrefetchFields[] = {
    prefetch<QueryNode>(1), query<QueryNode>(2), using_vector<QueryNode>(3), lookup_from<QueryNode>(8),
    filter<QueryNode>(4), params<QueryNode>(5), threshold<QueryNode>(6),
    part<QueryNode, &QueryNode::limit>("limit", 7, kLimit),
};

constexpr Field kRequestFields[] = {
    prefetch<QueryRequest>(2), query<QueryRequest>(3), using_vector<QueryRequest>(4), lookup_from<QueryRequest>(14),
    filter<QueryRequest>(5), params<QueryRequest>(6), threshold<QueryRequest>(7),
    part<QueryRequest, &QueryNode::limit>("limit", 8, kLimit),
    part<QueryRequest, &QueryRequest::offset>("offset", 9, contract::unsigned_integer(contract::kUsize)),
    with_payload<QueryRequest>(11), with_vectors<QueryRequest>(10), shard_key<QueryRequest>(13),
};
/// collection_name, read_consistency, timeout.
constexpr int kBesideRequest[] = {1, 12, 15};

constexpr auto kRequests = contract::list_of(ref(kQueryRequest));
constexpr Field kBatchFields[] = {
    contract::field<&ops::QueryBatch::queries>("searches", 2, contract::list(kRequests)).required().on_wire("query_points")};
/// collection_name, read_consistency, timeout.
constexpr int kBesideBatch[] = {1, 3, 4};

using Groups = ops::QueryGroups;
constexpr Field kGroupsFields[] = {
    prefetch<Groups>(2), query<Groups>(3), using_vector<Groups>(4), lookup_from<Groups>(10), filter<Groups>(5),
    params<Groups>(6), threshold<Groups>(7), with_payload<Groups>(8), with_vectors<Groups>(9), shard_key<Groups>(17),
    contract::field<&Groups::group_by>("group_by", 13, ref(kPath)).required(),
    contract::field<&Groups::limit>("limit", 11, kLimit).nullable().placed("group_request.limit"),
    contract::field<&Groups::group_size>("group_size", 12, kLimit).nullable().placed("group_request.group_size"),
    contract::field<&Groups::with_lookup>("with_lookup", 15, contract::ref(kWithLookup, kLookup)),
};
/// collection_name, read_consistency, timeout.
constexpr int kBesideGroups[] = {1, 14, 16};

}  // namespace

constexpr contract::CustomOf<base::json::Value> kShardKey{
    {.schema = "ShardKeySelector", .read = &read_shard_key, .read_proto = &read_shard_key}};

constexpr ObjectOf<QueryNode> kPrefetch{{.name = "Prefetch", .message = "PrefetchQuery", .fields = kPrefetchFields}};
constexpr ObjectOf<QueryRequest> kQueryRequest{
    {.name = "QueryRequest", .message = "QueryPoints", .fields = kRequestFields, .place = "internal",
     .besides = kBesideRequest}};
constexpr ObjectOf<ops::QueryBatch> kQueryRequestBatch{
    {.name = "QueryRequestBatch", .message = "QueryBatchPoints", .fields = kBatchFields, .besides = kBesideBatch}};
constexpr ObjectOf<Groups> kQueryGroupsRequest{
    {.name = "QueryGroupsRequest", .message = "QueryPointGroups", .fields = kGroupsFields, .place = "search_group_request",
     .besides = kBesideGroups}};

}  // namespace alidade::faces::qdrant
