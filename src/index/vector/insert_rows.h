#pragma once

#include <cstdint>
#include <span>

#include "index/vector/hnsw/graph.h"

namespace alidade::index {

// Work on a graph by up to `threads` threads, of which the caller's is one. With one thread the same rows always give
// the same graph; with more it is as good, and another one every time.

/// Inserts rows, ascending.
/// Throws std::bad_alloc: some of the rows may be half linked then, and the graph should be dropped.
void insert_rows(HnswGraph& graph, std::span<const std::uint32_t> offsets, unsigned threads, const LiveRows& live = {});
/// Repairs the lists of the nodes in [first, end), see HnswGraph::repair().
/// Throws std::bad_alloc: some of the lists are repaired then, and the graph is as good as before.
void repair_rows(HnswGraph& graph, std::uint32_t first, std::uint32_t end, unsigned threads, const LiveRows& live);

}  // namespace alidade::index
