// What is wrong between the members of a query, in the words and the order of the peer.
#include <algorithm>
#include <string>

#include "faces/qdrant/query.h"
#include "faces/qdrant_rest/errors.h"
#include "inference/inference.h"
#include "model/query_inputs.h"

namespace alidade::faces::qdrant {
namespace {

using qdrant_rest::bad_request;
using qdrant_rest::wrong_input;

constexpr int kMaxPrefetchDepth = 64;

bool is_fusion(const model::QueryKind& kind) {
  return std::holds_alternative<model::RrfQuery>(kind) || std::holds_alternative<model::DbsfQuery>(kind);
}

/// What is wrong between the members of one query.
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
  const bool is_average = recommend != nullptr && recommend->strategy == model::RecommendQuery::Strategy::kAverageVector;
  if (is_average && recommend->positive.empty()) {
    return wrong_input("Positive vectors should not be empty with `average` strategy");
  }
  return Status::ok_status();
}

/// What is wrong between a query that merges lists and the lists.
Status merge_problem(const model::QueryNode& query) {
  if (!query.query) return Status::ok_status();
  if (std::holds_alternative<model::FormulaQuery>(*query.query) && query.prefetch.empty()) {
    return wrong_input("Validation failed: cannot apply Formula without prefetches");
  }
  if (!is_fusion(*query.query)) return Status::ok_status();
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

void note_members(model::QueryNode& query, Status& plan_problem) {
  query.problem = member_problem(query);
  const Status plan = merge_problem(query);
  if (plan_problem.ok()) plan_problem = plan;
  for (model::QueryNode& inner : query.prefetch) note_members(inner, plan_problem);
}

Status problem_of(const model::Inference& inference) {
  if (!inference::is_served(inference.model)) {
    return internal_error("InferenceService URL not configured - please provide valid address in config");
  }
  if (inference.kind != model::Inference::Kind::kText) {
    return wrong_input("Only text input is supported for " + inference.model + ".");
  }
  return inference::vector_of(inference, inference::Purpose::kQuery).status();
}

}  // namespace

void note_problems(model::QueryRequest& request) {
  note_members(request, request.plan_problem);
  const int depth = prefetch_depth(request);
  if (depth > kMaxPrefetchDepth) {
    request.plan_problem = bad_request("prefetches depth " + std::to_string(depth) + " exceeds max depth " +
                                       std::to_string(kMaxPrefetchDepth));
  }
}

Status check_inference(const model::QueryNode& query) {
  Status problem;
  model::for_each_input(query, [&](const model::VectorInput& input) {
    const auto* inference = std::get_if<model::Inference>(&input);
    if (inference != nullptr && problem.ok()) problem = problem_of(*inference);
  });
  for (std::size_t i = 0; i < query.prefetch.size() && problem.ok(); ++i) problem = check_inference(query.prefetch[i]);
  return problem;
}

}  // namespace alidade::faces::qdrant
