#include "query/search.h"

#include <algorithm>
#include <unordered_set>

#include <fmt/format.h>

#include "query/filter/filter.h"
#include "query/fusion/fusion.h"
#include "query/rows.h"

namespace alidade::query {
namespace {

using base::PointOffset;
using segment::Segment;

/// What a query and those above it ask of every hit. Borrowed from the calls that run them.
struct Rules {
  std::vector<const model::Filter*> filters;  ///< Innermost last; all of them must hold.
  std::vector<const std::vector<PointOffset>*> excluded;
};

// About 1 ms of looking up points.
constexpr std::size_t kPointsPerCheck = 4096;

bool passes_threshold(model::Distance distance, float similarity, std::optional<float> threshold) {
  if (!threshold) return true;
  const float shown = model::qdrant_score(distance, similarity);
  return model::smaller_is_better(distance) ? shown < *threshold : shown > *threshold;
}

model::Filter combined_filter(const std::vector<const model::Filter*>& filters) {
  if (filters.size() == 1) return *filters.front();
  model::Filter all;
  for (const model::Filter* filter : filters) {
    all.must.emplace_back(model::SubFilter{std::make_shared<const model::Filter>(*filter)});
  }
  return all;
}

class Runner {
 public:
  Runner(const Segment& segment, std::uint64_t random_seed, const observe::OpContext& context)
      : segment_(segment), random_(random_seed), context_(context) {}

  Result<Hits> run(const ResolvedQuery& query, Rules rules) {
    ALD_RETURN_IF_ERROR(context_.check());
    if (query.filter && !query.filter->empty()) rules.filters.push_back(&*query.filter);
    ALD_ASSIGN(const std::vector<PointOffset> excluded, offsets_of(query.excluded));
    if (!excluded.empty()) rules.excluded.push_back(&excluded);
    if (!query.prefetch.empty()) return run_over_prefetches(query, rules);
    ALD_ASSIGN(auto selection, select(rules));
    if (!query.kind) return by_id(query, selection);
    if (const auto* nearest = std::get_if<Nearest>(&*query.kind)) {
      return nearest_hits(query, *nearest, selection);
    }
    if (const auto* order = std::get_if<model::OrderByQuery>(&*query.kind)) {
      return ordered_hits(query, order->order, selection);
    }
    if (std::holds_alternative<model::SampleQuery>(*query.kind)) return sampled_hits(query, selection);
    return Status(StatusCode::kInvalidArgument, "cannot apply Fusion without prefetches");
  }

 private:
  Result<std::vector<PointOffset>> offsets_of(const std::vector<model::PointId>& ids) const {
    std::vector<PointOffset> offsets;
    for (std::size_t i = 0; i < ids.size(); ++i) {
      if (i % kPointsPerCheck == 0) ALD_RETURN_IF_ERROR(context_.check());
      if (const auto offset = segment_.find(ids[i])) offsets.push_back(*offset);
    }
    return offsets;
  }

  /// nullopt = all live rows.
  Result<std::optional<Selection>> select(const Rules& rules) const {
    std::optional<Selection> selection;
    if (!rules.filters.empty()) {
      ALD_ASSIGN(const auto prepared, PreparedFilter::prepare(combined_filter(rules.filters), segment_));
      ALD_ASSIGN(selection, prepared.select(context_));
    }
    if (!rules.excluded.empty() && !selection) selection = Selection{segment_.live(), segment_.live_count()};
    for (const auto* excluded : rules.excluded) {
      for (const PointOffset offset : *excluded) {
        if (!selection->rows.test(offset.value)) continue;
        selection->rows.reset(offset.value);
        --selection->count;
      }
    }
    return selection;
  }

  Result<const segment::VectorField*> vector_field(const std::string& name) const {
    const segment::VectorField* field = segment_.find_vector(name);
    if (field != nullptr) return field;
    return Status(StatusCode::kInvalidArgument, fmt::format("Not existing vector name error: {}", name),
                  ErrorKind::kVectorNameUnknown, {name});
  }

  Status check_dimension(const segment::VectorField& field, std::size_t size) const {
    if (size == field.params.size) return {};
    return Status(StatusCode::kInvalidArgument,
                  fmt::format("vector '{}': expected {} values, got {}", field.name, field.params.size, size),
                  ErrorKind::kDimensionMismatch,
                  {std::to_string(field.params.size), std::to_string(size), ""});
  }

  Result<Hits> nearest_hits(const ResolvedQuery& query,
                            const Nearest& nearest,
                            const std::optional<Selection>& selection) const {
    ALD_ASSIGN(const segment::VectorField* field, vector_field(query.using_vector));
    Hits hits = vector_hits(*field);
    if (!field->spec) return hits;  // The dimension is open: no row has the vector.
    ALD_RETURN_IF_ERROR(check_dimension(*field, nearest.vector.size()));
    segment::VectorQuery vector_query;
    vector_query.name = query.using_vector;
    vector_query.values = nearest.vector;
    vector_query.limit = query.limit;
    vector_query.ef = effective_ef(*field, query);
    vector_query.exact = query.params.exact;
    vector_query.indexed_only = query.params.indexed_only;
    ALD_ASSIGN(const auto found,
               segment_.search(vector_query, selection ? &selection->rows : nullptr,
                               selection ? selection->count : segment_.live_count(), context_));
    for (const auto& row : found) {
      if (!passes_threshold(hits.distance, row.similarity, query.score_threshold)) continue;
      hits.points.push_back({row.offset, row.similarity, std::nullopt, true});
    }
    return hits;
  }

  static std::uint32_t effective_ef(const segment::VectorField& field, const ResolvedQuery& query) {
    std::uint32_t ef = field.hnsw.ef_search != 0 ? field.hnsw.ef_search : field.hnsw.ef_construct;
    if (query.params.hnsw_ef) ef = *query.params.hnsw_ef;
    return ef;
  }

  Hits vector_hits(const segment::VectorField& field) const {
    Hits hits;
    hits.score_kind = model::ScoreKind::kSimilarity;
    hits.vector_name = field.name;
    hits.distance = field.params.distance;
    return hits;
  }

  Result<Hits> by_id(const ResolvedQuery& query, const std::optional<Selection>& selection) const {
    const base::Bitset& rows = selection ? selection->rows : segment_.live();
    std::vector<std::pair<model::PointId, PointOffset>> points;
    ALD_RETURN_IF_ERROR(for_each_row(rows, context_, [&](std::size_t i) {
      const PointOffset offset(static_cast<std::uint32_t>(i));
      points.emplace_back(segment_.id(offset), offset);
    }));
    const std::size_t count = std::min<std::size_t>(points.size(), query.limit);
    std::partial_sort(points.begin(), points.begin() + static_cast<std::ptrdiff_t>(count), points.end());
    Hits hits;
    for (std::size_t i = 0; i < count; ++i) hits.points.push_back({points[i].second, 1.0F, std::nullopt});
    return hits;
  }

  Result<Hits> ordered_hits(const ResolvedQuery& query,
                            const model::OrderBy& order,
                            const std::optional<Selection>& selection) const {
    const base::Bitset& rows = selection ? selection->rows : segment_.live();
    const auto direction = order.direction == model::Direction::Kind::kAscending
                               ? index::OrderDirection::kAscending
                               : index::OrderDirection::kDescending;
    const std::string path = order.key.to_string();
    const auto cursor = segment_.payload_indexes().ordered(path, direction, order.start_from);
    if (cursor == nullptr) {
      return Status(StatusCode::kInvalidArgument, fmt::format("no range index for '{}'", path),
                    ErrorKind::kNoRangeIndex, {path});
    }
    Hits hits;
    observe::RowCheck check(context_);
    while (hits.points.size() < query.limit) {
      ALD_RETURN_IF_ERROR(check.next());
      const auto entry = cursor->next();
      if (!entry) break;
      if (entry->offset.value < rows.size() && rows.test(entry->offset.value)) {
        hits.points.push_back({entry->offset, 1.0F, entry->key});
      }
    }
    return hits;
  }

  Result<Hits> sampled_hits(const ResolvedQuery& query, const std::optional<Selection>& selection) {
    std::vector<PointOffset> offsets;
    const base::Bitset& rows = selection ? selection->rows : segment_.live();
    ALD_RETURN_IF_ERROR(for_each_row(rows, context_, [&](std::size_t i) {
      offsets.emplace_back(static_cast<std::uint32_t>(i));
    }));
    Hits hits;
    observe::RowCheck check(context_);
    // Fisher-Yates, only as far as needed.
    for (std::size_t i = 0; i < offsets.size() && i < query.limit; ++i) {
      ALD_RETURN_IF_ERROR(check.next());
      const std::size_t other = i + static_cast<std::size_t>(next_random() % (offsets.size() - i));
      std::swap(offsets[i], offsets[other]);
      hits.points.push_back({offsets[i], 1.0F, std::nullopt});
    }
    return hits;
  }

  std::uint64_t next_random() {  // splitmix64
    std::uint64_t x = (random_ += 0x9E3779B97F4A7C15ULL);
    x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9ULL;
    x = (x ^ (x >> 27)) * 0x94D049BB133111EBULL;
    return x ^ (x >> 31);
  }

  /// Calls visit(hits) for one prefetch after the other: no two lists are held at a time.
  template <typename Visit>
  Status for_each_list(const ResolvedQuery& query, const Rules& rules, Visit visit) {
    for (const ResolvedQuery& prefetch : query.prefetch) {
      ALD_ASSIGN(const Hits list, run(prefetch, rules));
      visit(list);
    }
    return {};
  }

  Result<Hits> merged(const ResolvedQuery& query, const Rules& rules, Fusion fusion) {
    ALD_RETURN_IF_ERROR(for_each_list(query, rules, [&](const Hits& list) { fusion.add(ranked(list)); }));
    return fused(query, fusion.take());
  }

  Result<Hits> run_over_prefetches(const ResolvedQuery& query, const Rules& rules) {
    if (query.kind) {
      if (const auto* rrf = std::get_if<model::RrfQuery>(&*query.kind)) return merged(query, rules, Fusion(*rrf));
      if (const auto* dbsf = std::get_if<model::DbsfQuery>(&*query.kind)) return merged(query, rules, Fusion(*dbsf));
    }
    base::Bitset found(segment_.row_count());
    ALD_RETURN_IF_ERROR(for_each_list(query, rules, [&](const Hits& list) {
      for (const Hit& hit : list.points) found.set(hit.offset.value);
    }));
    if (!query.kind) {
      return Status(StatusCode::kInvalidArgument,
                    "A query is needed to merge the prefetches. Can't have prefetches without "
                    "defining a query.");
    }
    ALD_ASSIGN(const auto candidates, select(rules));
    if (candidates) found &= candidates->rows;
    const std::optional<Selection> selection = Selection{found, found.count()};
    if (const auto* nearest = std::get_if<Nearest>(&*query.kind)) {
      ResolvedQuery exact = query;
      exact.params.exact = true;  // Few candidates: scored one by one.
      exact.params.indexed_only = false;
      return nearest_hits(exact, *nearest, selection);
    }
    if (const auto* order = std::get_if<model::OrderByQuery>(&*query.kind)) {
      return ordered_hits(query, order->order, selection);
    }
    return sampled_hits(query, selection);
  }

  static RankedList ranked(const Hits& list) {
    RankedList ranks;
    ranks.reserve(list.points.size());
    for (const Hit& hit : list.points) {
      const float score = list.score_kind == model::ScoreKind::kSimilarity
                              ? model::qdrant_score(list.distance, hit.score)
                              : hit.score;
      ranks.push_back({hit.offset, score});
    }
    return ranks;
  }

  static Hits fused(const ResolvedQuery& query, const std::vector<FusedHit>& merged) {
    Hits hits;
    for (const FusedHit& hit : merged) {
      // Nothing reaches a threshold that is not a number.
      if (query.score_threshold && !(hit.score >= *query.score_threshold)) continue;
      if (hits.points.size() == query.limit) break;
      hits.points.push_back({hit.offset, hit.score, std::nullopt, true});
    }
    return hits;
  }

  const Segment& segment_;
  std::uint64_t random_;
  const observe::OpContext& context_;
};

}  // namespace

Result<Hits> search(const Segment& segment,
                    const ResolvedQuery& query,
                    std::uint64_t random_seed,
                    const observe::OpContext& context) {
  return Runner(segment, random_seed, context).run(query, {});
}

}  // namespace alidade::query
