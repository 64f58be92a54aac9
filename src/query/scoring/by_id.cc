// No query: points in the order of their ids.
#include <algorithm>

#include "query/rows.h"
#include "query/scoring/leaf_run.h"

namespace alidade::query {

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
