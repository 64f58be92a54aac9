#pragma once

#include <cstdint>

namespace alidade::simulation {

/// Which allocation of this thread fails, or is held up. Only while armed.
struct Countdown {
  bool armed = false;
  bool for_good = false;
  int shields = 0;
  std::uint64_t left = 0;
  std::uint64_t failed = 0;
  /// Instead of failing, the allocation calls this once, and succeeds.
  void (*hold_up)(void* argument) = nullptr;
  void* argument = nullptr;

  bool fails() {
    if (!armed || shields > 0) return false;
    if (left > 0 && --left > 0) return false;
    if (hold_up != nullptr) {
      armed = false;
      hold_up(argument);
      return false;
    }
    if (failed > 0 && !for_good) return false;
    ++failed;
    return true;
  }
};

/// Of the calling thread. Whoever uses it links an operator new that asks it.
extern thread_local Countdown t_countdown;

}  // namespace alidade::simulation
