#pragma once
// Temporary: exact scan only, until the graph lands.
#include <algorithm>
#include <cmath>
#include <functional>
#include <memory>
#include <span>
#include <vector>

#include "base/bitset.h"
#include "base/status.h"
#include "observe/op_context.h"
#include "storage/vectors/rows.h"

namespace alidade::kernels {
enum class Metric { kDot, kL2, kL1 };
}
namespace alidade::index {
struct Neighbour {
  std::uint32_t offset;
  float distance;
};
class PaddedQuery {
 public:
  explicit PaddedQuery(std::span<const float> v) : values_(v.begin(), v.end()) {}
  void normalise() {
    double s = 0;
    for (float x : values_) s += double(x) * double(x);
    if (s == 0) return;
    for (float& x : values_) x = static_cast<float>(double(x) / std::sqrt(s));
  }
  std::span<const float> values() const { return values_; }

 private:
  std::vector<float> values_;
};
struct HnswParams {
  std::uint32_t m = 16;
  std::uint32_t ef_construction = 100;
};
struct BuildScratch {};
class HnswGraph {
 public:
  HnswGraph(HnswParams, kernels::Metric, const storage::VectorRows&) {}
  void insert(std::uint32_t, BuildScratch&) {}
  std::uint32_t node_count() const { return 0; }
  Status serialize(const std::function<Status(std::span<const std::byte>)>&) const { return {}; }
  static Result<std::unique_ptr<HnswGraph>> deserialize(std::span<const std::byte>, HnswParams,
                                                        kernels::Metric, const storage::VectorRows&,
                                                        std::uint32_t) {
    return data_loss("none");
  }
};
struct SearchRequest {
  kernels::Metric metric = kernels::Metric::kDot;
  const storage::VectorRows* rows = nullptr;
  std::uint32_t row_count = 0;
  const HnswGraph* graph = nullptr;
  std::uint32_t graphed_rows = 0;
  const base::Bitset* live = nullptr;
  std::uint64_t live_count = 0;
  const base::Bitset* present = nullptr;
  const base::Bitset* selected = nullptr;
  std::uint64_t selected_count = 0;
  std::size_t limit = 10;
  std::uint32_t ef = 100;
  bool exact = false;
  bool indexed_only = false;
};
inline Result<std::vector<Neighbour>> vector_search(const SearchRequest& r, const PaddedQuery& q,
                                                    const observe::OpContext&) {
  std::vector<Neighbour> all;
  const base::Bitset& rows = r.selected ? *r.selected : *r.live;
  rows.for_each([&](std::size_t i) {
    if (!r.present->test(i)) return;
    const float* row = r.rows->row(static_cast<std::uint32_t>(i));
    float d = 0;
    for (std::size_t k = 0; k < q.values().size(); ++k) {
      const float a = q.values()[k], b = row[k];
      if (r.metric == kernels::Metric::kDot) d -= a * b;
      if (r.metric == kernels::Metric::kL2) d += (a - b) * (a - b);
      if (r.metric == kernels::Metric::kL1) d += std::fabs(a - b);
    }
    all.push_back({static_cast<std::uint32_t>(i), d});
  });
  const std::size_t n = std::min(r.limit, all.size());
  std::partial_sort(all.begin(), all.begin() + static_cast<std::ptrdiff_t>(n), all.end(), [](auto a, auto b) {
    return a.distance != b.distance ? a.distance < b.distance : a.offset < b.offset;
  });
  all.resize(n);
  return all;
}
}  // namespace alidade::index
