// Groups: the hits of a query, put together by the values of a field of their payloads.
#include <algorithm>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <unordered_map>
#include <utility>
#include <variant>
#include <vector>

#include <fmt/format.h>

#include "collection/catalogue.h"
#include "env/memory_account.h"
#include "ops/answer_account.h"
#include "ops/dispatcher.h"
#include "ops/read_rows.h"
#include "ops/resolve_query.h"
#include "ops/run_query.h"
#include "query/filter/filter.h"

namespace alidade::ops {
namespace {

using base::PointOffset;
using observe::OpContext;
using segment::Segment;
using segment::VectorForm;

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

/// Hits by group. They point into the hits that were grouped.
struct GroupedHits {
  std::vector<std::pair<GroupKey, std::vector<const query::Hit*>>> groups;
  bool complete = false;  ///< Every group that is shown is full.
};

/// The keys of rows, read once however often a row is among the hits.
class RowKeys {
 public:
  RowKeys(const Segment& segment, const model::JsonPath& path, const OpContext& context)
      : segment_(segment), path_(path), context_(context) {}

  /// Looks at the context once in a while.
  Result<const std::vector<GroupKey>*> of(PointOffset offset) {
    const auto [entry, is_new] = keys_.try_emplace(offset.value);
    if (is_new) {
      if (keys_.size() % kRowsBetweenChecks == 0) ALD_RETURN_IF_ERROR(context_.check());
      ALD_ASSIGN(const auto payload, segment_.payload(offset));
      entry->second = group_keys(payload, path_);
    }
    return &entry->second;
  }

 private:
  static constexpr std::size_t kRowsBetweenChecks = 256;

  const Segment& segment_;
  const model::JsonPath& path_;
  const OpContext& context_;
  std::unordered_map<std::uint32_t, std::vector<GroupKey>> keys_;
};

Result<GroupedHits> group_hits(const query::Hits& hits, const QueryGroups& request, RowKeys& row_keys) {
  GroupedHits out;
  std::unordered_map<GroupKey, std::size_t> places;
  for (const query::Hit& hit : hits.points) {
    ALD_ASSIGN(const auto* keys, row_keys.of(hit.offset));
    for (const GroupKey& key : *keys) {
      auto found = places.find(key);
      if (found == places.end()) {
        if (out.groups.size() == request.limit) continue;
        found = places.emplace(key, out.groups.size()).first;
        out.groups.push_back({key, {}});
      }
      auto& members = out.groups[found->second].second;
      if (members.size() < request.group_size) members.push_back(&hit);
    }
  }
  out.complete = out.groups.size() == request.limit &&
                 std::all_of(out.groups.begin(), out.groups.end(), [&](const auto& group) {
                   return group.second.size() == request.group_size;
                 });
  return out;
}

/// A prefetch gathers as many candidates per hit of the answer as a group has.
void widen_for_groups(query::ResolvedQuery& prefetch, std::uint64_t group_size) {
  prefetch.limit = saturating_multiply(prefetch.limit, group_size);
  for (auto& inner : prefetch.prefetch) widen_for_groups(inner, group_size);
}

/// Points without the field are in no group: neither the query nor its prefetches look at them then.
void leave_out_ungrouped(query::ResolvedQuery& resolved, const model::JsonPath& field) {
  model::Filter filter;
  if (resolved.filter && !resolved.filter->empty()) {
    filter.must.emplace_back(model::SubFilter{std::make_shared<const model::Filter>(*resolved.filter)});
  }
  filter.must_not.emplace_back(model::IsEmptyCondition{field});
  resolved.filter = std::move(filter);
}

/// How often a grouped query asks for more before it asks for all there is.
constexpr int kGroupRounds = 4;

Status add_lookups(const Services& services,
                   const OpContext& context,
                   const QueryGroups& request,
                   QueryGroupsResult& result) {
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
  ALD_RETURN_IF_ERROR(view.segment().check_vectors(request.with_lookup->with_vectors));
  for (std::size_t i = 0; i < result.groups.size(); ++i) {
    if (i % kRecordsPerCheck == 0) ALD_RETURN_IF_ERROR(context.check());
    PointGroup& group = result.groups[i];
    std::optional<model::PointId> id;
    if (const auto* u = std::get_if<std::uint64_t>(&group.key)) id = model::PointId::from_number(*u);
    if (const auto* number = std::get_if<std::int64_t>(&group.key); number != nullptr && *number >= 0) {
      id = model::PointId::from_number(static_cast<std::uint64_t>(*number));
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

/// The hits of a query, and their groups.
struct FoundGroups {
  query::Hits hits;
  GroupedHits grouped;
};

/// A vector with values that the collection lacks, in the words that the peer has for groups.
Status check_vectors_of_groups(const Segment& segment, const query::ResolvedQuery& resolved) {
  const std::string& name = resolved.using_vector;
  const auto* nearest = resolved.kind ? std::get_if<query::Nearest>(&*resolved.kind) : nullptr;
  if (nearest != nullptr && segment.find_vector(name) == nullptr) {
    return Status(StatusCode::kInvalidArgument,
                  fmt::format("Vector with name {} is not configured in this collection", name),
                  ErrorKind::kSparseConversion, {name});
  }
  for (const auto& prefetch : resolved.prefetch) ALD_RETURN_IF_ERROR(check_given_vectors(segment, prefetch));
  return {};
}

/// Asks for more until every group is full or there are no more hits: groups are then exact.
/// @param is_narrowed   the query already leaves out points without the field
/// @param random_seed   one for all rounds: a sample grows, it does not change
Status find_groups(const Segment& segment,
                   const QueryGroups& request,
                   query::ResolvedQuery resolved,
                   bool is_narrowed,
                   std::uint64_t random_seed,
                   const OpContext& context,
                   env::MemoryBudget* memory,
                   FoundGroups& found) {
  const std::uint64_t point_count = std::max<std::uint64_t>(1, segment.live_count());
  clamp_limits(resolved, point_count);
  const std::uint64_t shown = saturating_multiply(std::max<std::uint64_t>(1, request.limit), request.group_size);
  std::uint64_t wanted = saturating_multiply(4, shown);
  RowKeys row_keys(segment, request.group_by, context);
  // An index knows which points have the field, so the others are left out from the first round on.
  if (!is_narrowed && segment.payload_indexes().find(request.group_by.to_string()) != nullptr) {
    is_narrowed = true;
    leave_out_ungrouped(resolved, request.group_by);
  }
  for (int round = 0; true; ++round) {
    if (round == kGroupRounds) {
      // Few points have the field, or few keys: all that have it, and no others.
      wanted = point_count;
      if (!std::exchange(is_narrowed, true)) leave_out_ungrouped(resolved, request.group_by);
    }
    resolved.limit = std::min(wanted, point_count);
    ALD_ASSIGN(found.hits, query::search(segment, resolved, random_seed, context, memory));
    ALD_ASSIGN(found.grouped, group_hits(found.hits, request, row_keys));
    const bool is_last = found.hits.points.size() < resolved.limit || resolved.limit >= point_count;
    if (found.grouped.complete || is_last || selects_nothing(request.group_by)) return {};
    wanted = saturating_multiply(wanted, 4);
  }
}

/// Fetches what the answer shows of the groups.
Result<QueryGroupsResult> show_groups(const Segment& segment,
                                      const QueryGroups& request,
                                      FoundGroups& found,
                                      AnswerAccount& account,
                                      const OpContext& context) {
  QueryGroupsResult out;
  out.score_kind = found.hits.score_kind;
  out.vector_name = found.hits.vector_name;
  out.distance = found.hits.distance;
  const std::uint64_t point_count = std::max<std::uint64_t>(1, segment.live_count());
  std::size_t shown = 0;
  for (auto& [key, members] : found.grouped.groups) {
    PointGroup group{std::move(key), {}, std::nullopt};
    for (const query::Hit* hit : members) {
      if (shown++ % kRecordsPerCheck == 0) ALD_RETURN_IF_ERROR(context.check());
      ALD_ASSIGN(auto record, segment.record(hit->offset, request.query.with_payload,
                                             request.query.with_vectors, VectorForm::kStored));
      ALD_RETURN_IF_ERROR(account.add(record, shown > point_count));
      if (!hit->from_vector_search) record.version = 0;
      group.hits.push_back({std::move(record), hit->score, hit->order_value});
    }
    out.groups.push_back(std::move(group));
  }
  return out;
}

}  // namespace

Result<QueryGroupsResult> QueryGroups::handle(const Services& services,
                                              OpContext& context,
                                              const QueryGroups& request) {
  ALD_ASSIGN(const auto collection, services.catalogue.find(request.collection));
  ALD_ASSIGN(const auto shard, collection->shard());
  env::MemoryAccount looked_up(services.memory);
  query::ResolvedQuery resolved;
  const auto keep = [&](std::size_t, query::ResolvedQuery query) -> Status {
    resolved = std::move(query);
    return {};
  };
  ALD_RETURN_IF_ERROR(resolve_queries(services.catalogue, request.collection, collection,
                                      std::span(&request.query, 1), context, looked_up, keep));
  for (auto& prefetch : resolved.prefetch) widen_for_groups(prefetch, request.group_size);
  const bool is_narrowed = !resolved.prefetch.empty();  // Their limits are for points that can be grouped.
  if (is_narrowed) leave_out_ungrouped(resolved, request.group_by);
  const std::uint64_t threshold_bytes = indexing_threshold_bytes(*collection, resolved);
  QueryGroupsResult out;
  AnswerAccount account(services.memory);
  {
    const auto view = shard->read_view();
    const Segment& segment = view.segment();
    ALD_RETURN_IF_ERROR(segment.check_vectors(request.query.with_vectors));
    ALD_RETURN_IF_ERROR(check_vectors_of_groups(segment, resolved));
    search_small_tails(segment, threshold_bytes, resolved);
    FoundGroups found;
    ALD_RETURN_IF_ERROR(find_groups(segment, request, std::move(resolved), is_narrowed, services.env.random_u64(),
                                    context, services.memory, found));
    ALD_ASSIGN(out, show_groups(segment, request, found, account, context));
  }
  if (request.with_lookup) ALD_RETURN_IF_ERROR(add_lookups(services, context, request, out));
  return out;
}

}  // namespace alidade::ops
