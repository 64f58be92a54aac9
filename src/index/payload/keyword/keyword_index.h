#pragma once

#include <memory>

#include "index/payload/field_index.h"

namespace alidade::index {

/// Exact strings, by a hash of posting lists. Answers match value, any and except of strings, and
/// prefix.
std::unique_ptr<FieldIndex> make_keyword_index(model::JsonPath path, model::FieldSchema schema);

}  // namespace alidade::index
