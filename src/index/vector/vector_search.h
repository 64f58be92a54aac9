#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/bitset.h"
#include "index/vector/hnsw/graph.h"
#include "index/vector/neighbour.h"
#include "kernels/kernels.h"
#include "observe/op_context.h"
#include "storage/vectors/rows.h"

namespace alidade::index {

/// What a search over one vector name of one segment is about. Borrows everything.
struct SearchRequest {
  kernels::Metric metric = kernels::Metric::kDot;
  const storage::VectorRows* rows = nullptr;
  std::uint32_t row_count = 0;
  const HnswGraph* graph = nullptr;        ///< nullptr = none yet.
  std::uint32_t graphed_rows = 0;          ///< Rows from here on are the tail: scanned exactly.
  const base::Bitset* live = nullptr;
  std::uint64_t live_count = 0;
  const base::Bitset* present = nullptr;   ///< Rows that have the vector.
  const base::Bitset* selected = nullptr;  ///< Live rows that pass the filter; nullptr = all live.
  std::uint64_t selected_count = 0;
  std::size_t limit = 10;
  std::uint32_t ef = 100;
  bool exact = false;
  bool indexed_only = false;               ///< Leave the tail out.
};

/// How a search is answered.
struct Plan {
  enum class Kind {
    kScan,        ///< Every wanted row, exactly.
    kWalk,        ///< The graph with a larger ef, then the wanted ones of what was found. After a look
                  ///< around the query it may turn to another plan; if it finds fewer than asked
                  ///< for, a two-hop walk follows.
    kTwoHopWalk,  ///< The graph along wanted rows, two hops far. If too few, a scan follows.
  };
  Kind kind = Kind::kScan;
  std::uint32_t ef = 0;           ///< Of the walk; one that looks around first goes on with its own.
  std::uint64_t wanted_rows = 0;
  std::uint64_t tail_rows = 0;    ///< Scanned besides the walk.
  bool is_fixed = false;          ///< A walk keeps to `ef`, whatever it sees, and what it finds is the answer.

  std::string to_string() const;
};

/// Chooses the cheapest by measured costs: see vector_search.cc.
Plan choose_plan(const SearchRequest& request);

/// The nearest wanted rows, nearest first, ties by offset; min(limit, wanted rows with the vector)
/// of them, whatever the plan (a walk that finds fewer is followed by a scan).
Result<std::vector<Neighbour>> vector_search(const SearchRequest& request,
                                             const PaddedQuery& query,
                                             const observe::OpContext& context);

/// The same by a given plan, of which the kind, `ef` and `is_fixed` count: to measure what plans cost.
Result<std::vector<Neighbour>> search_by_plan(const SearchRequest& request,
                                              const Plan& plan,
                                              const PaddedQuery& query,
                                              const observe::OpContext& context);

}  // namespace alidade::index
