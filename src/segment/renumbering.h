#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/bitset.h"
#include "model/collection_config.h"
#include "segment/segment.h"

namespace alidade::segment {

/// Makes a segment without the dead rows, while the old one goes on: vectors are copied and graphs
/// are built slice by slice, beside readers and the writer; finish() takes over the rest at once.
///
/// Rows that die meanwhile stay as dead rows of the new segment, rows that come meanwhile are its last
/// ones. One thread at a time; whoever builds the old segment's graphs.
class Renumbering {
 public:
  /// Keeps nothing of `old` but its vectors.
  explicit Renumbering(const Segment& old);

  /// Copies the next rows, and builds them into the new graphs. Without any lock: rows never move or
  /// change. @return whether more are left.
  bool step(std::uint32_t max_rows);

  /// The new segment; step() must have ended. The writer must hold still, readers may go on.
  /// @param now the old segment as it is by now. It must not change afterwards.
  /// @return nullptr when its vectors are others by now: begin again.
  std::unique_ptr<Segment> finish(const Segment& now);

 private:
  struct Column {
    storage::VectorSpec spec;
    storage::VectorStore rows;
    storage::VectorStore old_rows;
    base::Bitset present;  // Of the old rows when this began.
    std::shared_ptr<index::HnswGraph> graph;  // nullptr where the old segment had none.
  };

  void copy_row(Column& column, std::uint32_t old_row, std::uint32_t new_row) const;

  base::Bitset kept_;
  std::vector<std::uint32_t> rows_;  // Of the old segment, by new number.
  std::uint32_t next_ = 0;           // Below are copied.
  std::vector<Column> columns_;
};

}  // namespace alidade::segment
