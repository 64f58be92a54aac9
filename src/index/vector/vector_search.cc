#include "index/vector/vector_search.h"

#include <algorithm>
#include <bit>
#include <cmath>

#include <fmt/format.h>

#include "index/vector/scan.h"
#include "index/vector/spaces/code_space.h"

namespace alidade::index {
namespace {

// The one threshold. Measured with engine_bench (384 floats): a scan costs 72 ns per wanted row, a
// two-hop walk about 3.3 us per unit of ef, so they cross at 45 rows per unit of ef, and the scan is
// exact. Both grow with the bytes of a row, so the dimension falls out.
constexpr std::uint64_t kScanRowsPerEf = 40;
// A smaller ef finds too little behind a filter to be a fair alternative.
constexpr std::uint64_t kSmallestFilteredEf = 64;

// From this share of wanted rows on, walking on and throwing some away beats stepping around them:
// at recall .95 they cost the same at 25 to 30 % (random filters), half of it at 43 % (a filter that
// goes with the vectors).
constexpr double kPlainWalkShare = 0.3;

// A filter that goes with the vectors (a size, a section) cuts the graph more than a random one. For
// the recall that `ef` gives without a filter, a two-hop walk then needs 1.6 times as much, measured
// at 5 to 25 % of real rows; a random filter gets more than it needs.
constexpr double kTwoHopEfFactor = 1.6;

/// What a walk that throws rows away needs to find as much: by the same measurements between 1 and
/// 1.4 times the ef for random filters, 1.6 for one of 43 % that goes with the vectors; and enough
/// for `limit` to be left over.
std::uint64_t plain_walk_ef(std::uint64_t ef, std::uint64_t limit, double share) {
  const double bounded = std::min(1.0, share);
  const double for_recall = static_cast<double>(ef) * std::pow(bounded, -0.6);
  const double for_count = bounded < 1 ? 2 * static_cast<double>(limit) / bounded : 0;
  return static_cast<std::uint64_t>(std::max(for_recall, for_count));
}

// For a limit below it, as many more rows are ranked exactly as for it.
constexpr std::size_t kLeastRanked = 10;

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

/// Offers the wanted rows that a walk finds, and the tail, to the heap.
/// @return how many wanted rows the walk itself found, of those that may be in the answer. The tail
///         must not make up for a walk that found too little: rows of the graph would be missing.
Result<std::uint64_t> offer_by_walk(const SearchRequest& request,
                     const PaddedQuery& query,
                     Plan::Kind kind,
                     std::uint32_t ef,
                     std::size_t limit,
                     NearestHeap& nearest,
                     const observe::OpContext& context) {
  static thread_local HnswScratch scratch;
  const base::Bitset& wanted = wanted_rows(request);
  ALD_ASSIGN(const WalkResult result, kind == Plan::Kind::kTwoHopWalk
                                          ? request.graph->walk_two_hop(query, ef, wanted, scratch, context)
                                          : request.graph->walk(query, ef, scratch, context));
  ALD_RETURN_IF_ERROR(context.check());
  // Of estimates the nearest are looked at exactly; the error of a code is about a row's place or two in twenty.
  const std::size_t ranked = limit + std::max<std::size_t>(limit, kLeastRanked) * (result.rerank - 1);
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
    ALD_RETURN_IF_ERROR(scan_by_codes(codes_of(request), *request.rows, request.metric, query, request.graphed_rows,
                                      request.row_count, &wanted, *request.present, nearest, context));
  }
  return wanted_found;
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
  // Nobody gets more rows than there are: what is larger asks for all, and overflows nothing.
  const std::uint64_t limit = std::min<std::uint64_t>(request.limit, plan.wanted_rows);
  const std::uint64_t wanted_ef = std::min<std::uint64_t>(request.ef, request.graph->node_count());
  const double share = static_cast<double>(plan.wanted_rows) / request.graph->node_count();
  const bool plain = share >= kPlainWalkShare;
  const double factor = plain ? 1.0 : kTwoHopEfFactor;
  const auto ef = static_cast<std::uint64_t>(factor * static_cast<double>(std::max(wanted_ef, limit)));
  const auto fair_ef = std::max(ef, static_cast<std::uint64_t>(factor * kSmallestFilteredEf));
  if (plan.wanted_rows <= kScanRowsPerEf * fair_ef) return plan;
  plan.tail_rows = request.indexed_only ? 0 : request.row_count - request.graphed_rows;
  plan.kind = plain ? Plan::Kind::kWalk : Plan::Kind::kTwoHopWalk;
  plan.ef = static_cast<std::uint32_t>(
      std::min<std::uint64_t>(plain ? plain_walk_ef(ef, limit, share) : ef, request.graph->node_count()));
  return plan;
}

Result<std::vector<Neighbour>> vector_search(const SearchRequest& request,
                                             const PaddedQuery& query,
                                             const observe::OpContext& context) {
  const Plan plan = choose_plan(request);
  const std::uint64_t limit = std::min<std::uint64_t>(request.limit, plan.wanted_rows);
  // What comes back with too little is followed by the next dearer plan, at last by the scan.
  for (const auto kind : {Plan::Kind::kWalk, Plan::Kind::kTwoHopWalk}) {
    if (plan.kind == Plan::Kind::kScan || kind < plan.kind) continue;
    NearestHeap nearest(limit);
    ALD_ASSIGN(const std::uint64_t wanted_found, offer_by_walk(request, query, kind, plan.ef, limit, nearest, context));
    if (found_enough(request, wanted_found, limit)) return nearest.take_sorted();
  }
  const std::uint32_t end = request.indexed_only ? request.graphed_rows : request.row_count;
  NearestHeap nearest(limit);
  ALD_RETURN_IF_ERROR(scan_by_codes(codes_of(request), *request.rows, request.metric, query, 0, end,
                                    &wanted_rows(request), *request.present, nearest, context));
  return nearest.take_sorted();
}

}  // namespace alidade::index
