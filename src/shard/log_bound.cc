// What keeps the log short: when a checkpoint is due, when writers wait for one, and the bound over
// all shards of the process.
#include <algorithm>
#include <chrono>

#include <fmt/format.h>

#include "shard/shard.h"

namespace alidade::shard {
namespace {

// A checkpoint of a large shard takes seconds; a client's patience is usually longer.
constexpr std::chrono::nanoseconds kPatience = std::chrono::seconds(10);

constexpr std::chrono::milliseconds kLook{20};

std::chrono::nanoseconds patience_of(const observe::OpContext& context) {
  if (context.deadline().never()) return kPatience;
  return std::min<std::chrono::nanoseconds>(kPatience,
                                            context.deadline().at() - base::Deadline::Clock::now());
}

}  // namespace

bool is_deletion(const model::Command& command) {
  return std::holds_alternative<model::DeletePoints>(command) ||
         std::holds_alternative<model::DeleteVectors>(command) ||
         std::holds_alternative<model::DeletePayload>(command) ||
         std::holds_alternative<model::ClearPayload>(command) ||
         std::holds_alternative<model::DeleteFieldIndex>(command);
}

std::uint64_t Shard::replay_bytes() const {
  if (closed_) return 0;
  const std::uint64_t covered = covered_;  // First: it never passes the end.
  return log_->end().value - covered;
}

/// Also where deletions live on the disk's reserve: what they deleted is still in the files.
bool Shard::is_checkpoint_due() const {
  if (runtime_.options.hold_checkpoints) return false;
  const bool needs_space = runtime_.reserve != nullptr && !runtime_.reserve->is_whole();
  return replay_bytes() >= runtime_.options.checkpoint_log_bytes || (needs_space && log_->size_bytes() > 0);
}

bool Shard::has_room(std::uint64_t limit_bytes) const {
  return closed_ || (replay_bytes() < limit_bytes &&
                     runtime_.background.logs().bytes() < 2 * runtime_.options.total_limit_bytes());
}

void Shard::count_log() {
  const std::uint64_t bytes = replay_bytes();
  runtime_.background.logs().add(static_cast<std::int64_t>(bytes - counted_log_bytes_));
  counted_log_bytes_ = bytes;
}

void Shard::note_checkpoint(const Status& outcome) {
  {
    base::MutexLock lock(room_mutex_);
    ++checkpoints_tried_;
    checkpoint_failure_ = outcome;
  }
  room_.notify_all();
}

void Shard::bound_all_logs() {
  if (runtime_.options.hold_checkpoints) return;
  LogTotal& logs = runtime_.background.logs();
  if (logs.bytes() < runtime_.options.total_limit_bytes()) return;
  if (const auto longest = logs.ask_longest()) runtime_.background.schedule(longest);
}

// Back-pressure: the background thread steps aside for requests, so writers could outrun it for
// ever. Deletes may go further than other writes: they are how a user makes room on a full disk,
// where checkpoints fail.
Status Shard::wait_for_room(const model::Command& command, const observe::OpContext& context) {
  if (runtime_.options.hold_checkpoints) return {};
  const std::uint64_t limit = runtime_.options.shard_limit_bytes() * (is_deletion(command) ? 2 : 1);
  if (has_room(limit)) return {};
  runtime_.background.schedule(shared_from_this());
  bound_all_logs();
  Status failure;
  {
    base::MutexLock lock(room_mutex_);
    const std::uint64_t tried = checkpoints_tried_;
    const auto end = base::Deadline::Clock::now() + patience_of(context);
    const auto is_over = [&]() ALD_NO_THREAD_SAFETY_ANALYSIS {
      return has_room(limit) || (checkpoints_tried_ != tried && !checkpoint_failure_.ok());
    };
    // In steps: checkpoints of other shards make room, too, and tell their own writers only.
    while (!is_over() && base::Deadline::Clock::now() < end) room_.wait_for(lock, kLook, is_over);
    failure = checkpoint_failure_;
  }
  if (has_room(limit)) return {};
  if (!failure.ok()) return failure;
  ALD_RETURN_IF_ERROR(context.check());
  return Status(StatusCode::kResourceExhausted,
                fmt::format("the log is {} MiB ahead of its checkpoints; try again later", replay_bytes() >> 20));
}

}  // namespace alidade::shard
