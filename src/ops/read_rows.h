#pragma once

#include <cstddef>
#include <optional>

#include "base/status.h"
#include "model/filter.h"
#include "model/query.h"
#include "observe/op_context.h"
#include "query/filter/filter.h"
#include "segment/segment.h"

namespace alidade::ops {

// What several reads of rows share.

/// A handler looks at its context after so many: about 1 ms of looking up ids or rows, and of reading
/// records of 1 KB.
inline constexpr std::size_t kIdsPerCheck = 4096;
inline constexpr std::size_t kRecordsPerCheck = 64;

using query::select_rows;

/// @return kInvalidArgument (ErrorKind::kVectorNameUnknown) for the first name that the segment does not have.
Status check_vector_names(const segment::Segment& segment, const model::VectorSelector& selector);

}  // namespace alidade::ops
