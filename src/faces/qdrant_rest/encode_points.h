#pragma once

#include <vector>

#include "base/json.h"
#include "faces/qdrant_rest/route_input.h"
#include "model/query.h"
#include "ops/all_operations.h"

namespace alidade::faces::qdrant_rest {

// Each writes the value of "result". Those that return a Status may refuse the answer instead; they
// have written nothing then.

// Writes. -------------------------------------------------------------------------------------

/// A write that was not waited for is acknowledged, even when it turned out to be about unknown
/// points or vectors.
Status encode_update(const RouteInput& input, const ops::WritePoints::Outcome& outcome, base::json::Writer& writer);
/// Same; the peer does not name the vector here when its dimension is wrong.
Status encode_vectors_update(const RouteInput& input,
                             const ops::WritePoints::Outcome& outcome,
                             base::json::Writer& writer);
Status encode_update_batch(const RouteInput& input,
                           const ops::UpdateBatch::Outcome& outcome,
                           base::json::Writer& writer);

// Reads. --------------------------------------------------------------------------------------

/// The point of the path, which is not found when the list is empty.
Status encode_point(const RouteInput& input,
                    const std::vector<model::PointRecord>& records,
                    base::json::Writer& writer);
void encode_records(const std::vector<model::PointRecord>& records, base::json::Writer& writer);
void encode_scroll(const ops::ScrollPage& page, base::json::Writer& writer);
void encode_count(const std::uint64_t& count, base::json::Writer& writer);
void encode_facet(const std::vector<ops::FacetHit>& hits, base::json::Writer& writer);
/// {"points": […]}
void encode_query(const model::QueryHits& hits, base::json::Writer& writer);
void encode_query_batch(const std::vector<model::QueryHits>& batch, base::json::Writer& writer);
void encode_groups(const ops::QueryGroupsResult& result, base::json::Writer& writer);
/// The bare list of the older routes.
void encode_hits(const model::QueryHits& hits, base::json::Writer& writer);
void encode_hits_batch(const std::vector<model::QueryHits>& batch, base::json::Writer& writer);

}  // namespace alidade::faces::qdrant_rest
