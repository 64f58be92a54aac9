#include "ops/resolve_query.h"

#include <algorithm>
#include <map>
#include <memory>
#include <optional>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include <fmt/format.h>

#include "ops/read_rows.h"

namespace alidade::ops {
namespace {

using Vector = std::vector<float>;
using observe::OpContext;

// About 1 ms of reading or adding up vectors of 1,000 values.
constexpr std::size_t kVectorsPerCheck = 512;

Status unknown_vector(const std::string& name) {
  return Status(StatusCode::kInvalidArgument, fmt::format("Not existing vector name error: {}", name),
                ErrorKind::kVectorNameUnknown, {name});
}

using Collection = std::shared_ptr<collection::Collection>;

/// The collection whose points a query names: nullopt is the one that is queried.
std::optional<std::string> place_of(const model::Prefetch& query) {
  if (!query.lookup_from) return std::nullopt;
  return query.lookup_from->collection;
}

/// The vector of those points.
const std::string& lookup_name_of(const model::Prefetch& query) {
  const bool own = query.lookup_from && query.lookup_from->vector_name;
  return own ? *query.lookup_from->vector_name : query.using_vector;
}

/// Calls `visit` for each vector or id that the query is made of. @return whether it is made of such.
template <typename Visit>
bool for_each_input(const model::Prefetch& query, Visit visit) {
  if (!query.query) return false;
  if (const auto* nearest = std::get_if<model::NearestQuery>(&*query.query)) {
    visit(nearest->target);
    return true;
  }
  const auto* recommend = std::get_if<model::RecommendQuery>(&*query.query);
  if (recommend == nullptr) return false;
  for (const auto& input : recommend->positive) visit(input);
  for (const auto& input : recommend->negative) visit(input);
  return true;
}

// Looking up. ---------------------------------------------------------------------------------

/// The vectors of all points that the queries of a request name, fetched once per collection.
class Lookups {
 public:
  Lookups(const collection::Catalogue& catalogue,
          const model::CollectionRef& home_ref,
          Collection home,
          const OpContext& context)
      : catalogue_(catalogue), home_ref_(home_ref), home_(std::move(home)), context_(context) {}

  /// A collection that is named beside a vector counts too, although nothing is looked up in it.
  void collect(const model::Prefetch& query) {
    std::vector<model::PointId> ids;
    const bool looks_up = for_each_input(query, [&](const model::VectorInput& input) {
      if (const auto* id = std::get_if<model::PointId>(&input)) ids.push_back(*id);
    });
    if (looks_up) {
      Place& place = places_[place_of(query)];
      auto& wanted = place.wanted[lookup_name_of(query)];
      wanted.insert(wanted.end(), ids.begin(), ids.end());
    }
    for (const model::Prefetch& prefetch : query.prefetch) collect(prefetch);
  }

  Status fetch() {
    for (auto& [name, place] : places_) ALD_RETURN_IF_ERROR(find(name, place));
    for (auto& [name, place] : places_) ALD_RETURN_IF_ERROR(fetch(place));
    return {};
  }

  /// After fetch(). The first id, from the outside in, that is not there.
  Status check_found(const model::Prefetch& query) const {
    Status problem;
    for_each_input(query, [&](const model::VectorInput& input) {
      const auto* id = std::get_if<model::PointId>(&input);
      if (id == nullptr || !problem.ok() || places_.at(place_of(query)).found.contains(*id)) return;
      problem = Status(StatusCode::kNotFound, fmt::format("No point with id {} found", id->to_string()),
                       ErrorKind::kPointNotFound, {id->to_string()});
    });
    for (std::size_t i = 0; i < query.prefetch.size() && problem.ok(); ++i) problem = check_found(query.prefetch[i]);
    return problem;
  }

  /// After fetch(). Whether the points that the query names are points of the collection it searches.
  bool is_home(const model::Prefetch& query) const { return places_.at(place_of(query)).collection == home_; }
  const Collection& home() const { return home_; }
  const OpContext& context() const { return context_; }

  /// After check_found(). The vector of a point that the query names; lives as long as this.
  Result<const Vector*> vector_of(const model::Prefetch& query, const model::PointId& id) const {
    const Place& place = places_.at(place_of(query));
    const std::string& name = lookup_name_of(query);
    const auto vectors = place.vectors.find(name);
    if (vectors != place.vectors.end()) {
      const auto vector = vectors->second.find(id);
      if (vector != vectors->second.end()) return &vector->second;
    }
    return not_found(fmt::format("Vector with name \"{}\" for point not found", name));
  }

 private:
  struct Place {
    Collection collection;
    std::map<std::string, std::vector<model::PointId>> wanted;  ///< By vector name.
    std::unordered_set<model::PointId> found;
    std::map<std::string, std::unordered_map<model::PointId, Vector>> vectors;
  };

  Status find(const std::optional<std::string>& name, Place& place) const {
    place.collection = home_;
    if (!name) return {};
    model::CollectionRef ref = home_ref_;
    ref.name = *name;
    ref.uuid.reset();
    auto collection = catalogue_.find(ref);
    if (!collection.ok()) {
      return Status(StatusCode::kNotFound, fmt::format("Collection {} not found", *name),
                    ErrorKind::kLookupCollectionNotFound, {*name});
    }
    place.collection = std::move(collection).value();
    return {};
  }

  /// An unknown vector name is told only beside a point that is there, as the peer reads the names
  /// point by point.
  Status fetch(Place& place) const {
    const bool none = std::all_of(place.wanted.begin(), place.wanted.end(),
                                  [](const auto& entry) { return entry.second.empty(); });
    if (none) return {};
    ALD_ASSIGN(const auto shard, place.collection->shard());
    const auto view = shard->read_view();
    std::size_t looked_up = 0;
    for (const auto& [name, ids] : place.wanted) {
      for (const model::PointId& id : ids) {
        if (looked_up++ % kIdsPerCheck == 0) ALD_RETURN_IF_ERROR(context_.check());
        if (view.segment().find(id)) place.found.insert(id);
      }
    }
    if (place.found.empty()) return {};
    for (const auto& [name, ids] : place.wanted) {
      const segment::VectorField* field = view.segment().find_vector(name);
      if (field == nullptr) return unknown_vector(name);
      auto& vectors = place.vectors[name];
      for (std::size_t i = 0; i < ids.size(); ++i) {
        if (i % kVectorsPerCheck == 0) ALD_RETURN_IF_ERROR(context_.check());
        const auto offset = vectors.contains(ids[i]) ? std::nullopt : view.segment().find(ids[i]);
        if (!offset) continue;
        auto values = view.segment().vector(*field, *offset, segment::VectorForm::kStored);
        if (values) vectors.emplace(ids[i], std::move(*values));
      }
    }
    return {};
  }

  const collection::Catalogue& catalogue_;
  const model::CollectionRef& home_ref_;
  const Collection home_;
  const OpContext& context_;
  std::map<std::optional<std::string>, Place> places_;
};

// Replacing. ----------------------------------------------------------------------------------

/// The refusal of a vector of a kind that the collection's vectors do not have; the face knows which
/// vectors the collection was promised.
Status other_kind(const model::OtherVector& vector, const std::string& name) {
  const char* kind = vector.kind == model::OtherVector::Kind::kSparse ? "sparse" : "multi";
  return Status(StatusCode::kInvalidArgument,
                fmt::format("Conversion between {} and regular vectors failed", kind),
                ErrorKind::kSparseConversion, {name, kind, std::to_string(vector.dim)});
}

Result<Vector> mean_of(const std::vector<const Vector*>& vectors, const OpContext& context) {
  Vector mean(vectors.front()->size(), 0.0F);
  for (std::size_t v = 0; v < vectors.size(); ++v) {
    if (v % kVectorsPerCheck == 0) ALD_RETURN_IF_ERROR(context.check());
    for (std::size_t i = 0; i < mean.size(); ++i) mean[i] += (*vectors[v])[i];
  }
  for (float& value : mean) value /= static_cast<float>(vectors.size());
  return mean;
}

/// Turns one query and what is below it into their resolved form.
class Resolver {
 public:
  explicit Resolver(const Lookups& lookups) : lookups_(lookups) {}

  Result<query::ResolvedQuery> resolve(const model::Prefetch& query) {
    ALD_RETURN_IF_ERROR(query.problem);
    query::ResolvedQuery out;
    out.using_vector = query.using_vector;
    out.filter = query.filter;
    out.params = query.params;
    out.score_threshold = query.score_threshold;
    out.limit = query.limit;
    if (query.query) {
      ALD_ASSIGN(out.kind, kind_of(query, out.excluded));
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
  Result<query::ResolvedKind> kind_of(const model::Prefetch& query, std::vector<model::PointId>& excluded) {
    using query::ResolvedKind;
    if (const auto* nearest = std::get_if<model::NearestQuery>(&*query.query)) {
      ALD_ASSIGN(const Vector* values, vector_of(query, nearest->target, excluded));
      return ResolvedKind(query::Nearest{*values});
    }
    if (const auto* recommend = std::get_if<model::RecommendQuery>(&*query.query)) {
      ALD_ASSIGN(auto values, average_vector(query, *recommend, excluded));
      return ResolvedKind(query::Nearest{std::move(values)});
    }
    if (const auto* rrf = std::get_if<model::RrfQuery>(&*query.query)) return ResolvedKind(*rrf);
    if (std::holds_alternative<model::DbsfQuery>(*query.query)) return ResolvedKind(model::DbsfQuery{});
    if (const auto* order = std::get_if<model::OrderByQuery>(&*query.query)) return ResolvedKind(*order);
    return ResolvedKind(model::SampleQuery{});
  }

  /// Of the request or of the lookups: a vector that is named often is not copied.
  Result<const Vector*> vector_of(const model::Prefetch& query,
                                  const model::VectorInput& input,
                                  std::vector<model::PointId>& excluded) {
    if (const auto* values = std::get_if<Vector>(&input)) return values;
    if (const auto* other = std::get_if<model::OtherVector>(&input)) {
      if (late_.ok()) late_ = other_kind(*other, query.using_vector);
      return &none_;
    }
    const auto& id = std::get<model::PointId>(input);
    if (lookups_.is_home(query)) excluded.push_back(id);
    return lookups_.vector_of(query, id);
  }

  Result<std::vector<const Vector*>> vectors_of(const model::Prefetch& query,
                                                const std::vector<model::VectorInput>& inputs,
                                                std::vector<model::PointId>& excluded) {
    std::vector<const Vector*> vectors;
    for (const auto& input : inputs) {
      if (vectors.size() % kIdsPerCheck == 0) ALD_RETURN_IF_ERROR(lookups_.context().check());
      ALD_ASSIGN(const Vector* values, vector_of(query, input, excluded));
      vectors.push_back(values);
    }
    return vectors;
  }

  Result<Vector> average_vector(const model::Prefetch& query,
                                const model::RecommendQuery& recommend,
                                std::vector<model::PointId>& excluded) {
    ALD_ASSIGN(const auto positive, vectors_of(query, recommend.positive, excluded));
    ALD_ASSIGN(const auto negative, vectors_of(query, recommend.negative, excluded));
    if (positive.empty()) {
      return invalid_argument("Positive vectors should not be empty with `average` strategy");
    }
    if (!late_.ok()) return Vector();  // A vector of another kind has no length to compare.
    const std::size_t size = size_of(query.using_vector, positive.front()->size());
    ALD_RETURN_IF_ERROR(check_sizes(positive, size));
    ALD_RETURN_IF_ERROR(check_sizes(negative, size));
    ALD_ASSIGN(Vector target, mean_of(positive, lookups_.context()));
    if (negative.empty()) return target;
    ALD_ASSIGN(const Vector away, mean_of(negative, lookups_.context()));
    for (std::size_t i = 0; i < target.size(); ++i) target[i] += target[i] - away[i];
    return target;
  }

  std::size_t size_of(const std::string& name, std::size_t otherwise) const {
    const auto vectors = lookups_.home()->description().config.vectors;
    const auto found = vectors.find(name);
    return found == vectors.end() || found->second.size == 0 ? otherwise : found->second.size;
  }

  /// A mean is only made of vectors that are as long as the vector it is compared with.
  static Status check_sizes(const std::vector<const Vector*>& vectors, std::size_t size) {
    for (const Vector* vector : vectors) {
      if (vector->size() == size) continue;
      return Status(StatusCode::kInvalidArgument,
                    fmt::format("a mean of vectors of {} values has one of {}", size, vector->size()),
                    ErrorKind::kDimensionMismatch, {std::to_string(size), std::to_string(vector->size()), ""});
    }
    return {};
  }

  const Lookups& lookups_;
  const Vector none_;
  Status late_;
};

}  // namespace

Status resolve_queries(const collection::Catalogue& catalogue,
                       const model::CollectionRef& home_ref,
                       Collection home,
                       std::span<const model::QueryRequest> queries,
                       const OpContext& context,
                       const std::function<Status(std::size_t, query::ResolvedQuery)>& visit) {
  Lookups lookups(catalogue, home_ref, std::move(home), context);
  for (const auto& query : queries) lookups.collect(query);
  ALD_RETURN_IF_ERROR(lookups.fetch());
  for (const auto& query : queries) ALD_RETURN_IF_ERROR(lookups.check_found(query));
  std::optional<query::ResolvedQuery> first;
  Status late;
  for (const auto& query : queries) {
    ALD_RETURN_IF_ERROR(context.check());
    Resolver resolver(lookups);
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
    Resolver resolver(lookups);
    ALD_ASSIGN(auto resolved, resolver.resolve(queries[i]));
    ALD_RETURN_IF_ERROR(visit(i, std::move(resolved)));
  }
  return {};
}

}  // namespace alidade::ops
