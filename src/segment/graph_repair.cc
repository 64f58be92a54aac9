#include "segment/graph_repair.h"

#include <algorithm>

#include "index/vector/insert_rows.h"

namespace alidade::segment {

std::optional<GraphRepair> GraphRepair::next(const Segment& segment) {
  for (const auto& field : segment.vectors()) {
    if (field->graph == nullptr) continue;
    const std::uint64_t nodes = field->graph->node_count(), live = segment.indexed_rows(*field);
    if (nodes <= live || live == 0) continue;
    const std::uint64_t dead = nodes - live, unlinked = field->graph->unlinked_count();
    if (dead <= unlinked || (dead - unlinked) * kLivePerDead < live || dead - unlinked < kMinGraphRows / kLivePerDead) continue;
    GraphRepair pass;
    pass.graph_ = field->graph;
    pass.live_ = segment.live();
    pass.live_count_ = live;
    pass.dead_count_ = static_cast<std::uint32_t>(dead);
    return pass;
  }
  return std::nullopt;
}

bool GraphRepair::step(const Segment& now, std::uint32_t max_rows, unsigned threads) {
  const auto is_ours = [&](const auto& field) { return field->graph == graph_; };
  const auto field = std::find_if(now.vectors().begin(), now.vectors().end(), is_ours);
  if (field == now.vectors().end()) return false;
  // Rows that came meanwhile may have been linked to dead ones, before their lists were repaired.
  const std::uint32_t end = (*field)->graphed_rows;
  const std::uint32_t stop = end - std::min(end, next_) > max_rows ? next_ + max_rows : end;
  index::repair_rows(*graph_, next_, stop, threads, {&live_, live_count_});
  next_ = stop;
  if (next_ < end) return true;
  graph_->set_unlinked(dead_count_);
  return false;
}

}  // namespace alidade::segment
