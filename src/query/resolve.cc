#include "query/resolve.h"

#include <utility>

#include <fmt/format.h>

#include "inference/inference.h"
#include "query/average.h"
#include "query/lookups.h"

namespace alidade::query {
namespace {

using observe::OpContext;

// About 1 ms of adding up vectors of 1,000 values.
constexpr std::size_t kVectorsPerCheck = 512;

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

 private:
  using Excluded = std::vector<model::PointId>;
  using Kind = Result<ResolvedKind>;

  Kind kind_of(const model::QueryNode& query, const model::NearestQuery& kind, Excluded& excluded) {
    ALD_ASSIGN(SharedVector vector, vector_of(query, kind.target, excluded));
    return ResolvedKind(Nearest{vector, kind.mmr});
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
    ALD_ASSIGN(SharedVector average, average_of(query, positive, negative));
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
    if (const auto* value = std::get_if<model::VectorValue>(&input)) return std::make_shared<const model::VectorValue>(*value);
    ALD_ASSIGN(auto made, inference::vector_of(std::get<model::Inference>(input), inference::Purpose::kQuery));
    return std::make_shared<const model::VectorValue>(std::move(made));
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

  Result<SharedVector> average_of(const model::QueryNode& query,
                                  const std::vector<SharedVector>& positive,
                                  const std::vector<SharedVector>& negative) {
    if (positive.empty()) {
      return invalid_argument("Positive vectors should not be empty with `average` strategy");
    }
    ALD_ASSIGN(auto target, average_target(positive, negative, places_.dimension_of(query.using_vector), context_));
    return std::make_shared<const model::VectorValue>(std::move(target));
  }

  const LookupPlaces& places_;
  const Lookups& lookups_;
  const OpContext& context_;
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
    if (late.ok()) late = query.plan_problem;
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
