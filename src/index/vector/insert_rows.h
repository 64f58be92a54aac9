#pragma once

#include <cstdint>
#include <span>

#include "index/vector/hnsw/graph.h"

namespace alidade::index {

/// Inserts rows, ascending, on up to `threads` threads, of which the caller's is one. With one thread the same
/// rows always give the same graph; with more it is as good, and another one every time.
/// Throws std::bad_alloc: some of the rows may be half linked then, and the graph should be dropped.
void insert_rows(HnswGraph& graph, std::span<const std::uint32_t> offsets, unsigned threads);

}  // namespace alidade::index
