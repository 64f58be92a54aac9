#pragma once

#include "model/query.h"

namespace alidade::model {

/// The values of a dense vector; nullptr for anything else.
inline const std::vector<float>* dense_values(const VectorInput& input) {
  const auto* value = std::get_if<VectorValue>(&input);
  return value == nullptr ? nullptr : std::get_if<std::vector<float>>(value);
}

// Calls visit(input) for each vector, point or inference that a kind of query is made of, in the order of the request.

template <typename Visit>
void for_each_input(const std::vector<ContextPair>& pairs, Visit& visit) {
  for (const ContextPair& pair : pairs) {
    visit(pair.positive);
    visit(pair.negative);
  }
}
template <typename Visit>
void for_each_input(const NearestQuery& kind, Visit& visit) {
  visit(kind.target);
}
template <typename Visit>
void for_each_input(const RecommendQuery& kind, Visit& visit) {
  for (const VectorInput& input : kind.positive) visit(input);
  for (const VectorInput& input : kind.negative) visit(input);
}
template <typename Visit>
void for_each_input(const DiscoverQuery& kind, Visit& visit) {
  visit(kind.target);
  for_each_input(kind.context, visit);
}
template <typename Visit>
void for_each_input(const ContextQuery& kind, Visit& visit) {
  for_each_input(kind.pairs, visit);
}
template <typename Visit>
void for_each_input(const FeedbackQuery& kind, Visit& visit) {
  visit(kind.target);
  for (const FeedbackItem& item : kind.feedback) visit(item.example);
}

/// The same for one node; prefetches are not looked at. @return whether its kind is made of vectors.
template <typename Visit>
bool for_each_input(const QueryNode& query, Visit visit) {
  if (!query.query) return false;
  return std::visit(
      [&](const auto& kind) {
        if constexpr (requires { for_each_input(kind, visit); }) {
          for_each_input(kind, visit);
          return true;
        } else {
          return false;
        }
      },
      *query.query);
}

}  // namespace alidade::model
