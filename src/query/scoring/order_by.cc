// Points in the order of a value of their payload.
#include <fmt/format.h>

#include "observe/row_check.h"
#include "query/scoring/leaf_run.h"

namespace alidade::query {

Result<Hits> run_scorer(const model::OrderByQuery& kind, const LeafRun& run) {
  const model::OrderBy& order = kind.order;
  const auto direction = order.direction == model::Direction::Kind::kAscending ? index::OrderDirection::kAscending
                                                                                : index::OrderDirection::kDescending;
  const std::string path = order.key.to_string();
  const auto cursor = run.segment.payload_indexes().ordered(path, direction, order.start_from);
  if (cursor == nullptr) {
    return Status(StatusCode::kInvalidArgument, fmt::format("no range index for '{}'", path), ErrorKind::kNoRangeIndex,
                  {path});
  }
  const base::Bitset& rows = run.rows();
  Hits hits;
  observe::RowCheck check(run.context);
  while (hits.points.size() < run.limit) {
    ALD_RETURN_IF_ERROR(check.next());
    const auto entry = cursor->next();
    if (!entry) break;
    if (entry->offset.value < rows.size() && rows.test(entry->offset.value)) {
      hits.points.push_back({entry->offset, 1.0F, entry->key});
    }
  }
  return hits;
}

}  // namespace alidade::query
