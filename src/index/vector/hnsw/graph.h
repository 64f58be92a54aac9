#pragma once

// Hierarchical navigable small world graph (Malkov and Yashunin, TPAMI 2018, algorithms 1, 2, 4 and
// 5), with level 0 in flat rows of fixed degree, a sorted pool in place of heaps and epoch marks, as
// in NSG (Fu et al., VLDB 2019); filtered walks look two hops far (ACORN-1, Patel et al., SIGMOD 2024).

#include <array>
#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <vector>

#include "base/bitset.h"
#include "base/chunked_rows.h"
#include "base/mutex.h"
#include "base/status.h"
#include "index/vector/neighbour.h"
#include "kernels/kernels.h"
#include "observe/op_context.h"
#include "storage/vectors/rows.h"

namespace alidade::index {

struct HnswParams {
  std::uint32_t m = 16;  ///< Neighbours per node above level 0; twice as many on it. 2 to 512.
  std::uint32_t ef_construction = 100;
};

/// Working memory of one search or insertion at a time; kept by a thread and used for any graph.
class HnswScratch {
 public:
  /// Starts a walk over nodes below `count`.
  void begin(std::uint32_t count);
  /// Marks a node; @return whether it was unmarked. Nodes that came after begin() count as marked.
  bool visit(std::uint32_t node) {
    if (node >= count_ || marks_[node] == epoch_) return false;
    marks_[node] = epoch_;
    return true;
  }

  void clear_batch();

  struct PoolEntry {
    float distance;
    std::uint32_t node;
    bool expanded;
  };
  /// Sorted, nearest first, bounded; the front that a walk expands.
  std::vector<PoolEntry> pool;
  std::vector<std::uint32_t> batch_nodes;
  std::vector<const float*> batch_rows;
  std::vector<float> batch_distances;

 private:
  std::vector<std::uint8_t> marks_;
  std::uint8_t epoch_ = 0;
  std::uint32_t count_ = 0;
};

/// The graph of one vector name over the rows of one segment; a node is a point offset.
///
/// Threads: search() by any number while insert() runs in one or more; links are read and written
/// as atomic words. insert() connects a node from level 0 upwards, and on each level writes the
/// node's own links before others link to it: a search that reaches a node can always go on from
/// there, on that level and on every level below. The rows must not change once inserted (they never
/// do: a changed vector takes a new offset).
///
/// Rows and queries may hold any numbers: distances are never NaN (kernels.h), and every loop ends
/// after at most one turn per node.
class HnswGraph {
 public:
  /// `rows` is borrowed and outlives the graph.
  HnswGraph(const HnswParams& params, kernels::Metric metric, const storage::VectorRows& rows);

  /// Adds the row. The same rows in the same order always give the same graph.
  void insert(std::uint32_t offset, HnswScratch& scratch) {
    insert_in_steps(offset, scratch, [] {});
  }
  /// The same, for tests: calls `between` wherever another thread could see a state that is new, and
  /// once between the look at an empty graph and the claim of its first place. No lock is held then.
  template <typename Between>
  void insert_in_steps(std::uint32_t offset, HnswScratch& scratch, const Between& between);
  /// Makes room for nodes below `count`; insert() does so itself, but only one thread may then be
  /// inserting.
  void reserve(std::uint32_t count);

  /// The nearest nodes that the walk found, nearest first, at most `ef`; dead rows among them.
  /// @return kCancelled or kDeadlineExceeded when the context says so amid the walk.
  Result<std::vector<Neighbour>> search(const PaddedQuery& query,
                                        std::uint32_t ef,
                                        HnswScratch& scratch,
                                        const observe::OpContext& context) const;
  /// The nearest nodes in `allowed`, at most `ef`. Walks over allowed nodes only, reaching through
  /// others by two hops; may find fewer than there are. Errors as of search().
  Result<std::vector<Neighbour>> search_two_hop(const PaddedQuery& query,
                                                std::uint32_t ef,
                                                const base::Bitset& allowed,
                                                HnswScratch& scratch,
                                                const observe::OpContext& context) const;

  /// Nodes inserted.
  std::uint32_t node_count() const { return node_count_.load(std::memory_order_relaxed); }
  const HnswParams& params() const { return params_; }
  std::uint64_t memory_bytes() const;

  /// Writes the graph, front to back; no insert() may run. Format: docs/formats/graph.md.
  Status serialize(const std::function<Status(std::span<const std::byte>)>& sink) const;
  /// Reads one; every link is checked.
  /// @param row_count nodes are below it.
  /// @return kDataLoss when the bytes are no graph of these parameters over these rows.
  static Result<std::unique_ptr<HnswGraph>> deserialize(std::span<const std::byte> bytes,
                                                        const HnswParams& params,
                                                        kernels::Metric metric,
                                                        const storage::VectorRows& rows,
                                                        std::uint32_t row_count);

 private:
  static constexpr std::uint32_t kNone = 0xFFFFFFFF;
  static constexpr std::uint32_t kMaxLevel = 6;  // 16^6 nodes per node of the top level.
  static constexpr std::size_t kLockCount = 1024;

  struct Entry {
    std::uint32_t node = kNone;
    std::uint32_t level = 0;
  };
  /// A list of links with room for `capacity`; kNone ends it.
  struct LinkList {
    std::uint32_t* links;
    float* distances;  // nullptr above level 0.
    std::uint32_t capacity;
  };

  std::uint32_t level_of(std::uint32_t node) const;
  LinkList links_at(std::uint32_t node, std::uint32_t level) const;
  float distance(const float* a, std::uint32_t node) const;
  Entry entry() const;
  bool claim_entry(std::uint32_t node, std::uint32_t level);
  void raise_entry(std::uint32_t node, std::uint32_t level);

  std::uint32_t descend(const float* query, Entry from, std::uint32_t to_level, HnswScratch& scratch,
                        float& nearest) const;
  Status walk(const float* query, std::uint32_t start, std::uint32_t level, std::uint32_t ef,
              HnswScratch& scratch, const observe::OpContext* context) const;
  template <typename Gather>
  Status expand(const float* query, std::uint32_t ef, HnswScratch& scratch, const observe::OpContext* context,
                const Gather& gather_from) const;
  template <typename Gather>
  Status expand_pool(const float* query, std::uint32_t ef, HnswScratch& scratch, const observe::OpContext* context,
                     const Gather& gather_from) const;
  template <typename Gather>
  Status expand_heaps(const float* query, std::uint32_t ef, HnswScratch& scratch, const observe::OpContext* context,
                      const Gather& gather_from) const;
  void gather(std::uint32_t node, std::uint32_t level, HnswScratch& scratch) const;
  void gather_allowed(std::uint32_t node, const base::Bitset& allowed, HnswScratch& scratch) const;
  void gather_seeds(const base::Bitset& allowed, std::uint32_t node_limit, HnswScratch& scratch) const;
  void score_batch(const float* query, HnswScratch& scratch) const;
  std::size_t evaluate(const float* query, std::uint32_t ef, HnswScratch& scratch) const;
  std::vector<Neighbour> select_diverse(std::vector<Neighbour> candidates, std::uint32_t limit) const;
  void write_links(std::uint32_t node, std::uint32_t level, const std::vector<Neighbour>& neighbours);
  void make_room(std::uint32_t offset, std::uint32_t level);
  std::vector<std::vector<Neighbour>> choose_neighbours(std::uint32_t offset, std::uint32_t level, Entry from,
                                                        HnswScratch& scratch) const;
  void add_link(std::uint32_t from, std::uint32_t level, Neighbour to);

  // Constant after construction.
  const HnswParams params_;
  const kernels::Metric metric_;
  const std::uint32_t base_degree_;  // 2m, rounded up to fill cache lines.
  const storage::VectorRows& rows_;
  const kernels::KernelSet& kernels_;

  base::ChunkedRows<std::uint32_t> base_links_;
  base::ChunkedRows<float> base_distances_;      // Of the links; NaN = not known.
  base::ChunkedRows<std::uint32_t> upper_slot_;  // 1 + place in upper_links_, 0 = level 0 only.
  base::ChunkedRows<std::uint32_t> upper_links_; // kMaxLevel lists of m per slot.
  std::atomic<std::uint32_t> node_limit_ = 0;    // Nodes are below it.
  std::atomic<std::uint32_t> node_count_ = 0;
  std::atomic<std::uint64_t> entry_;             // level << 32 | node.
  mutable std::array<std::atomic_flag, kLockCount> locks_{};
  base::Mutex grow_mutex_;
  std::uint32_t upper_count_ ALD_GUARDED_BY(grow_mutex_) = 0;
};

template <typename Between>
void HnswGraph::insert_in_steps(std::uint32_t offset, HnswScratch& scratch, const Between& between) {
  const std::uint32_t level = level_of(offset);
  make_room(offset, level);
  Entry from = entry();
  if (from.node == kNone) {
    between();
    // Of several first nodes one becomes the entry; the others link to it as later ones do.
    if (claim_entry(offset, level)) return;
    from = entry();
  }
  const auto chosen = choose_neighbours(offset, level, from, scratch);
  for (std::uint32_t l = 0; l < chosen.size(); ++l) {
    write_links(offset, l, chosen[l]);
    between();
    for (const Neighbour& neighbour : chosen[l]) {
      add_link(neighbour.offset, l, {neighbour.distance, offset});
      between();
    }
  }
  raise_entry(offset, level);
}

}  // namespace alidade::index
