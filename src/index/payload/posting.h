#pragma once

#include <algorithm>
#include <bit>
#include <cstdint>
#include <memory>
#include <vector>

#include "base/bitset.h"
#include "base/bytes.h"
#include "base/row_map.h"

namespace alidade::index {

/// A set of rows. A short one is one sorted list. A long one is cut into chunks of 65536 rows, each
/// a sorted list of 16-bit numbers or, from 4096 rows on, a bitmap (both 8 KB then), so a change
/// moves at most 8 KB however many rows there are (S. Chambi et al., "Better bitmap performance
/// with Roaring bitmaps", sections 2 and 3).
class Posting {
 public:
  /// Does nothing when the row is there already.
  void add(std::uint32_t row);
  void remove(std::uint32_t row);
  bool contains(std::uint32_t row) const;
  std::size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }

  /// Sets the bit of every row below rows.size().
  void select(base::Bitset& rows) const;
  /// Rows that are in the set too.
  std::uint64_t count(const base::Bitset& rows) const;

  /// Calls visit(row) in ascending order.
  template <typename Visit>
  void for_each(Visit&& visit) const {
    for (const std::uint32_t row : list_) visit(row);
    for (std::size_t c = 0; c < chunks_.size(); ++c) {
      const auto base = static_cast<std::uint32_t>(c << 16);
      for (const std::uint16_t low : chunks_[c].list) visit(base | low);
      for (std::size_t w = 0; w < chunks_[c].words.size(); ++w) {
        for (std::uint64_t word = chunks_[c].words[w]; word != 0; word &= word - 1) {
          visit(base | static_cast<std::uint32_t>((w << 6) + static_cast<std::size_t>(std::countr_zero(word))));
        }
      }
    }
  }

  /// The rows that are kept, under their new numbers.
  Posting renumbered(const base::RowMap& rows) const;

  std::uint64_t memory_bytes() const;
  void write(base::ByteWriter& out) const;
  /// @return kDataLoss when the rows do not ascend.
  static Result<Posting> read(base::ByteReader& in);

 private:
  struct Chunk {
    std::vector<std::uint16_t> list;
    std::vector<std::uint64_t> words;  // 1024 when it is a bitmap; the list is empty then.

    bool add(std::uint16_t low);
    bool remove(std::uint16_t low);
    bool contains(std::uint16_t low) const;
  };

  void cut_into_chunks();
  Chunk& chunk_of(std::uint32_t row);

  std::size_t size_ = 0;
  std::vector<std::uint32_t> list_;  // Empty once there are chunks.
  std::vector<Chunk> chunks_;        // By row / 65536.
};

}  // namespace alidade::index
