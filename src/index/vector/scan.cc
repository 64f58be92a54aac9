#include "index/vector/scan.h"

#include <algorithm>
#include <queue>
#include <span>

#include "index/vector/spaces/grid_space.h"

namespace alidade::index {
namespace {

constexpr std::size_t kBatch = 64;
constexpr std::uint32_t kWordsPerCheck = 64;  // Of rows that nobody wants, mostly.
constexpr std::size_t kScannedFloatsPerCheck = std::size_t{1} << 20;  // About a hundred microseconds.
// Estimates that are kept before those beyond the bound are thrown out.
constexpr std::size_t kKeptAtOnce = 4096;

/// The rows of a scan.
struct Range {
  std::uint32_t first;
  std::uint32_t end;
  const base::Bitset* wanted;
  const base::Bitset& present;

  bool holds(std::uint32_t row) const {
    return row >= first && row < end && row < present.size() && present.test(row) &&
           (wanted == nullptr || (row < wanted->size() && wanted->test(row)));
  }
};

/// Calls visit(rows) for all rows of the range, at most kBatch at a time.
/// @param floats_per_row  read by a visit, which is what passes the time between two looks at the context.
template <typename Visit>
Status visit_rows(Range range, std::size_t floats_per_row, const observe::OpContext& context, const Visit& visit) {
  std::uint32_t offsets[kBatch];
  std::size_t count = 0, floats = 0;
  const auto flush = [&] {
    visit(std::span<const std::uint32_t>(offsets, count));
    floats += count * floats_per_row;
    count = 0;
  };
  std::uint32_t end = std::min<std::uint32_t>(range.end, static_cast<std::uint32_t>(range.present.size()));
  if (range.wanted != nullptr) end = std::min<std::uint32_t>(end, static_cast<std::uint32_t>(range.wanted->size()));
  if (range.first >= end) return {};
  ALD_RETURN_IF_ERROR(context.check());
  for (std::uint32_t word = range.first / 64; word <= (end - 1) / 64; ++word) {
    if (word % kWordsPerCheck == 0 || floats >= kScannedFloatsPerCheck) {
      ALD_RETURN_IF_ERROR(context.check());
      floats = 0;
    }
    std::uint64_t bits = range.present.word(word);
    if (range.wanted != nullptr) bits &= range.wanted->word(word);
    if (word == range.first / 64) bits &= ~std::uint64_t{0} << (range.first % 64);
    if (word == (end - 1) / 64 && end % 64 != 0) bits &= ~(~std::uint64_t{0} << (end % 64));
    for (; bits != 0; bits &= bits - 1) {
      offsets[count] = word * 64 + static_cast<std::uint32_t>(std::countr_zero(bits));
      if (++count == kBatch) flush();
    }
  }
  if (count > 0) flush();
  return {};
}

/// Estimates that may belong to the nearest, and the bound beyond which none does.
class Estimates {
 public:
  /// @param k        of the nearest are wanted
  /// @param margin   between an estimate and another that is not nearer for sure, in keys
  /// @param last     keys above it are too far by what is known already
  Estimates(std::size_t k, std::uint64_t margin, std::uint32_t last) : k_(k), margin_(margin), last_(last) {}

  bool may_be_near(std::uint32_t key) const { return key <= last_; }
  void add(std::uint32_t key, std::uint32_t row) {
    kept_.push_back({key, row});
    if (kept_.size() >= 2 * kKeptAtOnce + 2 * after_purge_) purge();
    if (nearest_.size() >= k_) {
      if (key >= nearest_.top()) return;
      nearest_.pop();
    }
    nearest_.push(key);
    if (nearest_.size() >= k_) last_ = static_cast<std::uint32_t>(std::min<std::uint64_t>(last_, nearest_.top() + margin_));
  }
  /// Rows that the bound leaves.
  std::vector<Neighbour> take() {
    purge();
    std::vector<Neighbour> rows;
    rows.reserve(kept_.size());
    for (const Kept& one : kept_) rows.push_back({0, one.row});
    return rows;
  }

 private:
  struct Kept {
    std::uint32_t key;
    std::uint32_t row;
  };
  void purge() {
    std::erase_if(kept_, [&](const Kept& one) { return one.key > last_; });
    after_purge_ = kept_.size();
  }

  const std::size_t k_;
  const std::uint64_t margin_;
  std::uint32_t last_;
  std::priority_queue<std::uint32_t> nearest_;
  std::vector<Kept> kept_;
  std::size_t after_purge_ = 0;
};

/// Estimates all rows, and judges exactly those that the estimates leave, and the outliers.
template <int kBits>
Status scan_grid(const CodeRows& codes,
                 const GridSpace<kBits>& space,
                 const typename GridSpace<kBits>::Query& ready,
                 Estimates& estimates,
                 const PaddedQuery& query,
                 const Range& range,
                 NearestHeap& nearest,
                 const observe::OpContext& context) {
  std::uint32_t keys[kBatch];
  ALD_RETURN_IF_ERROR(visit_rows(range, space.work_per_row(), context, [&](std::span<const std::uint32_t> rows) {
    space.keys(ready, rows, keys);
    for (std::size_t i = 0; i < rows.size(); ++i) {
      if (estimates.may_be_near(keys[i]) && !codes.is_outlier(rows[i])) estimates.add(keys[i], rows[i]);
    }
  }));
  std::vector<Neighbour> found = estimates.take();
  for (std::uint32_t n = 0; n < codes.outlier_count(); ++n) {
    if (range.holds(codes.outlier(n))) found.push_back({0, codes.outlier(n)});
  }
  rank_exactly(codes.rows(), codes.metric(), query, found);
  for (const Neighbour& one : found) {
    if (one.distance > nearest.bound()) break;
    nearest.offer(one);
  }
  return {};
}

/// By estimates within a bound of the exact distances: with T the k-th nearest estimate, k rows are no farther
/// than T + bound, so whatever is as near as they are is estimated at T + 2 x bound at most. Of 8 bits the bound is
/// some 0.02 of a cosine and leaves three rows per wanted one; of 4 bits it would leave a tenth of all rows.
/// @return whether it could be done: not when hostile numbers leave no bound.
Result<bool> try_proven_scan(const CodeRows& codes,
                             const PaddedQuery& query,
                             const Range& range,
                             NearestHeap& nearest,
                             const observe::OpContext& context) {
  const GridSpace<8> space(codes);
  GridSpace<8>::Query ready;
  space.prepare(query.data(), ready);
  const float bound = space.error_bound(ready);
  if (!std::isfinite(bound)) return false;
  const std::uint64_t margin = 2 * std::uint64_t{space.keys_within(ready, bound)};
  Estimates estimates(nearest.limit(), margin, space.last_key(ready, nearest.bound() + bound));
  ALD_RETURN_IF_ERROR(scan_grid<8>(codes, space, ready, estimates, query, range, nearest, context));
  return true;
}

/// By the order of the estimates alone, some times as many as are wanted.
Result<bool> try_ranked_scan(const CodeRows& codes,
                             const PaddedQuery& query,
                             const Range& range,
                             NearestHeap& nearest,
                             const observe::OpContext& context) {
  for (std::size_t k = 0; k < query.dim(); ++k) {
    if (!std::isfinite(query.data()[k])) return false;
  }
  const GridSpace<4> space(codes);
  GridSpace<4>::Query ready;
  space.prepare(query.data(), ready);
  const std::size_t limit = std::min<std::size_t>(nearest.limit(), range.end - range.first);
  Estimates estimates(std::max(kRankedPerWanted * limit, kLeastRanked), 0, 0xFFFFFFFF);
  ALD_RETURN_IF_ERROR(scan_grid<4>(codes, space, ready, estimates, query, range, nearest, context));
  return true;
}

}  // namespace

Status scan(const storage::VectorRows& rows,
            kernels::Metric metric,
            const PaddedQuery& query,
            std::uint32_t first,
            std::uint32_t end,
            const base::Bitset* wanted,
            const base::Bitset& present,
            NearestHeap& nearest,
            const observe::OpContext& context) {
  const auto distances = kernels::active_kernels().distances[static_cast<std::size_t>(metric)];
  const float* addresses[kBatch];
  float found[kBatch];
  return visit_rows({first, end, wanted, present}, query.padded_dim(), context, [&](std::span<const std::uint32_t> batch) {
    for (std::size_t i = 0; i < batch.size(); ++i) addresses[i] = rows.row(batch[i]);
    distances(query.data(), addresses, batch.size(), query.padded_dim(), found);
    for (std::size_t i = 0; i < batch.size(); ++i) {
      if (found[i] <= nearest.bound()) nearest.offer({found[i], batch[i]});
    }
  });
}

Status scan_by_codes(ScanKind kind,
                     const CodeRows* codes,
                     const storage::VectorRows& rows,
                     kernels::Metric metric,
                     const PaddedQuery& query,
                     std::uint32_t first,
                     std::uint32_t end,
                     const base::Bitset* wanted,
                     const base::Bitset& present,
                     NearestHeap& nearest,
                     const observe::OpContext& context) {
  const bool has_use = codes != nullptr && nearest.limit() > 0 && codes->outlier_count() <= codes->row_count() / 16;
  // Rows that have been encoded; those that come meanwhile are not asked for.
  const std::uint32_t coded_end = has_use ? std::min(end, codes->row_count()) : first;
  if (coded_end > first && coded_end - first >= kMinRowsByCodes) {
    const Range range{first, coded_end, wanted, present};
    bool done = false;
    if (codes->grid().bits == 8) {
      ALD_ASSIGN(done, try_proven_scan(*codes, query, range, nearest, context));
    } else if (kind == ScanKind::kRanked) {
      ALD_ASSIGN(done, try_ranked_scan(*codes, query, range, nearest, context));
    }
    if (done) first = coded_end;
  }
  return scan(rows, metric, query, first, end, wanted, present, nearest, context);
}

void rank_exactly(const storage::VectorRows& rows,
                  kernels::Metric metric,
                  const PaddedQuery& query,
                  std::vector<Neighbour>& found) {
  const auto distances = kernels::active_kernels().distances[static_cast<std::size_t>(metric)];
  const float* addresses[kBatch];
  float exact[kBatch];
  for (std::size_t first = 0; first < found.size(); first += kBatch) {
    const std::size_t count = std::min(kBatch, found.size() - first);
    for (std::size_t i = 0; i < count; ++i) addresses[i] = rows.row(found[first + i].offset);
    distances(query.data(), addresses, count, query.padded_dim(), exact);
    for (std::size_t i = 0; i < count; ++i) found[first + i].distance = exact[i];
  }
  std::sort(found.begin(), found.end());
}

}  // namespace alidade::index
