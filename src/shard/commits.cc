#include "shard/commits.h"

#include <exception>
#include <new>
#include <utility>

namespace alidade::shard {

struct Commits::Waiter {
  std::shared_ptr<observe::HeldAnswer> answer;
  std::atomic<bool> settled = false;
  /// Where it stands among the deadlines, while it does. Guarded by Commits::mutex_.
  std::optional<Deadlines::iterator> place;
};

Commits::Commits(std::size_t threads, std::size_t max_waiting)
    : max_waiting_(max_waiting),
      out_of_memory_(StatusCode::kResourceExhausted, "not enough memory to make the write durable"),
      timed_out_(StatusCode::kDeadlineExceeded, "the operation timed out") {
  if (threads == 0) return;
  pool_.emplace("ald-commit", threads, max_waiting);
  // tidy: allow, because it waits for times, which no pool does.
  deadline_thread_ = std::thread([this] { deadline_loop(); });
}

Commits::~Commits() { stop(); }

void Commits::stop() {
  if (pool_) pool_->drain_and_stop();
  {
    base::MutexLock lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  if (deadline_thread_.joinable()) deadline_thread_.join();
}

bool Commits::try_enter() {
  if (!pool_) return false;
  if (waiting_.fetch_add(1, std::memory_order_relaxed) < max_waiting_) return true;
  leave(1);
  return false;
}

void Commits::leave(std::size_t count) { waiting_.fetch_sub(count, std::memory_order_relaxed); }

bool Commits::try_post(std::shared_ptr<CommitLine> line) {
  return pool_->post([line = std::move(line)] { line->run(); });
}

void Commits::watch_deadline(const std::shared_ptr<Waiter>& waiter, base::Deadline deadline) {
  if (deadline.never()) return;
  bool is_next = false;
  {
    base::MutexLock lock(mutex_);
    if (waiter->settled) return;
    waiter->place = deadlines_.emplace(deadline.at(), waiter);
    is_next = *waiter->place == deadlines_.begin();
  }
  if (is_next) wake_.notify_one();
}

void Commits::forget_deadline(Waiter& waiter) {
  base::MutexLock lock(mutex_);
  if (!waiter.place) return;
  deadlines_.erase(*waiter.place);
  waiter.place.reset();
}

void Commits::settle(const std::shared_ptr<Waiter>& waiter, const Status& outcome) noexcept {
  if (waiter->settled.exchange(true)) return;
  forget_deadline(*waiter);
  try {
    waiter->answer->release(outcome);
  } catch (const std::exception&) {
    // There was no memory to send the answer; what it holds goes, which ends the request.
  }
  waiter->answer.reset();
}

void Commits::deadline_loop() {
  while (true) {
    std::shared_ptr<Waiter> late;
    {
      base::MutexLock lock(mutex_);
      if (stopping_) return;
      const auto now = base::Deadline::Clock::now();
      if (deadlines_.empty()) {
        wake_.wait(lock, [this]() ALD_REQUIRES(mutex_) { return stopping_ || !deadlines_.empty(); });
        continue;
      }
      const auto next = deadlines_.begin()->first;
      if (next > now) {
        // Until then, or until there is an earlier one.
        wake_.wait_for(lock, next - now, [this, next]() ALD_REQUIRES(mutex_) {
          return stopping_ || deadlines_.empty() || deadlines_.begin()->first < next;
        });
        continue;
      }
      late = deadlines_.begin()->second;
      late->place.reset();
      deadlines_.erase(deadlines_.begin());
    }
    settle(late, timed_out_);
  }
}

void CommitLine::wait(base::Deadline deadline, std::shared_ptr<observe::HeldAnswer> answer) {
  if (!commits_.try_enter()) return answer->release(sync());
  std::shared_ptr<Commits::Waiter> waiter;
  bool begins = false;
  try {
    waiter = std::make_shared<Commits::Waiter>();
    base::MutexLock lock(mutex_);
    waiting_.push_back(waiter);
    // Nobody calls it before it is filled: the mutex is held.
    waiter->answer = std::move(answer);
    begins = !std::exchange(running_, true);
  } catch (const std::bad_alloc&) {
    commits_.leave(1);
    return answer->release(sync());
  }
  try {
    commits_.watch_deadline(waiter, deadline);
  } catch (const std::bad_alloc&) {
    // It waits without a deadline.
  }
  if (!begins) return;
  try {
    if (commits_.try_post(shared_from_this())) return;
  } catch (const std::bad_alloc&) {
  }
  run();
}

void CommitLine::run() noexcept {
  while (true) {
    std::vector<std::shared_ptr<Commits::Waiter>> released;
    {
      base::MutexLock lock(mutex_);
      if (waiting_.empty()) {
        running_ = false;
        return;
      }
      released.swap(waiting_);
    }
    // Each of them had appended its record before it came here.
    const Status outcome = sync();
    // The next sync need not wait until these answers are sent.
    const bool handed_over = hand_over();
    for (const auto& waiter : released) commits_.settle(waiter, outcome);
    commits_.leave(released.size());
    if (handed_over) return;
  }
}

Status CommitLine::sync() noexcept {
  try {
    return sync_();
  } catch (const std::bad_alloc&) {
    return commits_.out_of_memory_;
  }
}

bool CommitLine::hand_over() noexcept {
  {
    base::MutexLock lock(mutex_);
    if (waiting_.empty()) {
      running_ = false;
      return true;
    }
  }
  try {
    return commits_.try_post(shared_from_this());
  } catch (const std::bad_alloc&) {
    return false;
  }
}

}  // namespace alidade::shard
