#pragma once

#include <string_view>
#include <vector>

#include "alidade/client/result.h"
#include "alidade/client/transport.h"
#include "alidade/qdrant/collections.h"
#include "alidade/qdrant/points.h"
#include "alidade/qdrant/snapshots.h"

// Reads the bodies of answers. Each takes the whole body, `{"result": …, "status": "ok", "time": …}`, and gives kBadAnswer
// when the result is not of the form that Qdrant promises.

namespace alidade::qdrant::inline v0::answers {

using client::Error;
using client::Result;

Result<Json> any(std::string_view body);
Result<bool> boolean(std::string_view body);
Result<UpdateResult> update(std::string_view body);
Result<std::vector<UpdateResult>> updates(std::string_view body);
Result<std::vector<Record>> records(std::string_view body);
Result<ScrollPage> page(std::string_view body);
Result<std::vector<ScoredPoint>> hits(std::string_view body);
Result<std::vector<std::vector<ScoredPoint>>> hit_lists(std::string_view body);
Result<std::vector<PointGroup>> groups(std::string_view body);
Result<std::vector<MatrixPair>> pairs(std::string_view body);
Result<MatrixOffsets> offsets(std::string_view body);

Result<CollectionInfo> info(std::string_view body);
Result<std::vector<std::string>> collection_names(std::string_view body);
Result<std::vector<Alias>> aliases(std::string_view body);
Result<std::uint64_t> count(std::string_view body);
Result<std::vector<FacetHit>> facet(std::string_view body);

Result<SnapshotInfo> snapshot(std::string_view body);
Result<std::vector<SnapshotInfo>> snapshots(std::string_view body);

/// The server's text out of a refusal: `{"status": {"error": "…"}}`, or a plain one.
void read_error(const client::HttpResponse& response, Error& error);

}  // namespace alidade::qdrant::inline v0::answers
