// No query: points in the order of their ids.
#include <algorithm>
#include <unordered_set>

#include "observe/row_check.h"
#include "query/page.h"
#include "query/rows.h"
#include "query/scoring/leaf_run.h"

namespace alidade::query {

Result<std::optional<PreparedFilter>> prepared_filter(const segment::Segment& view, const PlanLeaf& leaf) {
  std::optional<PreparedFilter> prepared;
  if (leaf.filters.empty()) return prepared;
  model::Filter all;
  for (const auto& filter : leaf.filters) all.must.emplace_back(model::SubFilter{filter});
  ALD_ASSIGN(prepared, PreparedFilter::prepare(leaf.filters.size() == 1 ? *leaf.filters.front() : all, view));
  return prepared;
}

Result<Hits> page_by_id(const segment::Segment& view, const PlanLeaf& leaf, const observe::OpContext& context) {
  ALD_ASSIGN(const auto filter, prepared_filter(view, leaf));
  std::unordered_set<std::uint32_t> excluded;
  observe::RowCheck check(context);
  for (const auto& ids : leaf.excluded) {
    for (const model::PointId& id : *ids) {
      ALD_RETURN_IF_ERROR(check.next());
      if (const auto offset = view.find(id)) excluded.insert(offset->value);
    }
  }
  const std::uint64_t limit = std::min(leaf.limit, view.live_count());
  ALD_ASSIGN(const auto rows, page_by_id(view, filter ? &*filter : nullptr, std::nullopt, limit + excluded.size(), context));
  Hits hits;
  for (const base::PointOffset row : rows) {
    if (hits.points.size() == limit) break;
    if (!excluded.contains(row.value)) hits.points.push_back({row, 1.0F, std::nullopt});
  }
  return hits;
}

// Among the candidates of prefetches.
Result<Hits> run_scorer(const ById&, const LeafRun& run) {
  std::vector<std::pair<model::PointId, base::PointOffset>> points;
  ALD_RETURN_IF_ERROR(for_each_row(run.rows(), run.context, [&](std::size_t i) {
    const base::PointOffset offset(static_cast<std::uint32_t>(i));
    points.emplace_back(run.segment.id(offset), offset);
  }));
  const std::size_t count = std::min<std::size_t>(points.size(), run.limit);
  std::partial_sort(points.begin(), points.begin() + static_cast<std::ptrdiff_t>(count), points.end());
  Hits hits;
  for (std::size_t i = 0; i < count; ++i) hits.points.push_back({points[i].second, 1.0F, std::nullopt});
  return hits;
}

}  // namespace alidade::query
