#include <algorithm>
#include <limits>
#include <set>
#include <unordered_set>

#include <fmt/format.h>

#include "ops/dispatcher.h"
#include "ops/resolve_query.h"
#include "query/filter/filter.h"
#include "query/search.h"

namespace alidade::ops {
namespace {

using base::PointOffset;
using observe::OpContext;
using segment::Segment;
using segment::VectorForm;

std::uint64_t saturating_add(std::uint64_t a, std::uint64_t b) {
  return a > std::numeric_limits<std::uint64_t>::max() - b ? std::numeric_limits<std::uint64_t>::max() : a + b;
}

/// Fetches what the answer shows of the hits from `first` on.
Result<model::QueryHits> fetch(const Segment& segment,
                               const query::Hits& hits,
                               std::uint64_t first,
                               const model::PayloadSelector& with_payload,
                               const model::VectorSelector& with_vectors,
                               VectorForm form) {
  model::QueryHits out;
  out.score_kind = hits.score_kind;
  out.vector_name = hits.vector_name;
  out.distance = hits.distance;
  for (std::size_t i = first; i < hits.points.size(); ++i) {
    const query::Hit& hit = hits.points[i];
    ALD_ASSIGN(auto record, segment.record(hit.offset, with_payload, with_vectors, form));
    if (!hit.from_vector_search) record.version = 0;  // As the peer: only searches tell versions.
    out.points.push_back({std::move(record), hit.score, hit.order_value});
  }
  return out;
}

Status check_vector_names(const Segment& segment, const model::VectorSelector& selector) {
  if (selector.kind != model::VectorSelector::Kind::kNames) return {};
  for (const std::string& name : selector.names) {
    if (segment.find_vector(name) != nullptr) continue;
    return Status(StatusCode::kInvalidArgument, fmt::format("Not existing vector name error: {}", name),
                  ErrorKind::kVectorNameUnknown, {name});
  }
  return {};
}

bool asks_indexed_only(const query::ResolvedQuery& query) {
  return query.params.indexed_only ||
         std::any_of(query.prefetch.begin(), query.prefetch.end(), &asks_indexed_only);
}

/// The threshold that search_small_tails() needs. Before the read view is taken: a description looks
/// at the shard too, and a thread may hold only one view.
std::uint64_t indexing_threshold_bytes(const collection::Collection& collection,
                                       const query::ResolvedQuery& query) {
  if (!asks_indexed_only(query)) return 0;
  return collection.description().config.indexing_threshold_kb * 1024;
}

// indexed_only is about large unindexed parts: a tail below the indexing threshold is always searched.
void search_small_tails(const Segment& segment, std::uint64_t threshold_bytes, query::ResolvedQuery& resolved) {
  for (auto& prefetch : resolved.prefetch) search_small_tails(segment, threshold_bytes, prefetch);
  if (!resolved.params.indexed_only) return;
  const segment::VectorField* field = segment.find_vector(resolved.using_vector);
  if (field == nullptr || !field->spec) return;
  const std::uint64_t row_bytes = std::uint64_t{field->params.size} * sizeof(float);
  resolved.params.indexed_only = segment.waiting_rows(*field) * row_bytes >= threshold_bytes;
}

Result<model::QueryHits> run_query(const Services& services,
                                   OpContext& context,
                                   const CollectionRef& ref,
                                   const model::QueryRequest& request) {
  ALD_ASSIGN(const auto collection, services.catalogue.find(ref));
  ALD_ASSIGN(const auto shard, collection->shard());
  ALD_ASSIGN(auto resolved, resolve_query(services.catalogue, ref, request));
  resolved.limit = saturating_add(request.limit, request.offset);
  const std::uint64_t threshold_bytes = indexing_threshold_bytes(*collection, resolved);
  const auto view = shard->read_view();
  ALD_RETURN_IF_ERROR(check_vector_names(view.segment(), request.with_vectors));
  search_small_tails(view.segment(), threshold_bytes, resolved);
  ALD_ASSIGN(const auto hits, query::search(view.segment(), resolved, services.env.random_u64(), context));
  return fetch(view.segment(), hits, request.offset, request.with_payload, request.with_vectors,
               VectorForm::kStored);
}

/// The rows that Chroma's query may answer with; nullopt = all.
Result<std::optional<query::Selection>> candidates(const Segment& segment,
                                                   const QueryRecords& request,
                                                   const OpContext& context) {
  std::optional<query::Selection> selection;
  if (request.filter && !request.filter->empty()) {
    ALD_ASSIGN(const auto prepared, query::PreparedFilter::prepare(*request.filter, segment));
    ALD_ASSIGN(selection, prepared.select(context));
  }
  if (!request.ids) return selection;
  query::Selection named{base::Bitset(segment.row_count()), 0};
  for (const model::PointId& id : *request.ids) {
    const auto offset = segment.find(id);
    if (!offset) {
      return Status(StatusCode::kNotFound, fmt::format("No point with id {} found", id.to_string()),
                    ErrorKind::kPointNotFound, {id.to_string()});
    }
    named.rows.set(offset->value);
  }
  if (selection) named.rows &= selection->rows;
  named.count = named.rows.count();
  return std::optional<query::Selection>(std::move(named));
}

// Groups. -------------------------------------------------------------------------------------

// Groups of one element of a list (`list[0]`) are none: the peer looks at a selection of the payload,
// where such a path leaves an empty list.
bool selects_nothing(const model::JsonPath& path) {
  return std::any_of(path.steps.begin(), path.steps.end(), [](const model::JsonPath::Step& step) {
    return std::holds_alternative<model::JsonPath::Element>(step);
  });
}

std::vector<GroupKey> group_keys(const base::json::Value& payload, const model::JsonPath& path) {
  std::vector<GroupKey> keys;
  if (selects_nothing(path)) return keys;
  const auto add = [&](const base::json::Value& value) {
    std::optional<GroupKey> key;
    if (value.is_string()) key = value.as_string();
    if (value.is_int()) key = value.as_int();
    if (value.is_uint()) key = value.as_uint();
    if (key && std::find(keys.begin(), keys.end(), *key) == keys.end()) keys.push_back(std::move(*key));
  };
  model::visit_path(payload, path, [&](const base::json::Value& value) {
    if (!value.is_array()) return add(value);
    for (const auto& item : value.as_array()) add(item);
  });
  return keys;
}

struct GroupedHits {
  std::vector<std::pair<GroupKey, std::vector<const query::Hit*>>> groups;
  bool complete = false;  ///< Every group that is shown is full.
};

Result<GroupedHits> group_hits(const Segment& segment, const query::Hits& hits, const QueryGroups& request) {
  GroupedHits out;
  for (const query::Hit& hit : hits.points) {
    ALD_ASSIGN(const auto payload, segment.payload(hit.offset));
    for (GroupKey& key : group_keys(payload, request.group_by)) {
      auto found = std::find_if(out.groups.begin(), out.groups.end(),
                                [&](const auto& group) { return group.first == key; });
      if (found == out.groups.end()) {
        if (out.groups.size() == request.limit) continue;
        found = out.groups.insert(out.groups.end(), {std::move(key), {}});
      }
      if (found->second.size() < request.group_size) found->second.push_back(&hit);
    }
  }
  out.complete = out.groups.size() == request.limit &&
                 std::all_of(out.groups.begin(), out.groups.end(), [&](const auto& group) {
                   return group.second.size() == request.group_size;
                 });
  return out;
}

Status add_lookups(const Services& services, const QueryGroups& request, QueryGroupsResult& result) {
  CollectionRef place = request.collection;
  place.name = request.with_lookup->collection;
  place.uuid.reset();
  const auto collection = services.catalogue.find(place);
  if (!collection.ok()) {
    return Status(StatusCode::kNotFound, fmt::format("Collection {} not found", place.name),
                  ErrorKind::kLookupCollectionNotFound, {place.name});
  }
  ALD_ASSIGN(const auto shard, (*collection)->shard());
  const auto view = shard->read_view();
  ALD_RETURN_IF_ERROR(check_vector_names(view.segment(), request.with_lookup->with_vectors));
  for (PointGroup& group : result.groups) {
    std::optional<model::PointId> id;
    if (const auto* u = std::get_if<std::uint64_t>(&group.key)) id = model::PointId::from_number(*u);
    if (const auto* i = std::get_if<std::int64_t>(&group.key); i != nullptr && *i >= 0) {
      id = model::PointId::from_number(static_cast<std::uint64_t>(*i));
    }
    if (const auto* text = std::get_if<std::string>(&group.key)) {
      if (const auto uuid = base::Uuid::parse(*text)) id = model::PointId::from_uuid(*uuid);
    }
    const auto offset = id ? view.segment().find(*id) : std::nullopt;
    if (!offset) continue;
    ALD_ASSIGN(group.lookup, view.segment().record(*offset, request.with_lookup->with_payload,
                                                   request.with_lookup->with_vectors, VectorForm::kStored));
  }
  return {};
}

}  // namespace

Result<model::QueryHits> handle(const Services& services, OpContext& context, const QueryPoints& request) {
  return run_query(services, context, request.collection, request.query);
}

Result<std::vector<model::QueryHits>> handle(const Services& services,
                                             OpContext& context,
                                             const QueryBatch& request) {
  std::vector<model::QueryHits> out;
  for (const auto& query : request.queries) {
    ALD_ASSIGN(auto hits, run_query(services, context, request.collection, query));
    out.push_back(std::move(hits));
  }
  return out;
}

Result<QueryGroupsResult> handle(const Services& services, OpContext& context, const QueryGroups& request) {
  ALD_ASSIGN(const auto collection, services.catalogue.find(request.collection));
  ALD_ASSIGN(const auto shard, collection->shard());
  ALD_ASSIGN(auto resolved, resolve_query(services.catalogue, request.collection, request.query));
  const std::uint64_t threshold_bytes = indexing_threshold_bytes(*collection, resolved);
  QueryGroupsResult out;
  {
    const auto view = shard->read_view();
    const Segment& segment = view.segment();
    ALD_RETURN_IF_ERROR(check_vector_names(segment, request.query.with_vectors));
    const std::string& name = resolved.using_vector;
    if (resolved.kind && std::holds_alternative<query::Nearest>(*resolved.kind) && segment.find_vector(name) == nullptr) {
      return Status(StatusCode::kInvalidArgument,
                    fmt::format("Vector with name {} is not configured in this collection", name));
    }
    search_small_tails(segment, threshold_bytes, resolved);
    // Asks for more until every group is full or there are no more hits: groups are then exact.
    std::uint64_t wanted = 4 * std::max<std::uint64_t>(1, request.limit) * request.group_size;
    query::Hits hits;
    GroupedHits grouped;
    while (true) {
      resolved.limit = std::min<std::uint64_t>(wanted, std::max<std::uint64_t>(1, segment.live_count()));
      ALD_ASSIGN(hits, query::search(segment, resolved, services.env.random_u64(), context));
      ALD_ASSIGN(grouped, group_hits(segment, hits, request));
      if (grouped.complete || hits.points.size() < resolved.limit || resolved.limit >= segment.live_count()) break;
      wanted *= 4;
    }
    out.score_kind = hits.score_kind;
    out.vector_name = hits.vector_name;
    out.distance = hits.distance;
    for (auto& [key, members] : grouped.groups) {
      PointGroup group{std::move(key), {}, std::nullopt};
      for (const query::Hit* hit : members) {
        ALD_ASSIGN(auto record, segment.record(hit->offset, request.query.with_payload,
                                               request.query.with_vectors, VectorForm::kStored));
        if (!hit->from_vector_search) record.version = 0;
        group.hits.push_back({std::move(record), hit->score, hit->order_value});
      }
      out.groups.push_back(std::move(group));
    }
  }
  if (request.with_lookup) ALD_RETURN_IF_ERROR(add_lookups(services, request, out));
  return out;
}

Result<std::vector<model::QueryHits>> handle(const Services& services,
                                             OpContext& context,
                                             const QueryRecords& request) {
  ALD_ASSIGN(const auto collection, services.catalogue.find(request.collection));
  ALD_ASSIGN(const auto shard, collection->shard());
  const auto view = shard->read_view();
  const Segment& segment = view.segment();
  const segment::VectorField* field = segment.find_vector("");
  std::vector<model::QueryHits> out(request.vectors.size());
  if (field == nullptr || !field->spec) return out;  // No vector yet: nothing is near.
  ALD_ASSIGN(const auto selection, candidates(segment, request, context));
  for (std::size_t i = 0; i < request.vectors.size(); ++i) {
    const auto& values = request.vectors[i];
    if (values.size() != field->params.size) {
      return Status(StatusCode::kInvalidArgument,
                    fmt::format("expected {} values, got {}", field->params.size, values.size()),
                    ErrorKind::kDimensionMismatch,
                    {std::to_string(field->params.size), std::to_string(values.size()), ""});
    }
    segment::VectorQuery query;
    query.values = values;
    query.limit = request.limit;
    query.exact = request.params.exact;
    query.ef = request.params.hnsw_ef.value_or(field->hnsw.ef_search != 0 ? field->hnsw.ef_search
                                                                         : field->hnsw.ef_construct);
    ALD_ASSIGN(const auto rows, segment.search(query, selection ? &selection->rows : nullptr,
                                               selection ? selection->count : segment.live_count(), context));
    query::Hits hits;
    hits.score_kind = model::ScoreKind::kSimilarity;
    hits.distance = field->params.distance;
    for (const auto& row : rows) hits.points.push_back({row.offset, row.similarity, std::nullopt, true});
    ALD_ASSIGN(out[i], fetch(segment, hits, 0, request.with_payload, request.with_vectors, VectorForm::kOriginal));
  }
  return out;
}

}  // namespace alidade::ops
