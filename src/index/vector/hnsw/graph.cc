// How rows enter the graph; graph_search.cc walks it, graph_file.cc writes and reads it.
#include "index/vector/hnsw/graph.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "index/vector/hnsw/links.h"

namespace alidade::index {
namespace {

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

/// Makes the node the entry of an empty graph; @return false when another one was first.
bool HnswGraph::claim_entry(std::uint32_t node, std::uint32_t level) {
  std::uint64_t seen = entry_.load(std::memory_order_acquire);
  while (static_cast<std::uint32_t>(seen) == kNone) {
    if (entry_.compare_exchange_weak(seen, pack(node, level), std::memory_order_acq_rel)) return true;
  }
  return false;
}

void HnswGraph::raise_entry(std::uint32_t node, std::uint32_t level) {
  std::uint64_t seen = entry_.load(std::memory_order_acquire);
  while ((seen >> 32) < level) {
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

/// Algorithm 4: keeps a candidate only if it is nearer to the node than to everything kept so far.
/// Of candidates as near to one another as to the node (equal rows, mostly) it keeps half a list:
/// many equal rows would otherwise link to one another alone and be an island.
std::vector<Neighbour> HnswGraph::select_diverse(std::vector<Neighbour> candidates, std::uint32_t limit) const {
  if (candidates.size() <= limit) return candidates;
  std::vector<Neighbour> kept;
  kept.reserve(limit);
  for (const Neighbour& candidate : candidates) {
    if (kept.size() == limit) break;
    const float* row = rows_.row(candidate.offset);
    bool diverse = true, tied = false;
    for (const Neighbour& other : kept) {
      const float d = distance(row, other.offset);
      tied |= d == candidate.distance;
      diverse = d >= candidate.distance;
      if (!diverse) break;
    }
    if (diverse && !(tied && kept.size() >= limit / 2)) kept.push_back(candidate);
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

void HnswGraph::write_links(std::uint32_t node, std::uint32_t level, const std::vector<Neighbour>& neighbours) {
  SpinLock lock(locks_[mix(node) % kLockCount]);
  const LinkList list = links_at(node, level);
  for (std::uint32_t i = 0; i < neighbours.size() && i < list.capacity; ++i) {
    if (list.distances != nullptr) list.distances[i] = neighbours[i].distance;
    store_link(list.links + i, neighbours[i].offset + 1);
  }
}

void HnswGraph::make_room(std::uint32_t offset, std::uint32_t level) {
  {
    base::MutexLock lock(grow_mutex_);
    reserve(offset + 1);
    if (level > 0) {
      upper_links_.ensure(upper_count_ + 1);
      store_link(upper_slot_.row(offset), ++upper_count_);
    }
  }
  node_count_.fetch_add(1, std::memory_order_relaxed);
}

/// Walks from the top level down, each level from the nearest node of the one above.
/// @return the neighbours to link to, by level, from 0 on.
std::vector<std::vector<Neighbour>> HnswGraph::choose_neighbours(std::uint32_t offset,
                                                                 std::uint32_t level,
                                                                 Entry from,
                                                                 HnswScratch& scratch) const {
  const float* row = rows_.row(offset);
  const std::uint32_t top = std::min(level, from.level);
  std::vector<std::vector<Neighbour>> chosen(top + 1);
  float nearest = 0;
  std::uint32_t start = descend(row, from, top, scratch, nearest);
  for (std::uint32_t l = top + 1; l-- > 0;) {
    // Without a context nothing can end this walk early.
    walk(row, start, l, params_.ef_construction, scratch, nullptr).ignore();
    std::vector<Neighbour> candidates;
    candidates.reserve(scratch.pool.size());
    for (const auto& entry : scratch.pool) {
      if (entry.node != offset) candidates.push_back({entry.distance, entry.node});
    }
    if (!candidates.empty()) start = candidates.front().offset;
    // All of level 0's room at once, not only m of it: 3 to 5 % fewer distances at equal recall.
    chosen[l] = select_diverse(std::move(candidates), l == 0 ? base_degree_ : params_.m);
  }
  return chosen;
}

std::uint64_t HnswGraph::memory_bytes() const {
  return base_links_.allocated_bytes() + base_distances_.allocated_bytes() + upper_slot_.allocated_bytes() +
         upper_links_.allocated_bytes();
}

}  // namespace alidade::index
