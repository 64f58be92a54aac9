#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "model/query.h"

namespace alidade::query {

// Kinds of queries whose inputs are vectors of the collection: no point ids, nothing that a model has yet to read.

/// Shared by all that name the same point.
using SharedVector = std::shared_ptr<const model::VectorValue>;

inline SharedVector share(model::VectorValue vector) { return std::make_shared<const model::VectorValue>(std::move(vector)); }

struct Nearest {
  SharedVector vector;
  std::optional<model::Mmr> mmr = std::nullopt;
};
struct BestScore {
  std::vector<SharedVector> positive, negative;
};
struct SumScores {
  std::vector<SharedVector> positive, negative;
};
struct VectorPair {
  SharedVector positive, negative;
};
struct Discover {
  SharedVector target;
  std::vector<VectorPair> context;
};
struct Context {
  std::vector<VectorPair> pairs;
};
struct Feedback {
  struct Item {
    SharedVector example;
    float score = 0;
  };
  SharedVector target;
  std::vector<Item> items;
  float a = 0, b = 0, c = 0;
};
using ResolvedKind = std::variant<Nearest, BestScore, SumScores, Discover, Context, Feedback, model::RrfQuery, model::DbsfQuery,
                                  model::OrderByQuery, model::FormulaQuery, model::SampleQuery>;

/// A query that needs nothing but the rows of its collection.
struct ResolvedQuery {
  std::vector<ResolvedQuery> prefetch;
  std::optional<ResolvedKind> kind;
  std::string using_vector;
  std::optional<model::Filter> filter;
  /// Points that the query was made from; never among its hits, nor among those of its prefetches.
  std::vector<model::PointId> excluded;
  model::SearchParams params;
  std::optional<float> score_threshold;
  std::uint64_t limit = 10;
};

}  // namespace alidade::query
