// A random choice of points.
#include "query/scoring/sample.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "query/rows.h"
#include "query/scoring/leaf_run.h"

namespace alidade::query {
namespace {

std::uint64_t mixed(std::uint64_t x) {  // The finaliser of splitmix64.
  x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9ULL;
  x = (x ^ (x >> 27)) * 0x94D049BB133111EBULL;
  return x ^ (x >> 31);
}

}  // namespace

std::uint64_t sample_key(const Sample& sample, const model::PointId& id) {
  return mixed(mixed(sample.seed ^ id.low) + 0x9E3779B97F4A7C15ULL * (id.high + (id.is_number() ? 0 : 1)));
}

Result<Hits> run_scorer(const Sample& kind, const LeafRun& run) {
  // The smallest keys so far, the largest of them at the front.
  std::vector<std::pair<std::uint64_t, std::uint32_t>> chosen;
  ALD_RETURN_IF_ERROR(for_each_row(run.rows(), run.context, [&](std::size_t row) {
    const auto offset = static_cast<std::uint32_t>(row);
    const std::pair candidate{sample_key(kind, run.segment.id(base::PointOffset(offset))), offset};
    if (chosen.size() < run.limit) {
      chosen.push_back(candidate);
      std::push_heap(chosen.begin(), chosen.end());
    } else if (run.limit > 0 && candidate < chosen.front()) {
      std::pop_heap(chosen.begin(), chosen.end());
      chosen.back() = candidate;
      std::push_heap(chosen.begin(), chosen.end());
    }
  }));
  Hits hits;
  hits.points.resize(chosen.size());
  observe::RowCheck check(run.context);
  while (!chosen.empty()) {
    ALD_RETURN_IF_ERROR(check.next());
    std::pop_heap(chosen.begin(), chosen.end());
    hits.points[chosen.size() - 1] = {base::PointOffset(chosen.back().second), 1.0F, std::nullopt};
    chosen.pop_back();
  }
  return hits;
}

}  // namespace alidade::query
