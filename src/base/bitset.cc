#include "base/bitset.h"

#include <algorithm>

namespace alidade::base {

Bitset Bitset::from_words(std::span<const std::uint64_t> words, std::size_t size) {
  Bitset bits(size);
  bits.or_words(0, words);
  return bits;
}

std::uint64_t* Bitset::writable(std::size_t c) {
  Chunk& chunk = chunks_.write()[c];
  const std::size_t needed = words_in_chunk(c);
  const std::vector<std::uint64_t>& now = *chunk.store;
  if (now.size() < needed || chunk.store.is_shared()) {
    // A set that grows row by row doubles its only chunk.
    std::vector<std::uint64_t> words(std::min(kChunkWords, std::max(needed, now.size() < needed ? now.size() * 2 : 0)));
    std::copy_n(now.begin(), std::min(now.size(), words.size()), words.begin());
    chunk.store = Cow<std::vector<std::uint64_t>>(std::move(words));
    chunk.words = chunk.store->data();
  }
  return chunk.store.write().data();
}

void Bitset::clear(Chunk& chunk) { chunk = Chunk(); }

void Bitset::resize(std::size_t size, bool value) {
  const std::size_t before = size_;
  const std::size_t count = (size + kChunkBits - 1) / kChunkBits;
  if (count != chunks_->size()) chunks_.write().resize(count);
  size_ = size;
  if (size < before) {
    clear_tail();
    return;
  }
  // The chunk that was the last one may have more words now than its store.
  if (const std::size_t last = before / kChunkBits; before % kChunkBits != 0 && (*chunks_)[last].words != nullptr &&
                                                    (*chunks_)[last].store->size() < words_in_chunk(last)) {
    try {
      writable(last);
    } catch (...) {
      size_ = before;
      throw;
    }
  }
  if (!value) return;
  for (std::size_t i = before; i < size;) {
    std::uint64_t* words = writable(i / kChunkBits);
    const std::size_t end = std::min(size, (i / kChunkBits + 1) * kChunkBits);
    for (; i < end && i % 64 != 0; ++i) words[i / 64 % kChunkWords] |= std::uint64_t{1} << (i % 64);
    for (; i + 64 <= end; i += 64) words[i / 64 % kChunkWords] = ~std::uint64_t{0};
    for (; i < end; ++i) words[i / 64 % kChunkWords] |= std::uint64_t{1} << (i % 64);
  }
}

void Bitset::set_all() {
  const std::size_t size = size_;
  reset_all();
  size_ = 0;
  resize(size, true);
}

void Bitset::reset_all() {
  const std::size_t count = chunks_->size();
  chunks_ = Cow<std::vector<Chunk>>(std::vector<Chunk>(count));
}

std::size_t Bitset::count() const {
  std::size_t total = 0;
  for (std::size_t c = 0; c < chunks_->size(); ++c) {
    const std::uint64_t* words = (*chunks_)[c].words;
    if (words == nullptr) continue;
    const std::size_t count = words_in_chunk(c);
    for (std::size_t w = 0; w < count; ++w) total += static_cast<std::size_t>(std::popcount(words[w]));
  }
  return total;
}

bool Bitset::none() const { return find_next(0) == size_; }

Bitset& Bitset::operator&=(const Bitset& other) {
  for (std::size_t c = 0; c < chunks_->size(); ++c) {
    if ((*chunks_)[c].words == nullptr) continue;
    const std::size_t shared = c < other.chunks_->size() ? std::min(words_in_chunk(c), other.words_in_chunk(c)) : 0;
    const std::uint64_t* theirs = shared == 0 ? nullptr : (*other.chunks_)[c].words;
    if (theirs == nullptr) {
      clear(chunks_.write()[c]);
      continue;
    }
    std::uint64_t* words = writable(c);
    const std::size_t count = words_in_chunk(c);
    for (std::size_t w = 0; w < shared; ++w) words[w] &= theirs[w];
    std::fill(words + shared, words + count, 0);
  }
  return *this;
}

Bitset& Bitset::operator|=(const Bitset& other) {
  if (other.size_ > size_) resize(other.size_);
  for (std::size_t c = 0; c < other.chunks_->size(); ++c) {
    const Chunk& theirs = (*other.chunks_)[c];
    if (theirs.words == nullptr) continue;
    if ((*chunks_)[c].words == nullptr && theirs.store->size() >= words_in_chunk(c)) {
      chunks_.write()[c] = theirs;
      continue;
    }
    std::uint64_t* words = writable(c);
    const std::size_t shared = other.words_in_chunk(c);
    for (std::size_t w = 0; w < shared; ++w) words[w] |= theirs.words[w];
  }
  return *this;
}

Bitset& Bitset::and_not(const Bitset& other) {
  const std::size_t chunks = std::min(chunks_->size(), other.chunks_->size());
  for (std::size_t c = 0; c < chunks; ++c) {
    const std::uint64_t* theirs = (*other.chunks_)[c].words;
    if (theirs == nullptr || (*chunks_)[c].words == nullptr) continue;
    std::uint64_t* words = writable(c);
    const std::size_t shared = std::min(words_in_chunk(c), other.words_in_chunk(c));
    for (std::size_t w = 0; w < shared; ++w) words[w] &= ~theirs[w];
  }
  return *this;
}

void Bitset::flip() {
  for (std::size_t c = 0; c < chunks_->size(); ++c) {
    std::uint64_t* words = writable(c);
    const std::size_t count = words_in_chunk(c);
    for (std::size_t w = 0; w < count; ++w) words[w] = ~words[w];
  }
  clear_tail();
}

std::size_t Bitset::find_next(std::size_t from) const {
  if (from >= size_) return size_;
  std::size_t w = from / 64;
  const std::size_t end = word_count();
  std::uint64_t bits = word(w) & (~std::uint64_t{0} << (from % 64));
  while (bits == 0) {
    ++w;
    if (w % kChunkWords == 0) {
      while (w < end && (*chunks_)[w / kChunkWords].words == nullptr) w += kChunkWords;
    }
    if (w >= end) return size_;
    bits = word(w);
  }
  return w * 64 + static_cast<std::size_t>(std::countr_zero(bits));
}

void Bitset::or_words(std::size_t first, std::span<const std::uint64_t> words) {
  const std::size_t end = std::min(word_count(), first + words.size());
  for (std::size_t w = first; w < end;) {
    std::uint64_t* mine = writable(w / kChunkWords);
    const std::size_t stop = std::min(end, (w / kChunkWords + 1) * kChunkWords);
    for (; w < stop; ++w) mine[w % kChunkWords] |= words[w - first];
  }
  if (end > first && end == word_count()) clear_tail();
}

std::vector<std::uint64_t> Bitset::to_words() const {
  std::vector<std::uint64_t> out;
  out.reserve(word_count());
  for (std::size_t w = 0; w < word_count(); ++w) out.push_back(word(w));
  return out;
}

std::size_t Bitset::memory_bytes() const {
  std::size_t bytes = chunks_->size() * sizeof(Chunk);
  for (const Chunk& chunk : *chunks_) bytes += chunk.store->size() * sizeof(std::uint64_t);
  return bytes;
}

bool operator==(const Bitset& a, const Bitset& b) {
  if (a.size_ != b.size_) return false;
  for (std::size_t w = 0; w < a.word_count(); ++w) {
    if (a.word(w) != b.word(w)) return false;
  }
  return true;
}

// The last chunk's store may reach further than its words: what lies there is zero, too.
void Bitset::clear_tail() {
  if (size_ % kChunkBits == 0) return;
  const std::size_t last = size_ / kChunkBits;
  if ((*chunks_)[last].words == nullptr) return;
  std::uint64_t* words = writable(last);
  const std::size_t used = words_in_chunk(last);
  std::fill(words + used, words + (*chunks_)[last].store->size(), 0);
  if (size_ % 64 != 0) words[used - 1] &= ~(~std::uint64_t{0} << (size_ % 64));
}

}  // namespace alidade::base
