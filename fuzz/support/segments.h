#pragma once

#include "model/filter.h"
#include "query/filter/testing/memory_segment.h"

namespace alidade::fuzz {

/// Some dozen rows of every kind of value, dead ones among them.
void fill(query::testing::MemorySegment& segment);

/// Indexes of every type over the fields of those rows.
void index_fields(query::testing::MemorySegment& segment);

/// Prepares the filter and requires that the selection is what the rows say one by one.
/// @return the selection; nothing when the filter is refused (a bad pattern) or a pattern gives up.
std::optional<base::Bitset> checked_selection(const model::Filter& filter,
                                              const query::testing::MemorySegment& segment);

}  // namespace alidade::fuzz
