#pragma once

#include <cstdint>

#include "base/bitset.h"
#include "base/status.h"
#include "index/vector/hnsw/link_table.h"
#include "index/vector/hnsw/scratch.h"
#include "index/vector/spaces/code_space.h"
#include "index/vector/spaces/f32_space.h"
#include "index/vector/spaces/grid_space.h"
#include "observe/op_context.h"

namespace alidade::index {

/// Walks along the links of a graph over one space: from the top level down, along level 0, along allowed
/// nodes only. What it finds lies in the scratch's pool. Instantiated in walk_f32.cc and walk_grid.cc.
///
/// The entry must have been read before the space was made: then the space has its row. Links to nodes that the
/// space does not have yet are passed over.
template <CodeSpace Space>
class Walk {
 public:
  /// Borrows everything. @param context looked at amid the walk; nullptr: never.
  Walk(const LinkTable& links, const Space& space, HnswScratch& scratch, const observe::OpContext* context);

  /// The greedy way from the entry down to the level above which the search begins.
  std::uint32_t descend(const typename Space::Query& query, GraphEntry from, std::uint32_t to_level);

  /// Fills the pool with the nearest nodes of the level that lead from `start`, at most `ef`.
  /// @return kCancelled or kDeadlineExceeded when the context says so.
  Status find_near(const typename Space::Query& query, std::uint32_t start, std::uint32_t level, std::uint32_t ef);

  /// Expands the first `hops` nodes only, and keeps the `room` nearest of what it sees; go_on() takes it from there.
  Status look_around(const typename Space::Query& query, std::uint32_t start, std::uint32_t hops, std::uint32_t room);
  /// Goes on on level 0 with what the pool holds, cut down to `ef`; or begins again where there was no room for so
  /// many. Result as of find_near().
  Status go_on(const typename Space::Query& query, std::uint32_t ef);

  /// The same on level 0 over allowed nodes alone, reaching through others by two hops; `start` may be none.
  Status find_allowed(const typename Space::Query& query, std::uint32_t start, const base::Bitset& allowed,
                      std::uint32_t ef);

 private:
  void begin(const typename Space::Query& query, std::uint32_t start, std::uint32_t& ef);
  void gather(std::uint32_t node, std::uint32_t level);
  void gather_allowed(std::uint32_t node, const base::Bitset& allowed);
  void gather_seeds(const base::Bitset& allowed);
  void score(const typename Space::Query& query);
  template <typename Gather>
  Status expand(const typename Space::Query& query, std::uint32_t ef, const Gather& gather_from);
  template <typename Gather>
  Status expand_pool(const typename Space::Query& query, std::uint32_t ef, const Gather& gather_from);
  template <typename Gather>
  Status expand_heaps(const typename Space::Query& query, std::uint32_t ef, const Gather& gather_from);
  Status pace();

  const LinkTable& links_;
  const Space& space_;
  HnswScratch& scratch_;
  const observe::OpContext* context_;
  const std::uint32_t node_limit_;
  const kernels::CodeKernels& kernels_ = kernels::active_code_kernels();
  std::size_t work_ = 0;  // Since the last look at the context.
  std::uint32_t hops_left_ = 0xFFFFFFFF;
  std::uint32_t room_ = 0;  // Of look_around().
};

extern template class Walk<F32Space>;
extern template class Walk<GridSpace<8>>;
extern template class Walk<GridSpace<4>>;

}  // namespace alidade::index
