#pragma once

#include <cmath>
#include <cstdint>
#include <span>
#include <vector>

namespace alidade::index {

/// A row and its distance to a query; smaller is nearer.
struct Neighbour {
  float distance = 0;
  std::uint32_t offset = 0;

  friend bool operator<(const Neighbour& a, const Neighbour& b) {
    return a.distance != b.distance ? a.distance < b.distance : a.offset < b.offset;
  }
};

/// A query vector padded with zeros as rows are.
class PaddedQuery {
 public:
  explicit PaddedQuery(std::span<const float> values)
      : dim_(values.size()), values_((values.size() + 15) / 16 * 16, 0.0F) {
    for (std::size_t i = 0; i < values.size(); ++i) values_[i] = values[i];
  }
  /// Scales to unit length, however short or long it is; what has no length that is a finite number
  /// above zero stays. In double, where no square of a float over- or underflows.
  void normalise() {
    double square = 0;
    for (const float value : values_) square += double{value} * double{value};
    if (!(square > 0) || std::isinf(square)) return;
    const double norm = std::sqrt(square);
    for (float& value : values_) value = static_cast<float>(double{value} / norm);
  }
  const float* data() const { return values_.data(); }
  std::size_t dim() const { return dim_; }
  std::size_t padded_dim() const { return values_.size(); }

 private:
  std::size_t dim_;
  std::vector<float> values_;
};

/// Keeps the k nearest that were offered. Ties go to the smaller offset.
class NearestHeap {
 public:
  explicit NearestHeap(std::size_t k) : k_(k) { heap_.reserve(k < 4096 ? k : 4096); }

  std::size_t limit() const { return k_; }
  bool full() const { return heap_.size() >= k_; }
  /// Distances above this cannot enter; infinity until the heap is full.
  float bound() const { return full() && k_ > 0 ? heap_.front().distance : INFINITY; }
  void offer(Neighbour candidate);
  std::size_t size() const { return heap_.size(); }
  /// Nearest first; empties the heap.
  std::vector<Neighbour> take_sorted();

 private:
  std::size_t k_;
  std::vector<Neighbour> heap_;  // Farthest at the front.
};

}  // namespace alidade::index
