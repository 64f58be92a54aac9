#include "index/payload/numeric/ranges.h"

namespace alidade::index {
namespace {
constexpr double kTwo63 = 0x1p63;  // One above the largest int64.
}

void bound_low(KeyRange<std::int64_t>& range, double bound, bool inclusive) {
  if (std::isnan(bound) || bound >= kTwo63) {
    range.empty = true;
  } else if (bound >= -kTwo63) {
    const double first = std::ceil(bound);
    if (first >= kTwo63) {
      range.empty = true;
      return;
    }
    raise_low(range, static_cast<std::int64_t>(first), inclusive || first != bound);
  }
}

void bound_high(KeyRange<std::int64_t>& range, double bound, bool inclusive) {
  if (std::isnan(bound) || bound < -kTwo63) {
    range.empty = true;
  } else if (bound < kTwo63) {
    const double last = std::floor(bound);
    reduce_high(range, static_cast<std::int64_t>(last), inclusive || last != bound);
  }
}

namespace {
// -1, 0 or 1: the double nearest to the integer against the integer itself.
int rounding_of(std::int64_t value, double nearest) {
  if (nearest >= kTwo63) return 1;
  const auto back = static_cast<std::int64_t>(nearest);
  return back == value ? 0 : (back > value ? 1 : -1);
}
}  // namespace

void bound_low(KeyRange<double>& range, std::int64_t bound, bool inclusive) {
  const auto nearest = static_cast<double>(bound);
  const int rounding = rounding_of(bound, nearest);
  raise_low(range, nearest, rounding == 0 ? inclusive : rounding > 0);
}

void bound_high(KeyRange<double>& range, std::int64_t bound, bool inclusive) {
  const auto nearest = static_cast<double>(bound);
  const int rounding = rounding_of(bound, nearest);
  reduce_high(range, nearest, rounding == 0 ? inclusive : rounding < 0);
}

}  // namespace alidade::index
