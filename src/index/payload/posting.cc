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

Posting::Chunk& Posting::chunk_of(Many& many, std::uint32_t row) {
  const std::size_t c = row >> 16;
  if (c >= many.chunks.size()) many.chunks.resize(c + 1);
  return many.chunks[c].write();
}

void Posting::cut_into_chunks(Many& many) {
  for (const std::uint32_t row : many.list) chunk_of(many, row).add(static_cast<std::uint16_t>(row & 0xFFFF));
  many.list = {};
}

void Posting::add(std::uint32_t row) {
  if (size_ == 0) {
    many_ = {};
    only_ = row;
    size_ = 1;
    return;
  }
  if (contains(row)) return;
  Many& many = many_.write();
  if (only_ != kMany) {
    many.list = {std::min(only_, row), std::max(only_, row)};
    only_ = kMany;
    size_ = 2;
    return;
  }
  if (many.chunks.empty() && many.list.size() >= kListRows) cut_into_chunks(many);
  if (many.chunks.empty()) {
    insert_sorted(many.list, row);
  } else {
    chunk_of(many, row).add(static_cast<std::uint16_t>(row & 0xFFFF));
  }
  ++size_;
}

void Posting::remove(std::uint32_t row) {
  if (!contains(row)) return;
  if (only_ == kMany) {
    Many& many = many_.write();
    if (many.chunks.empty()) {
      erase_sorted(many.list, row);
    } else {
      many.chunks[row >> 16].write().remove(static_cast<std::uint16_t>(row & 0xFFFF));
    }
  }
  if (--size_ == 0) *this = Posting();
}

bool Posting::contains(std::uint32_t row) const {
  if (size_ == 0) return false;
  if (only_ != kMany) return only_ == row;
  if (many_->chunks.empty()) return std::binary_search(many_->list.begin(), many_->list.end(), row);
  const std::size_t c = row >> 16;
  return c < many_->chunks.size() && many_->chunks[c]->contains(static_cast<std::uint16_t>(row & 0xFFFF));
}

void Posting::select(base::Bitset& rows) const {
  const std::size_t size = rows.size();
  if (only_ != kMany) {
    if (only_ < size) rows.set(only_);
    return;
  }
  for (const std::uint32_t row : many_->list) {
    if (row < size) rows.set(row);
  }
  for (std::size_t c = 0; c < many_->chunks.size() && (c << 16) < size; ++c) {
    const std::size_t base = c << 16;
    const Chunk& chunk = *many_->chunks[c];
    for (const std::uint16_t low : chunk.list) {
      if ((base | low) < size) rows.set(base | low);
    }
    if (!chunk.words.empty()) rows.or_words(base / 64, chunk.words);
  }
}

std::uint64_t Posting::count(const base::Bitset& rows) const {
  const std::size_t size = rows.size();
  if (only_ != kMany) return only_ < size && rows.test(only_) ? 1 : 0;
  std::uint64_t total = 0;
  for (const std::uint32_t row : many_->list) total += row < size && rows.test(row) ? 1 : 0;
  for (std::size_t c = 0; c < many_->chunks.size() && (c << 16) < size; ++c) {
    const std::size_t base = c << 16;
    const Chunk& chunk = *many_->chunks[c];
    for (const std::uint16_t low : chunk.list) {
      total += (base | low) < size && rows.test(base | low) ? 1 : 0;
    }
    if (chunk.words.empty()) continue;
    const std::size_t count = std::min(kChunkWords, rows.word_count() - base / 64);
    for (std::size_t w = 0; w < count; ++w) {
      total += static_cast<std::uint64_t>(std::popcount(rows.word(base / 64 + w) & chunk.words[w]));
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
  std::uint64_t bytes = sizeof(*this);
  if (only_ != kMany) return bytes;
  bytes += sizeof(Many) + many_->list.capacity() * sizeof(std::uint32_t);
  for (const auto& chunk : many_->chunks) {
    bytes += sizeof(Chunk) + chunk->list.capacity() * 2 + chunk->words.capacity() * 8;
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
  if (rows.size() <= 1 || rows.size() > kListRows) {
    for (const std::uint32_t row : rows) posting.add(row);
    return posting;
  }
  posting.many_.write().list = std::move(rows);
  posting.size_ = size;
  return posting;
}

}  // namespace alidade::index
