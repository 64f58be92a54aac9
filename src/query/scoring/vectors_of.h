#pragma once

#include <type_traits>

#include "query/resolved.h"

namespace alidade::query {

/// Whether a kind of query compares the vectors of points with its own.
template <typename Kind>
inline constexpr bool kComparesVectors =
    std::is_same_v<Kind, Nearest> || std::is_same_v<Kind, BestScore> || std::is_same_v<Kind, SumScores> ||
    std::is_same_v<Kind, Discover> || std::is_same_v<Kind, Context> || std::is_same_v<Kind, Feedback>;

// Calls visit(vector) for each vector of a query, in the order in which the scorers take their similarities.

template <typename Visit>
void for_each_vector(const Nearest& kind, Visit visit) {
  visit(*kind.vector);
}
template <typename Visit>
void for_each_vector(const BestScore& kind, Visit visit) {
  for (const auto& one : kind.positive) visit(*one);
  for (const auto& one : kind.negative) visit(*one);
}
template <typename Visit>
void for_each_vector(const SumScores& kind, Visit visit) {
  for (const auto& one : kind.positive) visit(*one);
  for (const auto& one : kind.negative) visit(*one);
}
template <typename Visit>
void for_each_vector(const Context& kind, Visit visit) {
  for (const auto& pair : kind.pairs) {
    visit(*pair.positive);
    visit(*pair.negative);
  }
}
template <typename Visit>
void for_each_vector(const Discover& kind, Visit visit) {
  visit(*kind.target);
  for (const auto& pair : kind.context) {
    visit(*pair.positive);
    visit(*pair.negative);
  }
}
template <typename Visit>
void for_each_vector(const Feedback& kind, Visit visit) {
  visit(*kind.target);
  for (const auto& item : kind.items) visit(*item.example);
}

}  // namespace alidade::query
