#pragma once

#include <cstddef>

#include "base/bitset.h"
#include "base/status.h"
#include "observe/row_check.h"

namespace alidade::query {

/// Calls visit(row) for every row of the set in ascending order.
/// @return kDeadlineExceeded, kCancelled: not all were visited.
template <typename Visit>
Status for_each_row(const base::Bitset& rows, const observe::OpContext& context, Visit&& visit) {
  observe::RowCheck check(context);
  for (std::size_t row = rows.find_next(0); row < rows.size(); row = rows.find_next(row + 1)) {
    ALD_RETURN_IF_ERROR(check.next());
    visit(row);
  }
  return {};
}

}  // namespace alidade::query
