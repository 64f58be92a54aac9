#include "storage/vectors/value_rows.h"

#include <algorithm>
#include <bit>
#include <cstring>

namespace alidade::storage {
namespace {

// Words of a block: the first ones are small, for collections of few vectors.
constexpr std::size_t kFirstBlock = 1024, kLargestBlock = std::size_t{1} << 18;
constexpr std::uint32_t kRowWords = 16;  // What kernels read at a time.

}  // namespace

ValueRows::ValueRows(model::VectorKind kind, std::uint32_t dim)
    : kind_(kind), dim_(dim), stride_((dim + kRowWords - 1) / kRowWords * kRowWords), places_(2) {}

float* ValueRows::allocate(std::size_t words) {
  if (kind_ == model::VectorKind::kMulti) words = (words + kRowWords - 1) / kRowWords * kRowWords;
  if (words > free_) {
    const std::size_t next = std::min(kLargestBlock, kFirstBlock << std::min<std::size_t>(blocks_.size(), 16));
    const std::size_t lines = (std::max(words, next) + kRowWords - 1) / kRowWords, size = lines * kRowWords;
    blocks_.push_back(std::make_unique<Line[]>(lines));
    free_ = size;
    block_bytes_ += size * sizeof(float);
    last_size_ = size;
  }
  float* const words_at = blocks_.back()[0].words + (last_size_ - free_);
  free_ -= words;
  return words_at;
}

void ValueRows::put(std::uint32_t row, const model::VectorView& vector) {
  const std::size_t row_words = kind_ == model::VectorKind::kMulti ? stride_ : 2;
  float* const at = allocate(std::max<std::size_t>(vector.count * row_words, 1));
  if (kind_ == model::VectorKind::kMulti) {
    for (std::size_t i = 0; i < vector.count; ++i) {
      std::memcpy(at + i * stride_, vector.values + i * vector.stride, dim_ * sizeof(float));
    }
  } else if (vector.count > 0) {
    std::memcpy(at, vector.indices, vector.count * sizeof(float));
    std::memcpy(at + vector.count, vector.values, vector.count * sizeof(float));
  }
  places_.row(row)[0] = std::bit_cast<std::uint64_t>(at);
  places_.row(row)[1] = vector.count;
}

model::VectorView ValueRows::row(std::uint32_t row) const {
  const auto* const at = std::bit_cast<const float*>(places_.row(row)[0]);
  const auto count = static_cast<std::uint32_t>(places_.row(row)[1]);
  if (at == nullptr || kind_ == model::VectorKind::kMulti) return {at, nullptr, count, stride_};
  return {at + count, reinterpret_cast<const std::uint32_t*>(at), count, 0};
}

}  // namespace alidade::storage
