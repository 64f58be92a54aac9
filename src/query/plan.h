#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/status.h"
#include "query/formula/formula.h"
#include "query/resolved.h"
#include "segment/segment.h"

namespace alidade::query {

/// What a plan needs to know of the collection.
struct Schema {
  struct Vector {
    std::string name;
    std::uint32_t dim = 0;  ///< 0 = still open: no row has it.
    model::Distance distance = model::Distance::kCosine;
    model::VectorKind kind = model::VectorKind::kDense;
    bool has_idf = false;  ///< Sparse vectors whose terms count by how rare they are.
  };
  std::vector<Vector> vectors;
  /// What `indexed_only` is about: rows that wait for the graph are searched while they are fewer bytes than this.
  std::uint64_t indexing_threshold_bytes = 0;

  /// nullptr when there is none of that name.
  const Vector* find(std::string_view name) const;
};
Schema schema_of(const segment::Segment& segment, std::uint64_t indexing_threshold_bytes);

/// All points, in the order of their ids.
struct ById {};
/// A random choice: the points whose ids have the smallest hashes under the seed, so that the choices of several
/// shards merge into one.
struct Sample {
  std::uint64_t seed = 0;
};
/// Rescores what the inputs found.
struct Formula {
  std::shared_ptr<const formula::Program> program;
};
using Scorer = std::variant<ById, Nearest, BestScore, SumScores, Discover, Context, Feedback, model::OrderByQuery, Sample, Formula>;

/// What runs on each shard by itself.
struct PlanLeaf {
  Scorer scorer;
  std::string vector_name;
  /// All of them must hold; those of the queries above come first.
  std::vector<std::shared_ptr<const model::Filter>> filters;
  std::vector<std::shared_ptr<const std::vector<model::PointId>>> excluded;
  model::SearchParams params;
  std::optional<float> score_threshold;
  std::uint64_t limit = 10;
  std::uint64_t indexing_threshold_bytes = 0;
};

/// Merges the lists of its inputs by their ranks or scores.
struct Fuse {
  std::variant<model::RrfQuery, model::DbsfQuery> fusion;
  std::optional<float> score_threshold;
  std::uint64_t limit = 10;
};

/// Takes the most relevant of its one input that are least alike.
struct Diversify {
  std::string vector_name;
  float lambda = 0.5F;  ///< 1 = by relevance alone.
  std::uint64_t limit = 10;
};

/// A step and what runs before it, one after the other. The lists that a leaf's inputs find are its candidates.
struct PlanNode {
  std::vector<PlanNode> inputs;
  std::variant<PlanLeaf, Fuse, Diversify> step;
};

/// How a query is answered. A value: it borrows nothing.
struct Plan {
  PlanNode root;
  /// Asks for another number of hits of the whole query.
  void set_limit(std::uint64_t limit);
};

/// Plans a query. Filters and left out points of a query hold for its inputs too.
/// @param random_seed for samples.
/// @return kInvalidArgument: kVectorNameUnknown {name, "dense", length}; kDimensionMismatch {expected, given, ""}; or
///         what is wrong between a query and its inputs.
Result<Plan> plan(ResolvedQuery query, const Schema& schema, std::uint64_t random_seed);

/// The plan for people: a line per step, inputs indented below.
std::string explain(const Plan& plan);

}  // namespace alidade::query
