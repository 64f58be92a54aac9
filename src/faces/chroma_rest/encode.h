#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "faces/chroma_rest/decode_records.h"
#include "model/collection_config.h"
#include "model/query.h"
#include "observe/op_context.h"
#include "ops/all_operations.h"

namespace alidade::faces::chroma_rest {

/// Appends one collection as Chroma shows it.
void encode_collection(const model::CollectionInfo& info, std::string& out);
void encode_database(const ops::DatabaseInfo& database, std::string& out);
/// @return kCancelled, kDeadlineExceeded; then `out` is of no use.
Status encode_get(const std::vector<model::PointRecord>& records, const IncludeList& include,
                  const observe::OpContext& context, std::string& out);
/// As encode_get().
Status encode_query(const std::vector<model::QueryHits>& lists, const IncludeList& include,
                    const observe::OpContext& context, std::string& out);

}  // namespace alidade::faces::chroma_rest
