#pragma once

#include <cstdint>
#include <vector>

#include "base/bitset.h"

namespace alidade::base {

/// New numbers for the rows of a set: 0, 1, … in ascending order, so that whatever is sorted by row
/// stays sorted. Immutable.
class RowMap {
 public:
  static constexpr std::uint32_t kGone = 0xFFFFFFFF;

  explicit RowMap(const Bitset& kept) : numbers_(kept.size(), kGone) {
    kept.for_each([this](std::size_t row) {
      numbers_[row] = static_cast<std::uint32_t>(rows_.size());
      rows_.push_back(static_cast<std::uint32_t>(row));
    });
  }

  /// Rows that are kept.
  std::uint32_t size() const { return static_cast<std::uint32_t>(rows_.size()); }
  /// The new number of an old row, kGone when it is not kept.
  std::uint32_t operator[](std::uint32_t row) const { return row < numbers_.size() ? numbers_[row] : kGone; }
  /// The old row of each new number.
  const std::vector<std::uint32_t>& rows() const { return rows_; }

  /// The set under the new numbers.
  Bitset map(const Bitset& rows) const {
    Bitset out(size());
    rows.for_each([&](std::size_t row) {
      const std::uint32_t number = (*this)[static_cast<std::uint32_t>(row)];
      if (number != kGone) out.set(number);
    });
    return out;
  }

 private:
  std::vector<std::uint32_t> numbers_;
  std::vector<std::uint32_t> rows_;
};

}  // namespace alidade::base
