#pragma once

#include <cstdint>
#include <memory>
#include <optional>

#include "base/bitset.h"
#include "segment/segment.h"

namespace alidade::segment {

/// A pass over one graph that takes the rows out of its lists which were dead when it began, slice by slice, beside
/// readers and the writer. One thread at a time; whoever builds the graphs, and never while it builds.
///
/// Readers of states in which such a row is live do not find it by a walk any more; they are the requests that run
/// while it happens.
class GraphRepair {
 public:
  /// A pass where one pays: when a graph's lists hold a dead row for each `kLivePerDead` live ones.
  /// @return nullopt where none does.
  static std::optional<GraphRepair> next(const Segment& segment);
  static constexpr std::uint64_t kLivePerDead = 5;

  /// Goes through the next `max_rows` rows on so many threads. @param now  the segment by now.
  /// @return whether rows are left. Without any when the graph is not the segment's any more.
  /// Throws std::bad_alloc; the pass may go on later.
  bool step(const Segment& now, std::uint32_t max_rows, unsigned threads);

 private:
  GraphRepair() = default;

  std::shared_ptr<index::HnswGraph> graph_;
  base::Bitset live_;             // As the pass began.
  std::uint64_t live_count_ = 0;  // In the graph.
  std::uint32_t dead_count_ = 0;  // In the graph, as the pass began.
  std::uint32_t next_ = 0;
};

}  // namespace alidade::segment
