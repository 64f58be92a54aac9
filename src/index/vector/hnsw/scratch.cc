#include "index/vector/hnsw/scratch.h"

namespace alidade::index {

void HnswScratch::begin(std::uint32_t count, std::size_t capacity) {
  const std::size_t places = std::size_t{count} + 1;
  if (marks_.size() < places) marks_.resize(std::max(places, marks_.size() * 3 / 2), 0);
  if (++epoch_ == 0) {
    std::fill(marks_.begin(), marks_.end(), std::uint8_t{0});
    epoch_ = 1;
  }
  marks_[0] = epoch_;
  count_ = count;
  clear_pool(capacity);
}

void HnswScratch::grow_pool(std::size_t capacity) {
  const std::size_t wanted = capacity + 2 * kernels::kPoolSlack;
  if (pool_memory_.size() < wanted) pool_memory_.resize(wanted, 0);
}

void HnswScratch::clear_pool(std::size_t capacity) {
  grow_pool(capacity);
  pool_size = 0;
}

}  // namespace alidade::index
