#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <optional>
#include <vector>

#include "base/bytes.h"
#include "base/row_map.h"

namespace alidade::index {

/// Bounds of a range of keys; an absent bound is open.
template <typename Key>
struct KeyRange {
  std::optional<Key> low, high;
  bool low_inclusive = true;
  bool high_inclusive = true;
  bool empty = false;  ///< Nothing can lie inside (bounds beyond the type).
};

/// (key, row) pairs in order, in blocks of at most 512 entries: an insert moves at most 8 KB, so
/// there is neither an unsorted tail nor a merge that a reader would have to wait for.
/// A pair is held once.
template <typename Key>
class SortedBlocks {
 public:
  struct Entry {
    Key key;
    std::uint32_t row;
    friend bool operator<(const Entry& a, const Entry& b) {
      return a.key < b.key || (!(b.key < a.key) && a.row < b.row);
    }
  };
  /// A place between entries; {block_count, 0} is the end.
  struct Position {
    std::size_t block = 0;
    std::size_t at = 0;
    friend bool operator==(Position, Position) = default;
  };

  std::size_t size() const { return size_; }

  void insert(Key key, std::uint32_t row) {
    const Entry entry{key, row};
    if (blocks_.empty()) {
      blocks_.push_back({entry});
      size_ = 1;
      return;
    }
    std::size_t b = block_of(entry);
    Block& block = blocks_[b];
    const auto at = std::lower_bound(block.begin(), block.end(), entry);
    if (at != block.end() && !(entry < *at)) return;
    ++size_;
    if (block.size() < kBlockEntries) {
      block.insert(at, entry);
      return;
    }
    split_and_insert(b, entry);
  }

  void erase(Key key, std::uint32_t row) {
    const Entry entry{key, row};
    if (blocks_.empty()) return;
    const std::size_t b = block_of(entry);
    Block& block = blocks_[b];
    const auto at = std::lower_bound(block.begin(), block.end(), entry);
    if (at == block.end() || entry < *at) return;
    block.erase(at);
    --size_;
    if (block.empty()) blocks_.erase(blocks_.begin() + static_cast<std::ptrdiff_t>(b));
  }

  Position begin() const { return {0, 0}; }
  Position end() const { return {blocks_.size(), 0}; }
  /// The first entry whose key is not below (inclusive) or is above (exclusive) the key.
  Position lower(const Key& key, bool inclusive) const {
    const auto before = [&](const Entry& entry) {
      return inclusive ? entry.key < key : !(key < entry.key);
    };
    const auto block = std::partition_point(
        blocks_.begin(), blocks_.end(), [&](const Block& b) { return before(b.back()); });
    if (block == blocks_.end()) return end();
    const auto at = std::partition_point(block->begin(), block->end(), before);
    return {static_cast<std::size_t>(block - blocks_.begin()),
            static_cast<std::size_t>(at - block->begin())};
  }
  const Entry& at(Position position) const { return blocks_[position.block][position.at]; }
  Position next(Position position) const {
    if (++position.at < blocks_[position.block].size()) return position;
    return {position.block + 1, 0};
  }
  Position previous(Position position) const {
    if (position.at > 0) return {position.block, position.at - 1};
    return {position.block - 1, blocks_[position.block - 1].size() - 1};
  }

  /// Calls visit(entry) for every entry of the range in order.
  template <typename Visit>
  void for_each(const KeyRange<Key>& range, Visit&& visit) const {
    if (range.empty) return;
    const Position first = range.low ? lower(*range.low, range.low_inclusive) : begin();
    const Position last = range.high ? lower(*range.high, !range.high_inclusive) : end();
    for (std::size_t b = first.block; b < blocks_.size() && b <= last.block; ++b) {
      const std::size_t from = b == first.block ? first.at : 0;
      const std::size_t to = b == last.block ? last.at : blocks_[b].size();
      for (std::size_t i = from; i < to; ++i) visit(blocks_[b][i]);
    }
  }

  SortedBlocks renumbered(const base::RowMap& rows) const {
    SortedBlocks out;
    // The order stays, so every entry goes to the end.
    for_each({}, [&](const Entry& entry) {
      const std::uint32_t number = rows[entry.row];
      if (number == base::RowMap::kGone) return;
      if (out.blocks_.empty() || out.blocks_.back().size() == kBlockEntries) {
        out.blocks_.emplace_back().reserve(kBlockEntries);
      }
      out.blocks_.back().push_back({entry.key, number});
      ++out.size_;
    });
    if (!out.blocks_.empty()) out.blocks_.back().shrink_to_fit();
    return out;
  }

  std::uint64_t memory_bytes() const {
    std::uint64_t bytes = blocks_.capacity() * sizeof(Block);
    for (const Block& block : blocks_) bytes += block.capacity() * sizeof(Entry);
    return bytes;
  }

  void write(base::ByteWriter& out) const {
    out.put(static_cast<std::uint64_t>(size_));
    for_each({}, [&](const Entry& entry) {
      write_key(entry.key, out);
      out.put(entry.row);
    });
  }
  Status read(base::ByteReader& in) {
    ALD_ASSIGN(const auto size, in.get<std::uint64_t>());
    for (std::uint64_t i = 0; i < size; ++i) {
      Entry entry{};
      ALD_RETURN_IF_ERROR(read_key(entry.key, in));
      ALD_ASSIGN(entry.row, in.get<std::uint32_t>());
      insert(entry.key, entry.row);
    }
    return {};
  }

 private:
  static constexpr std::size_t kBlockEntries = 512;
  using Block = std::vector<Entry>;

  template <typename K>
  static void write_key(const K& key, base::ByteWriter& out) {
    if constexpr (std::is_arithmetic_v<K>) {
      out.put(key);
    } else {
      key.write(out);
    }
  }
  template <typename K>
  static Status read_key(K& key, base::ByteReader& in) {
    if constexpr (std::is_arithmetic_v<K>) {
      ALD_ASSIGN(key, in.get<K>());
      if constexpr (std::is_floating_point_v<K>) {
        if (std::isnan(key)) return base::data_loss("a key of an index is not a number");
      }
      return {};
    } else {
      return key.read(in);
    }
  }

  // The block that holds the entry, or should: the first whose last entry is not below it.
  std::size_t block_of(const Entry& entry) const {
    const auto block = std::partition_point(blocks_.begin(), blocks_.end(),
                                            [&](const Block& b) { return b.back() < entry; });
    return block == blocks_.end() ? blocks_.size() - 1
                                  : static_cast<std::size_t>(block - blocks_.begin());
  }

  void split_and_insert(std::size_t b, const Entry& entry) {
    Block fresh;
    fresh.reserve(kBlockEntries);
    Block& block = blocks_[b];
    // Ascending input (time stamps, counters) leaves full blocks behind it.
    const bool appended = b + 1 == blocks_.size() && block.back() < entry;
    if (!appended) {
      const auto middle = block.begin() + kBlockEntries / 2;
      fresh.assign(middle, block.end());
      block.erase(middle, block.end());
    }
    Block& home = appended || fresh.front() < entry ? fresh : block;
    home.insert(std::lower_bound(home.begin(), home.end(), entry), entry);
    blocks_.insert(blocks_.begin() + static_cast<std::ptrdiff_t>(b) + 1, std::move(fresh));
  }

  std::vector<Block> blocks_;  // None is empty.
  std::size_t size_ = 0;
};

}  // namespace alidade::index
