#pragma once

#include <memory>
#include <utility>

#include "base/function.h"
#include "base/status.h"

namespace alidade::observe {

/// What the answer to one request still waits for when its handler has returned: a write's answer waits
/// for the disk, and no thread waits with it. The transport makes one of these for each request whose
/// answer it can send later, with what sends it, so that nothing is missing for the answer once the write is
/// done; it runs the handler, makes the answer, and starts the wait. Held by a shared_ptr. One thread at a
/// time; the answer may be sent by any thread, also before start() returns.
class HeldAnswer : public std::enable_shared_from_this<HeldAnswer> {
 public:
  /// Called once. Ok: what the answer promises is true by now. kDeadlineExceeded: the time was up; what was asked is
  /// done and seen by everybody, but a power loss may still take it. Otherwise the answer is this refusal.
  using Send = base::UniqueFunction<void(const Status&)>;
  /// Begins to wait, and calls release() in the end, whatever happens.
  using Wait = base::UniqueFunction<void(std::shared_ptr<HeldAnswer>)>;

  /// @param send must not keep this alive.
  explicit HeldAnswer(Send send) : send_(std::move(send)) {}

  /// Says what the answer waits for. A later wait replaces an earlier one, so it has to include it. What the
  /// wait refers to lives until the answer is sent.
  void hold(Wait wait) { wait_ = std::move(wait); }
  bool is_held() const { return static_cast<bool>(wait_); }

  /// Something else to be told, before the answer is sent. Only while it is held.
  void watch(Send watcher) { watcher_ = std::move(watcher); }

  /// Begins the wait. Only while it is held, and once.
  void start() { wait_(shared_from_this()); }

  /// The end of the wait. Once.
  void release(const Status& outcome) {
    if (watcher_) watcher_(outcome);
    send_(outcome);
  }

 private:
  Send send_;
  Wait wait_;
  Send watcher_;
};

}  // namespace alidade::observe
