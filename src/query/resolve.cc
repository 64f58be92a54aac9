#include "query/resolve.h"

#include <utility>

#include <fmt/format.h>

#include "query/lookups.h"

namespace alidade::query {
namespace {

using observe::OpContext;
using Vector = std::vector<float>;

// About 1 ms of adding up vectors of 1,000 values.
constexpr std::size_t kVectorsPerCheck = 512;

/// The refusal of a vector of a kind that the collection's vectors do not have; the face knows which
/// vectors the collection was promised.
Status other_kind(const char* kind, std::size_t dim, const std::string& name) {
  return Status(StatusCode::kInvalidArgument, fmt::format("Conversion between {} and regular vectors failed", kind),
                ErrorKind::kSparseConversion, {name, kind, std::to_string(dim)});
}

Result<Vector> mean_of(const std::vector<SharedVector>& vectors, const OpContext& context) {
  Vector mean(vectors.front()->size(), 0.0F);
  for (std::size_t v = 0; v < vectors.size(); ++v) {
    if (v % kVectorsPerCheck == 0) ALD_RETURN_IF_ERROR(context.check());
    for (std::size_t i = 0; i < mean.size(); ++i) mean[i] += (*vectors[v])[i];
  }
  for (float& value : mean) value /= static_cast<float>(vectors.size());
  return mean;
}

/// A mean is only made of vectors that are as long as the vector it is compared with.
Status check_sizes(const std::vector<SharedVector>& vectors, std::size_t size) {
  for (const SharedVector& vector : vectors) {
    if (vector->size() == size) continue;
    return Status(StatusCode::kInvalidArgument,
                  fmt::format("a mean of vectors of {} values has one of {}", size, vector->size()),
                  ErrorKind::kDimensionMismatch, {std::to_string(size), std::to_string(vector->size()), ""});
  }
  return {};
}

/// Turns one query and what is below it into their resolved form.
class Resolver {
 public:
  Resolver(const LookupPlaces& places, const Lookups& lookups, const OpContext& context)
      : places_(places), lookups_(lookups), context_(context) {}

  Result<ResolvedQuery> resolve(const model::QueryNode& query) {
    ALD_RETURN_IF_ERROR(query.problem);
    ResolvedQuery out;
    out.using_vector = query.using_vector;
    out.filter = query.filter;
    out.params = query.params;
    out.score_threshold = query.score_threshold;
    out.limit = query.limit;
    if (query.query) {
      ALD_ASSIGN(out.kind, std::visit([&](const auto& kind) { return kind_of(query, kind, out.excluded); }, *query.query));
    }
    for (const auto& prefetch : query.prefetch) {
      ALD_ASSIGN(auto resolved, resolve(prefetch));
      out.prefetch.push_back(std::move(resolved));
    }
    return out;
  }

  /// The first vector of a kind that is not stored, told only after everything else was right.
  const Status& late() const { return late_; }

 private:
  using Excluded = std::vector<model::PointId>;
  using Kind = Result<ResolvedKind>;

  Kind kind_of(const model::QueryNode& query, const model::NearestQuery& kind, Excluded& excluded) {
    ALD_ASSIGN(const SharedVector vector, vector_of(query, kind.target, excluded));
    return ResolvedKind(Nearest{*vector, kind.mmr});
  }

  Kind kind_of(const model::QueryNode& query, const model::RecommendQuery& kind, Excluded& excluded) {
    using Strategy = model::RecommendQuery::Strategy;
    ALD_ASSIGN(auto positive, vectors_of(query, kind.positive, excluded));
    ALD_ASSIGN(auto negative, vectors_of(query, kind.negative, excluded));
    switch (kind.strategy) {
      case Strategy::kBestScore: return ResolvedKind(BestScore{std::move(positive), std::move(negative)});
      case Strategy::kSumScores: return ResolvedKind(SumScores{std::move(positive), std::move(negative)});
      case Strategy::kAverageVector: break;
    }
    ALD_ASSIGN(Vector average, average_of(query, positive, negative));
    return ResolvedKind(Nearest{std::move(average)});
  }

  Kind kind_of(const model::QueryNode& query, const model::DiscoverQuery& kind, Excluded& excluded) {
    Discover discover;
    ALD_ASSIGN(discover.target, vector_of(query, kind.target, excluded));
    ALD_ASSIGN(discover.context, pairs_of(query, kind.context, excluded));
    return ResolvedKind(std::move(discover));
  }

  Kind kind_of(const model::QueryNode& query, const model::ContextQuery& kind, Excluded& excluded) {
    ALD_ASSIGN(auto pairs, pairs_of(query, kind.pairs, excluded));
    return ResolvedKind(Context{std::move(pairs)});
  }

  Kind kind_of(const model::QueryNode& query, const model::FeedbackQuery& kind, Excluded& excluded) {
    Feedback feedback;
    feedback.a = kind.a;
    feedback.b = kind.b;
    feedback.c = kind.c;
    ALD_ASSIGN(feedback.target, vector_of(query, kind.target, excluded));
    for (const model::FeedbackItem& item : kind.feedback) {
      ALD_ASSIGN(auto example, vector_of(query, item.example, excluded));
      feedback.items.push_back({std::move(example), item.score});
    }
    return ResolvedKind(std::move(feedback));
  }

  Kind kind_of(const model::QueryNode&, const model::RrfQuery& kind, Excluded&) { return ResolvedKind(kind); }
  Kind kind_of(const model::QueryNode&, const model::DbsfQuery& kind, Excluded&) { return ResolvedKind(kind); }
  Kind kind_of(const model::QueryNode&, const model::OrderByQuery& kind, Excluded&) { return ResolvedKind(kind); }
  Kind kind_of(const model::QueryNode&, const model::FormulaQuery& kind, Excluded&) { return ResolvedKind(kind); }
  Kind kind_of(const model::QueryNode&, const model::SampleQuery& kind, Excluded&) { return ResolvedKind(kind); }
  Kind kind_of(const model::QueryNode&, const model::TextQuery&, Excluded&) {
    return unimplemented("A query of kind text is not available in this version");
  }

  Result<SharedVector> vector_of(const model::QueryNode& query, const model::VectorInput& input, Excluded& excluded) {
    if (const auto* id = std::get_if<model::PointId>(&input)) {
      if (lookups_.is_home(query)) excluded.push_back(*id);
      return lookups_.vector_of(query, *id);
    }
    const auto* value = std::get_if<model::VectorValue>(&input);
    if (value == nullptr) return set_late(other_kind("sparse", 0, query.using_vector));  // What the one served model makes.
    if (const auto* values = std::get_if<Vector>(value)) return std::make_shared<const Vector>(*values);
    if (const auto* multi = std::get_if<model::MultiVector>(value)) {
      return set_late(other_kind("multi", multi->dim, query.using_vector));
    }
    return set_late(other_kind("sparse", 0, query.using_vector));
  }

  SharedVector set_late(Status problem) {
    if (late_.ok()) late_ = std::move(problem);
    return none_;
  }

  Result<std::vector<SharedVector>> vectors_of(const model::QueryNode& query,
                                               const std::vector<model::VectorInput>& inputs,
                                               Excluded& excluded) {
    std::vector<SharedVector> vectors;
    for (const auto& input : inputs) {
      if (vectors.size() % kVectorsPerCheck == 0) ALD_RETURN_IF_ERROR(context_.check());
      ALD_ASSIGN(auto vector, vector_of(query, input, excluded));
      vectors.push_back(std::move(vector));
    }
    return vectors;
  }

  Result<std::vector<VectorPair>> pairs_of(const model::QueryNode& query, const std::vector<model::ContextPair>& given,
                                           Excluded& excluded) {
    std::vector<VectorPair> pairs;
    for (const auto& pair : given) {
      if (pairs.size() % kVectorsPerCheck == 0) ALD_RETURN_IF_ERROR(context_.check());
      VectorPair resolved;
      ALD_ASSIGN(resolved.positive, vector_of(query, pair.positive, excluded));
      ALD_ASSIGN(resolved.negative, vector_of(query, pair.negative, excluded));
      pairs.push_back(std::move(resolved));
    }
    return pairs;
  }

  Result<Vector> average_of(const model::QueryNode& query,
                            const std::vector<SharedVector>& positive,
                            const std::vector<SharedVector>& negative) {
    if (positive.empty()) {
      return invalid_argument("Positive vectors should not be empty with `average` strategy");
    }
    if (!late_.ok()) return Vector();  // A vector of another kind has no length to compare.
    const std::size_t known = places_.dimension_of(query.using_vector);
    const std::size_t size = known == 0 ? positive.front()->size() : known;
    ALD_RETURN_IF_ERROR(check_sizes(positive, size));
    ALD_RETURN_IF_ERROR(check_sizes(negative, size));
    ALD_ASSIGN(Vector target, mean_of(positive, context_));
    if (negative.empty()) return target;
    ALD_ASSIGN(const Vector away, mean_of(negative, context_));
    for (std::size_t i = 0; i < target.size(); ++i) target[i] += target[i] - away[i];
    return target;
  }

  const LookupPlaces& places_;
  const Lookups& lookups_;
  const OpContext& context_;
  const SharedVector none_ = std::make_shared<const Vector>();
  Status late_;
};

}  // namespace

Status resolve(const LookupPlaces& places,
               std::span<const model::QueryRequest> queries,
               const OpContext& context,
               env::MemoryAccount& account,
               const std::function<Status(std::size_t, ResolvedQuery)>& visit) {
  Lookups lookups(places, context, account);
  for (const auto& query : queries) ALD_RETURN_IF_ERROR(lookups.collect(query));
  ALD_RETURN_IF_ERROR(lookups.fetch());
  for (const auto& query : queries) ALD_RETURN_IF_ERROR(lookups.check_found(query));
  std::optional<ResolvedQuery> first;
  Status late;
  for (const auto& query : queries) {
    ALD_RETURN_IF_ERROR(context.check());
    Resolver resolver(places, lookups, context);
    ALD_ASSIGN(auto resolved, resolver.resolve(query));
    if (!first) first = std::move(resolved);
    if (late.ok()) late = query.plan_problem.ok() ? resolver.late() : query.plan_problem;
  }
  ALD_RETURN_IF_ERROR(late);
  // Vectors are large and a batch may name the same one everywhere: they are not all held at a time.
  for (std::size_t i = 0; i < queries.size(); ++i) {
    if (i == 0) {
      ALD_RETURN_IF_ERROR(visit(i, *std::exchange(first, std::nullopt)));
      continue;
    }
    Resolver resolver(places, lookups, context);
    ALD_ASSIGN(auto resolved, resolver.resolve(queries[i]));
    ALD_RETURN_IF_ERROR(visit(i, std::move(resolved)));
  }
  return {};
}

}  // namespace alidade::query
