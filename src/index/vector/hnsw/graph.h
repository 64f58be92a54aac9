#pragma once

// Hierarchical navigable small world graph (Malkov and Yashunin, TPAMI 2018, algorithms 1, 2, 4 and
// 5), with level 0 in flat rows of fixed degree, a sorted pool in place of heaps and epoch marks, as
// in NSG (Fu et al., VLDB 2019); filtered walks look two hops far (ACORN-1, Patel et al., SIGMOD 2024).
// It is built and walked over codes of the rows (spaces/), and what a walk found is ranked by the rows.

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <vector>

#include "base/bitset.h"
#include "base/mutex.h"
#include "base/status.h"
#include "index/vector/hnsw/link_table.h"
#include "index/vector/hnsw/live_rows.h"
#include "index/vector/hnsw/scratch.h"
#include "index/vector/neighbour.h"
#include "index/vector/spaces/code_rows.h"
#include "kernels/kernels.h"
#include "observe/op_context.h"
#include "storage/vectors/rows.h"

namespace alidade::index {

struct HnswParams {
  std::uint32_t m = 16;  ///< Neighbours per node above level 0; three times as many on it. 2 to 512.
  std::uint32_t ef_construction = 100;
};

/// What a graph walks over. kAutomatic looks at the rows (spaces/choose_code.h); the others are for tests
/// and measurements.
enum class GraphCodes { kAutomatic, kNone, kEight, kFour };

/// How a walk is steered that throws away what nobody wants.
struct WalkSteering {
  const base::Bitset& wanted;
  /// What ef_for() will say where the share around the query is the one of all rows.
  std::uint32_t expected_ef;
  /// From the share of wanted nodes around the query, seen after a few hops, the ef to go on with; 0: give up.
  std::function<std::uint32_t(double share)> ef_for;
};

/// What a walk found, nearest first as far as its space could tell; in the scratch until its next walk.
struct WalkResult {
  /// nodes() are ranked by distances that are exact; else `rerank` of the rows of each wanted one are to be
  /// looked at, at least, before anybody is told.
  bool is_exact = true;
  std::uint32_t rerank = 1;
  bool gave_up = false;  ///< The steering ended the walk; nothing was found.
};

/// The graph of one vector name over the rows of one segment; a node is a point offset below 2^31.
///
/// Threads: walks by any number while insert() runs in one or more; links are read and written
/// as atomic words. insert() connects a node from level 0 upwards, and on each level writes the
/// node's own links before others link to it: a search that reaches a node can always go on from
/// there, on that level and on every level below. A row must not change once it or one above it is inserted
/// (they never do: a changed vector takes a new offset).
///
/// Rows and queries may hold any numbers: distances are never NaN (kernels.h), and every loop ends
/// after at most one turn per node.
class HnswGraph {
 public:
  /// `rows` is borrowed and outlives the graph.
  HnswGraph(const HnswParams& params, kernels::Metric metric, const storage::VectorRows& rows,
            GraphCodes codes = GraphCodes::kAutomatic);
  ~HnswGraph();

  /// Adds the row. The same rows in the same order, with the same ones live, always give the same graph.
  void insert(std::uint32_t offset, HnswScratch& scratch, const LiveRows& live = {}) {
    insert_in_steps(offset, scratch, {}, live);
  }
  /// The same, for tests: calls `between` wherever another thread could see a state that is new, and
  /// once between the look at an empty graph and the claim of its first place. No lock is held then.
  void insert_in_steps(std::uint32_t offset, HnswScratch& scratch, const std::function<void()>& between,
                       const LiveRows& live = {});
  /// Makes room for nodes below `count`; insert() does so itself.
  void reserve(std::uint32_t count) { links_.reserve(count); }
  /// Makes the codes of rows below `end` ahead of their insertion, which makes them otherwise: scans read them.
  /// The rows are there and do not change any more. Changes nothing about the graph: it stops where an insertion
  /// would look whether the codes still suit the rows, and after some milliseconds.
  void encode_ahead(std::uint32_t end);

  /// Takes dead nodes out of the lists of level 0 of the nodes in [first, end), beside walks but beside no insert().
  /// Whoever went through all nodes with the same `live` says so by set_unlinked(). Upper levels lead through dead
  /// nodes for ever; a walk that steps down from one begins at its repaired list.
  void repair(std::uint32_t first, std::uint32_t end, const LiveRows& live, HnswScratch& scratch);
  /// So many nodes are in no list of level 0 any more: walks do not find them, nor do plans count them.
  void set_unlinked(std::uint32_t count) { unlinked_.store(count, std::memory_order_relaxed); }
  std::uint32_t unlinked_count() const { return unlinked_.load(std::memory_order_relaxed); }
  /// Nodes that a walk may find, about.
  std::uint32_t linked_count() const { return node_count() - unlinked_count(); }

  /// Finds the nearest nodes that the walk leads to, at most `ef`, into the scratch's pool; dead rows among them.
  /// @return kCancelled or kDeadlineExceeded when the context says so amid the walk.
  Result<WalkResult> walk(const PaddedQuery& query, std::uint32_t ef, HnswScratch& scratch,
                          const observe::OpContext& context) const;
  /// The same for some wanted nodes among those that it finds: their share decides how far it goes.
  Result<WalkResult> walk_for(const PaddedQuery& query, const WalkSteering& steering, HnswScratch& scratch,
                              const observe::OpContext& context) const;
  /// The nearest nodes in `allowed`. Walks over allowed nodes only, reaching through others by two hops; may find
  /// fewer than there are, and the entry besides. Errors as of walk().
  Result<WalkResult> walk_two_hop(const PaddedQuery& query, std::uint32_t ef, const base::Bitset& allowed,
                                  HnswScratch& scratch, const observe::OpContext& context) const;

  /// The nodes of a walk with their exact distances, nearest first.
  Result<std::vector<Neighbour>> search(const PaddedQuery& query, std::uint32_t ef, HnswScratch& scratch,
                                        const observe::OpContext& context) const;
  /// The same of a two-hop walk: the allowed ones.
  Result<std::vector<Neighbour>> search_two_hop(const PaddedQuery& query, std::uint32_t ef,
                                                const base::Bitset& allowed, HnswScratch& scratch,
                                                const observe::OpContext& context) const;

  /// Nodes inserted.
  std::uint32_t node_count() const { return links_.node_count(); }
  const HnswParams& params() const { return params_; }
  /// Bytes of the links and of the codes.
  std::uint64_t memory_bytes() const;
  /// The codes in use by now; nullptr = none. Valid as long as the graph.
  const CodeRows* codes() const { return codes_.load(std::memory_order_acquire); }

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
  template <typename Function>
  auto with_space(const Function& function) const;
  template <typename Function>
  Result<WalkResult> walk_from_entry(const PaddedQuery& query, HnswScratch& scratch,
                                     const observe::OpContext& context, const Function& find) const;
  std::vector<Neighbour> ranked(const PaddedQuery& query, const WalkResult& result, const HnswScratch& scratch,
                                const base::Bitset* allowed) const;
  std::uint32_t ef_among(const LiveRows& live) const;
  void encode_to(std::uint32_t end);
  void encode_locked(std::uint32_t end) ALD_REQUIRES(codes_mutex_);
  void choose_codes(std::uint32_t end) ALD_REQUIRES(codes_mutex_);

  // Constant after construction.
  const HnswParams params_;
  const kernels::Metric metric_;
  const storage::VectorRows& rows_;
  const GraphCodes wanted_codes_;

  LinkTable links_;
  // Published; any thread. Walks may use tables that were replaced: they live as long as the graph, and there are
  // few of them (a table is replaced when the rows grew beyond its grid, at most once per doubling).
  std::atomic<CodeRows*> codes_ = nullptr;
  std::atomic<bool> has_unit_rows_ = false;
  std::atomic<std::uint32_t> encoded_ = 0;  // Rows below have been looked at.
  std::atomic<std::uint32_t> unlinked_ = 0;  // Nodes that are in no list of level 0.
  // Guarded.
  base::Mutex codes_mutex_;
  std::vector<std::unique_ptr<CodeRows>> tables_ ALD_GUARDED_BY(codes_mutex_);
};

}  // namespace alidade::index
