#include "query/plan.h"

#include <algorithm>
#include <limits>
#include <utility>

#include <fmt/format.h>

#include "query/scoring/vectors_of.h"

namespace alidade::query {
namespace {

/// What the queries above ask of every hit below them.
struct Above {
  std::vector<std::shared_ptr<const model::Filter>> filters;
  std::vector<std::shared_ptr<const std::vector<model::PointId>>> excluded;
};

Status wrong_dimension(const Schema::Vector& vector, std::size_t given) {
  return Status(StatusCode::kInvalidArgument,
                fmt::format("vector '{}': expected {} values, got {}", vector.name, vector.dim, given),
                ErrorKind::kDimensionMismatch, {std::to_string(vector.dim), std::to_string(given), ""});
}

/// Whether a given vector can be compared with those of the collection. A dense one counts as a row of a multivector.
Status check_vector(const model::VectorValue& given, const Schema::Vector& vector) {
  using model::VectorKind;
  const VectorKind kind = model::kind_of(given);
  if (kind != vector.kind && !(vector.kind == VectorKind::kMulti && kind == VectorKind::kDense)) {
    return model::wrong_kind(kind, vector.name);
  }
  if (kind == VectorKind::kSparse || vector.dim == 0) return {};
  const auto* multi = std::get_if<model::MultiVector>(&given);
  const std::size_t dim = multi != nullptr ? multi->dim : model::number_count(given);
  return dim == vector.dim ? Status() : wrong_dimension(vector, dim);
}

/// @param kind one that compares vectors.
template <typename Kind>
Status check_vectors(const Kind& kind, const std::string& name, const Schema& schema) {
  const Schema::Vector* const vector = schema.find(name);
  Status problem;
  for_each_vector(kind, [&](const model::VectorValue& given) {
    if (!problem.ok()) return;
    problem = vector != nullptr ? check_vector(given, *vector)
                                : Status(StatusCode::kInvalidArgument, fmt::format("Not existing vector name error: {}", name),
                                         ErrorKind::kVectorNameUnknown, {name});
  });
  return problem;
}

class Planner {
 public:
  Planner(const Schema& schema, std::uint64_t random_seed) : schema_(schema), random_seed_(random_seed) {}

  /// Names that the collection lacks are told before any wrong length, from the outside in.
  Status check_names(const ResolvedQuery& query) const {
    if (query.kind) {
      const Status problem = std::visit(
          [&](const auto& kind) -> Status {
            if constexpr (kComparesVectors<std::decay_t<decltype(kind)>>) return check_vectors(kind, query.using_vector, schema_);
            return Status();
          },
          *query.kind);
      if (problem.kind() == ErrorKind::kVectorNameUnknown) return problem;
    }
    for (const ResolvedQuery& input : query.prefetch) ALD_RETURN_IF_ERROR(check_names(input));
    return {};
  }

  Result<PlanNode> node(ResolvedQuery query, Above above) const {
    if (query.filter && !query.filter->empty()) {
      above.filters.push_back(std::make_shared<const model::Filter>(*std::move(query.filter)));
    }
    if (!query.excluded.empty()) {
      above.excluded.push_back(std::make_shared<const std::vector<model::PointId>>(std::move(query.excluded)));
    }
    PlanNode made;
    for (ResolvedQuery& input : query.prefetch) {
      ALD_ASSIGN(PlanNode planned, node(std::move(input), above));
      made.inputs.push_back(std::move(planned));
    }
    if (!query.kind) {
      if (!made.inputs.empty()) {
        return invalid_argument("A query is needed to merge the prefetches. Can't have prefetches without "
                                "defining a query.");
      }
      made.step = leaf(ById{}, query, std::move(above));
      return made;
    }
    ResolvedKind kind = *std::exchange(query.kind, std::nullopt);
    ALD_RETURN_IF_ERROR(std::visit(
        [&](auto& one) { return add_step(std::move(one), query, std::move(above), made); }, kind));
    return made;
  }

 private:
  template <typename Kind>
    requires kComparesVectors<Kind>
  Status add_step(Kind kind, const ResolvedQuery& query, Above above, PlanNode& made) const {
    ALD_RETURN_IF_ERROR(check_vectors(kind, query.using_vector, schema_));
    if (query.params.idf && !schema_.find(query.using_vector)->has_idf) {
      return invalid_argument("Validation failed: search param `idf` requires a sparse vector with the `idf` modifier, which "
                              "vector \"" + query.using_vector + "\" is not");
    }
    std::optional<model::Mmr> mmr;
    if constexpr (std::is_same_v<Kind, Nearest>) mmr = std::exchange(kind.mmr, std::nullopt);
    PlanLeaf searched = leaf(std::move(kind), query, std::move(above));
    if (!mmr) {
      made.step = std::move(searched);
      return {};
    }
    searched.limit = mmr->candidates_limit.value_or(
        static_cast<std::uint32_t>(std::min<std::uint64_t>(query.limit, std::numeric_limits<std::uint32_t>::max())));
    PlanNode nearest{std::exchange(made.inputs, {}), std::move(searched)};
    made.inputs.push_back(std::move(nearest));
    made.step = Diversify{query.using_vector, 1 - mmr->diversity.value_or(0.5F), query.limit};
    return {};
  }

  Status add_step(model::RrfQuery kind, const ResolvedQuery& query, const Above&, PlanNode& made) const {
    return add_fusion(std::move(kind), query, made);
  }
  Status add_step(model::DbsfQuery kind, const ResolvedQuery& query, const Above&, PlanNode& made) const {
    return add_fusion(kind, query, made);
  }
  Status add_step(model::OrderByQuery kind, const ResolvedQuery& query, Above above, PlanNode& made) const {
    made.step = leaf(std::move(kind), query, std::move(above));
    return {};
  }
  Status add_step(model::SampleQuery, const ResolvedQuery& query, Above above, PlanNode& made) const {
    made.step = leaf(Sample{random_seed_}, query, std::move(above));
    return {};
  }
  Status add_step(model::FormulaQuery kind, const ResolvedQuery& query, Above above, PlanNode& made) const {
    if (made.inputs.empty()) return invalid_argument("Validation failed: cannot apply Formula without prefetches");
    ALD_ASSIGN(auto program, formula::compile(kind));
    made.step = leaf(Formula{std::move(program)}, query, std::move(above));
    return {};
  }

  template <typename Kind>
  static Status add_fusion(Kind kind, const ResolvedQuery& query, PlanNode& made) {
    if (made.inputs.empty()) return invalid_argument("Validation failed: cannot apply Fusion without prefetches");
    made.step = Fuse{std::move(kind), query.score_threshold, query.limit};
    return {};
  }

  PlanLeaf leaf(Scorer scorer, const ResolvedQuery& query, Above above) const {
    PlanLeaf made;
    made.scorer = std::move(scorer);
    made.vector_name = query.using_vector;
    made.filters = std::move(above.filters);
    made.excluded = std::move(above.excluded);
    made.params = query.params;
    made.score_threshold = query.score_threshold;
    made.limit = query.limit;
    made.indexing_threshold_bytes = schema_.indexing_threshold_bytes;
    return made;
  }

  const Schema& schema_;
  const std::uint64_t random_seed_;
};

// For people. ---------------------------------------------------------------------------------

std::string words_of(const ById&, const PlanLeaf&) { return "points by id"; }
std::string words_of(const Nearest&, const PlanLeaf& leaf) {
  std::string words = fmt::format("nearest by '{}'", leaf.vector_name);
  if (leaf.params.exact) words += ", exact";
  if (leaf.params.indexed_only) words += ", indexed only";
  if (leaf.params.hnsw_ef) words += fmt::format(", ef {}", *leaf.params.hnsw_ef);
  return words;
}
std::string words_of(const BestScore& kind, const PlanLeaf& leaf) {
  return fmt::format("best score of {}+{} examples by '{}'", kind.positive.size(), kind.negative.size(), leaf.vector_name);
}
std::string words_of(const SumScores& kind, const PlanLeaf& leaf) {
  return fmt::format("sum of scores of {}+{} examples by '{}'", kind.positive.size(), kind.negative.size(), leaf.vector_name);
}
std::string words_of(const Discover& kind, const PlanLeaf& leaf) {
  return fmt::format("discover in {} pairs by '{}'", kind.context.size(), leaf.vector_name);
}
std::string words_of(const Context& kind, const PlanLeaf& leaf) {
  return fmt::format("context of {} pairs by '{}'", kind.pairs.size(), leaf.vector_name);
}
std::string words_of(const Feedback& kind, const PlanLeaf& leaf) {
  return fmt::format("relevance feedback of {} examples by '{}'", kind.items.size(), leaf.vector_name);
}
std::string words_of(const model::OrderByQuery& kind, const PlanLeaf&) {
  const bool is_ascending = kind.order.direction == model::Direction::Kind::kAscending;
  return fmt::format("ordered by '{}', {}", kind.order.key.to_string(), is_ascending ? "ascending" : "descending");
}
std::string words_of(const Sample&, const PlanLeaf&) { return "random sample"; }
std::string words_of(const Formula&, const PlanLeaf&) { return "formula"; }

std::string words_of(const PlanLeaf& leaf) {
  std::string words = std::visit([&](const auto& scorer) { return words_of(scorer, leaf); }, leaf.scorer);
  if (!leaf.filters.empty()) words += fmt::format(", {} filter{}", leaf.filters.size(), leaf.filters.size() == 1 ? "" : "s");
  std::size_t excluded = 0;
  for (const auto& ids : leaf.excluded) excluded += ids->size();
  if (excluded > 0) words += fmt::format(", without {} points", excluded);
  if (leaf.score_threshold) words += fmt::format(", threshold {}", *leaf.score_threshold);
  return words + fmt::format(", limit {}", leaf.limit);
}
std::string words_of(const Fuse& fuse) {
  std::string words = "fuse by distribution (dbsf)";
  if (const auto* rrf = std::get_if<model::RrfQuery>(&fuse.fusion)) {
    words = fmt::format("fuse by rank (rrf, k {}{})", rrf->k, rrf->weights.empty() ? "" : ", weighted");
  }
  if (fuse.score_threshold) words += fmt::format(", threshold {}", *fuse.score_threshold);
  return words + fmt::format(", limit {}", fuse.limit);
}
std::string words_of(const Diversify& step) {
  return fmt::format("diversify by '{}', lambda {}, limit {}", step.vector_name, step.lambda, step.limit);
}

void explain_node(const PlanNode& node, std::size_t depth, std::string& out) {
  out.append(2 * depth, ' ');
  out += std::visit([](const auto& step) { return words_of(step); }, node.step);
  out += '\n';
  for (const PlanNode& input : node.inputs) explain_node(input, depth + 1, out);
}

}  // namespace

const Schema::Vector* Schema::find(std::string_view name) const {
  const auto found = std::find_if(vectors.begin(), vectors.end(), [&](const Vector& one) { return one.name == name; });
  return found == vectors.end() ? nullptr : &*found;
}

Schema schema_of(const segment::Segment& segment, std::uint64_t indexing_threshold_bytes) {
  Schema schema;
  schema.indexing_threshold_bytes = indexing_threshold_bytes;
  for (const auto& field : segment.vectors()) {
    schema.vectors.push_back({field->name, field->spec ? field->params.size : 0, field->params.distance, field->kind,
                              field->sparse.modifier == model::SparseModifier::kIdf});
  }
  return schema;
}

void Plan::set_limit(std::uint64_t limit) {
  std::visit([&](auto& step) { step.limit = limit; }, root.step);
}

Result<Plan> plan(ResolvedQuery query, const Schema& schema, std::uint64_t random_seed) {
  const Planner planner(schema, random_seed);
  ALD_RETURN_IF_ERROR(planner.check_names(query));
  ALD_ASSIGN(PlanNode root, planner.node(std::move(query), {}));
  return Plan{std::move(root)};
}

std::string explain(const Plan& plan) {
  std::string out;
  explain_node(plan.root, 0, out);
  return out;
}

}  // namespace alidade::query
