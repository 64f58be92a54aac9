#include "faces/qdrant_rest/query_reader.h"

#include <algorithm>
#include <utility>

#include "faces/contract/read_json.h"
#include "faces/qdrant/search_params.h"
#include "faces/qdrant/selectors.h"
#include "faces/qdrant_rest/decode_filter.h"
#include "faces/qdrant_rest/errors.h"

namespace alidade::faces::qdrant_rest {
namespace {

constexpr int kMaxPrefetchDepth = 64;

bool is_fusion(const model::QueryKind& kind) {
  return std::holds_alternative<model::RrfQuery>(kind) || std::holds_alternative<model::DbsfQuery>(kind);
}

/// What is wrong between the members of one query, in the peer's order.
Status member_problem(const model::QueryNode& query) {
  if (!query.query) {
    if (!query.prefetch.empty()) {
      return bad_request(
          "A query is needed to merge the prefetches. Can't have prefetches without defining a query.");
    }
    if (!query.score_threshold) return Status::ok_status();
    return bad_request(
        "A query is needed to use the score_threshold. Can't have score_threshold without defining a query.");
  }
  if (query.score_threshold && std::holds_alternative<model::OrderByQuery>(*query.query)) {
    return bad_request("Can't use score_threshold with an order_by query.");
  }
  if (is_fusion(*query.query) && !query.using_vector.empty()) {
    return bad_request("Fusion queries cannot be combined with the 'using' field.");
  }
  const auto* recommend = std::get_if<model::RecommendQuery>(&*query.query);
  if (recommend != nullptr && recommend->positive.empty()) {
    return wrong_input("Positive vectors should not be empty with `average` strategy");
  }
  return Status::ok_status();
}

/// What is wrong between a fusion and the lists that it merges.
Status fusion_problem(const model::QueryNode& query) {
  if (!query.query || !is_fusion(*query.query)) return Status::ok_status();
  if (query.prefetch.empty()) {
    return wrong_input("Validation failed: cannot apply Fusion without prefetches");
  }
  const auto* rrf = std::get_if<model::RrfQuery>(&*query.query);
  if (rrf == nullptr || rrf->weights.empty() || rrf->weights.size() == query.prefetch.size()) {
    return Status::ok_status();
  }
  return wrong_input("Validation failed: RRF weights length (" + std::to_string(rrf->weights.size()) +
                     ") does not match number of prefetches (" + std::to_string(query.prefetch.size()) + ")");
}

int prefetch_depth(const model::QueryNode& query) {
  int depth = 0;
  for (const model::QueryNode& inner : query.prefetch) depth = std::max(depth, 1 + prefetch_depth(inner));
  return depth;
}

bool has_idf(const model::QueryNode& query) {
  return query.params.idf || std::any_of(query.prefetch.begin(), query.prefetch.end(), &has_idf);
}

}  // namespace

void QueryReader::refuse_later(const Status& status) {
  if (later_.ok()) later_ = status;
}

Status QueryReader::verdict() const {
  ALD_RETURN_IF_ERROR(rules_.verdict());
  return later_;
}

Status QueryReader::read_count(const Value& value,
                               const std::string& path,
                               std::uint64_t smallest,
                               std::uint64_t& count) {
  if (value.is_null()) return Status::ok_status();
  ALD_ASSIGN(count, read_usize(value));
  rules_.at_least(path, count, smallest);
  return Status::ok_status();
}

Result<model::SearchParams> QueryReader::read_params(const Value& value, const std::string& path) {
  model::SearchParams params;
  if (value.is_null()) return params;
  auto reading = contract::Reading::careful(&body_refused, rules_.all());
  ALD_RETURN_IF_ERROR(contract::read(value, qdrant::kSearchParams, reading, contract::Place(path), params));
  return params;
}

// Members. ------------------------------------------------------------------------------------

Result<bool> QueryReader::read_common(const std::string& key,
                                      const Value& value,
                                      const std::string& path,
                                      model::QueryNode& query) {
  if (key == "filter") {
    ALD_ASSIGN(query.filter, read_optional_filter(value, path + ".filter", rules_));
  } else if (key == "params") {
    ALD_ASSIGN(query.params, read_params(value, path + ".params"));
  } else if (key == "score_threshold") {
    if (value.is_null()) return true;
    ALD_ASSIGN(query.score_threshold, read_f32(value));
  } else if (key == "using") {
    if (value.is_null()) return true;
    ALD_ASSIGN(query.using_vector, read_string(value));
  } else if (key == "lookup_from") {
    if (value.is_null()) return true;
    ALD_RETURN_IF_ERROR(read_as(value, contract::ref(qdrant::kLookupLocation), query.lookup_from.emplace()));
  } else {
    return false;
  }
  return true;
}

Result<bool> QueryReader::read_output(const std::string& key,
                                      const Value& value,
                                      model::QueryRequest& request) {
  if (key == "offset") {
    ALD_RETURN_IF_ERROR(read_count(value, "", 0, request.offset));
  } else if (key == "with_payload") {
    if (!value.is_null()) ALD_RETURN_IF_ERROR(read_as(value, contract::ref(qdrant::kWithPayload), request.with_payload));
  } else if (key == "with_vector" || key == "with_vectors") {
    if (std::exchange(has_vectors_, true)) return body_refused("duplicate field `with_vector`");
    if (!value.is_null()) ALD_RETURN_IF_ERROR(read_as(value, contract::ref(qdrant::kWithVectors), request.with_vectors));
  } else if (key == "shard_key") {
    // Shards are not made by key here, so none is known.
    if (!value.is_null()) {
      refuse_later(bad_request("Shard key " + base::json::to_text(value) + " not found"));
    }
  } else {
    return false;
  }
  return true;
}

Result<bool> QueryReader::read_universal(const std::string& key,
                                         const Value& value,
                                         const std::string& path,
                                         model::QueryNode& query) {
  if (key == "prefetch") {
    ALD_RETURN_IF_ERROR(read_prefetches(value, path + ".prefetch", query));
  } else if (key == "query") {
    if (value.is_null()) return true;
    auto read = query_of(value, path + ".query");
    if (!read) return body_refused("Expected some form of vector, id, or a type of query");
    if (const auto* unserved = std::get_if<UnservedQuery>(&*read)) {
      refuse_unserved("A query of kind " + unserved->kind);
    } else {
      query.query = std::get<model::QueryKind>(*std::move(read));
    }
  } else {
    return false;
  }
  return true;
}

Result<model::QueryNode> QueryReader::read_prefetch(const Value& value, const std::string& path) {
  if (!value.is_object()) return not_a_struct(value, "Prefetch");
  model::QueryNode prefetch;
  for (const auto& [key, item] : value.as_object()) {
    ALD_ASSIGN(const bool known, read_universal(key, item, path, prefetch));
    if (known) continue;
    ALD_ASSIGN(const bool common, read_common(key, item, path, prefetch));
    if (!common && key == "limit") {
      ALD_RETURN_IF_ERROR(read_count(item, path + ".limit", 1, prefetch.limit));
    }
  }
  return prefetch;
}

// One or a list of them.
Status QueryReader::read_prefetches(const Value& value, const std::string& path, model::QueryNode& query) {
  if (value.is_null()) return Status::ok_status();
  if (value.is_object()) {
    ALD_ASSIGN(model::QueryNode prefetch, read_prefetch(value, path + "[0]"));
    query.prefetch.push_back(std::move(prefetch));
    return Status::ok_status();
  }
  if (!value.is_array()) return invalid_type(value, "null, array or map");
  for (std::size_t i = 0; i < value.as_array().size(); ++i) {
    ALD_ASSIGN(model::QueryNode prefetch,
               read_prefetch(value.as_array()[i], path + "[" + std::to_string(i) + "]"));
    query.prefetch.push_back(std::move(prefetch));
  }
  return Status::ok_status();
}

// Both dialects and all depths.
void QueryReader::check_members(model::QueryNode& query, Status& plan_problem) {
  query.problem = member_problem(query);
  const Status plan = fusion_problem(query);
  if (plan_problem.ok()) plan_problem = plan;
  for (model::QueryNode& inner : query.prefetch) check_members(inner, plan_problem);
}

void QueryReader::check_whole(model::QueryRequest& request) {
  check_members(request, request.plan_problem);
  const int depth = prefetch_depth(request);
  if (depth > kMaxPrefetchDepth) {
    request.plan_problem = bad_request("prefetches depth " + std::to_string(depth) +
                                       " exceeds max depth " + std::to_string(kMaxPrefetchDepth));
  }
  if (request.plan_problem.ok() && has_idf(request)) {
    request.plan_problem =
        wrong_input("Validation failed: search param `idf` requires a sparse vector with the "
                    "`idf` modifier, which vector \"" + request.using_vector + "\" is not");
  }
}

}  // namespace alidade::faces::qdrant_rest
