#include "index/vector/neighbour.h"

#include <algorithm>

namespace alidade::index {

void NearestHeap::offer(Neighbour candidate) {
  if (heap_.size() < k_) {
    heap_.push_back(candidate);
    std::push_heap(heap_.begin(), heap_.end());
  } else if (k_ > 0 && candidate < heap_.front()) {
    std::pop_heap(heap_.begin(), heap_.end());
    heap_.back() = candidate;
    std::push_heap(heap_.begin(), heap_.end());
  }
}

std::vector<Neighbour> NearestHeap::take_sorted() {
  std::sort_heap(heap_.begin(), heap_.end());
  return std::move(heap_);
}

}  // namespace alidade::index
