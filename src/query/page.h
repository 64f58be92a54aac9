#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

#include "base/ids.h"
#include "model/point_id.h"
#include "model/query.h"
#include "observe/op_context.h"
#include "query/filter/filter.h"
#include "segment/segment.h"

namespace alidade::query {

/// The first `limit` rows that pass, by id from `start` on. Costs what it returns and a logarithm where most
/// rows pass; with a filter it walks in order and judges each row, or sorts what indexes leave of them,
/// whichever costs less by what the indexes say.
/// @param filter nullptr = all live rows.
/// @return kDeadlineExceeded, kCancelled; what the filter says of payloads that cannot be read.
Result<std::vector<base::PointOffset>> page_by_id(const segment::Segment& segment,
                                                  const PreparedFilter* filter,
                                                  const std::optional<model::PointId>& start,
                                                  std::uint64_t limit,
                                                  const observe::OpContext& context);

/// The same in the order of insertion, behind the first `skip` rows that pass.
Result<std::vector<base::PointOffset>> page_by_insertion(const segment::Segment& segment,
                                                         const PreparedFilter* filter,
                                                         std::uint64_t skip,
                                                         std::uint64_t limit,
                                                         const observe::OpContext& context);

/// The first `limit` rows that pass in the order of a value of their payload, from `order.start_from` on. Walks the index
/// and judges the rows as they come by; a row with several values may come more than once.
/// @return also kInvalidArgument (kNoRangeIndex) where no index has that order, and what `passes` returns.
Result<std::vector<index::OrderedEntry>> page_by_value(const segment::Segment& segment,
                                                       const model::OrderBy& order,
                                                       const std::function<Result<bool>(base::PointOffset)>& passes,
                                                       std::uint64_t limit,
                                                       const observe::OpContext& context);
/// The same among the live rows that pass the filter. @param filter nullptr = all of them.
Result<std::vector<index::OrderedEntry>> page_by_value(const segment::Segment& segment,
                                                       const model::OrderBy& order,
                                                       const PreparedFilter* filter,
                                                       std::uint64_t limit,
                                                       const observe::OpContext& context);

}  // namespace alidade::query
