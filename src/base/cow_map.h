#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <utility>
#include <vector>

#include "base/cow_vector.h"

namespace alidade::base {

/// A hash map that is copied in O(1): a vector of pages of about eight entries. It grows by one page at a
/// time, so no insert moves more than two pages (W. Litwin, "Linear hashing", VLDB 1980). A change to a
/// copied map copies a page and the path to it.
/// Hash may take other types than Key; Equal compares them to it. Threads: as Cow.
template <typename Key, typename Value, typename Hash = std::hash<Key>, typename Equal = std::equal_to<>>
class CowMap {
 public:
  std::size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }

  /// nullptr when the key is not there. Good until the next change.
  template <typename Lookup>
  const Value* find(const Lookup& key) const {
    if (size_ == 0) return nullptr;
    const std::uint32_t hash = hash_of(key);
    for (const Entry& entry : *pages_[page_of(hash)]) {
      if (entry.hash == hash && Equal()(entry.key, key)) return &entry.value;
    }
    return nullptr;
  }

  /// The key's value to be changed, nullptr when it is not there. Good until the next call.
  template <typename Lookup>
  Value* write(const Lookup& key) {
    if (find(key) == nullptr) return nullptr;
    const std::uint32_t hash = hash_of(key);
    for (Entry& entry : pages_.write(page_of(hash)).write()) {
      if (entry.hash == hash && Equal()(entry.key, key)) return &entry.value;
    }
    return nullptr;
  }

  /// The same, with a Value() put in for a key that is new. @param make gives the Key.
  template <typename Lookup, typename MakeKey>
  Value& write_or_insert(const Lookup& key, MakeKey make) {
    if (Value* known = write(key)) return *known;
    if (pages_.empty()) pages_.push_back({});
    if (size_ >= pages_.size() * kPageEntries) split();
    const std::uint32_t hash = hash_of(key);
    Page& page = pages_.write(page_of(hash)).write();
    if (page.capacity() == page.size()) page.reserve(page.size() + 4);
    page.push_back({make(), Value(), hash});
    ++size_;
    return page.back().value;
  }
  Value& write_or_insert(const Key& key) {
    return write_or_insert(key, [&] { return key; });
  }

  /// @return whether it was there.
  template <typename Lookup>
  bool erase(const Lookup& key) {
    if (find(key) == nullptr) return false;
    const std::uint32_t hash = hash_of(key);
    Page& page = pages_.write(page_of(hash)).write();
    for (Entry& entry : page) {
      if (entry.hash != hash || !Equal()(entry.key, key)) continue;
      if (&entry != &page.back()) entry = std::move(page.back());
      page.pop_back();
      --size_;
      return true;
    }
    return false;
  }

  /// Calls visit(key, value) for every entry, in no order.
  template <typename Visit>
  void for_each(Visit&& visit) const {
    for (std::size_t p = 0; p < pages_.size(); ++p) {
      for (const Entry& entry : *pages_[p]) visit(entry.key, entry.value);
    }
  }

  /// What keys and values hold outside of themselves comes on top.
  std::size_t memory_bytes() const { return size_ * sizeof(Entry) * 5 / 4 + pages_.size() * (sizeof(Page) + 40); }

 private:
  static constexpr std::size_t kPageEntries = 8;
  struct Entry {
    Key key;
    Value value;
    std::uint32_t hash;
  };
  using Page = std::vector<Entry>;

  template <typename Lookup>
  static std::uint32_t hash_of(const Lookup& key) {
    const auto hash = static_cast<std::uint64_t>(Hash()(key));
    return static_cast<std::uint32_t>(hash ^ (hash >> 32));
  }
  std::size_t page_of(std::uint32_t hash) const { return page_of(hash, pages_.size()); }
  static std::size_t page_of(std::uint32_t hash, std::size_t count) {
    const std::size_t reach = std::bit_ceil(count);
    const std::size_t page = hash & (reach - 1);
    return page < count ? page : page & (reach / 2 - 1);
  }

  /// Adds the next page and moves to it what belongs there, from the one page that holds it. Nothing has
  /// changed when this throws.
  void split() {
    const std::size_t count = pages_.size() + 1;
    Page& from = pages_.write((count - 1) - std::bit_floor(count - 1)).write();
    const auto moves = [count](const Entry& entry) { return page_of(entry.hash, count) == count - 1; };
    Page moved;
    for (const Entry& entry : from) {
      if (moves(entry)) moved.push_back(entry);
    }
    pages_.push_back(Cow<Page>(std::move(moved)));
    std::erase_if(from, moves);
  }

  CowVector<Cow<Page>, 64> pages_;
  std::size_t size_ = 0;
};

}  // namespace alidade::base
