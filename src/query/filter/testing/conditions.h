#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include "query/filter/filter.h"
#include "query/filter/testing/memory_segment.h"

/// What tests of conditions share.
namespace alidade::query::testing {

using Rows = std::vector<std::uint64_t>;

/// Ids of the rows that pass one condition; {999} when it is refused.
inline Rows ids_of(const MemorySegment& segment, model::Condition condition) {
  model::Filter filter;
  filter.must.push_back(std::move(condition));
  const auto prepared = PreparedFilter::prepare(filter, segment);
  if (!prepared.ok()) return {999};
  const auto selection = prepared->select(observe::OpContext());
  Rows ids;
  selection->rows.for_each([&](std::size_t row) {
    ids.push_back(segment.id(base::PointOffset(static_cast<std::uint32_t>(row))).number());
  });
  return ids;
}

inline model::FieldCondition field(const char* key, model::FieldTest test) {
  return {*model::JsonPath::parse(key), {std::move(test)}};
}

}  // namespace alidade::query::testing
