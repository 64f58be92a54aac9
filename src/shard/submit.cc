// What a write waits for: room in the log, the writer's lock, the disk. What it does is in shard.cc
// (submit_locked).
#include <chrono>
#include <new>
#include <utility>

#include "base/kill_point.h"
#include "shard/shard.h"

namespace alidade::shard {
namespace {

/// How often a request that waits for the writer's lock looks whether it is still worth it.
constexpr std::chrono::milliseconds kLockLook{10};

}  // namespace

void Shard::submit_under_lock(const model::Command& command,
                              const observe::OpContext& context,
                              Outcome& outcome,
                              base::LogPosition& logged) {
  Status given_up;
  base::TimedLock lock(writer_mutex_, kLockLook, [&] {
    given_up = context.check();
    return given_up.ok();
  });
  if (!lock.is_held()) {
    outcome.problem = given_up;
    return;
  }
  outcome = submit_locked(command, context, logged);
  count_log();
}

Outcome Shard::submit_logged(const model::Command& command,
                             const observe::OpContext& context,
                             base::LogPosition& logged) {
  Outcome outcome;
  if (outcome.problem = wait_for_room(command, context); !outcome.problem.ok()) return outcome;
  base::LogPosition position;
  if (stale_) repair().ignore();  // There may be memory by now; if not, submit_locked() says so.
  submit_under_lock(command, context, outcome, position);
  if (outcome.problem.code() == StatusCode::kOutOfSpace && is_deletion(command)) {
    // A checkpoint that finds no room in the end may hold what is free until then.
    base::MutexLock build_lock(build_mutex_);
    submit_under_lock(command, context, outcome, position);
  }
  if (position.value == 0) return outcome;
  logged = position;
  outcome.result.state = model::UpdateResult::State::kAcknowledged;
  bound_all_logs();
  if (outcome.problem.kind() == ErrorKind::kShardReadOnly) {
    // It is logged, but applied in part. Built anew from the log it is whole.
    if (repair().ok()) outcome.problem = Status();
  }
  return outcome;
}

void Shard::finish(base::LogPosition logged,
                   model::Durability durability,
                   const observe::OpContext& context,
                   std::span<Outcome> outcomes) {
  if (logged.value == 0) return;
  if (durability == model::Durability::kSynced) {
    const bool held = hold_answer(context);
    const Status synced = held ? Status() : log_->wait_durable(logged);
    if (!synced.ok()) {
      outcomes.back().problem = fail(synced);
      return;
    }
    if (!held) ALD_KILL_POINT(submit_before_answer);
    for (Outcome& outcome : outcomes) outcome.result.state = model::UpdateResult::State::kCompleted;
  } else {
    runtime_.background.schedule_sync(shared_from_this());
    ALD_KILL_POINT(submit_before_answer);
  }
  if (is_checkpoint_due() || indexing_threshold_kb_.load(std::memory_order_relaxed) != 0) {
    runtime_.background.schedule(shared_from_this());
  }
}

bool Shard::hold_answer(const observe::OpContext& context) {
  if (context.held_answer == nullptr) return false;
  try {
    context.held_answer->hold([self = shared_from_this(), deadline = context.deadline()](auto answer) {
      // Everything up to the end of the log is synced, so this is good for all that the request has logged.
      self->commits_->wait(deadline, std::move(answer));
    });
    return true;
  } catch (const std::bad_alloc&) {
    return false;
  }
}

Status Shard::commit() {
  const Status synced = log_->wait_durable(log_->end());
  if (!synced.ok()) return fail(synced);
  ALD_KILL_POINT(submit_before_answer);
  return {};
}

Outcome Shard::submit(const model::Command& command,
                      model::Durability durability,
                      const observe::OpContext& context) {
  base::LogPosition logged;
  Outcome outcome = submit_logged(command, context, logged);
  finish(logged, durability, context, {&outcome, 1});
  return outcome;
}

std::vector<Outcome> Shard::submit_all(std::span<const model::Command> commands,
                                       model::Durability durability,
                                       const observe::OpContext& context) {
  std::vector<Outcome> outcomes;
  outcomes.reserve(commands.size());
  base::LogPosition logged;
  for (const model::Command& command : commands) {
    outcomes.push_back(submit_logged(command, context, logged));
    if (!outcomes.back().problem.ok()) break;
  }
  finish(logged, durability, context, outcomes);
  return outcomes;
}

}  // namespace alidade::shard
