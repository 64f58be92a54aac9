#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "base/cow.h"
#include "base/cow_map.h"
#include "index/payload/posting.h"

namespace alidade::index {

/// A text that copies share.
using SharedText = base::Cow<std::string>;

struct SharedTextHash {
  std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>()(text); }
  std::size_t operator()(const SharedText& text) const { return (*this)(*text); }
};
struct SharedTextEqual {
  bool operator()(const SharedText& a, std::string_view b) const { return *a == b; }
};

/// Value -> rows that hold it. Keys are strings or UUIDs; a value without rows is not kept. Copies share
/// everything until one of them changes.
template <typename Key>
class PostingMap {
  static constexpr bool kIsText = std::is_same_v<Key, std::string>;
  using Map = std::conditional_t<kIsText,
                                 base::CowMap<SharedText, Posting, SharedTextHash, SharedTextEqual>,
                                 base::CowMap<Key, Posting>>;

 public:
  /// std::string_view for texts, the key itself otherwise.
  using Lookup = std::conditional_t<kIsText, std::string_view, Key>;

  void add(Lookup key, std::uint32_t row) { posting_of(key).add(row); }
  void remove(Lookup key, std::uint32_t row) {
    const Posting* posting = map_.find(key);
    if (posting == nullptr || !posting->contains(row)) return;
    if (posting->size() == 1) {
      map_.erase(key);
    } else {
      map_.write(key)->remove(row);
    }
  }
  /// nullptr when no row holds the value.
  const Posting* find(Lookup key) const { return map_.find(key); }
  /// Calls visit(key, posting) for every value, in no order.
  template <typename Visit>
  void for_each(Visit&& visit) const {
    map_.for_each([&](const auto& key, const Posting& posting) {
      if constexpr (kIsText) {
        visit(*key, posting);
      } else {
        visit(key, posting);
      }
    });
  }
  std::size_t size() const { return map_.size(); }

  PostingMap renumbered(const base::RowMap& rows) const {
    PostingMap out;
    for_each([&](const Key& key, const Posting& posting) {
      Posting kept = posting.renumbered(rows);
      if (!kept.empty()) out.posting_of(key) = std::move(kept);
    });
    return out;
  }

  std::uint64_t memory_bytes() const {
    std::uint64_t bytes = map_.memory_bytes();
    for_each([&](const Key& key, const Posting& posting) {
      bytes += posting.memory_bytes() - sizeof(Posting);
      if constexpr (kIsText) bytes += sizeof(Key) + (key.capacity() > 15 ? key.capacity() : 0);
    });
    return bytes;
  }

  void write(base::ByteWriter& out) const {
    out.put(static_cast<std::uint64_t>(map_.size()));
    for_each([&](const Key& key, const Posting& posting) {
      if constexpr (kIsText) {
        out.put_text(key);
      } else {
        out.put(key.high);
        out.put(key.low);
      }
      posting.write(out);
    });
  }
  Status read(base::ByteReader& in) {
    ALD_ASSIGN(const auto size, in.get<std::uint64_t>());
    for (std::uint64_t i = 0; i < size; ++i) {
      if constexpr (kIsText) {
        ALD_ASSIGN(const auto key, in.get_text());
        ALD_ASSIGN(posting_of(key), Posting::read(in));
      } else {
        Key key;
        ALD_ASSIGN(key.high, in.get<std::uint64_t>());
        ALD_ASSIGN(key.low, in.get<std::uint64_t>());
        ALD_ASSIGN(posting_of(key), Posting::read(in));
      }
    }
    return {};
  }

 private:
  Posting& posting_of(Lookup key) {
    return map_.write_or_insert(key, [key] {
      if constexpr (kIsText) {
        return SharedText(std::string(key));
      } else {
        return key;
      }
    });
  }

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
