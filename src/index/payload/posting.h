#pragma once

#include <algorithm>
#include <bit>
#include <cstdint>
#include <memory>
#include <vector>

#include "base/bitset.h"
#include "base/bytes.h"
#include "base/cow.h"
#include "base/row_map.h"

namespace alidade::index {

/// A set of rows. A single row stands in the object itself, a short set is one sorted list. A long one is
/// cut into chunks of 65536 rows, each a sorted list of 16-bit numbers or, from 4096 rows on, a bitmap (both
/// 8 KB then), so a change moves at most 8 KB however many rows there are (S. Chambi et al., "Better bitmap
/// performance with Roaring bitmaps", sections 2 and 3). Copies share lists and chunks until one of them
/// changes.
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
    if (size_ == 1 && only_ != kMany) {
      visit(only_);
      return;
    }
    for (const std::uint32_t row : many_->list) visit(row);
    for (std::size_t c = 0; c < many_->chunks.size(); ++c) {
      const auto base = static_cast<std::uint32_t>(c << 16);
      const Chunk& chunk = *many_->chunks[c];
      for (const std::uint16_t low : chunk.list) visit(base | low);
      for (std::size_t w = 0; w < chunk.words.size(); ++w) {
        for (std::uint64_t word = chunk.words[w]; word != 0; word &= word - 1) {
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
  struct Many {
    std::vector<std::uint32_t> list;  // Empty once there are chunks.
    std::vector<base::Cow<Chunk>> chunks;  // By row / 65536.
  };
  /// No row has this number: they are counted in 32 bits.
  static constexpr std::uint32_t kMany = 0xFFFFFFFF;

  static Chunk& chunk_of(Many& many, std::uint32_t row);
  static void cut_into_chunks(Many& many);

  std::uint32_t size_ = 0;
  std::uint32_t only_ = kMany;  // The row of a set of one that never had more; kMany otherwise.
  base::Cow<Many> many_;
};

}  // namespace alidade::index
