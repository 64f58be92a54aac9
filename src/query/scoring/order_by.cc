// Points in the order of a value of their payload.
#include <algorithm>

#include "query/page.h"
#include "query/scoring/leaf_run.h"

namespace alidade::query {

namespace {

Hits hits_of(const std::vector<index::OrderedEntry>& entries) {
  Hits hits;
  for (const index::OrderedEntry& entry : entries) hits.points.push_back({entry.offset, 1.0F, entry.key});
  return hits;
}

}  // namespace

Result<Hits> page_by_value(const model::OrderByQuery& kind, const segment::Segment& view, const PlanLeaf& leaf,
                           const observe::OpContext& context) {
  ALD_ASSIGN(const auto filter, prepared_filter(view, leaf));
  ALD_ASSIGN(const auto entries, page_by_value(view, kind.order, filter ? &*filter : nullptr,
                                               std::min(leaf.limit, view.live_count()), context));
  return hits_of(entries);
}

// Among the candidates of prefetches, or where points are left out.
Result<Hits> run_scorer(const model::OrderByQuery& kind, const LeafRun& run) {
  const base::Bitset& rows = run.rows();
  const auto passes = [&](base::PointOffset row) -> Result<bool> { return row.value < rows.size() && rows.test(row.value); };
  ALD_ASSIGN(const auto entries, page_by_value(run.segment, kind.order, passes, run.limit, run.context));
  return hits_of(entries);
}

}  // namespace alidade::query
