#include "faces/qdrant_rest/decode_query.h"

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "faces/qdrant/query.h"
#include "faces/qdrant_rest/errors.h"
#include "faces/qdrant_rest/legacy_requests.h"
#include "faces/qdrant_rest/read_table.h"
#include "faces/qdrant_rest/route_input.h"

namespace alidade::faces::qdrant_rest {
namespace {

using contract::Json;
using contract::ObjectOf;
using model::QueryRequest;

/// What only is refused when the form and the rules of the whole body are right, in the order of its queries.
Status refused_later(const QueryRequest& request) {
  ALD_RETURN_IF_ERROR(qdrant::check_inference(request));
  // Shards are not made by key here, so none is known.
  if (!request.shard_key || request.shard_key->is_null()) return Status::ok_status();
  return bad_request("Shard key " + base::json::to_text(*request.shard_key) + " not found");
}

/// What the older recommendations need besides.
Status refused_recommendation(const QueryRequest& request) {
  const auto* recommend = request.query ? std::get_if<model::RecommendQuery>(&*request.query) : nullptr;
  const bool is_average = recommend == nullptr || recommend->strategy == model::RecommendQuery::Strategy::kAverageVector;
  const bool has_positive = recommend != nullptr && !recommend->positive.empty();
  const bool has_any = has_positive || (recommend != nullptr && !recommend->negative.empty());
  if (is_average ? has_positive : has_any) return Status::ok_status();
  return bad_request("At least one positive vector ID required with this strategy");
}

/// The request that a body of the table means, once its form and its rules are right.
Result<QueryRequest> finished(const ObjectOf<QueryRequest>& table, QueryRequest request) {
  ALD_RETURN_IF_ERROR(refused_later(request));
  if (&table == &kRecommendRequest) ALD_RETURN_IF_ERROR(refused_recommendation(request));
  if (&table == &qdrant::kQueryRequest) qdrant::note_problems(request);
  return request;
}
Result<QueryRequest> finished(const ObjectOf<DiscoverRequest>&, DiscoverRequest given) {
  QueryRequest request = given;
  if (given.target) {
    request.query = model::DiscoverQuery{*std::move(given.target), std::move(given.context)};
  } else if (!given.context.empty()) {
    request.query = model::ContextQuery{std::move(given.context)};
  } else {
    return bad_request("target and/or context_pairs must be specified");
  }
  ALD_RETURN_IF_ERROR(refused_later(request));
  return request;
}

template <typename Request>
Result<ops::QueryPoints> decode_one(const RouteInput& input, const ObjectOf<Request>& table) {
  if (begins_with_list(input)) return not_a_struct(Value(base::json::Array{}), table.name);
  Request given;
  Rules rules;
  ALD_RETURN_IF_ERROR(with_body(input.body, [&](const Json& body) { return read_table(body, table, "", rules, given, input.account); }));
  ALD_RETURN_IF_ERROR(rules.verdict());
  ops::QueryPoints request;
  request.collection = collection_of(input);
  ALD_ASSIGN(request.query, finished(table, std::move(given)));
  return request;
}

/// Reads {"searches": [request, …]}, or the same as a list of the struct's one field.
template <typename Request>
Status read_batch(const Json& body, const ObjectOf<Request>& table, Rules& rules, env::MemoryAccount* account,
                  std::vector<Request>& queries) {
  if (!contract::repeated_field(body, contract::ref(qdrant::kQueryRequestBatch)).empty()) {
    return body_refused("duplicate field `searches`");
  }
  const std::string batch_name = std::string(table.name) + "Batch";
  std::optional<Json> searches = body.find("searches");
  if (body.is_array()) {
    Json first = body;
    if (!contract::Items(body).next(first)) {
      return body_refused("invalid length 0, expected struct " + batch_name + " with 1 element");
    }
    searches = first;
  } else if (!body.is_object()) {
    return body_refused(contract::invalid_type(body, "struct " + batch_name));
  }
  if (!searches) return missing_field("searches");
  if (!searches->is_array()) return body_refused(contract::invalid_type(*searches, "a sequence"));
  // What was read and what is asked are there at a time.
  if (account != nullptr) ALD_RETURN_IF_ERROR(account->add(2 * searches->size() * sizeof(Request)));
  Json item = *searches;
  for (contract::Items items(*searches); items.next(item);) {
    const std::string place = "searches[" + std::to_string(queries.size()) + "]";
    ALD_RETURN_IF_ERROR(read_table(item, table, place, rules, queries.emplace_back(), account));
  }
  return Status::ok_status();
}

template <typename Request>
Result<ops::QueryBatch> decode_batch(const RouteInput& input, const ObjectOf<Request>& table) {
  std::vector<Request> given;
  Rules rules;
  ALD_RETURN_IF_ERROR(with_body(input.body, [&](const Json& body) { return read_batch(body, table, rules, input.account, given); }));
  ALD_RETURN_IF_ERROR(rules.verdict());
  ops::QueryBatch request;
  request.collection = collection_of(input);
  for (Request& one : given) {
    ALD_ASSIGN(auto query, finished(table, std::move(one)));
    request.queries.push_back(std::move(query));
  }
  return request;
}

Result<ops::QueryGroups> decode_grouped(const RouteInput& input, const ObjectOf<ops::QueryGroups>& table) {
  ops::QueryGroups request;
  Rules rules;
  ALD_RETURN_IF_ERROR(with_body(input.body, [&](const Json& body) { return read_table(body, table, "", rules, request, input.account); }));
  request.collection = collection_of(input);
  ALD_RETURN_IF_ERROR(rules.verdict());
  ALD_RETURN_IF_ERROR(refused_later(request.query));
  if (&table == &kRecommendGroupsRequest) ALD_RETURN_IF_ERROR(refused_recommendation(request.query));
  if (&table == &qdrant::kQueryGroupsRequest) qdrant::note_problems(request.query);
  return request;
}

}  // namespace

Result<ops::QueryPoints> decode_query_points(const RouteInput& input) { return decode_one(input, qdrant::kQueryRequest); }
Result<ops::QueryBatch> decode_query_batch(const RouteInput& input) { return decode_batch(input, qdrant::kQueryRequest); }
Result<ops::QueryGroups> decode_query_groups(const RouteInput& input) {
  return decode_grouped(input, qdrant::kQueryGroupsRequest);
}
Result<ops::QueryPoints> decode_search_points(const RouteInput& input) { return decode_one(input, kSearchRequest); }
Result<ops::QueryBatch> decode_search_batch(const RouteInput& input) { return decode_batch(input, kSearchRequest); }
Result<ops::QueryGroups> decode_search_groups(const RouteInput& input) { return decode_grouped(input, kSearchGroupsRequest); }
Result<ops::QueryPoints> decode_recommend_points(const RouteInput& input) { return decode_one(input, kRecommendRequest); }
Result<ops::QueryBatch> decode_recommend_batch(const RouteInput& input) { return decode_batch(input, kRecommendRequest); }
Result<ops::QueryGroups> decode_recommend_groups(const RouteInput& input) {
  return decode_grouped(input, kRecommendGroupsRequest);
}
Result<ops::QueryPoints> decode_discover_points(const RouteInput& input) { return decode_one(input, kDiscoverRequest); }
Result<ops::QueryBatch> decode_discover_batch(const RouteInput& input) { return decode_batch(input, kDiscoverRequest); }

}  // namespace alidade::faces::qdrant_rest
