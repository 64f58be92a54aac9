#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "base/cow.h"

namespace alidade::base {

/// A growable set of row numbers, one bit each, in chunks of 4 KB that copies share until one of them
/// changes: a copy costs O(1), a change to a copied set 4 KB and a pointer per chunk. A chunk without a
/// bit takes no memory. Bits past size() are always zero, so words can be combined and counted without
/// a mask. Threads: as Cow.
class Bitset {
 public:
  Bitset() = default;
  explicit Bitset(std::size_t size, bool value = false) { resize(size, value); }
  /// @param words ceil(size / 64) of them; bits past the size are dropped.
  static Bitset from_words(std::span<const std::uint64_t> words, std::size_t size);

  std::size_t size() const { return size_; }
  void resize(std::size_t size, bool value = false);

  bool test(std::size_t i) const {
    const std::uint64_t* words = (*chunks_)[i / kChunkBits].words;
    return words != nullptr && ((words[i / 64 % kChunkWords] >> (i % 64)) & 1) != 0;
  }
  void set(std::size_t i) {
    writable(i / kChunkBits)[i / 64 % kChunkWords] |= std::uint64_t{1} << (i % 64);
  }
  void reset(std::size_t i) {
    if (test(i)) writable(i / kChunkBits)[i / 64 % kChunkWords] &= ~(std::uint64_t{1} << (i % 64));
  }
  void set_all();
  void reset_all();

  /// Number of set bits. O(size / 64).
  std::size_t count() const;
  bool none() const;

  // Both operands may differ in size; the missing tail of `other` counts as zeros.
  Bitset& operator&=(const Bitset& other);
  Bitset& operator|=(const Bitset& other);
  Bitset& and_not(const Bitset& other);
  void flip();

  /// Calls visit(index) for every set bit in ascending order.
  template <typename Visit>
  void for_each(Visit&& visit) const {
    for (std::size_t c = 0; c < chunks_->size(); ++c) {
      const std::uint64_t* words = (*chunks_)[c].words;
      if (words == nullptr) continue;
      const std::size_t count = words_in_chunk(c);
      for (std::size_t w = 0; w < count; ++w) {
        for (std::uint64_t word = words[w]; word != 0; word &= word - 1) {
          visit(c * kChunkBits + w * 64 + static_cast<std::size_t>(std::countr_zero(word)));
        }
      }
    }
  }
  /// First set bit at or after `from`, or size() when there is none.
  std::size_t find_next(std::size_t from) const;

  std::size_t word_count() const { return (size_ + 63) / 64; }
  std::uint64_t word(std::size_t w) const {
    const std::uint64_t* words = (*chunks_)[w / kChunkWords].words;
    return words != nullptr ? words[w % kChunkWords] : 0;
  }
  /// ORs the words in from word `first` on; what reaches past the end is dropped.
  void or_words(std::size_t first, std::span<const std::uint64_t> words);
  std::vector<std::uint64_t> to_words() const;
  std::size_t memory_bytes() const;

  friend bool operator==(const Bitset& a, const Bitset& b);

 private:
  static constexpr std::size_t kChunkWords = 512;
  static constexpr std::size_t kChunkBits = kChunkWords * 64;
  struct Chunk {
    Cow<std::vector<std::uint64_t>> store;  // As many words as the chunk has, or more; none = all are zero.
    const std::uint64_t* words = nullptr;   // Those of the store.
  };

  std::size_t words_in_chunk(std::size_t c) const {
    const std::size_t left = word_count() - c * kChunkWords;
    return left < kChunkWords ? left : kChunkWords;
  }
  /// The words of a chunk that are not shared (any more).
  std::uint64_t* writable(std::size_t c);
  static void clear(Chunk& chunk);
  void clear_tail();

  Cow<std::vector<Chunk>> chunks_;
  std::size_t size_ = 0;
};

}  // namespace alidade::base
