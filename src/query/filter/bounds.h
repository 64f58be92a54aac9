#pragma once

#include <vector>

#include "base/bitset.h"
#include "base/status.h"
#include "observe/op_context.h"
#include "query/filter/node.h"

namespace alidade::query {

/// What the indexes alone say: rows that pass for sure, and rows that may. Conditions without an
/// index may hold anywhere, so what lies between the two sets is judged row by row.
struct Bounds {
  base::Bitset certain;
  base::Bitset possible;  // Holds `certain`. Not filled when exact.
  bool exact = true;      // Both sets are the same: `certain`.
};

/// @param answers the selections of the leaves, by slot; @param live rows to choose from.
/// @return kDeadlineExceeded, kCancelled.
Result<Bounds> bounds_of(const Group& group,
                         const std::vector<base::Bitset>& answers,
                         const base::Bitset& live,
                         const observe::OpContext& context);

}  // namespace alidade::query
