#include "query/fusion/fusion.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <unordered_map>

namespace alidade::query {
namespace {

/// A score that can be sorted: what is no number is the worst there is.
float sortable(float score) {
  return std::isnan(score) ? -std::numeric_limits<float>::infinity() : score;
}

/// Sums scores per row and remembers the order of first appearance.
class Accumulator {
 public:
  void add(base::PointOffset offset, float score) {
    const auto [entry, inserted] = places_.try_emplace(offset, hits_.size());
    if (inserted) hits_.push_back({offset, 0});
    hits_[entry->second].score += score;
  }
  std::vector<FusedHit> take() {
    for (FusedHit& hit : hits_) hit.score = sortable(hit.score);
    std::stable_sort(hits_.begin(), hits_.end(),
                     [](const FusedHit& a, const FusedHit& b) { return a.score > b.score; });
    return std::move(hits_);
  }

 private:
  std::unordered_map<base::PointOffset, std::size_t> places_;
  std::vector<FusedHit> hits_;
};

struct Moments {
  double mean = 0;
  double deviation = 0;
};

Moments moments_of(const RankedList& list) {
  double mean = 0, squares = 0, count = 0;
  for (const FusedHit& hit : list) {
    count += 1;
    const double delta = double{hit.score} - mean;
    mean += delta / count;
    squares += delta * (double{hit.score} - mean);
  }
  return {mean, count > 1 ? std::sqrt(squares / (count - 1)) : 0};
}

}  // namespace

std::vector<FusedHit> fuse_rrf(std::span<const RankedList> lists, const model::RrfQuery& query) {
  Accumulator fused;
  for (std::size_t l = 0; l < lists.size(); ++l) {
    const float weight = l < query.weights.size() ? query.weights[l] : 1.0F;
    for (std::size_t position = 0; position < lists[l].size(); ++position) {
      // Written so that a weight that is not a number adds nothing either.
      const float score =
          !(weight > 0) ? 0.0F
                        : 1.0F / (static_cast<float>(position + 1) / weight + static_cast<float>(query.k) - 1.0F);
      fused.add(lists[l][position].offset, score);
    }
  }
  return fused.take();
}

std::vector<FusedHit> fuse_dbsf(std::span<const RankedList> lists) {
  Accumulator fused;
  for (const RankedList& list : lists) {
    const Moments moments = moments_of(list);
    const double low = moments.mean - 3 * moments.deviation;
    const double high = moments.mean + 3 * moments.deviation;
    for (const FusedHit& hit : list) {
      const double score = high > low ? (double{hit.score} - low) / (high - low) : 0.5;
      fused.add(hit.offset, static_cast<float>(score));
    }
  }
  return fused.take();
}

}  // namespace alidade::query
