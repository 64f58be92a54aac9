#include "index/vector/hnsw/graph.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace alidade::index {
namespace {

// Links are stored as node + 1, so that zeroed memory is an empty list.
std::uint32_t load_link(const std::uint32_t* slot) {
  return std::atomic_ref<const std::uint32_t>(*slot).load(std::memory_order_acquire);
}
void store_link(std::uint32_t* slot, std::uint32_t node_plus_one) {
  std::atomic_ref<std::uint32_t>(*slot).store(node_plus_one, std::memory_order_release);
}

class SpinLock {
 public:
  explicit SpinLock(std::atomic_flag& flag) : flag_(flag) {
    while (flag_.test_and_set(std::memory_order_acquire)) {
      while (flag_.test(std::memory_order_relaxed)) __builtin_ia32_pause();
    }
  }
  ~SpinLock() { flag_.clear(std::memory_order_release); }
  SpinLock(const SpinLock&) = delete;
  SpinLock& operator=(const SpinLock&) = delete;

 private:
  std::atomic_flag& flag_;
};

std::uint64_t mix(std::uint64_t x) {  // Finaliser of splitmix64.
  x += 0x9E3779B97F4A7C15ULL;
  x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9ULL;
  x = (x ^ (x >> 27)) * 0x94D049BB133111EBULL;
  return x ^ (x >> 31);
}

std::uint64_t pack(std::uint32_t node, std::uint32_t level) {
  return (std::uint64_t{level} << 32) | node;
}

}  // namespace

void HnswScratch::begin(std::uint32_t count) {
  count_ = count;
  if (marks_.size() < count) marks_.resize(std::max<std::size_t>(count, marks_.size() * 3 / 2), 0);
  if (++epoch_ == 0) {
    std::fill(marks_.begin(), marks_.end(), std::uint8_t{0});
    epoch_ = 1;
  }
  pool.clear();
}

HnswGraph::HnswGraph(const HnswParams& params, kernels::Metric metric, const storage::VectorRows& rows)
    : params_(params),
      metric_(metric),
      base_degree_((params.m * 2 + 15) / 16 * 16),
      rows_(rows),
      kernels_(kernels::active_kernels()),
      base_links_(base_degree_),
      base_distances_(base_degree_),
      upper_slot_(1),
      upper_links_(kMaxLevel * params.m),
      entry_(pack(kNone, 0)) {}

std::uint32_t HnswGraph::level_of(std::uint32_t node) const {
  const double uniform = (static_cast<double>(mix(node) >> 11) + 1) * 0x1p-53;
  const double level = -std::log(uniform) / std::log(static_cast<double>(std::max(2U, params_.m)));
  return std::min(static_cast<std::uint32_t>(level), kMaxLevel);
}

HnswGraph::LinkList HnswGraph::links_at(std::uint32_t node, std::uint32_t level) const {
  if (level == 0) return {base_links_.row(node), base_distances_.row(node), base_degree_};
  const std::uint32_t slot = load_link(upper_slot_.row(node));
  if (slot == 0) return {nullptr, nullptr, 0};
  return {upper_links_.row(slot - 1) + std::size_t{level - 1} * params_.m, nullptr, params_.m};
}

float HnswGraph::distance(const float* a, std::uint32_t node) const {
  return kernels_.distance[static_cast<std::size_t>(metric_)](a, rows_.row(node), rows_.stride());
}

HnswGraph::Entry HnswGraph::entry() const {
  const std::uint64_t packed = entry_.load(std::memory_order_acquire);
  return {static_cast<std::uint32_t>(packed), static_cast<std::uint32_t>(packed >> 32)};
}

void HnswGraph::raise_entry(std::uint32_t node, std::uint32_t level) {
  std::uint64_t seen = entry_.load(std::memory_order_acquire);
  while (static_cast<std::uint32_t>(seen) == kNone || (seen >> 32) < level) {
    if (entry_.compare_exchange_weak(seen, pack(node, level), std::memory_order_acq_rel)) return;
  }
}

void HnswGraph::reserve(std::uint32_t count) {
  if (count <= node_limit_.load(std::memory_order_acquire)) return;
  base_links_.ensure(count);
  base_distances_.ensure(count);
  upper_slot_.ensure(count);
  node_limit_.store(count, std::memory_order_release);
}

/// Greedy walk from the entry down to the level above which the search begins.
std::uint32_t HnswGraph::descend(const float* query, Entry from, std::uint32_t to_level, float& nearest) const {
  std::uint32_t best = from.node;
  nearest = distance(query, best);
  for (std::uint32_t level = from.level; level > to_level; --level) {
    bool improved = true;
    while (improved) {
      improved = false;
      const LinkList list = links_at(best, level);
      for (std::uint32_t i = 0; i < list.capacity; ++i) {
        const std::uint32_t link = load_link(list.links + i);
        if (link == 0) break;
        const float d = distance(query, link - 1);
        if (d < nearest) {
          nearest = d;
          best = link - 1;
          improved = true;
        }
      }
    }
  }
  return best;
}

void HnswGraph::gather(std::uint32_t node, std::uint32_t level, HnswScratch& scratch) const {
  scratch.batch_nodes.clear();
  scratch.batch_rows.clear();
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
  scratch.batch_nodes.clear();
  scratch.batch_rows.clear();
  const auto is_allowed = [&](std::uint32_t n) { return n < allowed.size() && allowed.test(n); };
  const auto take = [&](std::uint32_t n) {
    scratch.batch_nodes.push_back(n);
    scratch.batch_rows.push_back(rows_.row(n));
  };
  std::uint32_t bridges[1024];
  std::size_t bridge_count = 0;
  const LinkList list = links_at(node, 0);
  for (std::uint32_t i = 0; i < list.capacity; ++i) {
    const std::uint32_t link = load_link(list.links + i);
    if (link == 0) break;
    if (!scratch.visit(link - 1)) continue;
    if (is_allowed(link - 1)) {
      take(link - 1);
    } else if (bridge_count < std::size(bridges)) {
      bridges[bridge_count++] = link - 1;
      __builtin_prefetch(base_links_.row(link - 1));
    }
  }
  // The bound keeps one step's cost near that of an unfiltered one.
  const std::size_t limit = std::size_t{base_degree_} * 2;
  for (std::size_t b = 0; b < bridge_count && scratch.batch_nodes.size() < limit; ++b) {
    const LinkList second = links_at(bridges[b], 0);
    for (std::uint32_t i = 0; i < second.capacity && scratch.batch_nodes.size() < limit; ++i) {
      const std::uint32_t link = load_link(second.links + i);
      if (link == 0) break;
      if (is_allowed(link - 1) && scratch.visit(link - 1)) take(link - 1);
    }
  }
}

/// Scores the gathered nodes and merges them into the pool. `lowest` becomes the first place of the
/// pool that changed.
void HnswGraph::evaluate(const float* query, std::uint32_t ef, HnswScratch& scratch, std::size_t& lowest) const {
  const std::size_t count = scratch.batch_nodes.size();
  if (count == 0) return;
  scratch.batch_distances.resize(count);
  kernels_.distances[static_cast<std::size_t>(metric_)](query, scratch.batch_rows.data(), count, rows_.stride(),
                                                        scratch.batch_distances.data());
  auto& pool = scratch.pool;
  for (std::size_t i = 0; i < count; ++i) {
    const float d = scratch.batch_distances[i];
    if (pool.size() >= ef && !(d < pool.back().distance)) continue;
    std::size_t low = 0, high = pool.size();
    while (low < high) {
      const std::size_t middle = (low + high) / 2;
      if (pool[middle].distance <= d) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    if (pool.size() >= ef) pool.pop_back();
    pool.insert(pool.begin() + static_cast<std::ptrdiff_t>(low), {d, scratch.batch_nodes[i], false});
    lowest = std::min(lowest, low);
  }
}

void HnswGraph::walk(const float* query,
                     std::uint32_t start,
                     std::uint32_t level,
                     std::uint32_t ef,
                     HnswScratch& scratch) const {
  auto& pool = scratch.pool;
  scratch.begin(node_limit_.load(std::memory_order_acquire));
  scratch.visit(start);
  pool.reserve(std::size_t{ef} + 1);
  pool.push_back({distance(query, start), start, false});
  std::size_t at = 0;
  while (at < pool.size()) {
    if (pool[at].expanded) {
      ++at;
      continue;
    }
    pool[at].expanded = true;
    const std::uint32_t node = pool[at].node;
    std::size_t lowest = at + 1;
    gather(node, level, scratch);
    evaluate(query, ef, scratch, lowest);
    at = std::min(at + 1, lowest);
    if (level == 0 && at < pool.size()) __builtin_prefetch(base_links_.row(pool[at].node));
  }
}

std::vector<Neighbour> HnswGraph::search(const PaddedQuery& query, std::uint32_t ef, HnswScratch& scratch) const {
  const Entry from = entry();
  if (from.node == kNone) return {};
  float nearest = 0;
  const std::uint32_t start = descend(query.data(), from, 0, nearest);
  walk(query.data(), start, 0, ef, scratch);
  std::vector<Neighbour> found;
  found.reserve(scratch.pool.size());
  for (const auto& entry : scratch.pool) found.push_back({entry.distance, entry.node});
  return found;
}

std::vector<Neighbour> HnswGraph::search_two_hop(const PaddedQuery& query,
                                                 std::uint32_t ef,
                                                 const base::Bitset& allowed,
                                                 HnswScratch& scratch) const {
  const Entry from = entry();
  if (from.node == kNone) return {};
  const std::uint32_t limit = node_limit_.load(std::memory_order_acquire);
  float nearest = 0;
  const std::uint32_t start = descend(query.data(), from, 0, nearest);
  scratch.begin(limit);
  auto& pool = scratch.pool;
  pool.reserve(std::size_t{ef} + 1);
  scratch.visit(start);
  pool.push_back({nearest, start, false});

  // Seeds spread over the allowed nodes: the entry's surroundings may hold none of them.
  constexpr std::size_t kSeeds = 16;
  scratch.batch_nodes.clear();
  scratch.batch_rows.clear();
  for (std::size_t s = 0; s < kSeeds; ++s) {
    const std::size_t node = allowed.find_next(allowed.size() * s / kSeeds);
    if (node >= limit || node >= allowed.size() || load_link(base_links_.row(static_cast<std::uint32_t>(node))) == 0) {
      continue;  // Not in the graph yet.
    }
    if (!scratch.visit(static_cast<std::uint32_t>(node))) continue;
    scratch.batch_nodes.push_back(static_cast<std::uint32_t>(node));
    scratch.batch_rows.push_back(rows_.row(static_cast<std::uint32_t>(node)));
  }
  std::size_t at = 0;
  evaluate(query.data(), ef, scratch, at);
  at = 0;
  while (at < pool.size()) {
    if (pool[at].expanded) {
      ++at;
      continue;
    }
    pool[at].expanded = true;
    const std::uint32_t node = pool[at].node;
    std::size_t lowest = at + 1;
    gather_allowed(node, allowed, scratch);
    evaluate(query.data(), ef, scratch, lowest);
    at = std::min(at + 1, lowest);
    if (at < pool.size()) __builtin_prefetch(base_links_.row(pool[at].node));
  }
  std::vector<Neighbour> found;
  for (const auto& entry : pool) {
    if (entry.node < allowed.size() && allowed.test(entry.node)) found.push_back({entry.distance, entry.node});
  }
  return found;
}

/// Algorithm 4: keeps a candidate only if it is nearer to the node than to everything kept so far.
std::vector<Neighbour> HnswGraph::select_diverse(std::vector<Neighbour> candidates, std::uint32_t limit) const {
  if (candidates.size() <= limit) return candidates;
  std::vector<Neighbour> kept;
  kept.reserve(limit);
  for (const Neighbour& candidate : candidates) {
    if (kept.size() == limit) break;
    const float* row = rows_.row(candidate.offset);
    bool diverse = true;
    for (const Neighbour& other : kept) {
      if (distance(row, other.offset) < candidate.distance) {
        diverse = false;
        break;
      }
    }
    if (diverse) kept.push_back(candidate);
  }
  return kept;
}

void HnswGraph::add_link(std::uint32_t from, std::uint32_t level, Neighbour to) {
  SpinLock lock(locks_[mix(from) % kLockCount]);
  const LinkList list = links_at(from, level);
  std::uint32_t used = 0;
  while (used < list.capacity && load_link(list.links + used) != 0) ++used;
  if (used < list.capacity) {
    if (list.distances != nullptr) list.distances[used] = to.distance;
    store_link(list.links + used, to.offset + 1);
    return;
  }
  const float* row = rows_.row(from);
  std::vector<Neighbour> candidates;
  candidates.reserve(used + 1);
  for (std::uint32_t i = 0; i < used; ++i) {
    const std::uint32_t node = load_link(list.links + i) - 1;
    float d = list.distances == nullptr ? std::numeric_limits<float>::quiet_NaN() : list.distances[i];
    if (std::isnan(d)) d = distance(row, node);
    candidates.push_back({d, node});
  }
  candidates.push_back(to);
  std::sort(candidates.begin(), candidates.end());
  const std::vector<Neighbour> kept = select_diverse(std::move(candidates), list.capacity);
  for (std::uint32_t i = 0; i < list.capacity; ++i) {
    const bool some = i < kept.size();
    if (list.distances != nullptr && some) list.distances[i] = kept[i].distance;
    store_link(list.links + i, some ? kept[i].offset + 1 : 0);
  }
}

void HnswGraph::connect(std::uint32_t node, std::uint32_t level, const std::vector<Neighbour>& neighbours) {
  {
    SpinLock lock(locks_[mix(node) % kLockCount]);
    const LinkList list = links_at(node, level);
    for (std::uint32_t i = 0; i < neighbours.size() && i < list.capacity; ++i) {
      if (list.distances != nullptr) list.distances[i] = neighbours[i].distance;
      store_link(list.links + i, neighbours[i].offset + 1);
    }
  }
  for (const Neighbour& neighbour : neighbours) add_link(neighbour.offset, level, {neighbour.distance, node});
}

void HnswGraph::insert(std::uint32_t offset, HnswScratch& scratch) {
  const std::uint32_t level = level_of(offset);
  {
    base::MutexLock lock(grow_mutex_);
    reserve(offset + 1);
    if (level > 0) {
      upper_links_.ensure(upper_count_ + 1);
      store_link(upper_slot_.row(offset), ++upper_count_);
    }
  }
  node_count_.fetch_add(1, std::memory_order_relaxed);
  const float* row = rows_.row(offset);
  const Entry from = entry();
  if (from.node == kNone) {
    raise_entry(offset, level);
    return;
  }
  float nearest = 0;
  std::uint32_t start = descend(row, from, std::min(level, from.level), nearest);
  for (std::uint32_t l = std::min(level, from.level) + 1; l-- > 0;) {
    walk(row, start, l, params_.ef_construction, scratch);
    std::vector<Neighbour> candidates;
    candidates.reserve(scratch.pool.size());
    for (const auto& entry : scratch.pool) {
      if (entry.node != offset) candidates.push_back({entry.distance, entry.node});
    }
    if (!candidates.empty()) start = candidates.front().offset;
    connect(offset, l, select_diverse(std::move(candidates), params_.m));
  }
  raise_entry(offset, level);
}

std::uint64_t HnswGraph::memory_bytes() const {
  return base_links_.allocated_bytes() + base_distances_.allocated_bytes() + upper_slot_.allocated_bytes() +
         upper_links_.allocated_bytes();
}

}  // namespace alidade::index
