#pragma once

#include <cstddef>
#include <vector>

#include "base/status.h"
#include "observe/op_context.h"
#include "query/resolved.h"

namespace alidade::query {

/// What `average_vector` searches for: the mean of the positives, doubled, minus the mean of the negatives. Sparse
/// vectors count as 0 where they have no place. Of multivectors the rows of all positives stand behind one another, and
/// those of the negatives with their signs turned.
/// @param positive  not empty
/// @param dim  of the vector that it is compared with; 0 = open
/// @return kInvalidArgument (kDimensionMismatch for a length that differs, kSparseConversion for kinds that do); the
///         context's error.
Result<model::VectorValue> average_target(const std::vector<SharedVector>& positive,
                                          const std::vector<SharedVector>& negative,
                                          std::size_t dim,
                                          const observe::OpContext& context);

}  // namespace alidade::query
