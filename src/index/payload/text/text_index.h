#pragma once

#include <memory>

#include "index/payload/field_index.h"

namespace alidade::index {

/// Full text: token -> rows, and with phrase_matching also the tokens of each row in order. The
/// texts of a list count as one text. Answers match text, text_any and phrase; a query without
/// tokens matches nothing, and so does a phrase without phrase_matching.
std::unique_ptr<FieldIndex> make_text_index(model::JsonPath path, model::FieldSchema schema);

}  // namespace alidade::index
