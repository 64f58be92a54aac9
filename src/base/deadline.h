#pragma once

#include <chrono>

namespace alidade::base {

/// A point on the monotonic clock after which work is not worth doing. Default: never.
class Deadline {
 public:
  using Clock = std::chrono::steady_clock;
  Deadline() = default;
  static Deadline after(std::chrono::milliseconds duration) {
    Deadline deadline;
    deadline.at_ = Clock::now() + duration;
    return deadline;
  }
  bool never() const { return at_ == Clock::time_point::max(); }
  bool expired() const { return !never() && Clock::now() >= at_; }
  Clock::time_point at() const { return at_; }

 private:
  Clock::time_point at_ = Clock::time_point::max();
};

}  // namespace alidade::base
