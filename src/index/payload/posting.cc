#include "index/payload/posting.h"

#include <cstring>

namespace alidade::index {
namespace {

constexpr std::size_t kListRows = 2048;   // 8 KB.
constexpr std::size_t kChunkList = 4096;  // 8 KB of 16-bit numbers, the size of the bitmap.
constexpr std::size_t kChunkWords = 65536 / 64;

template <typename Number>
bool insert_sorted(std::vector<Number>& list, Number number) {
  if (list.empty() || list.back() < number) {
    list.push_back(number);
    return true;
  }
  const auto at = std::lower_bound(list.begin(), list.end(), number);
  if (*at == number) return false;
  list.insert(at, number);
  return true;
}

template <typename Number>
bool erase_sorted(std::vector<Number>& list, Number number) {
  const auto at = std::lower_bound(list.begin(), list.end(), number);
  if (at == list.end() || *at != number) return false;
  list.erase(at);
  return true;
}

}  // namespace

bool Posting::Chunk::add(std::uint16_t low) {
  if (words.empty() && list.size() >= kChunkList) {
    words.assign(kChunkWords, 0);
    for (const std::uint16_t number : list) words[number >> 6] |= std::uint64_t{1} << (number & 63);
    list = {};
  }
  if (words.empty()) return insert_sorted(list, low);
  std::uint64_t& word = words[low >> 6];
  const std::uint64_t bit = std::uint64_t{1} << (low & 63);
  const bool fresh = (word & bit) == 0;
  word |= bit;
  return fresh;
}

bool Posting::Chunk::remove(std::uint16_t low) {
  if (words.empty()) return erase_sorted(list, low);
  std::uint64_t& word = words[low >> 6];
  const std::uint64_t bit = std::uint64_t{1} << (low & 63);
  const bool held = (word & bit) != 0;
  word &= ~bit;
  return held;
}

bool Posting::Chunk::contains(std::uint16_t low) const {
  if (words.empty()) return std::binary_search(list.begin(), list.end(), low);
  return ((words[low >> 6] >> (low & 63)) & 1) != 0;
}

Posting::Chunk& Posting::chunk_of(std::uint32_t row) {
  const std::size_t c = row >> 16;
  if (c >= chunks_.size()) chunks_.resize(c + 1);
  return chunks_[c];
}

void Posting::cut_into_chunks() {
  for (const std::uint32_t row : list_) chunk_of(row).add(static_cast<std::uint16_t>(row & 0xFFFF));
  list_ = {};
}

void Posting::add(std::uint32_t row) {
  if (chunks_.empty() && list_.size() >= kListRows) cut_into_chunks();
  const bool fresh = chunks_.empty() ? insert_sorted(list_, row)
                                     : chunk_of(row).add(static_cast<std::uint16_t>(row & 0xFFFF));
  size_ += fresh ? 1 : 0;
}

void Posting::remove(std::uint32_t row) {
  bool held = false;
  if (chunks_.empty()) {
    held = erase_sorted(list_, row);
  } else if ((row >> 16) < chunks_.size()) {
    held = chunks_[row >> 16].remove(static_cast<std::uint16_t>(row & 0xFFFF));
  }
  size_ -= held ? 1 : 0;
}

bool Posting::contains(std::uint32_t row) const {
  if (chunks_.empty()) return std::binary_search(list_.begin(), list_.end(), row);
  const std::size_t c = row >> 16;
  return c < chunks_.size() && chunks_[c].contains(static_cast<std::uint16_t>(row & 0xFFFF));
}

void Posting::select(base::Bitset& rows) const {
  const std::size_t size = rows.size();
  for (const std::uint32_t row : list_) {
    if (row < size) rows.set(row);
  }
  for (std::size_t c = 0; c < chunks_.size() && (c << 16) < size; ++c) {
    const std::size_t base = c << 16;
    for (const std::uint16_t low : chunks_[c].list) {
      if ((base | low) < size) rows.set(base | low);
    }
    if (chunks_[c].words.empty()) continue;
    std::uint64_t* target = rows.words() + base / 64;
    const std::size_t count = std::min(kChunkWords, rows.word_count() - base / 64);
    for (std::size_t w = 0; w < count; ++w) target[w] |= chunks_[c].words[w];
  }
  // A bitmap's last word may reach past the end; bits there must stay zero.
  if ((size & 63) != 0 && !chunks_.empty()) {
    rows.words()[rows.word_count() - 1] &= ~(~std::uint64_t{0} << (size & 63));
  }
}

std::uint64_t Posting::count(const base::Bitset& rows) const {
  const std::size_t size = rows.size();
  std::uint64_t total = 0;
  for (const std::uint32_t row : list_) total += row < size && rows.test(row) ? 1 : 0;
  for (std::size_t c = 0; c < chunks_.size() && (c << 16) < size; ++c) {
    const std::size_t base = c << 16;
    for (const std::uint16_t low : chunks_[c].list) {
      total += (base | low) < size && rows.test(base | low) ? 1 : 0;
    }
    if (chunks_[c].words.empty()) continue;
    const std::uint64_t* other = rows.words() + base / 64;
    const std::size_t count = std::min(kChunkWords, rows.word_count() - base / 64);
    for (std::size_t w = 0; w < count; ++w) {
      total += static_cast<std::uint64_t>(std::popcount(other[w] & chunks_[c].words[w]));
    }
  }
  return total;
}

Posting Posting::renumbered(const base::RowMap& rows) const {
  Posting out;
  for_each([&](std::uint32_t row) {
    const std::uint32_t number = rows[row];
    if (number != base::RowMap::kGone) out.add(number);
  });
  return out;
}

std::uint64_t Posting::memory_bytes() const {
  std::uint64_t bytes = sizeof(*this) + list_.capacity() * sizeof(std::uint32_t);
  for (const Chunk& chunk : chunks_) {
    bytes += sizeof(Chunk) + chunk.list.capacity() * 2 + chunk.words.capacity() * 8;
  }
  return bytes;
}

void Posting::write(base::ByteWriter& out) const {
  std::vector<std::uint32_t> rows;
  rows.reserve(size_);
  for_each([&](std::uint32_t row) { rows.push_back(row); });
  out.put(static_cast<std::uint32_t>(rows.size()));
  out.put_array(std::span<const std::uint32_t>(rows));
}

Result<Posting> Posting::read(base::ByteReader& in) {
  ALD_ASSIGN(const auto size, in.get<std::uint32_t>());
  ALD_ASSIGN(const auto raw, in.get_bytes(std::size_t{size} * sizeof(std::uint32_t)));
  std::vector<std::uint32_t> rows(size);
  if (size > 0) std::memcpy(rows.data(), raw.data(), raw.size());
  for (std::size_t i = 1; i < rows.size(); ++i) {
    if (rows[i - 1] >= rows[i]) return base::data_loss("posting is not ascending");
  }
  Posting posting;
  if (rows.size() <= kListRows) {
    posting.list_ = std::move(rows);
    posting.size_ = size;
    return posting;
  }
  for (const std::uint32_t row : rows) posting.add(row);
  return posting;
}

}  // namespace alidade::index
