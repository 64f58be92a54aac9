#pragma once

#include <memory>

#include "index/payload/field_index.h"

namespace alidade::index {

/// Points {"lon", "lat"} sorted by latitude: a test walks the band of latitudes that it can reach
/// and judges each point exactly. Answers box, radius and polygon.
std::unique_ptr<FieldIndex> make_geo_index(model::JsonPath path, model::FieldSchema schema);

}  // namespace alidade::index
