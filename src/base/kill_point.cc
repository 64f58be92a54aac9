#include "base/kill_point.h"

#ifdef ALD_KILLPOINTS

#include <unistd.h>

#include <atomic>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <string_view>

namespace alidade::base {
namespace {

constexpr std::string_view kNames[] = {
#define ALD_KILL_POINT_ROW(name) #name,
#include "base/kill_points.def"
#undef ALD_KILL_POINT_ROW
};

/// What the environment asks for.
struct Wanted {
  int point = -1;
  std::atomic<long> passings_left = 0;

  Wanted() {
    const char* text = std::getenv("ALD_KILLPOINT");
    if (text == nullptr || *text == '\0') return;
    const std::string_view wanted(text);
    const std::size_t colon = wanted.find(':');
    passings_left = colon == std::string_view::npos ? 1 : std::atol(text + colon + 1);
    for (int i = 0; i < static_cast<int>(std::size(kNames)); ++i) {
      if (kNames[i] == wanted.substr(0, colon)) point = i;
    }
    if (point >= 0 && passings_left >= 1) return;
    std::fprintf(stderr, "ALD_KILLPOINT=%s: no such point or count\n", text);
    std::_Exit(70);
  }
};

Wanted& wanted() {
  static Wanted the_wanted;
  return the_wanted;
}

}  // namespace

void pass_kill_point(KillPoint point) {
  Wanted& the_wanted = wanted();
  if (the_wanted.point != static_cast<int>(point)) return;
  if (--the_wanted.passings_left != 0) return;
  ::kill(::getpid(), SIGKILL);
  while (true) ::pause();
}

bool kill_point_is_due(KillPoint point) {
  const Wanted& the_wanted = wanted();
  return the_wanted.point == static_cast<int>(point) && the_wanted.passings_left == 1;
}

}  // namespace alidade::base

#endif
