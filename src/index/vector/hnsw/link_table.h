#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <span>

#include "base/chunked_rows.h"
#include "base/mutex.h"
#include "index/vector/hnsw/links.h"

namespace alidade::index {

/// Where a walk begins.
struct GraphEntry {
  static constexpr std::uint32_t kNone = 0xFFFFFFFF;
  std::uint32_t node = kNone;
  std::uint32_t level = 0;
};

/// The links of a graph by node and level, without any idea of distances. Level 0 has flat rows of fixed
/// degree; few nodes have more levels, and those share a second table.
///
/// Threads: links are atomic words (links.h), rows never move, so any number of threads walks while others
/// write; whoever changes a list that another may change holds the node's lock.
class LinkTable {
 public:
  static constexpr std::uint32_t kMaxLevel = 6;  // 16^6 nodes per node of the top level.

  /// A list of links with room for `capacity`; 0 ends it.
  struct List {
    std::uint32_t* links;
    std::uint32_t capacity;
  };

  explicit LinkTable(std::uint32_t m);

  std::uint32_t m() const { return m_; }
  std::uint32_t base_degree() const { return base_degree_; }
  /// The level that a node is on, always the same one.
  std::uint32_t level_of(std::uint32_t node) const;
  List at(std::uint32_t node, std::uint32_t level) const;
  const std::uint32_t* base(std::uint32_t node) const { return base_links_.row(node); }

  GraphEntry entry() const;
  /// Makes the node the entry of an empty graph; @return false when another one was first.
  bool claim_entry(std::uint32_t node, std::uint32_t level);
  /// Makes the node the entry if none is on a level as high.
  void raise_entry(std::uint32_t node, std::uint32_t level);

  /// Makes room for nodes below `count`.
  void reserve(std::uint32_t count);
  /// Makes room for a node, and counts it.
  void add_node(std::uint32_t node, std::uint32_t level);
  std::uint32_t node_limit() const { return node_limit_.load(std::memory_order_acquire); }
  std::uint32_t node_count() const { return node_count_.load(std::memory_order_relaxed); }

  /// Writes the links of a list that was empty.
  void write(std::uint32_t node, std::uint32_t level, std::span<const std::uint32_t> nodes);

  class Lock {
   public:
    Lock(const LinkTable& table, std::uint32_t node);
    ~Lock() { flag_.clear(std::memory_order_release); }
    Lock(const Lock&) = delete;
    Lock& operator=(const Lock&) = delete;

   private:
    std::atomic_flag& flag_;
  };

  std::uint64_t memory_bytes() const {
    return base_links_.allocated_bytes() + upper_slot_.allocated_bytes() + upper_links_.allocated_bytes();
  }

 private:
  friend class HnswGraph;  // Its file, graph_file.cc.
  static constexpr std::size_t kLockCount = 1024;

  const std::uint32_t m_;
  const std::uint32_t base_degree_;
  base::ChunkedRows<std::uint32_t> base_links_;
  base::ChunkedRows<std::uint32_t> upper_slot_;   // 1 + place in upper_links_, 0 = level 0 only.
  base::ChunkedRows<std::uint32_t> upper_links_;  // kMaxLevel lists of m per slot.
  std::atomic<std::uint32_t> node_limit_ = 0;     // Nodes are below it.
  std::atomic<std::uint32_t> node_count_ = 0;
  std::atomic<std::uint64_t> entry_;              // level << 32 | node.
  mutable std::array<std::atomic_flag, kLockCount> locks_{};
  base::Mutex grow_mutex_;
  std::uint32_t upper_count_ ALD_GUARDED_BY(grow_mutex_) = 0;

  void reserve_locked(std::uint32_t count) ALD_REQUIRES(grow_mutex_);
};

}  // namespace alidade::index
