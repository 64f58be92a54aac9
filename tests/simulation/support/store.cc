#include "simulation/support/store.h"

#include <fmt/format.h>

#include "query/filter/filter.h"
#include "query/search.h"

namespace alidade::simulation {
namespace {

using model::PointId;
using segment::Segment;

// Every tenant that workloads name.
constexpr const char* kTenants[] = {model::kDefaultTenant, "acme", "umbrella"};

Status disagree(std::string what) { return internal_error(std::move(what)); }

Result<Points> list_points(const Segment& segment) {
  Points points;
  const auto& live = segment.live();
  for (std::size_t i = live.find_next(0); i < live.size(); i = live.find_next(i + 1)) {
    const base::PointOffset offset(static_cast<std::uint32_t>(i));
    model::VectorSelector with_vectors;
    with_vectors.kind = model::VectorSelector::Kind::kAll;
    ALD_ASSIGN(const auto record, segment.record(offset, model::PayloadSelector::all(), with_vectors,
                                                 segment::VectorForm::kOriginal));
    ExpectedPoint point;
    point.original_id = record.original_id;
    point.payload = payload_members(*record.payload);
    for (const auto& vector : *record.vectors) point.vectors[vector.name] = std::get<std::vector<float>>(vector.value);
    if (segment.find(record.id) != offset) {
      return disagree("point " + record.id.to_string() + " is not found by its id");
    }
    if (!points.try_emplace(record.id, std::make_shared<ExpectedPoint>(std::move(point))).second) {
      return disagree("point " + record.id.to_string() + " is there twice");
    }
  }
  if (points.size() != segment.live_count()) {
    return disagree(fmt::format("{} points are counted, {} are listed", segment.live_count(),
                                points.size()));
  }
  return points;
}

model::Filter equals(const std::string& key, const std::string& json_value) {
  const auto value = base::json::parse(json_value);
  model::MatchValue match;
  if (value->is_string()) {
    match.value = value->as_string();
  } else {
    match.value = value->as_int();
  }
  model::Filter filter;
  filter.must.push_back(model::FieldCondition{*model::JsonPath::parse(key), {match}});
  return filter;
}

Status check_filter(const Segment& segment,
                    const Points& points,
                    const std::string& key,
                    const std::string& value) {
  ALD_ASSIGN(const auto filter, query::PreparedFilter::prepare(equals(key, value), segment));
  ALD_ASSIGN(const auto selection, filter.select({}));
  std::set<PointId> found;
  selection.rows.for_each([&](std::size_t i) {
    found.insert(segment.id(base::PointOffset(static_cast<std::uint32_t>(i))));
  });
  const auto wanted = points_with(points, key, value);
  if (found == wanted && selection.count == wanted.size()) return {};
  return disagree(fmt::format("the filter {}={} finds {} points, listing finds {} ({})", key, value,
                              selection.count, wanted.size(), filter.explain()));
}

Status check_filters(const Segment& segment, const Points& points) {
  for (const char* key : {"n", "s"}) {
    std::set<std::string> values = {*key == 'n' ? "77" : "\"never\""};
    std::uint64_t holders = 0;
    for (const auto& [id, point] : points) {
      const auto found = point->payload.find(key);
      if (found == point->payload.end()) continue;
      values.insert(found->second);
      ++holders;
    }
    for (const std::string& value : values) {
      ALD_RETURN_IF_ERROR(check_filter(segment, points, key, value));
    }
    const auto& indexes = segment.payload_indexes();
    if (indexes.schema().contains(key) && indexes.points_count(key) != holders) {
      return disagree(fmt::format("the index of '{}' counts {} points, listing {}", key,
                                  indexes.points_count(key), holders));
    }
  }
  return {};
}

/// As many neighbours as there are points are all points.
Status check_search(const Segment& segment, const Points& points) {
  for (const auto& field : segment.vectors()) {
    if (!field->spec) continue;  // Nobody can have it yet.
    std::set<PointId> wanted;
    for (const auto& [id, point] : points) {
      if (point->vectors.contains(field->name)) wanted.insert(id);
    }
    query::ResolvedQuery query;
    query.kind = query::Nearest{query::share(std::vector<float>(field->params.size, 1.0F))};
    query.using_vector = field->name;
    query.limit = wanted.size() + 1;
    ALD_ASSIGN(const auto hits, query::search(segment, query, 1, {}));
    std::set<PointId> found;
    for (const auto& hit : hits.points) found.insert(segment.id(hit.offset));
    if (found != wanted || hits.points.size() != wanted.size()) {
      return disagree(fmt::format("search finds {} points, {} have the vector '{}'",
                                  hits.points.size(), wanted.size(), field->name));
    }
  }
  return {};
}

}  // namespace

shard::ShardOptions small_options() {
  shard::ShardOptions options;
  options.checkpoint_log_bytes = 6 << 10;
  options.first_log_segment_bytes = 1 << 10;
  options.max_log_segment_bytes = 4 << 10;
  return options;
}

Store::Store(env::Env& env, std::string directory)
    : directory_(std::move(directory)),
      log_(observe::LogLevel::kWarn,
           [] { return std::int64_t{0}; },
           [this](std::string_view line) { complaints_ += line; }),
      background_({.runner = shard::Background::Runner::kCaller}),
      runtime_{env, log_, background_, small_options()} {}

Status Store::open() {
  ALD_ASSIGN(catalogue_, collection::Catalogue::open(runtime_, directory_));
  return {};
}

Result<std::shared_ptr<shard::Shard>> Store::find_shard(const Place& place) const {
  model::CollectionRef ref = model::CollectionRef::by_name(place.second);
  ref.tenant = place.first.first;
  ref.database = place.first.second;
  ALD_ASSIGN(const auto collection, catalogue_->find_exact(ref));
  return collection->shard();
}

Result<ExpectedCatalogue> Store::read_catalogue() const {
  ExpectedCatalogue found;
  for (const auto& collection : catalogue_->list_all()) {
    ALD_RETURN_IF_ERROR(collection->shard().status());
    const auto description = collection->description();
    found.collections[{{description.tenant, description.database}, description.name}] =
        description.uuid;
    found.thresholds[description.uuid] = description.config.indexing_threshold_kb();
  }
  for (const auto& [alias, target] : catalogue_->aliases()) {
    const auto collection = catalogue_->find(model::CollectionRef::by_name(alias));
    if (!collection.ok()) return disagree("the alias '" + alias + "' points at nothing");
    if ((*collection)->description().name != target) {
      return disagree("the alias '" + alias + "' is listed with another collection");
    }
    found.aliases[alias] = (*collection)->uuid();
  }
  for (const char* tenant : kTenants) {
    if (catalogue_->has_tenant(tenant)) found.tenants.insert(tenant);
    for (const auto& database : catalogue_->list_databases(tenant)) {
      found.databases.insert({tenant, database.name});
    }
  }
  return found;
}

Result<ExpectedShard> read_shard(const shard::Shard& shard) {
  const auto view = shard.read_view();
  const Segment& segment = view.segment();
  ExpectedShard found;
  ALD_ASSIGN(found.points, list_points(segment));
  ALD_RETURN_IF_ERROR(check_filters(segment, found.points));
  ALD_RETURN_IF_ERROR(check_search(segment, found.points));
  for (const auto& [field, schema] : segment.payload_indexes().schema()) {
    found.indexes[field] = schema.type;
  }
  for (const auto& field : segment.vectors()) {
    if (field->spec) found.decided_sizes[field->name] = field->params.size;
  }
  return found;
}

}  // namespace alidade::simulation
