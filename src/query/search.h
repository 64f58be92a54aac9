#pragma once

#include <cstdint>

#include "base/status.h"
#include "env/memory_budget.h"
#include "observe/op_context.h"
#include "query/hits.h"
#include "query/resolved.h"
#include "segment/segment.h"

namespace alidade::query {

/// Plans the query for one segment and runs it there; at most `query.limit` hits, best first.
/// @param random_seed for SampleQuery. @param memory as in run().
Result<Hits> search(const segment::Segment& segment,
                    ResolvedQuery query,
                    std::uint64_t random_seed,
                    const observe::OpContext& context,
                    env::MemoryBudget* memory = nullptr);

}  // namespace alidade::query
