#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <type_traits>
#include <unordered_map>
#include <vector>

#include "index/payload/posting.h"

namespace alidade::index {

/// Value -> rows that hold it. Keys are strings or UUIDs; a value without rows is not kept.
template <typename Key>
class PostingMap {
  static constexpr bool kIsText = std::is_same_v<Key, std::string>;
  struct TextHash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const {
      return std::hash<std::string_view>()(text);
    }
  };
  using Hash = std::conditional_t<kIsText, TextHash, std::hash<Key>>;
  using Map = std::unordered_map<Key, Posting, Hash, std::equal_to<>>;

 public:
  /// std::string_view for texts, the key itself otherwise.
  using Lookup = std::conditional_t<kIsText, std::string_view, Key>;

  void add(Lookup key, std::uint32_t row) {
    auto found = map_.find(key);
    if (found == map_.end()) found = map_.emplace(Key(key), Posting()).first;
    found->second.add(row);
  }
  void remove(Lookup key, std::uint32_t row) {
    const auto found = map_.find(key);
    if (found == map_.end()) return;
    found->second.remove(row);
    if (found->second.empty()) map_.erase(found);
  }
  /// nullptr when no row holds the value.
  const Posting* find(Lookup key) const {
    const auto found = map_.find(key);
    return found == map_.end() ? nullptr : &found->second;
  }
  /// Calls visit(key, posting) for every value, in no order.
  template <typename Visit>
  void for_each(Visit&& visit) const {
    for (const auto& [key, posting] : map_) visit(key, posting);
  }
  std::size_t size() const { return map_.size(); }

  PostingMap renumbered(const base::RowMap& rows) const {
    PostingMap out;
    for (const auto& [key, posting] : map_) {
      Posting kept = posting.renumbered(rows);
      if (!kept.empty()) out.map_.emplace(key, std::move(kept));
    }
    return out;
  }

  std::uint64_t memory_bytes() const {
    std::uint64_t bytes = map_.bucket_count() * sizeof(void*);
    for (const auto& [key, posting] : map_) {
      bytes += sizeof(Key) + 2 * sizeof(void*) + posting.memory_bytes();
      if constexpr (kIsText) bytes += key.capacity();
    }
    return bytes;
  }

  void write(base::ByteWriter& out) const {
    out.put(static_cast<std::uint64_t>(map_.size()));
    for (const auto& [key, posting] : map_) {
      if constexpr (kIsText) {
        out.put_text(key);
      } else {
        out.put(key.high);
        out.put(key.low);
      }
      posting.write(out);
    }
  }
  Status read(base::ByteReader& in) {
    ALD_ASSIGN(const auto size, in.get<std::uint64_t>());
    for (std::uint64_t i = 0; i < size; ++i) {
      Key key;
      if constexpr (kIsText) {
        ALD_ASSIGN(key, in.get_text());
      } else {
        ALD_ASSIGN(key.high, in.get<std::uint64_t>());
        ALD_ASSIGN(key.low, in.get<std::uint64_t>());
      }
      ALD_ASSIGN(map_[std::move(key)], Posting::read(in));
    }
    return {};
  }

 private:
  Map map_;
};

/// Adds the rows that hold one of the keys.
template <typename Key>
void select_any(const PostingMap<Key>& map, const std::vector<Key>& keys, base::Bitset& rows) {
  for (const Key& key : keys) {
    if (const Posting* posting = map.find(key)) posting->select(rows);
  }
}

/// Adds the rows that hold some value that is none of the keys.
/// @param indexed rows with a value; @param multi rows with more than one.
template <typename Key>
void select_except(const PostingMap<Key>& map,
                   const std::vector<Key>& keys,
                   const base::Bitset& indexed,
                   const base::Bitset& multi,
                   base::Bitset& rows) {
  base::Bitset excluded(indexed.size());
  select_any(map, keys, excluded);
  base::Bitset passing = indexed;
  passing.and_not(excluded);
  rows |= passing;
  // Only a row with several values can hold both an excluded and another one.
  excluded &= multi;
  if (excluded.none()) return;
  map.for_each([&](const Key& key, const Posting& posting) {
    if (std::find(keys.begin(), keys.end(), key) != keys.end()) return;
    posting.for_each([&](std::uint32_t row) {
      if (row < excluded.size() && excluded.test(row)) rows.set(row);
    });
  });
}

}  // namespace alidade::index
