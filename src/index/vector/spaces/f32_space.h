#pragma once

#include <algorithm>
#include <array>

#include "index/vector/spaces/code_space.h"
#include "kernels/kernels.h"
#include "storage/vectors/rows.h"

namespace alidade::index {

/// The rows as they are stored: exact, and four times the bytes.
class F32Space {
 public:
  static constexpr bool kIsExact = true;
  struct Query {
    const float* values = nullptr;
  };

  F32Space(const storage::VectorRows& rows, kernels::Metric metric, std::uint32_t row_count)
      : rows_(rows), metric_(static_cast<std::size_t>(metric)), row_count_(row_count) {}

  std::uint32_t row_count() const { return row_count_; }
  void prepare(const float* values, Query& query) const { query.values = values; }
  void prepare_row(std::uint32_t row, Query& query) const { query.values = rows_.row(row); }
  void keys(const Query& query, std::span<const std::uint32_t> rows, std::uint32_t* keys) const {
    std::array<const float*, kBatch> addresses;
    std::array<float, kBatch> distances;
    for (std::size_t first = 0; first < rows.size(); first += kBatch) {
      const std::size_t count = std::min(kBatch, rows.size() - first);
      for (std::size_t i = 0; i < count; ++i) addresses[i] = rows_.row(rows[first + i]);
      kernels_.distances[metric_](query.values, addresses.data(), count, rows_.stride(), distances.data());
      for (std::size_t i = 0; i < count; ++i) keys[first + i] = key_of(distances[i]);
    }
  }
  float distance(const Query&, std::uint32_t key) const { return distance_of(key); }
  float error_bound(const Query&) const { return 0; }
  std::size_t work_per_row() const { return rows_.stride(); }
  static constexpr std::uint32_t rerank_factor() { return 1; }

 private:
  static constexpr std::size_t kBatch = 64;

  const storage::VectorRows& rows_;
  const std::size_t metric_;
  const std::uint32_t row_count_;
  const kernels::KernelSet& kernels_ = kernels::active_kernels();
};
static_assert(CodeSpace<F32Space>);

}  // namespace alidade::index
