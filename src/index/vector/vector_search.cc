#include "index/vector/vector_search.h"

#include <algorithm>
#include <bit>

#include <fmt/format.h>

#include "index/vector/plan_costs.h"
#include "index/vector/scan.h"
#include "index/vector/spaces/code_space.h"

namespace alidade::index {
namespace {

// A plan that is turned from costs what was walked so far, so another must be cheaper by this much.
constexpr double kTurnFactor = 0.8;

/// What one search is chosen by.
struct Choice {
  PlanCosts costs;
  double rows;   ///< Wanted.
  double nodes;
  double ef;     ///< That finds what is asked for where all rows are wanted.

  /// The cheapest plan where about `share` of the rows around the query are wanted.
  Plan::Kind cheapest(double share) const {
    const double scan = costs.scan(rows), walk = costs.walk(costs.walk_ef(ef, share)), two_hop = costs.two_hop(ef, share);
    if (scan <= walk && scan <= two_hop) return Plan::Kind::kScan;
    return walk <= two_hop ? Plan::Kind::kWalk : Plan::Kind::kTwoHopWalk;
  }
  std::uint32_t ef_of(Plan::Kind kind, double share) const {
    const double wanted = kind == Plan::Kind::kWalk ? costs.walk_ef(ef, share) : std::max(costs.two_hop_ef(ef, share), 1.0);
    return static_cast<std::uint32_t>(std::min(wanted, nodes));
  }
};

std::uint64_t wanted_count(const SearchRequest& request) {
  return request.selected != nullptr ? request.selected_count : request.live_count;
}

/// Nobody gets more rows than there are: an ef or a limit beyond them asks for all, and overflows nothing.
Choice choice_for(const SearchRequest& request) {
  const std::uint64_t wanted = wanted_count(request), limit = std::min<std::uint64_t>(request.limit, wanted);
  const std::uint64_t nodes = request.graph->linked_count();
  const auto rows = static_cast<double>(wanted);
  return {.costs = PlanCosts(request.graph, request.rows->dim(), static_cast<double>(limit)),
          .rows = rows,
          .nodes = static_cast<double>(nodes),
          .ef = static_cast<double>(std::max({std::min<std::uint64_t>(request.ef, nodes), limit, std::uint64_t{1}}))};
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
  if (plan.wanted_rows >= request.graph->linked_count() || plan.is_fixed) return request.graph->walk(query, plan.ef, scratch, context);
  const Choice choice = choice_for(request);
  const auto ef_for = [&](double share) -> std::uint32_t {
    const double needed = std::min(choice.costs.walk_ef(choice.ef, share), double{0x7FFFFFFF});
    const double scan = choice.costs.scan(choice.rows), two_hop = choice.costs.two_hop(choice.ef, share);
    if (std::min(scan, two_hop) < kTurnFactor * choice.costs.walk(needed)) {
      next = scan <= two_hop ? Plan::Kind::kScan : Plan::Kind::kTwoHopWalk;
      return 0;
    }
    return static_cast<std::uint32_t>(needed);
  };
  return request.graph->walk_for(query, {wanted, plan.ef, ef_for}, scratch, context);
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
  plan.wanted_rows = wanted_count(request);
  const bool has_graph = request.graph != nullptr && request.graph->node_count() > 0;
  if (!has_graph || request.exact) return plan;
  const Choice choice = choice_for(request);
  const double share = std::max(choice.rows, 0.5) / choice.nodes;
  plan.kind = choice.cheapest(share);
  if (plan.kind == Plan::Kind::kScan) return plan;
  plan.tail_rows = request.indexed_only ? 0 : request.row_count - request.graphed_rows;
  plan.ef = choice.ef_of(plan.kind, share);
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
    // The share around the query is not known here; two-hop walks hardly ask for it.
    const Choice choice = choice_for(request);
    tried.ef = choice.ef_of(next, std::max(choice.rows, 0.5) / choice.nodes);
  }
  const std::uint32_t end = request.indexed_only ? request.graphed_rows : request.row_count;
  NearestHeap nearest(limit);
  const ScanKind kind = request.exact ? ScanKind::kExact : ScanKind::kRanked;
  ALD_RETURN_IF_ERROR(scan_by_codes(kind, codes_of(request), *request.rows, request.metric, query, 0, end,
                                    &wanted_rows(request), *request.present, nearest, context));
  return nearest.take_sorted();
}

}  // namespace alidade::index
