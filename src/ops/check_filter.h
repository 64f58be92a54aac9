#pragma once

#include "base/status.h"
#include "model/filter.h"

namespace alidade::ops {

/// What can be wrong with a filter whatever it is applied to: its regular expressions. Operations
/// check this themselves; a face asks where its dialect tells this before something else.
/// @return kInvalidArgument with ErrorKind::kRegex. Any thread.
Status check_filter(const model::Filter& filter);

}  // namespace alidade::ops
