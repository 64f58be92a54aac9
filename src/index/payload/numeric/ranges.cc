#include "index/payload/numeric/ranges.h"

#include <utility>

namespace alidade::index {
namespace {
constexpr double kTwo63 = 0x1p63;  // One above the largest int64.
}

void bound_low(KeyRange<double>& range, double bound, bool inclusive) {
  if (std::isnan(bound)) {
    range.empty = true;
  } else {
    raise_low(range, bound, inclusive);
  }
}

void bound_high(KeyRange<double>& range, double bound, bool inclusive) {
  if (!std::isnan(bound)) reduce_high(range, bound, inclusive);
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
  if (bound < -kTwo63) {
    range.empty = true;
  } else if (bound < kTwo63) {  // Not so for NaN, which is above all keys.
    const double last = std::floor(bound);
    reduce_high(range, static_cast<std::int64_t>(last), inclusive || last != bound);
  }
}

void bound_low(KeyRange<std::int64_t>& range, std::uint64_t bound, bool inclusive) {
  if (std::in_range<std::int64_t>(bound)) {
    raise_low(range, static_cast<std::int64_t>(bound), inclusive);
  } else {
    range.empty = true;
  }
}

void bound_high(KeyRange<std::int64_t>& range, std::uint64_t bound, bool inclusive) {
  if (std::in_range<std::int64_t>(bound)) {
    reduce_high(range, static_cast<std::int64_t>(bound), inclusive);
  }
}

namespace {

// A bound between two doubles lets the nearest one in when it lies on the right side.
template <typename Integer>
void low_of_integer(KeyRange<double>& range, Integer bound, bool inclusive) {
  const auto nearest = static_cast<double>(bound);
  const auto order = model::compare(nearest, bound);
  raise_low(range, nearest, order == 0 ? inclusive : order > 0);
}
template <typename Integer>
void high_of_integer(KeyRange<double>& range, Integer bound, bool inclusive) {
  const auto nearest = static_cast<double>(bound);
  const auto order = model::compare(nearest, bound);
  reduce_high(range, nearest, order == 0 ? inclusive : order < 0);
}

}  // namespace

void bound_low(KeyRange<double>& range, std::int64_t bound, bool inclusive) {
  low_of_integer(range, bound, inclusive);
}
void bound_high(KeyRange<double>& range, std::int64_t bound, bool inclusive) {
  high_of_integer(range, bound, inclusive);
}
void bound_low(KeyRange<double>& range, std::uint64_t bound, bool inclusive) {
  low_of_integer(range, bound, inclusive);
}
void bound_high(KeyRange<double>& range, std::uint64_t bound, bool inclusive) {
  high_of_integer(range, bound, inclusive);
}

}  // namespace alidade::index
