#pragma once

#include <cmath>
#include <cstdint>
#include <limits>

#include "base/sorted_blocks.h"
#include "model/filter.h"

namespace alidade::index {

using base::KeyRange;
using base::SortedBlocks;

/// Whether a key lies inside the bounds.
template <typename Key>
bool inside(const KeyRange<Key>& range, const Key& key) {
  if (range.empty) return false;
  if (range.low && (range.low_inclusive ? key < *range.low : !(*range.low < key))) return false;
  if (range.high && (range.high_inclusive ? *range.high < key : !(key < *range.high))) return false;
  return true;
}

/// Narrows the range by one more bound.
template <typename Key>
void raise_low(KeyRange<Key>& range, Key key, bool inclusive) {
  const bool tighter = !range.low || *range.low < key || (*range.low == key && !inclusive);
  if (!tighter) return;
  range.low = key;
  range.low_inclusive = inclusive;
}
template <typename Key>
void reduce_high(KeyRange<Key>& range, Key key, bool inclusive) {
  const bool tighter = !range.high || key < *range.high || (*range.high == key && !inclusive);
  if (!tighter) return;
  range.high = key;
  range.high_inclusive = inclusive;
}

/// Bounds of any kind of number, put to keys of doubles or of int64, exactly. NaN is above every key.
void bound_low(KeyRange<std::int64_t>& range, double bound, bool inclusive);
void bound_high(KeyRange<std::int64_t>& range, double bound, bool inclusive);
void bound_low(KeyRange<std::int64_t>& range, std::uint64_t bound, bool inclusive);
void bound_high(KeyRange<std::int64_t>& range, std::uint64_t bound, bool inclusive);
void bound_low(KeyRange<double>& range, std::int64_t bound, bool inclusive);
void bound_high(KeyRange<double>& range, std::int64_t bound, bool inclusive);
void bound_low(KeyRange<double>& range, std::uint64_t bound, bool inclusive);
void bound_high(KeyRange<double>& range, std::uint64_t bound, bool inclusive);
void bound_low(KeyRange<double>& range, double bound, bool inclusive);
void bound_high(KeyRange<double>& range, double bound, bool inclusive);
inline void bound_low(KeyRange<std::int64_t>& range, std::int64_t bound, bool inclusive) {
  raise_low(range, bound, inclusive);
}
inline void bound_high(KeyRange<std::int64_t>& range, std::int64_t bound, bool inclusive) {
  reduce_high(range, bound, inclusive);
}

template <typename Key>
void bound_low(KeyRange<Key>& range, const model::Number& bound, bool inclusive) {
  std::visit([&](auto number) { bound_low(range, number, inclusive); }, bound);
}
template <typename Key>
void bound_high(KeyRange<Key>& range, const model::Number& bound, bool inclusive) {
  std::visit([&](auto number) { bound_high(range, number, inclusive); }, bound);
}

/// Of model::NumberRange and model::DatetimeRange.
template <typename Key, typename Range>
KeyRange<Key> key_range_of(const Range& bounds) {
  KeyRange<Key> range;
  if (bounds.gt) bound_low(range, *bounds.gt, false);
  if (bounds.gte) bound_low(range, *bounds.gte, true);
  if (bounds.lt) bound_high(range, *bounds.lt, false);
  if (bounds.lte) bound_high(range, *bounds.lte, true);
  // An upside-down range would make a walk from low to high run past its end.
  if (range.low && range.high && *range.high < *range.low) range.empty = true;
  return range;
}

template <typename Key>
KeyRange<Key> single_key(Key key) {
  KeyRange<Key> range;
  range.low = key;
  range.high = key;
  return range;
}

}  // namespace alidade::index
