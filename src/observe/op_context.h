#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>

#include "base/deadline.h"
#include "base/status.h"
#include "observe/held_answer.h"

namespace alidade::auth {
struct Identity;
}

namespace alidade::observe {

/// What travels with one request through every room: until when it is worth working, whether the
/// client still waits, and who asks. One request, one context; the stop flag may be set by any
/// thread, the rest is constant once the request runs.
class OpContext {
 public:
  OpContext() : stop_(std::make_shared<std::atomic<bool>>(false)) {}
  explicit OpContext(base::Deadline deadline) : OpContext() { deadline_ = deadline; }

  base::Deadline deadline() const { return deadline_; }
  void set_deadline(base::Deadline deadline) { deadline_ = deadline; }

  /// Set by the transport when the client has gone.
  std::shared_ptr<std::atomic<bool>> stop_flag() const { return stop_; }
  /// Takes a flag that the transport has already. nullptr: keeps its own.
  void set_stop_flag(std::shared_ptr<std::atomic<bool>> flag) {
    if (flag != nullptr) stop_ = std::move(flag);
  }

  /// For tests of long loops: the first `checks` calls of check() pass, later ones say kCancelled.
  void cancel_after(std::uint64_t checks) {
    checks_left_ = std::make_shared<std::atomic<std::uint64_t>>(checks);
  }

  /// To be asked at least every few milliseconds by everything long.
  /// @return kDeadlineExceeded or kCancelled.
  Status check() const {
    if (checks_left_ != nullptr && !take_check()) stop_->store(true);
    if (stop_->load(std::memory_order_relaxed)) {
      return Status(StatusCode::kCancelled, "the request was cancelled");
    }
    if (deadline_.expired()) {
      return Status(StatusCode::kDeadlineExceeded, "the operation timed out");
    }
    return {};
  }

  // For the log line and the audit; filled by the transport.
  std::string remote_address;
  std::string request_id;
  /// The caller's credential as it was sent (api-key header or bearer token); "" = none.
  std::string credential;
  /// Set when a credential was sent, also an empty one (which is wrong, not missing).
  bool credential_given = false;
  /// Whose the credential is. The dispatcher sets it when it first asks, so that a credential is
  /// verified once per request; nullptr before.
  std::shared_ptr<const auth::Identity> identity;
  /// Where the handler says what the answer waits for besides. nullptr: the caller can only answer when the
  /// handler returns, so the handler waits itself.
  std::shared_ptr<HeldAnswer> held_answer;
  /// Which face asks: "qdrant_rest", "qdrant_grpc", "chroma_rest", "admin".
  const char* face = "";

 private:
  bool take_check() const {
    std::uint64_t left = checks_left_->load();
    while (left > 0 && !checks_left_->compare_exchange_weak(left, left - 1)) {}
    return left > 0;
  }

  base::Deadline deadline_;
  std::shared_ptr<std::atomic<bool>> stop_;
  std::shared_ptr<std::atomic<std::uint64_t>> checks_left_;  // nullptr but in tests.
};

}  // namespace alidade::observe
