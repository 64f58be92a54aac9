#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <utility>

#include "net/http_server.h"

namespace alidade::net {

/// How long a phase of a connection has lasted and what has moved in it, counted in sweeps: the only
/// clock of a connection. One thread at a time.
class Progress {
 public:
  /// @param limits borrowed.
  explicit Progress(const ServerOptions& limits) : limits_(limits) {}

  /// A phase begins.
  void restart() {
    sweeps_ = quiet_sweeps_ = window_sweeps_ = 0;
    window_bytes_ = 0;
    moving_ = trickles_ = false;
  }
  /// Bytes came or went; 0 is a sign of life, too.
  void moved(std::size_t bytes) {
    moving_ = true;
    window_bytes_ += bytes;
  }
  /// A sweep interval is over.
  void sweep() {
    ++sweeps_;
    quiet_sweeps_ = std::exchange(moving_, false) ? 0 : quiet_sweeps_ + 1;
    if (!exceeds(++window_sweeps_, limits_.rate_window)) return;
    const auto window_ms = static_cast<std::uint64_t>(limits_.rate_window.count());
    trickles_ = window_bytes_ < limits_.min_bytes_per_second * window_ms / 1000;
    window_sweeps_ = 0;
    window_bytes_ = 0;
  }

  /// Since restart().
  bool lasts_longer_than(std::chrono::milliseconds time) const { return exceeds(sweeps_, time); }
  /// Without a sign of life.
  bool quiet_for_longer_than(std::chrono::milliseconds time) const {
    return exceeds(quiet_sweeps_, time);
  }
  /// Whether the last whole window moved less than ServerOptions::min_bytes_per_second asks for.
  bool trickles() const { return trickles_; }

 private:
  bool exceeds(int sweeps, std::chrono::milliseconds time) const {
    return sweeps * limits_.sweep_interval > time;
  }

  const ServerOptions& limits_;
  int sweeps_ = 0;
  int quiet_sweeps_ = 0;
  int window_sweeps_ = 0;
  std::uint64_t window_bytes_ = 0;
  bool moving_ = false;  // Since the last sweep.
  bool trickles_ = false;
};

}  // namespace alidade::net
