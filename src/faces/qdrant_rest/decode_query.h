#pragma once

#include "base/status.h"
#include "ops/all_operations.h"

namespace alidade::faces::qdrant_rest {

struct RouteInput;

// The universal query. ------------------------------------------------------------------------

Result<ops::QueryPoints> decode_query_points(const RouteInput& input);
Result<ops::QueryBatch> decode_query_batch(const RouteInput& input);
Result<ops::QueryGroups> decode_query_groups(const RouteInput& input);

// Routes that 1.19 no longer documents, but serves. -------------------------------------------

Result<ops::QueryPoints> decode_search_points(const RouteInput& input);
Result<ops::QueryBatch> decode_search_batch(const RouteInput& input);
Result<ops::QueryGroups> decode_search_groups(const RouteInput& input);
Result<ops::QueryPoints> decode_recommend_points(const RouteInput& input);
Result<ops::QueryBatch> decode_recommend_batch(const RouteInput& input);
Result<ops::QueryGroups> decode_recommend_groups(const RouteInput& input);
Result<ops::QueryPoints> decode_discover_points(const RouteInput& input);
Result<ops::QueryBatch> decode_discover_batch(const RouteInput& input);

}  // namespace alidade::faces::qdrant_rest
