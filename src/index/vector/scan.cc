#include "index/vector/scan.h"

#include <algorithm>
#include <cmath>
#include <queue>
#include <span>

#include "index/vector/spaces/grid_space.h"

namespace alidade::index {
namespace {

constexpr std::size_t kBatch = 64;
constexpr std::uint32_t kWordsPerCheck = 64;  // Of rows that nobody wants, mostly.
constexpr std::size_t kScannedFloatsPerCheck = std::size_t{1} << 20;  // About a hundred microseconds.
// Estimates that are kept before those beyond the bound are thrown out.
constexpr std::size_t kKeptAtOnce = 512;

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

/// Rows that may belong to the nearest, by bounds of their keys, and the bound beyond which none does.
class Estimates {
 public:
  struct Kept {
    std::uint32_t lower;  ///< The key is no smaller.
    std::uint32_t row;

    friend bool operator<(const Kept& a, const Kept& b) { return a.lower != b.lower ? a.lower < b.lower : a.row < b.row; }
  };

  /// @param k     of the nearest are wanted
  /// @param last  keys above it are too far by what is known already
  Estimates(std::size_t k, std::uint32_t last) : k_(k), last_(last) {}

  std::uint32_t last() const { return last_; }
  /// Of a row whose key lies between the two; `lower` is at most last().
  void add(std::uint32_t lower, std::uint32_t upper, std::uint32_t row) {
    kept_.push_back({lower, row});
    if (nearest_.size() >= k_) {
      if (upper >= nearest_.top()) return;
      nearest_.pop();
    }
    nearest_.push(upper);
    if (nearest_.size() >= k_) lower_last(nearest_.top());
  }
  /// Nothing beyond the key is wanted any more.
  void lower_last(std::uint32_t last) { last_ = std::min(last_, last); }
  /// Whether so many are kept that it is worth asking which of them may stay.
  bool is_crowded() const { return kept_.size() >= kKeptAtOnce + 2 * after_purge_; }
  void purge() {
    std::erase_if(kept_, [&](const Kept& one) { return one.lower > last_; });
    after_purge_ = kept_.size();
  }
  /// The `count` that may be nearest come to the front, in no order; fewer if there are no more.
  std::span<const Kept> bring_forward(std::size_t count) {
    if (count >= kept_.size()) return kept_;
    std::nth_element(kept_.begin(), kept_.begin() + static_cast<std::ptrdiff_t>(count), kept_.end());
    return {kept_.data(), count};
  }
  /// What the bound leaves, those that may be nearest first.
  std::vector<Kept> take_sorted() {
    purge();
    std::sort(kept_.begin(), kept_.end());
    return std::move(kept_);
  }
  std::size_t size() const { return kept_.size(); }

 private:
  const std::size_t k_;
  std::uint32_t last_;
  std::priority_queue<std::uint32_t> nearest_;  // Upper bounds.
  std::vector<Kept> kept_;
  std::size_t after_purge_ = 0;
};

/// Estimates the rows of the range: calls take(key, row) for each, and after() behind some.
template <int kBits, typename Take, typename After>
Status estimate_rows(const GridSpace<kBits>& space,
                     const typename GridSpace<kBits>::Query& ready,
                     const Range& range,
                     const observe::OpContext& context,
                     const Take& take,
                     const After& after) {
  std::uint32_t keys[kBatch];
  return visit_rows(range, space.work_per_row(), context, [&](std::span<const std::uint32_t> rows) {
    space.keys(ready, rows, keys);
    for (std::size_t i = 0; i < rows.size(); ++i) take(keys[i], rows[i]);
    after();
  });
}

/// Offers rows by their exact distance.
void offer_exactly(const CodeRows& codes, const PaddedQuery& query, std::vector<Neighbour>& rows, NearestHeap& nearest) {
  rank_exactly(codes.rows(), codes.metric(), query, rows);
  for (const Neighbour& one : rows) {
    if (one.distance > nearest.bound()) break;
    nearest.offer(one);
  }
}

void offer_outliers(const CodeRows& codes, const PaddedQuery& query, const Range& range, NearestHeap& nearest) {
  std::vector<Neighbour> found;
  for (std::uint32_t n = 0; n < codes.outlier_count(); ++n) {
    if (range.holds(codes.outlier(n))) found.push_back({0, codes.outlier(n)});
  }
  offer_exactly(codes, query, found, nearest);
}

/// By estimates within bounds of the exact distances. A row's distance is no more than its estimate and the error of
/// its codes, and no less than the difference: k rows are no farther than the k-th smallest of these upper bounds, and
/// no farther than the largest exact distance of any k rows, which are read as soon as many seem near. Whose lower
/// bound is beyond is not among the nearest. The rest is read, those first that may be nearest, until the next one is
/// beyond k exact distances. Measured on 63,664 real rows of 384 dimensions: 4 bits are off by 0.11 of a cosine, and
/// one row in 150 is read.
template <int kBits>
class ProvenScan {
 public:
  ProvenScan(const CodeRows& codes, const PaddedQuery& query, NearestHeap& nearest)
      : codes_(codes), query_(query), nearest_(nearest), space_(codes) {
    space_.prepare(query.data(), ready_);
    bound_ = space_.error_bound(ready_);
  }

  /// @return whether it could be done: not when hostile numbers leave no bound, or when the bound leaves so much that
  ///         reading all rows is cheaper. Then nothing was offered.
  Result<bool> run(const Range& range, const observe::OpContext& context) {
    if (!std::isfinite(bound_)) return false;
    for (std::uint8_t c = 0; c < CodeRows::kErrorClasses; ++c) {
      within_[c] = space_.keys_within(ready_, space_.error_bound(ready_, codes_.largest_error_of(c)));
    }
    Estimates estimates(nearest_.limit(), space_.last_key(ready_, nearest_.bound()));
    const std::uint32_t trial_end = range.end - range.first > 2 * kTrialRows ? range.first + kTrialRows : range.end;
    ALD_RETURN_IF_ERROR(estimate({range.first, trial_end, range.wanted, range.present}, estimates, context));
    if (trial_end < range.end) {
      lower_bound(estimates);
      if (estimates.size() > nearest_.limit() + kTrialRows / kWorthwhilePart) return false;
      ALD_RETURN_IF_ERROR(estimate({trial_end, range.end, range.wanted, range.present}, estimates, context));
    }
    ALD_RETURN_IF_ERROR(read_rest(estimates, context));
    offer_outliers(codes_, query_, range, nearest_);
    return true;
  }

 private:
  // After so many rows it shows what part of them the bound leaves; above one in eight reading them costs more than
  // the estimates save.
  static constexpr std::uint32_t kTrialRows = 8192, kWorthwhilePart = 8;

  Status estimate(const Range& range, Estimates& estimates, const observe::OpContext& context) {
    const std::uint64_t widest = within_[CodeRows::kErrorClasses - 1];
    const auto take = [&](std::uint32_t key, std::uint32_t row) {
      if (key > estimates.last() + widest) return;
      const std::uint8_t error_class = codes_.error_class(row);
      if (error_class == CodeRows::kOutlierClass) return;
      const std::uint32_t within = within_[error_class], lower = key - std::min(key, within);
      if (lower > estimates.last()) return;
      estimates.add(lower, static_cast<std::uint32_t>(std::min<std::uint64_t>(std::uint64_t{key} + within, 0xFFFFFFFF)), row);
    };
    return estimate_rows(space_, ready_, range, context, take, [&] {
      if (estimates.is_crowded()) lower_bound(estimates);
    });
  }

  /// Looks at the k best so far, exactly.
  void lower_bound(Estimates& estimates) {
    const std::size_t k = nearest_.limit();
    estimates.purge();
    if (estimates.size() < k) return;
    std::vector<Neighbour> best;
    for (const auto& one : estimates.bring_forward(k)) best.push_back({0, one.row});
    rank_exactly(codes_.rows(), codes_.metric(), query_, best);
    estimates.lower_last(space_.last_key(ready_, best.back().distance));
    estimates.purge();
  }

  Status read_rest(Estimates& estimates, const observe::OpContext& context) {
    const auto kept = estimates.take_sorted();
    std::vector<Neighbour> batch;
    std::size_t floats = 0;
    for (std::size_t at = 0; at < kept.size();) {
      const std::uint32_t last = space_.last_key(ready_, nearest_.bound());
      batch.clear();
      for (; at < kept.size() && batch.size() < kBatch && kept[at].lower <= last; ++at) batch.push_back({0, kept[at].row});
      if (batch.empty()) break;
      offer_exactly(codes_, query_, batch, nearest_);
      if ((floats += batch.size() * query_.padded_dim()) < kScannedFloatsPerCheck) continue;
      ALD_RETURN_IF_ERROR(context.check());
      floats = 0;
    }
    return {};
  }

  const CodeRows& codes_;
  const PaddedQuery& query_;
  NearestHeap& nearest_;
  const GridSpace<kBits> space_;
  typename GridSpace<kBits>::Query ready_;
  float bound_ = 0;  // Of all rows.
  std::uint32_t within_[CodeRows::kErrorClasses] = {};
};

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
  Estimates estimates(std::max(kRankedPerWanted * limit, kLeastRanked), 0xFFFFFFFF);
  const auto take = [&](std::uint32_t key, std::uint32_t row) {
    if (key <= estimates.last() && !codes.is_outlier(row)) estimates.add(key, key, row);
  };
  ALD_RETURN_IF_ERROR(estimate_rows(space, ready, range, context, take, [&] {
    if (estimates.is_crowded()) estimates.purge();
  }));
  std::vector<Neighbour> found;
  for (const auto& one : estimates.take_sorted()) found.push_back({0, one.row});
  offer_exactly(codes, query, found, nearest);
  offer_outliers(codes, query, range, nearest);
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
      ALD_ASSIGN(done, ProvenScan<8>(*codes, query, nearest).run(range, context));
    } else if (kind == ScanKind::kRanked) {
      ALD_ASSIGN(done, try_ranked_scan(*codes, query, range, nearest, context));
    } else {
      ALD_ASSIGN(done, ProvenScan<4>(*codes, query, nearest).run(range, context));
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
