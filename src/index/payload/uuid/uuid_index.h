#pragma once

#include <memory>

#include "index/payload/field_index.h"

namespace alidade::index {

/// UUIDs in any spelling. Answers match value, any and except when every operand is a UUID.
std::unique_ptr<FieldIndex> make_uuid_index(model::JsonPath path, model::FieldSchema schema);

}  // namespace alidade::index
