#include "query/search.h"

#include <utility>

#include "query/plan.h"
#include "query/run.h"

namespace alidade::query {

Result<Hits> search(const segment::Segment& segment,
                    ResolvedQuery query,
                    std::uint64_t random_seed,
                    const observe::OpContext& context,
                    env::MemoryBudget* memory) {
  ALD_ASSIGN(const Plan planned, plan(std::move(query), schema_of(segment, 0), random_seed));
  const segment::Segment* const views[] = {&segment};
  return run(planned, views, context, memory);
}

}  // namespace alidade::query
