#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <optional>
#include <type_traits>
#include <vector>

#include "base/bytes.h"
#include "base/cow.h"
#include "base/row_map.h"

namespace alidade::base {

/// Bounds of a range of keys; an absent bound is open.
template <typename Key>
struct KeyRange {
  std::optional<Key> low, high;
  bool low_inclusive = true;
  bool high_inclusive = true;
  bool empty = false;  ///< Nothing can lie inside (bounds beyond the type).
};

/// (key, row) pairs in order, in blocks of at most 256 entries below groups of at most 128 blocks: an insert
/// moves at most 4 KB and the pointers of a group, and copies share all that it does not touch (a tree of
/// three levels: about 800 groups at 10 million entries). There is neither an unsorted tail nor a merge.
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
  /// A place between entries; {group_count, 0, 0} is the end.
  struct Position {
    std::size_t group = 0;
    std::size_t block = 0;
    std::size_t at = 0;
    friend bool operator==(Position, Position) = default;
  };

  std::size_t size() const { return size_; }

  void insert(Key key, std::uint32_t row) {
    const Entry entry{key, row};
    auto& groups = groups_.write();
    if (groups.empty()) {
      groups.push_back(Cow<Group>(Group{Cow<Block>(Block{entry})}));
      size_ = 1;
      return;
    }
    const std::size_t g = group_of(entry);
    const std::size_t b = block_of(*groups[g], entry);
    const Block& known = *(*groups[g])[b];
    const auto at = std::lower_bound(known.begin(), known.end(), entry);
    if (at != known.end() && !(entry < *at)) return;
    Group& group = groups[g].write();
    if (known.size() < kBlockEntries) {
      insert_into(group[b], static_cast<std::size_t>(at - known.begin()), entry);
    } else {
      split_block(group, b, entry, g + 1 == groups.size());
      if (group.size() > kGroupBlocks) split_group(groups, g);
    }
    ++size_;
  }

  void erase(Key key, std::uint32_t row) {
    const Entry entry{key, row};
    if (size_ == 0) return;
    const std::size_t g = group_of(entry);
    const std::size_t b = block_of(*(*groups_)[g], entry);
    const Block& known = *(*(*groups_)[g])[b];
    const auto at = std::lower_bound(known.begin(), known.end(), entry);
    if (at == known.end() || entry < *at) return;
    const auto place = at - known.begin();
    auto& groups = groups_.write();
    Group& group = groups[g].write();
    Block& block = group[b].write();
    block.erase(block.begin() + place);
    --size_;
    if (!block.empty()) return;
    group.erase(group.begin() + static_cast<std::ptrdiff_t>(b));
    if (group.empty()) groups.erase(groups.begin() + static_cast<std::ptrdiff_t>(g));
  }

  Position begin() const { return {}; }
  Position end() const { return {groups_->size(), 0, 0}; }
  /// The first entry whose key is not below (inclusive) or is above (exclusive) the key.
  Position lower(const Key& key, bool inclusive) const {
    const auto before = [&](const Entry& entry) {
      return inclusive ? entry.key < key : !(key < entry.key);
    };
    const auto group = std::partition_point(groups_->begin(), groups_->end(),
                                            [&](const auto& g) { return before(g->back()->back()); });
    if (group == groups_->end()) return end();
    const Group& blocks = **group;
    const auto block = std::partition_point(blocks.begin(), blocks.end(),
                                            [&](const auto& b) { return before(b->back()); });
    const auto at = std::partition_point((*block)->begin(), (*block)->end(), before);
    return {static_cast<std::size_t>(group - groups_->begin()), static_cast<std::size_t>(block - blocks.begin()),
            static_cast<std::size_t>(at - (*block)->begin())};
  }
  /// The entry behind the first `count`, or the end. Steps over blocks.
  Position nth(std::uint64_t count) const {
    if (count >= size_) return end();
    Position at;
    for (;; ++at.group) {
      const Group& group = *(*groups_)[at.group];
      for (at.block = 0; at.block < group.size(); ++at.block) {
        const std::size_t entries = group[at.block]->size();
        if (count < entries) {
          at.at = static_cast<std::size_t>(count);
          return at;
        }
        count -= entries;
      }
    }
  }
  const Entry& at(Position position) const { return block_at(position)[position.at]; }
  Position next(Position position) const {
    if (++position.at < block_at(position).size()) return position;
    position.at = 0;
    if (++position.block < (*groups_)[position.group]->size()) return position;
    return {position.group + 1, 0, 0};
  }
  Position previous(Position position) const {
    if (position.at > 0) return {position.group, position.block, position.at - 1};
    if (position.block == 0) {
      --position.group;
      position.block = (*groups_)[position.group]->size();
    }
    --position.block;
    position.at = block_at(position).size() - 1;
    return position;
  }

  /// Calls visit(entry) for every entry of the range in order.
  template <typename Visit>
  void for_each(const KeyRange<Key>& range, Visit&& visit) const {
    if (range.empty || size_ == 0) return;
    Position at = range.low ? lower(*range.low, range.low_inclusive) : begin();
    const Position last = range.high ? lower(*range.high, !range.high_inclusive) : end();
    while (at.group < last.group || (at.group == last.group && at.block <= last.block)) {
      if (at.group == groups_->size()) return;
      const Block& block = block_at(at);
      const bool is_last = at.group == last.group && at.block == last.block;
      const std::size_t to = is_last ? last.at : block.size();
      for (std::size_t i = at.at; i < to; ++i) visit(block[i]);
      if (is_last) return;
      at.at = block.size() - 1;
      at = next(at);
    }
  }

  SortedBlocks renumbered(const RowMap& rows) const {
    SortedBlocks out;
    // The order stays, so every entry goes to the end, and full blocks are left behind it.
    for_each({}, [&](const Entry& entry) {
      const std::uint32_t number = rows[entry.row];
      if (number != RowMap::kGone) out.insert(entry.key, number);
    });
    return out;
  }

  std::uint64_t memory_bytes() const {
    std::uint64_t bytes = groups_->size() * (sizeof(Group) + 3 * sizeof(void*));
    for (const auto& group : *groups_) {
      for (const auto& block : *group) bytes += sizeof(Block) + 3 * sizeof(void*) + block->capacity() * sizeof(Entry);
    }
    return bytes;
  }

  void write(ByteWriter& out) const {
    out.put(static_cast<std::uint64_t>(size_));
    for_each({}, [&](const Entry& entry) {
      write_key(entry.key, out);
      out.put(entry.row);
    });
  }
  Status read(ByteReader& in) {
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
  static constexpr std::size_t kBlockEntries = 256;
  static constexpr std::size_t kGroupBlocks = 128;
  using Block = std::vector<Entry>;              // None is empty.
  using Group = std::vector<Cow<Block>>;  // None is empty.
  using Groups = std::vector<Cow<Group>>;

  template <typename K>
  static void write_key(const K& key, ByteWriter& out) {
    if constexpr (std::is_arithmetic_v<K>) {
      out.put(key);
    } else {
      key.write(out);
    }
  }
  template <typename K>
  static Status read_key(K& key, ByteReader& in) {
    if constexpr (std::is_arithmetic_v<K>) {
      ALD_ASSIGN(key, in.get<K>());
      if constexpr (std::is_floating_point_v<K>) {
        if (std::isnan(key)) return data_loss("a key of an index is not a number");
      }
      return {};
    } else {
      return key.read(in);
    }
  }

  const Block& block_at(Position position) const { return *(*(*groups_)[position.group])[position.block]; }

  // Where the entry is, or should be: the first whose last entry is not below it. What ascends is found at once.
  std::size_t group_of(const Entry& entry) const {
    if (groups_->back()->back()->back() < entry) return groups_->size() - 1;
    const auto group = std::partition_point(groups_->begin(), groups_->end(),
                                            [&](const auto& g) { return g->back()->back() < entry; });
    return group == groups_->end() ? groups_->size() - 1 : static_cast<std::size_t>(group - groups_->begin());
  }
  static std::size_t block_of(const Group& group, const Entry& entry) {
    if (group.back()->back() < entry) return group.size() - 1;
    const auto block = std::partition_point(group.begin(), group.end(),
                                            [&](const auto& b) { return b->back() < entry; });
    return block == group.end() ? group.size() - 1 : static_cast<std::size_t>(block - group.begin());
  }

  /// In one copy, when the block is shared or full to its capacity.
  static void insert_into(Cow<Block>& block, std::size_t at, const Entry& entry) {
    const Block& known = *block;
    const auto place = static_cast<std::ptrdiff_t>(at);
    if (!block.is_shared() && known.capacity() > known.size()) {
      Block& mine = block.write();
      mine.insert(mine.begin() + place, entry);
      return;
    }
    Block grown;
    grown.reserve(std::min(kBlockEntries, known.size() + std::max<std::size_t>(4, known.size() / 2)));
    grown.insert(grown.end(), known.begin(), known.begin() + place);
    grown.push_back(entry);
    grown.insert(grown.end(), known.begin() + place, known.end());
    block = Cow<Block>(std::move(grown));
  }

  static void split_block(Group& group, std::size_t b, const Entry& entry, bool is_last_group) {
    const Block& full = *group[b];
    // Ascending input (time stamps, counters) leaves full blocks behind it.
    const bool appended = is_last_group && b + 1 == group.size() && full.back() < entry;
    const std::size_t cut = appended ? full.size() : full.size() / 2;
    Block low(full.begin(), full.begin() + static_cast<std::ptrdiff_t>(cut));
    Block high(full.begin() + static_cast<std::ptrdiff_t>(cut), full.end());
    Block& home = appended || low.back() < entry ? high : low;
    home.insert(std::lower_bound(home.begin(), home.end(), entry), entry);
    Cow<Block> rest(std::move(high));
    group.reserve(group.size() + 1);
    group[b] = Cow<Block>(std::move(low));
    group.insert(group.begin() + static_cast<std::ptrdiff_t>(b) + 1, std::move(rest));
  }

  static void split_group(Groups& groups, std::size_t g) {
    Group& group = groups[g].write();
    const bool is_last = g + 1 == groups.size();
    const auto middle = group.begin() + static_cast<std::ptrdiff_t>(is_last ? group.size() - 1 : group.size() / 2);
    Cow<Group> rest(Group(middle, group.end()));
    groups.reserve(groups.size() + 1);
    group.erase(middle, group.end());
    groups.insert(groups.begin() + static_cast<std::ptrdiff_t>(g) + 1, std::move(rest));
  }

  Cow<Groups> groups_;
  std::size_t size_ = 0;
};

}  // namespace alidade::base
