#pragma once

#include <optional>
#include <span>
#include <unordered_map>
#include <vector>

#include "query/hits.h"
#include "model/query.h"

namespace alidade::query {

struct FusedHit {
  RowAddress at;
  float score = 0;
};
/// Hits of one prefetch, best first; scores as the dialect shows them (distances are positive).
using RankedList = std::vector<FusedHit>;

/// Reciprocal rank fusion (Cormack et al., SIGIR 2009) in Qdrant's form:
/// score = Σ 1 / ((position + 1) / weight + k - 1), positions from 0; a list with weight ≤ 0 adds 0.
/// Best first, ties in the order in which the lists name them. No score is NaN, whatever the
/// weights and scores are: a sum that is no number is minus infinity, the worst.
std::vector<FusedHit> fuse_rrf(std::span<const RankedList> lists, const model::RrfQuery& query);

/// Distribution based score fusion: each list's scores are mapped so that mean ± 3 standard
/// deviations become 0..1 (sample variance, Welford; a single element becomes 0.5), then summed.
std::vector<FusedHit> fuse_dbsf(std::span<const RankedList> lists);

/// The same, list by list: no list is needed any more once it was added. One thread.
class Fusion {
 public:
  explicit Fusion(const model::RrfQuery& query) : rrf_(query) {}
  explicit Fusion(const model::DbsfQuery&) {}

  /// The next list in the order of the request.
  void add(const RankedList& list);
  /// What the functions above answer for the lists that were added. Once.
  std::vector<FusedHit> take();

 private:
  void add(RowAddress at, float score);
  void add_rrf(const RankedList& list);
  void add_dbsf(const RankedList& list);

  const std::optional<model::RrfQuery> rrf_;
  std::size_t list_count_ = 0;
  std::unordered_map<RowAddress, std::size_t> places_;
  std::vector<FusedHit> hits_;  ///< Sums, in the order of first appearance.
};

}  // namespace alidade::query
