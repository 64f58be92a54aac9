#include "query/fusion/fusion.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

namespace alidade::query {
namespace {

/// A score that can be sorted: what is no number is the worst there is.
float sortable(float score) {
  return std::isnan(score) ? -std::numeric_limits<float>::infinity() : score;
}

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

template <typename Query>
std::vector<FusedHit> fuse(std::span<const RankedList> lists, const Query& query) {
  Fusion fusion(query);
  for (const RankedList& list : lists) fusion.add(list);
  return fusion.take();
}

}  // namespace

void Fusion::add(RowAddress at, float score) {
  const auto [entry, inserted] = places_.try_emplace(at, hits_.size());
  if (inserted) hits_.push_back({at, 0});
  hits_[entry->second].score += score;
}

void Fusion::add_rrf(const RankedList& list) {
  const float weight = list_count_ < rrf_->weights.size() ? rrf_->weights[list_count_] : 1.0F;
  for (std::size_t position = 0; position < list.size(); ++position) {
    // Written so that a weight that is not a number adds nothing either.
    const float score =
        !(weight > 0) ? 0.0F
                      : 1.0F / (static_cast<float>(position + 1) / weight + static_cast<float>(rrf_->k) - 1.0F);
    add(list[position].at, score);
  }
}

void Fusion::add_dbsf(const RankedList& list) {
  const Moments moments = moments_of(list);
  const double low = moments.mean - 3 * moments.deviation;
  const double high = moments.mean + 3 * moments.deviation;
  for (const FusedHit& hit : list) {
    const double score = high > low ? (double{hit.score} - low) / (high - low) : 0.5;
    add(hit.at, static_cast<float>(score));
  }
}

void Fusion::add(const RankedList& list) {
  rrf_ ? add_rrf(list) : add_dbsf(list);
  ++list_count_;
}

std::vector<FusedHit> Fusion::take() {
  for (FusedHit& hit : hits_) hit.score = sortable(hit.score);
  std::stable_sort(hits_.begin(), hits_.end(),
                   [](const FusedHit& a, const FusedHit& b) { return a.score > b.score; });
  return std::move(hits_);
}

std::vector<FusedHit> fuse_rrf(std::span<const RankedList> lists, const model::RrfQuery& query) {
  return fuse(lists, query);
}

std::vector<FusedHit> fuse_dbsf(std::span<const RankedList> lists) { return fuse(lists, model::DbsfQuery{}); }

}  // namespace alidade::query
