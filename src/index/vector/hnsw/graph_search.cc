// Walks over the graph: from the top level down, along level 0, and along allowed nodes only.
#include <algorithm>

#include "index/vector/hnsw/graph.h"
#include "index/vector/hnsw/links.h"

namespace alidade::index {
namespace {

// A filtered walk's seeds, spread over the allowed nodes.
constexpr std::size_t kSeeds = 16;
constexpr std::size_t kMaxBridges = 1024;  // Twice the largest m.
// Above it a walk keeps its front in heaps: an entry put into a sorted pool moves what lies behind
// it, so the pool costs the square of ef. Measured with engine_bench, the pool is faster below.
constexpr std::uint32_t kLargestPool = 2048;
// Floats that a walk reads between two looks at the context: some ten microseconds, 341 distances of
// 384 floats.
constexpr std::size_t kFloatsPerCheck = std::size_t{1} << 17;
// What an expansion costs besides its distances, per link of a node, in floats.
constexpr std::size_t kFloatsPerLink = 64;

// A row of links is two cache lines at m = 16; the rest follows by itself.
void prefetch_links(const std::uint32_t* links) {
  __builtin_prefetch(links);
  __builtin_prefetch(links + 16);
}

/// Looks at the context once in a while, by the work that was done. Without a context: never.
class Pacer {
 public:
  explicit Pacer(const observe::OpContext* context) : context_(context) {}
  Status after(std::size_t floats) {
    work_ += floats;
    if (context_ == nullptr || work_ < kFloatsPerCheck) return {};
    work_ = 0;
    return context_->check();
  }

 private:
  const observe::OpContext* context_;
  std::size_t work_ = 0;
};

}  // namespace

void HnswScratch::begin(std::uint32_t count) {
  if (marks_.size() < count) marks_.resize(std::max<std::size_t>(count, marks_.size() * 3 / 2), 0);
  if (++epoch_ == 0) {
    std::fill(marks_.begin(), marks_.end(), std::uint8_t{0});
    epoch_ = 1;
  }
  count_ = count;
  pool.clear();
}

void HnswScratch::clear_batch() {
  batch_nodes.clear();
  batch_rows.clear();
}

/// Greedy walk from the entry down to the level above which the search begins. Every turn of the
/// inner loop finds a smaller distance than all before, so no node is its start twice.
std::uint32_t HnswGraph::descend(const float* query,
                                 Entry from,
                                 std::uint32_t to_level,
                                 HnswScratch& scratch,
                                 float& nearest) const {
  std::uint32_t best = from.node;
  nearest = distance(query, best);
  for (std::uint32_t level = from.level; level > to_level; --level) {
    std::uint32_t turns_left = node_limit_.load(std::memory_order_acquire);
    for (bool improved = true; improved && turns_left > 0; --turns_left) {
      improved = false;
      scratch.clear_batch();
      const LinkList list = links_at(best, level);
      for (std::uint32_t i = 0; i < list.capacity; ++i) {
        const std::uint32_t link = load_link(list.links + i);
        if (link == 0) break;
        scratch.batch_nodes.push_back(link - 1);
        scratch.batch_rows.push_back(rows_.row(link - 1));
      }
      score_batch(query, scratch);
      for (std::size_t i = 0; i < scratch.batch_nodes.size(); ++i) {
        if (!(scratch.batch_distances[i] < nearest)) continue;
        nearest = scratch.batch_distances[i];
        best = scratch.batch_nodes[i];
        improved = true;
      }
    }
  }
  return best;
}

void HnswGraph::gather(std::uint32_t node, std::uint32_t level, HnswScratch& scratch) const {
  scratch.clear_batch();
  const LinkList list = links_at(node, level);
  for (std::uint32_t i = 0; i < list.capacity; ++i) {
    const std::uint32_t link = load_link(list.links + i);
    if (link == 0) break;
    if (!scratch.visit(link - 1)) continue;
    scratch.batch_nodes.push_back(link - 1);
    scratch.batch_rows.push_back(rows_.row(link - 1));
  }
}

/// Allowed neighbours, and allowed neighbours of the others: a filter that few nodes pass would
/// otherwise cut the graph into pieces.
void HnswGraph::gather_allowed(std::uint32_t node, const base::Bitset& allowed, HnswScratch& scratch) const {
  scratch.clear_batch();
  const auto is_allowed = [&](std::uint32_t n) { return n < allowed.size() && allowed.test(n); };
  const auto take = [&](std::uint32_t n) {
    scratch.batch_nodes.push_back(n);
    scratch.batch_rows.push_back(rows_.row(n));
  };
  std::uint32_t bridges[kMaxBridges];
  std::size_t bridge_count = 0;
  const LinkList list = links_at(node, 0);
  for (std::uint32_t i = 0; i < list.capacity; ++i) {
    const std::uint32_t link = load_link(list.links + i);
    if (link == 0) break;
    if (!scratch.visit(link - 1)) continue;
    if (is_allowed(link - 1)) {
      take(link - 1);
    } else if (bridge_count < kMaxBridges) {
      bridges[bridge_count++] = link - 1;
      prefetch_links(base_links_.row(link - 1));
    }
  }
  // The bound keeps a step's cost near that of an unfiltered one. Measured from half a degree to
  // two: equal at equal recall, so the one that finds more at a given ef is taken.
  const std::size_t limit = std::size_t{base_degree_} * 3 / 2;
  for (std::size_t b = 0; b < bridge_count && scratch.batch_nodes.size() < limit; ++b) {
    const LinkList second = links_at(bridges[b], 0);
    for (std::uint32_t i = 0; i < second.capacity && scratch.batch_nodes.size() < limit; ++i) {
      const std::uint32_t link = load_link(second.links + i);
      if (link == 0) break;
      if (is_allowed(link - 1) && scratch.visit(link - 1)) take(link - 1);
    }
  }
}

void HnswGraph::score_batch(const float* query, HnswScratch& scratch) const {
  const std::size_t count = scratch.batch_nodes.size();
  scratch.batch_distances.resize(count);
  if (count == 0) return;
  kernels_.distances[static_cast<std::size_t>(metric_)](query, scratch.batch_rows.data(), count, rows_.stride(),
                                                        scratch.batch_distances.data());
}

/// Scores the gathered nodes and merges them into the pool.
/// @return the first place of the pool that changed, or its size.
std::size_t HnswGraph::evaluate(const float* query, std::uint32_t ef, HnswScratch& scratch) const {
  score_batch(query, scratch);
  auto& pool = scratch.pool;
  std::size_t lowest = ef;
  for (std::size_t i = 0; i < scratch.batch_nodes.size(); ++i) {
    const float d = scratch.batch_distances[i];
    if (pool.size() >= ef && !(d < pool.back().distance)) continue;
    const auto place = std::upper_bound(pool.begin(), pool.end(), d,
                                        [](float value, const HnswScratch::PoolEntry& entry) {
                                          return value < entry.distance;
                                        });
    const auto at = static_cast<std::size_t>(place - pool.begin());
    if (pool.size() >= ef) pool.pop_back();
    pool.insert(pool.begin() + static_cast<std::ptrdiff_t>(at), {d, scratch.batch_nodes[i], false});
    lowest = std::min(lowest, at);
  }
  return lowest;
}

/// Expands the pool from its nearest unexpanded entry on until none is left. A node enters the pool
/// once in a walk (visit()), so this ends whatever the distances are.
template <typename Gather>
Status HnswGraph::expand_pool(const float* query,
                              std::uint32_t ef,
                              HnswScratch& scratch,
                              const observe::OpContext* context,
                              const Gather& gather_from) const {
  auto& pool = scratch.pool;
  Pacer pacer(context);
  for (std::size_t at = 0; at < pool.size();) {
    if (pool[at].expanded) {
      ++at;
      continue;
    }
    pool[at].expanded = true;
    gather_from(pool[at].node);
    ALD_RETURN_IF_ERROR(pacer.after(scratch.batch_nodes.size() * rows_.stride() + base_degree_ * kFloatsPerLink));
    // Late in a walk the next entry mostly stays the next; its links arrive while rows are scored.
    if (at + 1 < pool.size()) prefetch_links(base_links_.row(pool[at + 1].node));
    at = std::min(at + 1, evaluate(query, ef, scratch));
  }
  return {};
}

/// The same walk over what the pool holds at the start, with the front in a heap and the `ef` nearest
/// in another one: an entry costs the logarithm of ef. The order in which nodes were found breaks
/// ties, as their places in the pool do, so both find the same.
template <typename Gather>
Status HnswGraph::expand_heaps(const float* query,
                               std::uint32_t ef,
                               HnswScratch& scratch,
                               const observe::OpContext* context,
                               const Gather& gather_from) const {
  struct Found {
    float distance;
    std::uint32_t turn;  // In which it was found.
    std::uint32_t node;
  };
  const auto nearer = [](const Found& a, const Found& b) {
    return a.distance != b.distance ? a.distance < b.distance : a.turn < b.turn;
  };
  const auto farther = [&](const Found& a, const Found& b) { return nearer(b, a); };
  std::vector<Found> front, kept;  // Nearest and farthest on top.
  std::uint32_t turn = 0;
  const auto take = [&](float distance, std::uint32_t node) {
    const Found found{distance, turn++, node};
    if (kept.size() >= ef) {
      if (!nearer(found, kept.front())) return;
      std::pop_heap(kept.begin(), kept.end(), nearer);
      kept.pop_back();
    }
    kept.push_back(found);
    std::push_heap(kept.begin(), kept.end(), nearer);
    front.push_back(found);
    std::push_heap(front.begin(), front.end(), farther);
  };
  for (const auto& entry : scratch.pool) take(entry.distance, entry.node);
  Pacer pacer(context);
  while (!front.empty()) {
    const Found next = front.front();
    if (kept.size() >= ef && nearer(kept.front(), next)) break;  // It is not among the nearest any more.
    std::pop_heap(front.begin(), front.end(), farther);
    front.pop_back();
    gather_from(next.node);
    ALD_RETURN_IF_ERROR(pacer.after(scratch.batch_nodes.size() * rows_.stride() + base_degree_ * kFloatsPerLink));
    score_batch(query, scratch);
    for (std::size_t i = 0; i < scratch.batch_nodes.size(); ++i) {
      take(scratch.batch_distances[i], scratch.batch_nodes[i]);
    }
  }
  std::sort_heap(kept.begin(), kept.end(), nearer);
  scratch.pool.clear();
  for (const Found& found : kept) scratch.pool.push_back({found.distance, found.node, true});
  return {};
}

template <typename Gather>
Status HnswGraph::expand(const float* query,
                         std::uint32_t ef,
                         HnswScratch& scratch,
                         const observe::OpContext* context,
                         const Gather& gather_from) const {
  return ef <= kLargestPool ? expand_pool(query, ef, scratch, context, gather_from)
                            : expand_heaps(query, ef, scratch, context, gather_from);
}

Status HnswGraph::walk(const float* query,
                       std::uint32_t start,
                       std::uint32_t level,
                       std::uint32_t ef,
                       HnswScratch& scratch,
                       const observe::OpContext* context) const {
  const std::uint32_t limit = node_limit_.load(std::memory_order_acquire);
  scratch.begin(limit);
  scratch.visit(start);
  // An ef of more than all nodes asks for all, and must not ask for memory.
  ef = std::clamp(ef, 1U, std::max(1U, limit));
  scratch.pool.reserve(std::size_t{std::min(ef, kLargestPool)} + 1);
  scratch.pool.push_back({distance(query, start), start, false});
  return expand(query, ef, scratch, context, [&](std::uint32_t node) { gather(node, level, scratch); });
}

Result<std::vector<Neighbour>> HnswGraph::search(const PaddedQuery& query,
                                                 std::uint32_t ef,
                                                 HnswScratch& scratch,
                                                 const observe::OpContext& context) const {
  const Entry from = entry();
  if (from.node == kNone) return std::vector<Neighbour>();
  float nearest = 0;
  const std::uint32_t start = descend(query.data(), from, 0, scratch, nearest);
  ALD_RETURN_IF_ERROR(walk(query.data(), start, 0, ef, scratch, &context));
  std::vector<Neighbour> found;
  found.reserve(scratch.pool.size());
  for (const auto& entry : scratch.pool) found.push_back({entry.distance, entry.node});
  return found;
}

/// Nodes spread over the allowed ones: the entry's surroundings may hold none of them.
void HnswGraph::gather_seeds(const base::Bitset& allowed, std::uint32_t node_limit, HnswScratch& scratch) const {
  scratch.clear_batch();
  const std::size_t end = std::min<std::size_t>(allowed.size(), node_limit);
  for (std::size_t s = 0; s < kSeeds; ++s) {
    const std::size_t found = allowed.find_next(end * s / kSeeds);
    if (found >= end) break;
    const auto node = static_cast<std::uint32_t>(found);
    const bool in_graph = load_link(base_links_.row(node)) != 0;
    if (!in_graph || !scratch.visit(node)) continue;
    scratch.batch_nodes.push_back(node);
    scratch.batch_rows.push_back(rows_.row(node));
  }
}

Result<std::vector<Neighbour>> HnswGraph::search_two_hop(const PaddedQuery& query,
                                                         std::uint32_t ef,
                                                         const base::Bitset& allowed,
                                                         HnswScratch& scratch,
                                                         const observe::OpContext& context) const {
  const Entry from = entry();
  if (from.node == kNone) return std::vector<Neighbour>();
  const std::uint32_t limit = node_limit_.load(std::memory_order_acquire);
  float nearest = 0;
  const std::uint32_t start = descend(query.data(), from, 0, scratch, nearest);
  scratch.begin(limit);
  ef = std::clamp(ef, 1U, std::max(1U, limit));
  scratch.pool.reserve(std::size_t{std::min(ef, kLargestPool)} + 1);
  scratch.visit(start);
  scratch.pool.push_back({nearest, start, false});
  gather_seeds(allowed, limit, scratch);
  evaluate(query.data(), ef, scratch);
  ALD_RETURN_IF_ERROR(expand(query.data(), ef, scratch, &context,
                             [&](std::uint32_t node) { gather_allowed(node, allowed, scratch); }));
  std::vector<Neighbour> found;
  for (const auto& entry : scratch.pool) {
    if (entry.node < allowed.size() && allowed.test(entry.node)) found.push_back({entry.distance, entry.node});
  }
  return found;
}

}  // namespace alidade::index
