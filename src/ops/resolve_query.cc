#include "ops/resolve_query.h"

#include <fmt/format.h>

namespace alidade::ops {
namespace {

class InputResolver {
 public:
  InputResolver(const collection::Catalogue& catalogue,
                const model::CollectionRef& home,
                const model::Prefetch& query)
      : catalogue_(catalogue), home_(home), query_(query) {}

  Result<std::vector<float>> resolve(const model::VectorInput& input,
                                     std::vector<model::PointId>& excluded) {
    if (const auto* values = std::get_if<std::vector<float>>(&input)) return *values;
    const model::PointId& id = std::get<model::PointId>(input);
    model::CollectionRef place = home_;
    std::string name = query_.using_vector;
    if (query_.lookup_from) {
      place.name = query_.lookup_from->collection;
      place.uuid.reset();
      name = query_.lookup_from->vector_name.value_or(name);
    } else {
      excluded.push_back(id);
    }
    return vector_of(place, name, id);
  }

 private:
  Result<std::vector<float>> vector_of(const model::CollectionRef& place,
                                       const std::string& name,
                                       const model::PointId& id) const {
    const auto collection = catalogue_.find(place);
    if (!collection.ok()) {
      if (!query_.lookup_from) return collection.status();
      return Status(StatusCode::kNotFound, fmt::format("Collection {} not found", place.name),
                    ErrorKind::kLookupCollectionNotFound, {place.name});
    }
    ALD_ASSIGN(const auto shard, (*collection)->shard());
    const auto view = shard->read_view();
    const segment::VectorField* field = view.segment().find_vector(name);
    if (field == nullptr) {
      return Status(StatusCode::kInvalidArgument, fmt::format("Not existing vector name error: {}", name),
                    ErrorKind::kVectorNameUnknown, {name});
    }
    const auto offset = view.segment().find(id);
    if (!offset) {
      return Status(StatusCode::kNotFound, fmt::format("No point with id {} found", id.to_string()),
                    ErrorKind::kPointNotFound, {id.to_string()});
    }
    auto values = view.segment().vector(*field, *offset, segment::VectorForm::kStored);
    if (!values) return not_found(fmt::format("Vector with name \"{}\" for point not found", name));
    return std::move(*values);
  }

  const collection::Catalogue& catalogue_;
  const model::CollectionRef& home_;
  const model::Prefetch& query_;
};

std::vector<float> mean_of(const std::vector<std::vector<float>>& vectors) {
  std::vector<float> mean(vectors.front().size(), 0.0F);
  for (const auto& vector : vectors) {
    for (std::size_t i = 0; i < mean.size() && i < vector.size(); ++i) mean[i] += vector[i];
  }
  for (float& value : mean) value /= static_cast<float>(vectors.size());
  return mean;
}

Result<std::vector<float>> average_vector(InputResolver& resolver,
                                          const model::RecommendQuery& query,
                                          std::vector<model::PointId>& excluded) {
  std::vector<std::vector<float>> positive, negative;
  for (const auto& input : query.positive) {
    ALD_ASSIGN(auto values, resolver.resolve(input, excluded));
    positive.push_back(std::move(values));
  }
  for (const auto& input : query.negative) {
    ALD_ASSIGN(auto values, resolver.resolve(input, excluded));
    negative.push_back(std::move(values));
  }
  if (positive.empty()) {
    return Status(StatusCode::kInvalidArgument,
                  "At least one positive vector ID required with this strategy");
  }
  std::vector<float> target = mean_of(positive);
  if (negative.empty()) return target;
  const std::vector<float> away = mean_of(negative);
  for (std::size_t i = 0; i < target.size() && i < away.size(); ++i) target[i] += target[i] - away[i];
  return target;
}

// A point that a query is made of is no candidate of its prefetches either.
void exclude_below(query::ResolvedQuery& query, const std::vector<model::PointId>& excluded) {
  for (auto& prefetch : query.prefetch) {
    prefetch.excluded.insert(prefetch.excluded.end(), excluded.begin(), excluded.end());
    exclude_below(prefetch, excluded);
  }
}

}  // namespace

Result<query::ResolvedQuery> resolve_query(const collection::Catalogue& catalogue,
                                           const model::CollectionRef& home,
                                           const model::Prefetch& query) {
  query::ResolvedQuery out;
  for (const auto& prefetch : query.prefetch) {
    ALD_ASSIGN(auto resolved, resolve_query(catalogue, home, prefetch));
    out.prefetch.push_back(std::move(resolved));
  }
  out.using_vector = query.using_vector;
  out.filter = query.filter;
  out.params = query.params;
  out.score_threshold = query.score_threshold;
  out.limit = query.limit;
  if (!query.query) return out;

  InputResolver resolver(catalogue, home, query);
  if (const auto* nearest = std::get_if<model::NearestQuery>(&*query.query)) {
    ALD_ASSIGN(auto values, resolver.resolve(nearest->target, out.excluded));
    out.kind = query::Nearest{std::move(values)};
  } else if (const auto* recommend = std::get_if<model::RecommendQuery>(&*query.query)) {
    ALD_ASSIGN(auto values, average_vector(resolver, *recommend, out.excluded));
    out.kind = query::Nearest{std::move(values)};
  } else if (const auto* rrf = std::get_if<model::RrfQuery>(&*query.query)) {
    out.kind = *rrf;
  } else if (std::holds_alternative<model::DbsfQuery>(*query.query)) {
    out.kind = model::DbsfQuery{};
  } else if (const auto* order = std::get_if<model::OrderByQuery>(&*query.query)) {
    out.kind = *order;
  } else {
    out.kind = model::SampleQuery{};
  }
  exclude_below(out, out.excluded);
  return out;
}

}  // namespace alidade::ops
