#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "index/vector/hnsw/link_table.h"
#include "index/vector/hnsw/live_rows.h"
#include "index/vector/hnsw/scratch.h"
#include "index/vector/hnsw/walk.h"
#include "index/vector/neighbour.h"

namespace alidade::index {

/// When a candidate is too near to what a node links to already. With distances above zero (`shift` makes them
/// so), it is kept unless alpha times its distance to a kept one is below its distance to the node. An alpha
/// above 1 keeps more, and longer, links: fewer hops for the same recall (Vamana: Subramanya et al., DiskANN,
/// NeurIPS 2019).
struct Pruning {
  float alpha = 1;
  float shift = 0;

  bool keeps(float to_kept, float to_node) const {
    return to_kept >= to_node || alpha * (to_kept + shift) >= to_node + shift;
  }
};

/// Puts one row into a graph, over one space. Instantiated in build.cc.
template <CodeSpace Space>
class Insertion {
 public:
  struct Settings {
    std::uint32_t ef_construction;
    Pruning pruning;
    /// Lists with nodes that `space` does not have yet are pruned over the f32 rows.
    const storage::VectorRows& rows;
    kernels::Metric metric;
    LiveRows live = {};
  };

  Insertion(LinkTable& links, const Space& space, const Settings& settings, HnswScratch& scratch);

  /// Links the node, which has its place in the table, from level 0 upwards; on each level its own links are
  /// written before others link to it. @param between called wherever another thread could see a state that is
  /// new, without a lock held; empty: never.
  void insert(std::uint32_t node, std::uint32_t level, GraphEntry from, const std::function<void()>& between);

  /// Links `from` to `to`, leaving links out if there are too many.
  void add_link(std::uint32_t from, std::uint32_t level, std::uint32_t to);

  /// Replaces the dead nodes in the node's list of level 0 by what these link to, as far as that is live (the
  /// consolidation of FreshDiskANN: Singh et al., 2021).
  void leave_out_dead(std::uint32_t node);

 private:
  template <CodeSpace Other>
  friend class Insertion;

  std::vector<std::vector<std::uint32_t>> choose_neighbours(std::uint32_t node, std::uint32_t level, GraphEntry from);
  template <typename Take>
  void take_seeds(const Take& take) const;
  void keep_live(std::vector<Neighbour>& candidates) const;
  std::vector<std::uint32_t> select_diverse(const std::vector<Neighbour>& candidates, std::uint32_t limit);
  bool is_diverse(const Neighbour& candidate, const std::vector<std::uint32_t>& kept, bool& tied);
  /// Of the nodes, which must be distinct and none of them `from`, those that it should link to.
  std::vector<std::uint32_t> choose_links(std::uint32_t from, const std::vector<std::uint32_t>& nodes, std::uint32_t limit);

  LinkTable& links_;
  const Space& space_;
  const Settings& settings_;
  HnswScratch& scratch_;
  typename Space::Query node_query_, other_query_;
};

extern template class Insertion<F32Space>;
extern template class Insertion<GridSpace<8>>;
extern template class Insertion<GridSpace<4>>;

}  // namespace alidade::index
