#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "faces/chroma_rest/decode_records.h"
#include "model/collection_config.h"
#include "model/query.h"
#include "ops/operations.h"

namespace alidade::faces::chroma_rest {

/// Appends one collection as Chroma shows it.
void encode_collection(const model::CollectionInfo& info, std::string& out);
void encode_database(const ops::DatabaseInfo& database, std::string& out);
void encode_get(const std::vector<model::PointRecord>& records, const IncludeList& include,
                std::string& out);
void encode_query(const std::vector<model::QueryHits>& lists, const IncludeList& include,
                  std::string& out);

}  // namespace alidade::faces::chroma_rest
