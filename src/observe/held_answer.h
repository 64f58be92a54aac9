#pragma once

#include <utility>

#include "base/function.h"
#include "base/status.h"

namespace alidade::observe {

/// What the answer to one request still waits for when its handler has returned: a write's answer waits
/// for the disk, and no thread waits with it. The transport makes one of these for each request whose
/// answer it can send later, runs the handler, makes the answer, and passes `then` what sends it.
/// One thread at a time; what is passed to then() may be called by any thread, also before then() returns.
class HeldAnswer {
 public:
  /// Called once. Ok: what the answer promises is true by now. Otherwise the answer is this refusal.
  using Release = base::UniqueFunction<void(const Status&)>;
  /// Begins to wait, and calls the Release in the end, whatever happens.
  using Wait = base::UniqueFunction<void(Release)>;

  /// Says what the answer waits for. A later wait replaces an earlier one, so it has to include it.
  void hold(Wait wait) { wait_ = std::move(wait); }
  bool is_held() const { return static_cast<bool>(wait_); }

  /// Something else to be told, before the answer is sent. Only while it is held.
  void watch(Release watcher) { watcher_ = std::move(watcher); }

  /// Begins the wait; `send` is called at the end of it. Only while it is held, and once.
  void then(Release send) {
    Wait wait = std::move(wait_);
    if (!watcher_) return wait(std::move(send));
    wait([watcher = std::move(watcher_), send = std::move(send)](const Status& outcome) mutable {
      watcher(outcome);
      send(outcome);
    });
  }

 private:
  Wait wait_;
  Release watcher_;
};

}  // namespace alidade::observe
