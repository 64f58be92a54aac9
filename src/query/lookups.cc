#include "query/lookups.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "model/query_inputs.h"
#include "query/resolved.h"

namespace alidade::query {
namespace {

// About 1 ms of looking up ids, and of reading vectors of 1,000 values.
constexpr std::size_t kIdsBetweenChecks = 4096;
constexpr std::size_t kVectorsBetweenChecks = 512;
// Resolved and planned, with its filters and ids of none.
constexpr std::uint64_t kBytesOfQuery = sizeof(ResolvedQuery) + 512;
// Its id, its place in the map, and who shares it.
constexpr std::uint64_t kBytesBesideVector = 128;

/// The collection whose points a query names: nullopt is the one that is queried.
std::optional<std::string> place_of(const model::QueryNode& query) {
  if (!query.lookup_from) return std::nullopt;
  return query.lookup_from->collection;
}

/// The vector of those points.
const std::string& lookup_name_of(const model::QueryNode& query) {
  const bool own = query.lookup_from && query.lookup_from->vector_name;
  return own ? *query.lookup_from->vector_name : query.using_vector;
}

}  // namespace

Status Lookups::collect(const model::QueryNode& query) {
  std::vector<model::PointId> ids;
  const bool looks_up = model::for_each_input(query, [&](const model::VectorInput& input) {
    if (const auto* id = std::get_if<model::PointId>(&input)) ids.push_back(*id);
  });
  if (looks_up) {
    auto& wanted = by_name_[place_of(query)].wanted[lookup_name_of(query)];
    wanted.insert(wanted.end(), ids.begin(), ids.end());
  }
  ALD_RETURN_IF_ERROR(account_.add(kBytesOfQuery + ids.size() * sizeof(model::PointId)));
  for (const model::QueryNode& prefetch : query.prefetch) ALD_RETURN_IF_ERROR(collect(prefetch));
  return {};
}

Status Lookups::fetch() {
  for (auto& [name, place] : by_name_) {
    ALD_ASSIGN(place.collection, places_.find(name));
  }
  for (auto& [name, place] : by_name_) ALD_RETURN_IF_ERROR(fetch(place));
  return {};
}

Status Lookups::find_points(const segment::Segment& view, Place& place) const {
  std::size_t looked_up = 0;
  for (const auto& [name, ids] : place.wanted) {
    for (const model::PointId& id : ids) {
      if (looked_up++ % kIdsBetweenChecks == 0) ALD_RETURN_IF_ERROR(context_.check());
      if (view.find(id)) place.found.insert(id);
    }
  }
  return {};
}

Status Lookups::read_vectors(const segment::Segment& view, const std::string& name,
                             const std::vector<model::PointId>& ids, Vectors& vectors) const {
  const segment::VectorField* const field = view.find_vector(name);
  if (field == nullptr) {
    return Status(StatusCode::kInvalidArgument, fmt::format("Not existing vector name error: {}", name),
                  ErrorKind::kVectorNameUnknown, {name});
  }
  for (std::size_t i = 0; i < ids.size(); ++i) {
    if (i % kVectorsBetweenChecks == 0) ALD_RETURN_IF_ERROR(context_.check());
    const auto offset = vectors.contains(ids[i]) ? std::nullopt : view.find(ids[i]);
    if (!offset) continue;
    auto values = view.vector(*field, *offset, segment::VectorForm::kStored);
    if (!values) continue;
    // A few bytes of ids can name as much as the collection holds.
    ALD_RETURN_IF_ERROR(account_.add(model::number_count(*values) * sizeof(float) + kBytesBesideVector));
    vectors.emplace(ids[i], std::make_shared<const model::VectorValue>(*std::move(values)));
  }
  return {};
}

// An unknown vector name is told only beside a point that is there, as the peer reads the names point by point.
Status Lookups::fetch(Place& place) const {
  const bool none = std::all_of(place.wanted.begin(), place.wanted.end(),
                                [](const auto& entry) { return entry.second.empty(); });
  if (none) return {};
  ALD_ASSIGN(const auto views, place.collection->views());
  for (const auto& view : views) ALD_RETURN_IF_ERROR(find_points(*view, place));
  if (place.found.empty()) return {};
  for (const auto& view : views) {
    for (const auto& [name, ids] : place.wanted) {
      ALD_RETURN_IF_ERROR(read_vectors(*view, name, ids, place.vectors[name]));
    }
  }
  return {};
}

Status Lookups::check_found(const model::QueryNode& query) const {
  Status problem;
  model::for_each_input(query, [&](const model::VectorInput& input) {
    const auto* id = std::get_if<model::PointId>(&input);
    if (id == nullptr || !problem.ok() || by_name_.at(place_of(query)).found.contains(*id)) return;
    problem = Status(StatusCode::kNotFound, fmt::format("No point with id {} found", id->to_string()),
                     ErrorKind::kPointNotFound, {id->to_string()});
  });
  for (std::size_t i = 0; i < query.prefetch.size() && problem.ok(); ++i) problem = check_found(query.prefetch[i]);
  return problem;
}

bool Lookups::is_home(const model::QueryNode& query) const {
  return by_name_.at(place_of(query)).collection->is_home();
}

Result<SharedVector> Lookups::vector_of(const model::QueryNode& query, const model::PointId& id) const {
  const Place& place = by_name_.at(place_of(query));
  const std::string& name = lookup_name_of(query);
  const auto vectors = place.vectors.find(name);
  if (vectors != place.vectors.end()) {
    const auto vector = vectors->second.find(id);
    if (vector != vectors->second.end()) return vector->second;
  }
  return not_found(fmt::format("Vector with name \"{}\" for point not found", name));
}

}  // namespace alidade::query
