#include "faces/qdrant_rest/legacy_requests.h"

#include "faces/contract/read_json.h"
#include "faces/qdrant/query_parts.h"
#include "faces/qdrant/values.h"
#include "faces/qdrant/vectors.h"

namespace alidade::faces::qdrant_rest {
namespace {

using qdrant::parts::Field;
using qdrant::parts::QueryNode;
using qdrant::parts::QueryRequest;
using qdrant::parts::ref;
using qdrant::parts::filter;
using qdrant::parts::kLimit;
using qdrant::parts::lookup_from;
using qdrant::parts::params;
using qdrant::parts::part;
using qdrant::parts::request_of;
using qdrant::parts::shard_key;
using qdrant::parts::threshold;
using qdrant::parts::using_vector;
using qdrant::parts::with_payload;
using qdrant::parts::with_vectors;
using contract::Json;
using contract::ObjectOf;
using contract::Place;
using contract::Reading;
using Groups = ops::QueryGroups;

// Search: [0.1, …], {"name", "vector": [0.1, …]} or {"name", "vector": {"indices", "values"}}.

Status read_named(const Json& value, Reading& reading, const Place& place, void* out) {
  constexpr std::string_view kName = "NamedVectorStruct";
  auto& request = *static_cast<QueryRequest*>(out);
  const auto name = value.find("name");
  const auto inner = name ? value.find("vector") : std::optional<Json>(value);
  if (!inner || (name && !name->is_string())) return reading.no_variant(kName);
  if (name) request.using_vector = name->as_string();
  const bool is_sparse = name && inner->is_object();
  if (!is_sparse && !inner->is_array()) return reading.no_variant(kName);
  auto& input = request.query.emplace().emplace<model::NearestQuery>().target;
  const Status read = contract::read(*inner, ref(qdrant::kVectorInput), reading, place, &input);
  const auto* vector = std::get_if<model::VectorValue>(&input);
  const bool fits = read.ok() && vector != nullptr &&
                    (is_sparse ? std::holds_alternative<model::SparseVector>(*vector)
                               : std::holds_alternative<std::vector<float>>(*vector));
  return fits ? Status::ok_status() : reading.no_variant(kName);
}
constexpr contract::CustomOf<QueryRequest> kNamedVector{{.schema = "NamedVectorStruct", .read = &read_named}};

template <typename S>
constexpr Field named_vector() {
  return contract::field_at("vector", 0, ref(kNamedVector),
                            [](void* object) -> void* { return &request_of(*static_cast<S*>(object)); }).required();
}

// Recommend. ----------------------------------------------------------------------------------

template <typename S>
model::RecommendQuery& recommend_of(void* object) {
  auto& query = request_of(*static_cast<S*>(object)).query;
  if (!query) query.emplace().template emplace<model::RecommendQuery>();
  return std::get<model::RecommendQuery>(*query);
}
constexpr auto kExamples = contract::list_of(ref(qdrant::kRecommendExample));

template <typename S, auto P>
void* make_of_recommend(void* object) {
  return contract::make_member<P>(&recommend_of<S>(object));
}
template <typename S>
constexpr Field positive() {
  return contract::field_at("positive", 0, contract::list(kExamples),
                            &make_of_recommend<S, &model::RecommendQuery::positive>).nullable();
}
template <typename S>
constexpr Field negative() {
  return contract::field_at("negative", 0, contract::list(kExamples),
                            &make_of_recommend<S, &model::RecommendQuery::negative>).nullable();
}
template <typename S>
constexpr Field strategy() {
  return contract::field_at("strategy", 0, ref(qdrant::kRecommendStrategy),
                            &make_of_recommend<S, &model::RecommendQuery::strategy>).nullable();
}

// Structs. ------------------------------------------------------------------------------------

template <typename S>
constexpr Field needed_limit() {
  return part<S, &QueryNode::limit>("limit", 0, kLimit).required().also("top");
}
template <typename S>
constexpr Field offset() {
  return part<S, &QueryRequest::offset>("offset", 0, contract::unsigned_integer(contract::kUsize));
}
/// The older requests count groups in 32 bits.
constexpr auto kGroupCount = contract::unsigned_integer(contract::kU32).at_least(1);
constexpr Field kGroupBy = contract::field<&Groups::group_by>("group_by", 0, ref(qdrant::kPath)).required();
constexpr Field kGroupSize =
    contract::field<&Groups::group_size>("group_size", 0, kGroupCount).required().placed("group_request.group_size");
constexpr Field kGroupLimit = contract::field<&Groups::limit>("limit", 0, kGroupCount).required().placed("group_request.limit");
constexpr Field kWithLookup =
    contract::field<&Groups::with_lookup>("with_lookup", 0, contract::ref(qdrant::kWithLookup, qdrant::kLookup));

constexpr Field kSearchFields[] = {
    named_vector<QueryRequest>(), filter<QueryRequest>(0), params<QueryRequest>(0), needed_limit<QueryRequest>(),
    offset<QueryRequest>(), with_payload<QueryRequest>(0), with_vectors<QueryRequest>(0), threshold<QueryRequest>(0), shard_key<QueryRequest>(0)};
constexpr Field kSearchGroupsFields[] = {
    named_vector<Groups>(), filter<Groups>(0), params<Groups>(0), with_payload<Groups>(0), with_vectors<Groups>(0),
    threshold<Groups>(0), kGroupBy, kGroupSize, kGroupLimit, kWithLookup, shard_key<Groups>(0)};
constexpr Field kRecommendFields[] = {
    positive<QueryRequest>(), negative<QueryRequest>(), strategy<QueryRequest>(), filter<QueryRequest>(0),
    params<QueryRequest>(0), needed_limit<QueryRequest>(), offset<QueryRequest>(), with_payload<QueryRequest>(0), with_vectors<QueryRequest>(0),
    threshold<QueryRequest>(0), using_vector<QueryRequest>(0), lookup_from<QueryRequest>(0), shard_key<QueryRequest>(0)};
constexpr Field kRecommendGroupsFields[] = {
    positive<Groups>(), negative<Groups>(), strategy<Groups>(), filter<Groups>(0), params<Groups>(0),
    with_payload<Groups>(0), with_vectors<Groups>(0), threshold<Groups>(0), using_vector<Groups>(0),
    lookup_from<Groups>(0), kGroupBy, kGroupSize, kGroupLimit, kWithLookup, shard_key<Groups>(0)};

constexpr auto kPairs = contract::list_of(ref(qdrant::kContextPair));
constexpr Field kDiscoverFields[] = {
    contract::field<&DiscoverRequest::target>("target", 0, ref(qdrant::kRecommendExample)),
    contract::field<&DiscoverRequest::context>("context", 0, contract::list(kPairs)).nullable(),
    filter<DiscoverRequest>(0), params<DiscoverRequest>(0), needed_limit<DiscoverRequest>(), offset<DiscoverRequest>(),
    with_payload<DiscoverRequest>(0), with_vectors<DiscoverRequest>(0), using_vector<DiscoverRequest>(0),
    lookup_from<DiscoverRequest>(0), shard_key<DiscoverRequest>(0)};

}  // namespace

constexpr ObjectOf<QueryRequest> kSearchRequest{
    {.name = "SearchRequest", .fields = kSearchFields, .place = "search_request"}};
constexpr ObjectOf<Groups> kSearchGroupsRequest{
    {.name = "SearchGroupsRequest", .fields = kSearchGroupsFields, .place = "search_group_request"}};
constexpr ObjectOf<QueryRequest> kRecommendRequest{
    {.name = "RecommendRequest", .fields = kRecommendFields, .place = "recommend_request"}};
constexpr ObjectOf<Groups> kRecommendGroupsRequest{
    {.name = "RecommendGroupsRequest", .fields = kRecommendGroupsFields, .place = "recommend_group_request"}};
constexpr ObjectOf<DiscoverRequest> kDiscoverRequest{
    {.name = "DiscoverRequest", .fields = kDiscoverFields, .place = "discover_request"}};

}  // namespace alidade::faces::qdrant_rest
