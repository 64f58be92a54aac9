#include "index/vector/vector_search.h"

#include <algorithm>

#include <fmt/format.h>

#include "index/vector/scan.h"

namespace alidade::index {
namespace {

// The one threshold. Measured with engine_bench (384 floats): a scan costs 72 ns per wanted row, a
// two-hop walk about 3.3 us per unit of ef, so they cross at 45 rows per unit of ef, and the scan is
// exact. Both grow with the bytes of a row, so the dimension falls out.
constexpr std::uint64_t kScanRowsPerEf = 40;
// A smaller ef finds too little behind a filter to be a fair alternative.
constexpr std::uint64_t kSmallestFilteredEf = 64;

// From this share of wanted rows on, walking on and throwing some away beats stepping around them.
constexpr double kPlainWalkShare = 0.45;

std::vector<Neighbour> wanted_of(const std::vector<Neighbour>& found, const base::Bitset& wanted, std::size_t limit) {
  std::vector<Neighbour> kept;
  for (const Neighbour& neighbour : found) {
    if (kept.size() == limit) break;
    if (neighbour.offset < wanted.size() && wanted.test(neighbour.offset)) kept.push_back(neighbour);
  }
  return kept;
}

}  // namespace

std::string Plan::to_string() const {
  const char* name = kind == Kind::kScan ? "scan" : kind == Kind::kWalk ? "walk" : "two-hop walk";
  return fmt::format("{} of {} wanted rows, ef {}, {} tail rows", name, wanted_rows, ef, tail_rows);
}

Plan choose_plan(const SearchRequest& request) {
  Plan plan;
  plan.wanted_rows = request.selected != nullptr ? request.selected_count : request.live_count;
  const bool has_graph = request.graph != nullptr && request.graph->node_count() > 0;
  const std::uint64_t ef = std::max<std::uint64_t>(request.ef, request.limit);
  const bool walks = has_graph && !request.exact &&
                     plan.wanted_rows > kScanRowsPerEf * std::max(ef, kSmallestFilteredEf);
  if (!walks) return plan;
  plan.tail_rows = request.indexed_only ? 0 : request.row_count - request.graphed_rows;
  const double share = static_cast<double>(plan.wanted_rows) / request.graph->node_count();
  if (share >= kPlainWalkShare) {
    plan.kind = Plan::Kind::kWalk;
    plan.ef = static_cast<std::uint32_t>(static_cast<double>(ef) / std::min(1.0, share));
  } else {
    plan.kind = Plan::Kind::kTwoHopWalk;
    plan.ef = static_cast<std::uint32_t>(ef);
  }
  return plan;
}

Result<std::vector<Neighbour>> vector_search(const SearchRequest& request,
                                             const PaddedQuery& query,
                                             const observe::OpContext& context) {
  const Plan plan = choose_plan(request);
  const base::Bitset& wanted = request.selected != nullptr ? *request.selected : *request.live;
  const std::uint32_t scan_end = request.indexed_only ? request.graphed_rows : request.row_count;
  NearestHeap nearest(std::min<std::uint64_t>(request.limit, plan.wanted_rows));
  if (plan.kind != Plan::Kind::kScan) {
    static thread_local HnswScratch scratch;
    const bool two_hop = plan.kind == Plan::Kind::kTwoHopWalk;
    const auto found = two_hop ? request.graph->search_two_hop(query, plan.ef, wanted, scratch)
                               : request.graph->search(query, plan.ef, scratch);
    ALD_RETURN_IF_ERROR(context.check());
    for (const Neighbour& neighbour : wanted_of(found, wanted, request.limit)) {
      // A row that the builder put in meanwhile comes with the tail.
      if (neighbour.offset < request.graphed_rows) nearest.offer(neighbour);
    }
    if (!request.indexed_only) {
      ALD_RETURN_IF_ERROR(scan(*request.rows, request.metric, query, request.graphed_rows, request.row_count,
                               &wanted, *request.present, nearest, context));
    }
    if (nearest.full()) return nearest.take_sorted();
    nearest = NearestHeap(std::min<std::uint64_t>(request.limit, plan.wanted_rows));
  }
  ALD_RETURN_IF_ERROR(scan(*request.rows, request.metric, query, 0, scan_end, &wanted, *request.present, nearest,
                           context));
  return nearest.take_sorted();
}

}  // namespace alidade::index
