#pragma once

#include <algorithm>
#include <cstdint>
#include <span>
#include <vector>

#include "kernels/codes.h"

namespace alidade::index {

/// Working memory of one search or insertion at a time; kept by a thread and used for any graph.
class HnswScratch {
 public:
  /// Starts a walk over nodes below `count`, whose front holds at most `capacity`.
  void begin(std::uint32_t count, std::size_t capacity);

  /// Marks a node; @return whether it was unmarked. Nodes that came after begin() count as marked.
  bool visit(std::uint32_t node) {
    if (node >= count_ || marks_[node + 1] == epoch_) return false;
    marks_[node + 1] = epoch_;
    return true;
  }
  /// The same for a link, node + 1 or 0 for none, without a branch: appends the node if it was unmarked.
  void take_link(std::uint32_t link) {
    const std::uint32_t at = link <= count_ ? link : 0;  // Place 0 is always marked.
    batch_[batch_size_] = at - 1;
    batch_size_ += marks_[at] != epoch_ ? 1 : 0;
    marks_[at] = epoch_;
  }
  /// Appends without a mark.
  void take(std::uint32_t node) { batch_[batch_size_++] = node; }
  /// Makes the batch empty, with room for `count` nodes.
  void clear_batch(std::size_t count) {
    batch_size_ = 0;
    if (batch_.size() < count + 1) batch_.resize(count + 1);
    if (batch_keys.size() < count + 1) batch_keys.resize(count + 1);
  }
  std::span<const std::uint32_t> batch() const { return {batch_.data(), batch_size_}; }
  std::vector<std::uint32_t> batch_keys;

  /// The front of a walk: `key << 32 | node << 1 | expanded`, nearest first.
  std::uint64_t* pool() { return pool_memory_.data() + kernels::kPoolSlack; }
  const std::uint64_t* pool() const { return pool_memory_.data() + kernels::kPoolSlack; }
  std::size_t pool_size = 0;

  /// What walks with this scratch did so far, for measurements: nodes expanded, rows compared with.
  std::uint64_t hops = 0, comparisons = 0;
  /// Room for `capacity` entries beside those that it holds.
  void grow_pool(std::size_t capacity);
  /// Room for `capacity` entries; what the pool held is gone.
  void clear_pool(std::size_t capacity);

  static std::uint32_t key_at(std::uint64_t entry) { return static_cast<std::uint32_t>(entry >> 32); }
  static std::uint32_t node_at(std::uint64_t entry) { return static_cast<std::uint32_t>(entry) >> 1; }

 private:
  std::vector<std::uint8_t> marks_;  // By node + 1.
  std::uint8_t epoch_ = 0;
  std::uint32_t count_ = 0;
  std::vector<std::uint32_t> batch_;
  std::size_t batch_size_ = 0;
  std::vector<std::uint64_t> pool_memory_;
};

}  // namespace alidade::index
