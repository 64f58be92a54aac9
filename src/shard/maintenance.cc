// What a shard does when nobody waits for it: checkpoints, slices of graphs and of compactions, syncs.
#include <chrono>
#include <new>

#include "observe/log.h"
#include "shard/shard.h"

namespace alidade::shard {
namespace {

/// Between a checkpoint that failed and the next try.
constexpr std::chrono::seconds kCheckpointRetry{3};

}  // namespace

bool Shard::maintain() {
  const bool wanted = checkpoint_wanted_.exchange(false);
  if (closed_ || stale_) return false;
  const bool due = is_checkpoint_due() || (wanted && replay_bytes() > 0);
  if (due && runtime_.env.monotonic_now() >= next_checkpoint_) {
    const Status written = checkpoint();
    if (!written.ok() && closed_) return false;
    if (!written.ok()) {
      // Not with every write: on a full disk each try reads, writes and removes all over again.
      next_checkpoint_ = runtime_.env.monotonic_now() + kCheckpointRetry;
      runtime_.log.warn("a checkpoint failed", {{"shard", directory_}, {"reason", written.message()}});
    } else {
      bound_all_logs();  // The next one, if the sum is still too large.
    }
  } else if (wanted && !due) {
    bound_all_logs();  // It was asked while its checkpoint was on the way, and nobody else was.
  }
  if (runtime_.background.is_building_held()) return false;
  // A slice of each: under steady writes there are always rows for the graph.
  const bool renumbers = renumber_some();
  const bool repairs = repair_some();
  return build_some() || repairs || renumbers;
}

/// A graph whose rows are being renumbered has a successor soon.
bool Shard::repair_some() {
  base::MutexLock build_lock(build_mutex_);
  if (renumbering_ != nullptr) return false;
  const auto now = published_.load();
  try {
    if (graph_repair_ == nullptr) {
      if (is_renumbering_due()) return false;
      auto pass = segment::GraphRepair::next(*now);
      if (!pass) return false;
      graph_repair_ = std::make_unique<segment::GraphRepair>(std::move(*pass));
    }
    if (graph_repair_->step(*now, kSliceRows, runtime_.background.build_threads())) return true;
  } catch (const std::bad_alloc&) {
    // The lists are as good as before. The next write asks again.
    graph_repair_.reset();
    return false;
  }
  graph_repair_.reset();
  return true;  // Another graph may be due.
}

bool Shard::build_some() {
  base::MutexLock build_lock(build_mutex_);
  if (!drop_broken_graph()) return false;
  auto batch = published_.load()->next_build_batch(indexing_threshold_kb_, kSliceRows);
  if (!batch) return false;
  batch->threads = runtime_.background.build_threads();
  try {
    segment::Segment::build(*batch);
    base::MutexLock state_lock(state_mutex_);
    segment_->adopt_batch(*batch);
    publish();
  } catch (const std::bad_alloc&) {
    // Rows may be linked in part. The graph is derived: it is built again, when there is memory.
    broken_graph_ = batch->graph;
    drop_broken_graph();
    return false;
  }
  return true;
}

bool Shard::drop_broken_graph() {
  if (broken_graph_ == nullptr) return true;
  try {
    base::MutexLock state_lock(state_mutex_);
    segment_->drop_graph(*broken_graph_);
    publish();
  } catch (const std::bad_alloc&) {
    return false;
  }
  broken_graph_.reset();
  return true;
}

void Shard::sync_logged() {
  const Status synced = log_->wait_durable(log_->end());
  if (synced.ok()) return;
  runtime_.log.warn("a log could not be synced; the shard is read-only",
                       {{"shard", directory_}, {"reason", synced.message()}});
  fail(synced).ignore();  // Told to the next writer.
}

}  // namespace alidade::shard
