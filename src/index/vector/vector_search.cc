#include "index/vector/vector_search.h"

#include <algorithm>
#include <bit>
#include <cmath>

#include <fmt/format.h>

#include "index/vector/scan.h"
#include "index/vector/spaces/code_space.h"

namespace alidade::index {
namespace {

// What plans cost, in microseconds, measured over 8-bit codes of 384 dimensions (63,664 real rows); with the bytes
// of a row all of it grows, so the comparison stays. A scan reads the wanted rows, a walk expands about one node per
// unit of ef, a two-hop walk costs some times as much and more where few rows are wanted.
constexpr double kScanStart = 2, kPerScannedRow = 0.019;
constexpr double kWalkStart = 8, kPerEf = 0.5;
constexpr double kTwoHopFactor = 2.9, kTwoHopShare = 0.06;
// What a two-hop walk behind a filter that goes against the query needs more for the same recall.
constexpr double kTwoHopEfFactor = 1.6;
// A smaller ef finds too little behind a filter to be a fair alternative.
constexpr std::uint64_t kSmallestFilteredEf = 64;
// A plan that is turned from costs what was walked so far, so another must be cheaper by this much.
constexpr double kTurnFactor = 0.8;

double scan_cost(double rows) { return kScanStart + kPerScannedRow * rows; }
double walk_cost(double ef) { return kWalkStart + kPerEf * ef; }
double two_hop_cost(double ef, double share) {
  return kTwoHopFactor * walk_cost(ef) * std::max(1.0, std::sqrt(kTwoHopShare / share));
}

/// What a walk that throws rows away needs to find as much as `ef` finds where all are wanted: predicts 1,330, 300,
/// 174, 108, 86, 69 where 1,326, 324, 182, 114, 91, 73 were needed, for 1 to 50 % of the rows at k 10.
double plain_walk_ef(double ef, double limit, double share) { return ef + 1.3 * limit * (1 / std::min(1.0, share) - 1); }

/// The cheapest plan where about `share` of the rows around the query are wanted.
Plan::Kind cheapest(double rows, double ef, double limit, double share) {
  const double scan = scan_cost(rows), walk = walk_cost(plain_walk_ef(ef, limit, share));
  const double two_hop = two_hop_cost(kTwoHopEfFactor * ef, share);
  if (scan <= walk && scan <= two_hop) return Plan::Kind::kScan;
  return walk <= two_hop ? Plan::Kind::kWalk : Plan::Kind::kTwoHopWalk;
}

std::uint32_t ef_of(Plan::Kind kind, double ef, double limit, double share, double nodes) {
  const double wanted = kind == Plan::Kind::kWalk ? plain_walk_ef(ef, limit, share) : kTwoHopEfFactor * ef;
  return static_cast<std::uint32_t>(std::min(wanted, nodes));
}

/// The ef that finds what is asked for where all rows are wanted. Nobody gets more rows than there are: what is larger
/// asks for all, and overflows nothing.
double unfiltered_ef(const SearchRequest& request, std::uint64_t wanted) {
  const std::uint64_t nodes = request.graph->node_count();
  const std::uint64_t ef = std::max<std::uint64_t>(request.ef, wanted < nodes ? kSmallestFilteredEf : 1);
  return static_cast<double>(std::max(std::min(ef, nodes), std::min<std::uint64_t>(request.limit, wanted)));
}

// For a limit below it, as many more rows are ranked exactly as for it.
constexpr std::size_t kLeastRerankBase = 10;

const base::Bitset& wanted_rows(const SearchRequest& request) {
  return request.selected != nullptr ? *request.selected : *request.live;
}

const CodeRows* codes_of(const SearchRequest& request) {
  return request.graph == nullptr ? nullptr : request.graph->codes();
}

/// Wanted rows that have the vector, below `end`.
std::uint64_t count_wanted(const SearchRequest& request, std::uint32_t end) {
  const base::Bitset& wanted = wanted_rows(request);
  const base::Bitset& present = *request.present;
  const std::size_t rows = std::min({std::size_t{end}, wanted.size(), present.size()});
  std::uint64_t count = 0;
  for (std::size_t word = 0; word * 64 < rows; ++word) {
    std::uint64_t bits = wanted.word(word) & present.word(word);
    if (rows - word * 64 < 64) bits &= ~(~std::uint64_t{0} << (rows - word * 64));
    count += static_cast<std::uint64_t>(std::popcount(bits));
  }
  return count;
}

/// The walk of a plan. One that throws rows away looks around first, and goes on by what it saw: a filter that goes
/// with or against the query has another share there than among all rows. @return gave_up: another plan is cheaper,
/// `next` is told which.
Result<WalkResult> walk_by_plan(const SearchRequest& request, const PaddedQuery& query, const Plan& plan,
                                HnswScratch& scratch, const observe::OpContext& context, Plan::Kind& next) {
  const base::Bitset& wanted = wanted_rows(request);
  if (plan.kind == Plan::Kind::kTwoHopWalk) return request.graph->walk_two_hop(query, plan.ef, wanted, scratch, context);
  if (plan.wanted_rows >= request.graph->node_count() || plan.is_fixed) return request.graph->walk(query, plan.ef, scratch, context);
  const double rows = static_cast<double>(plan.wanted_rows), ef = unfiltered_ef(request, plan.wanted_rows);
  const double limit = std::min(static_cast<double>(request.limit), rows);
  const auto ef_for = [&](double share) -> std::uint32_t {
    const double needed = std::min(plain_walk_ef(ef, limit, share), double{0x7FFFFFFF});
    const double others = std::min(scan_cost(rows), two_hop_cost(kTwoHopEfFactor * ef, share));
    if (others < kTurnFactor * walk_cost(needed)) {
      next = scan_cost(rows) <= others ? Plan::Kind::kScan : Plan::Kind::kTwoHopWalk;
      return 0;
    }
    return static_cast<std::uint32_t>(needed);
  };
  return request.graph->walk_for(query, {wanted, ef_for}, scratch, context);
}

/// What became of a walk.
struct WalkOutcome {
  /// How many wanted rows the walk itself found, of those that may be in the answer. The tail
  /// must not make up for a walk that found too little: rows of the graph would be missing.
  std::uint64_t wanted_found = 0;
  bool gave_up = false;
};

/// Offers the wanted rows that a walk finds, and the tail, to the heap; neither when the walk gave up.
Result<WalkOutcome> offer_by_walk(const SearchRequest& request,
                                  const PaddedQuery& query,
                                  const Plan& plan,
                                  std::size_t limit,
                                  NearestHeap& nearest,
                                  const observe::OpContext& context,
                                  Plan::Kind& next) {
  static thread_local HnswScratch scratch;
  const base::Bitset& wanted = wanted_rows(request);
  ALD_ASSIGN(const WalkResult result, walk_by_plan(request, query, plan, scratch, context, next));
  if (result.gave_up) return WalkOutcome{.gave_up = true};
  ALD_RETURN_IF_ERROR(context.check());
  // Of estimates the nearest are looked at exactly; the error of a code is about a row's place or two in twenty.
  const std::size_t ranked = limit + std::max<std::size_t>(limit, kLeastRerankBase) * (result.rerank - 1);
  std::vector<Neighbour> found;
  std::uint64_t wanted_found = 0;
  for (std::size_t i = 0; i < scratch.pool_size; ++i) {
    const std::uint64_t entry = scratch.pool()[i];
    const Neighbour neighbour{distance_of(HnswScratch::key_at(entry)), HnswScratch::node_at(entry)};
    if (neighbour.offset >= wanted.size() || !wanted.test(neighbour.offset)) continue;
    // A row that the builder put in meanwhile comes with the tail, or not at all.
    const bool is_graphed = neighbour.offset < request.graphed_rows;
    if (is_graphed || !request.indexed_only) ++wanted_found;
    if (is_graphed && found.size() < ranked) found.push_back(neighbour);
  }
  if (!result.is_exact) rank_exactly(*request.rows, request.metric, query, found);
  for (const Neighbour& neighbour : found) nearest.offer(neighbour);
  if (!request.indexed_only) {
    ALD_RETURN_IF_ERROR(scan_by_codes(ScanKind::kExact, codes_of(request), *request.rows, request.metric, query,
                                      request.graphed_rows, request.row_count, &wanted, *request.present, nearest, context));
  }
  return WalkOutcome{.wanted_found = wanted_found};
}

/// Whether a walk found as much as there was to find in the graph.
bool found_enough(const SearchRequest& request, std::uint64_t wanted_found, std::uint64_t limit) {
  return wanted_found >= limit || wanted_found >= count_wanted(request, request.graphed_rows);
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
  if (!has_graph || request.exact) return plan;
  const double rows = static_cast<double>(plan.wanted_rows), nodes = request.graph->node_count();
  const double share = std::max(rows, 0.5) / nodes, limit = std::min(static_cast<double>(request.limit), rows);
  const double ef = unfiltered_ef(request, plan.wanted_rows);
  plan.kind = cheapest(rows, ef, limit, share);
  if (plan.kind == Plan::Kind::kScan) return plan;
  plan.tail_rows = request.indexed_only ? 0 : request.row_count - request.graphed_rows;
  plan.ef = ef_of(plan.kind, ef, limit, share, nodes);
  return plan;
}

Result<std::vector<Neighbour>> vector_search(const SearchRequest& request,
                                             const PaddedQuery& query,
                                             const observe::OpContext& context) {
  return search_by_plan(request, choose_plan(request), query, context);
}

Result<std::vector<Neighbour>> search_by_plan(const SearchRequest& request,
                                              const Plan& plan,
                                              const PaddedQuery& query,
                                              const observe::OpContext& context) {
  const std::uint64_t limit = std::min<std::uint64_t>(request.limit, plan.wanted_rows);
  // What comes back with too little is followed by the next dearer plan, at last by the scan.
  Plan tried = plan;
  while (tried.kind != Plan::Kind::kScan) {
    NearestHeap nearest(limit);
    Plan::Kind next = tried.kind == Plan::Kind::kWalk ? Plan::Kind::kTwoHopWalk : Plan::Kind::kScan;
    ALD_ASSIGN(const WalkOutcome outcome, offer_by_walk(request, query, tried, limit, nearest, context, next));
    if (tried.is_fixed || (!outcome.gave_up && found_enough(request, outcome.wanted_found, limit))) return nearest.take_sorted();
    tried.kind = next;
    const double nodes = request.graph->node_count();
    tried.ef = ef_of(next, unfiltered_ef(request, plan.wanted_rows), static_cast<double>(limit), 1, nodes);
  }
  const std::uint32_t end = request.indexed_only ? request.graphed_rows : request.row_count;
  NearestHeap nearest(limit);
  const ScanKind kind = request.exact ? ScanKind::kExact : ScanKind::kRanked;
  ALD_RETURN_IF_ERROR(scan_by_codes(kind, codes_of(request), *request.rows, request.metric, query, 0, end,
                                    &wanted_rows(request), *request.present, nearest, context));
  return nearest.take_sorted();
}

}  // namespace alidade::index
