#pragma once

#include <memory>

#include "index/payload/field_index.h"

namespace alidade::index {

/// Booleans, as two row sets. Answers match value of a boolean.
std::unique_ptr<FieldIndex> make_bool_index(model::JsonPath path, model::FieldSchema schema);

}  // namespace alidade::index
