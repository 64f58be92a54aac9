#pragma once

#include <optional>
#include <string_view>

#include "faces/chroma_rest/decode_records.h"
#include "model/point_batch.h"

namespace alidade::faces::chroma_rest {

// The hot bodies, straight from the parsed text into the columns that the engine takes. Each declines
// (nullopt) at anything unusual or wrong: the careful decoder then decides and finds the words.

std::optional<model::PointBatch> try_fast_records(std::string_view body, RecordWrite kind);
std::optional<QueryBody> try_fast_query(std::string_view body);

}  // namespace alidade::faces::chroma_rest
