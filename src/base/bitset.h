#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace alidade::base {

/// A growable set of row numbers, one bit each. Bits past size() are always zero, so words can be
/// combined and counted without a mask. Not synchronised.
class Bitset {
 public:
  Bitset() = default;
  explicit Bitset(std::size_t size, bool value = false) { resize(size, value); }

  std::size_t size() const { return size_; }
  void resize(std::size_t size, bool value = false);

  bool test(std::size_t i) const { return (words_[i >> 6] >> (i & 63)) & 1; }
  void set(std::size_t i) { words_[i >> 6] |= std::uint64_t{1} << (i & 63); }
  void reset(std::size_t i) { words_[i >> 6] &= ~(std::uint64_t{1} << (i & 63)); }
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
    for (std::size_t w = 0; w < words_.size(); ++w) {
      for (std::uint64_t word = words_[w]; word != 0; word &= word - 1) {
        visit((w << 6) + static_cast<std::size_t>(std::countr_zero(word)));
      }
    }
  }
  /// First set bit at or after `from`, or size() when there is none.
  std::size_t find_next(std::size_t from) const;

  const std::uint64_t* words() const { return words_.data(); }
  std::uint64_t* words() { return words_.data(); }
  std::size_t word_count() const { return words_.size(); }

  friend bool operator==(const Bitset&, const Bitset&) = default;

 private:
  void clear_tail();

  std::size_t size_ = 0;
  std::vector<std::uint64_t> words_;
};

}  // namespace alidade::base
