// Dead rows. Offsets are never used again, so what was deleted or replaced leaves memory and files only by a segment in
// which the live rows have new offsets. It is made aside (segment/renumbering.h), with a graph of its own.
#include <new>

#include "observe/log.h"
#include "shard/shard.h"

namespace alidade::shard {
namespace {

/// Of one compaction. Each may end without an outcome, when a vector was given its dimension meanwhile.
constexpr int kMaxTries = 3;

}  // namespace

bool Shard::is_renumbering_due() const {
  const auto now = published_.load();
  const std::uint64_t live = now->live_count();
  const std::uint64_t dead = now->row_count() - live;
  return dead > live && dead * now->store().row_bytes() >= runtime_.options.min_dead_bytes;
}

void Shard::begin_renumbering() {
  renumbering_ = std::make_unique<segment::Renumbering>(*published_.load());
}

/// @return whether the renumbering goes on; if not, it is gone, and counted if it came to its end.
bool Shard::renumber_slice() {
  std::unique_ptr<segment::Segment> successor;
  try {
    if (renumbering_->step(kSliceRows)) return true;
    base::TimedLock writer_lock(writer_mutex_);
    if (!stale_) successor = renumbering_->finish(*segment_);
    renumbering_.reset();
    if (successor == nullptr) return false;
    auto view = successor->snapshot();
    base::MutexLock state_lock(state_mutex_);
    segment_.swap(successor);
    published_.store(std::move(view));
    saved_graph_rows_ = 0;  // The files hold graphs over the old rows.
  } catch (const std::bad_alloc&) {
    // Nothing has changed. It is tried again, when there may be memory.
    renumbering_.reset();
    return false;
  }
  ++renumbered_;
  return false;  // The old segment goes here, or with its last reader.
}

bool Shard::renumber_some() {
  {
    base::MutexLock lock(build_mutex_);
    if (renumbering_ == nullptr) {
      if (!is_renumbering_due()) return false;
      try {
        begin_renumbering();
      } catch (const std::bad_alloc&) {
        return false;
      }
    }
    const std::uint64_t before = renumbered_;
    if (renumber_slice()) return true;
    if (renumbered_ == before || runtime_.options.hold_checkpoints) return false;
  }
  // The files still hold the dead rows.
  if (const Status written = checkpoint(); !written.ok()) {
    runtime_.log.warn("a checkpoint failed", {{"shard", directory_}, {"reason", written.message()}});
  }
  return false;
}

Status Shard::renumber_all() {
  std::uint64_t goal = 0;
  for (int tries = 0;;) {
    {
      base::MutexLock lock(build_mutex_);
      if (closed_) return Status(StatusCode::kNotFound, "the collection was deleted");
      if (goal > 0 && renumbered_ >= goal) return {};
      if (goal == 0 || renumbering_ == nullptr) {
        // One that is under way may hold what died since it began.
        renumbering_.reset();
        if (const auto now = published_.load(); now->row_count() == now->live_count()) return {};
        if (++tries > kMaxTries) break;
        begin_renumbering();
        goal = renumbered_ + 1;
      }
      renumber_slice();
    }
    // This thread keeps the lock from the one that writes checkpoints, and writers may wait for them.
    if (is_checkpoint_due()) checkpoint().ignore();  // Tried again there.
  }
  return Status(StatusCode::kResourceExhausted, "not enough memory to compact the collection");
}

Status Shard::compact() {
  if (stale_) ALD_RETURN_IF_ERROR(repair());
  // Nothing was ever written. Files beside an empty log would look like those of a lost manifest, if
  // a crash kept the manifest from being stored.
  if (log_->end().value == 0) return {};
  ALD_RETURN_IF_ERROR(renumber_all());
  ALD_RETURN_IF_ERROR(checkpoint(storage::CheckpointExtent::kEverything));
  base::TimedLock lock(writer_mutex_);
  count_log();
  return {};
}

}  // namespace alidade::shard
