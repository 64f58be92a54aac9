#include "base/bitset.h"

#include <algorithm>

namespace alidade::base {

void Bitset::resize(std::size_t size, bool value) {
  if (value && size > size_ && (size_ & 63) != 0) {
    words_.back() |= ~std::uint64_t{0} << (size_ & 63);
  }
  words_.resize((size + 63) / 64, value ? ~std::uint64_t{0} : 0);
  size_ = size;
  clear_tail();
}

void Bitset::set_all() {
  std::fill(words_.begin(), words_.end(), ~std::uint64_t{0});
  clear_tail();
}

void Bitset::reset_all() { std::fill(words_.begin(), words_.end(), 0); }

std::size_t Bitset::count() const {
  std::size_t total = 0;
  for (const std::uint64_t word : words_) total += static_cast<std::size_t>(std::popcount(word));
  return total;
}

bool Bitset::none() const {
  return std::all_of(words_.begin(), words_.end(), [](std::uint64_t word) { return word == 0; });
}

Bitset& Bitset::operator&=(const Bitset& other) {
  const std::size_t shared = std::min(words_.size(), other.words_.size());
  for (std::size_t i = 0; i < shared; ++i) words_[i] &= other.words_[i];
  std::fill(words_.begin() + static_cast<std::ptrdiff_t>(shared), words_.end(), 0);
  return *this;
}

Bitset& Bitset::operator|=(const Bitset& other) {
  if (other.size_ > size_) resize(other.size_);
  for (std::size_t i = 0; i < other.words_.size(); ++i) words_[i] |= other.words_[i];
  return *this;
}

Bitset& Bitset::and_not(const Bitset& other) {
  const std::size_t shared = std::min(words_.size(), other.words_.size());
  for (std::size_t i = 0; i < shared; ++i) words_[i] &= ~other.words_[i];
  return *this;
}

void Bitset::flip() {
  for (std::uint64_t& word : words_) word = ~word;
  clear_tail();
}

std::size_t Bitset::find_next(std::size_t from) const {
  if (from >= size_) return size_;
  std::size_t w = from >> 6;
  std::uint64_t word = words_[w] & (~std::uint64_t{0} << (from & 63));
  while (word == 0) {
    if (++w == words_.size()) return size_;
    word = words_[w];
  }
  return (w << 6) + static_cast<std::size_t>(std::countr_zero(word));
}

void Bitset::clear_tail() {
  if ((size_ & 63) != 0) words_.back() &= ~(~std::uint64_t{0} << (size_ & 63));
}

}  // namespace alidade::base
