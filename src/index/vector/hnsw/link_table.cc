#include "index/vector/hnsw/link_table.h"

#include <algorithm>
#include <cmath>

namespace alidade::index {
namespace {

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

LinkTable::Lock::Lock(const LinkTable& table, std::uint32_t node) : flag_(table.locks_[mix(node) % kLockCount]) {
  while (flag_.test_and_set(std::memory_order_acquire)) {
    while (flag_.test(std::memory_order_relaxed)) __builtin_ia32_pause();
  }
}

// Three times m on level 0, where 2m is usual: with an alpha above 1 (build.h) a list has uses for them.
// Measured on 63,664 real rows of 384 floats at m = 16: 48 instead of 32 links give 1.07 and 1.27 times the
// queries at recall .95 and .99; 64 give no more.
LinkTable::LinkTable(std::uint32_t m)
    : m_(m),
      base_degree_((m * 3 + 15) / 16 * 16),
      base_links_(base_degree_),
      upper_slot_(1),
      upper_links_(kMaxLevel * m),
      entry_(pack(GraphEntry::kNone, 0)) {}

std::uint32_t LinkTable::level_of(std::uint32_t node) const {
  const double uniform = (static_cast<double>(mix(node) >> 11) + 1) * 0x1p-53;
  const double level = -std::log(uniform) / std::log(static_cast<double>(std::max(2U, m_)));
  return std::min(static_cast<std::uint32_t>(level), kMaxLevel);
}

LinkTable::List LinkTable::at(std::uint32_t node, std::uint32_t level) const {
  if (level == 0) return {base_links_.row(node), base_degree_};
  const std::uint32_t slot = load_link(upper_slot_.row(node));
  if (slot == 0) return {nullptr, 0};
  return {upper_links_.row(slot - 1) + std::size_t{level - 1} * m_, m_};
}

GraphEntry LinkTable::entry() const {
  const std::uint64_t packed = entry_.load(std::memory_order_acquire);
  return {static_cast<std::uint32_t>(packed), static_cast<std::uint32_t>(packed >> 32)};
}

bool LinkTable::claim_entry(std::uint32_t node, std::uint32_t level) {
  std::uint64_t seen = entry_.load(std::memory_order_acquire);
  while (static_cast<std::uint32_t>(seen) == GraphEntry::kNone) {
    if (entry_.compare_exchange_weak(seen, pack(node, level), std::memory_order_acq_rel)) return true;
  }
  return false;
}

void LinkTable::raise_entry(std::uint32_t node, std::uint32_t level) {
  std::uint64_t seen = entry_.load(std::memory_order_acquire);
  while ((seen >> 32) < level) {
    if (entry_.compare_exchange_weak(seen, pack(node, level), std::memory_order_acq_rel)) return;
  }
}

void LinkTable::reserve(std::uint32_t count) {
  base::MutexLock lock(grow_mutex_);
  reserve_locked(count);
}

void LinkTable::reserve_locked(std::uint32_t count) {
  if (count <= node_limit_.load(std::memory_order_relaxed)) return;
  base_links_.ensure(count);
  upper_slot_.ensure(count);
  node_limit_.store(count, std::memory_order_release);
}

void LinkTable::add_node(std::uint32_t node, std::uint32_t level) {
  {
    base::MutexLock lock(grow_mutex_);
    reserve_locked(node + 1);
    if (level > 0) {
      upper_links_.ensure(upper_count_ + 1);
      store_link(upper_slot_.row(node), ++upper_count_);
    }
  }
  node_count_.fetch_add(1, std::memory_order_relaxed);
}

void LinkTable::write(std::uint32_t node, std::uint32_t level, std::span<const std::uint32_t> nodes) {
  const Lock lock(*this, node);
  const List list = at(node, level);
  for (std::uint32_t i = 0; i < nodes.size() && i < list.capacity; ++i) store_link(list.links + i, nodes[i] + 1);
}

}  // namespace alidade::index
