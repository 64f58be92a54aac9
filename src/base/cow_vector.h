#pragma once

#include <algorithm>
#include <bit>
#include <cstddef>
#include <span>
#include <utility>
#include <vector>

#include "base/cow.h"

namespace alidade::base {

/// Items for a chunk of about 4 KB.
template <typename T>
inline constexpr std::size_t kCowChunkItems = std::bit_floor(std::max<std::size_t>(16, 4096 / sizeof(T)));

/// A vector that is copied in O(1). A change to a copied one copies a chunk, the node of 64 chunks
/// above it and the root: about 6 KB at 10 million items of 8 bytes. Indexing is four loads.
/// Threads: as Cow.
template <typename T, std::size_t kChunkItems = kCowChunkItems<T>>
class CowVector {
 public:
  std::size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }

  const T& operator[](std::size_t i) const {
    return (*(*(*root_)[i / kNodeItems])[i / kChunkItems % kNodeChunks])[i % kChunkItems];
  }
  const T& back() const { return (*this)[size_ - 1]; }
  /// The item to be changed; good until the next call.
  T& write(std::size_t i) {
    return root_.write()[i / kNodeItems].write()[i / kChunkItems % kNodeChunks].write()[i % kChunkItems];
  }

  void push_back(T item) {
    Chunk& chunk = chunk_to_append(1);
    chunk.push_back(std::move(item));
    ++size_;
  }
  void append(std::span<const T> items) {
    while (!items.empty()) {
      Chunk& chunk = chunk_to_append(items.size());
      const std::size_t count = std::min(items.size(), kChunkItems - chunk.size());
      chunk.insert(chunk.end(), items.begin(), items.begin() + static_cast<std::ptrdiff_t>(count));
      size_ += count;
      items = items.subspan(count);
    }
  }
  /// Makes it longer by copies of the item; never shorter.
  void grow(std::size_t size, const T& item = T()) {
    while (size_ < size) {
      Chunk& chunk = chunk_to_append(size - size_);
      const std::size_t count = std::min(size - size_, kChunkItems - chunk.size());
      chunk.insert(chunk.end(), count, item);
      size_ += count;
    }
  }

  /// The items from `first` on.
  std::vector<T> to_vector(std::size_t first = 0) const {
    std::vector<T> out;
    if (first >= size_) return out;
    out.reserve(size_ - first);
    while (first < size_) {
      const Chunk& chunk = *(*(*root_)[first / kNodeItems])[first / kChunkItems % kNodeChunks];
      out.insert(out.end(), chunk.begin() + static_cast<std::ptrdiff_t>(first % kChunkItems), chunk.end());
      first = (first / kChunkItems + 1) * kChunkItems;
    }
    return out;
  }

  std::size_t memory_bytes() const {
    return size_ * sizeof(T) + size_ / kChunkItems * (sizeof(Chunk) + 3 * sizeof(void*));
  }

 private:
  static constexpr std::size_t kNodeChunks = 64;
  static constexpr std::size_t kNodeItems = kNodeChunks * kChunkItems;
  using Chunk = std::vector<T>;
  using Node = std::vector<Cow<Chunk>>;

  /// The chunk that takes the next item. Nothing has changed when this throws.
  Chunk& chunk_to_append(std::size_t wanted) {
    auto& nodes = root_.write();
    if (nodes.size() <= size_ / kNodeItems) nodes.emplace_back();
    Node& node = nodes[size_ / kNodeItems].write();
    const std::size_t c = size_ / kChunkItems % kNodeChunks;
    if (node.size() <= c) node.emplace_back();
    const std::size_t used = size_ % kChunkItems;
    const Chunk& now = *node[c];
    if (now.capacity() == used || node[c].is_shared()) {
      Chunk grown;
      grown.reserve(std::min(kChunkItems, used + std::max({wanted, used / 2, std::size_t{4}})));
      grown.assign(now.begin(), now.end());
      node[c] = Cow<Chunk>(std::move(grown));
    }
    return node[c].write();
  }

  Cow<std::vector<Cow<Node>>> root_;
  std::size_t size_ = 0;
};

}  // namespace alidade::base
