#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "alidade/chroma/metadata.h"
#include "alidade/chroma/where.h"

namespace alidade::chroma::inline v0 {

/// How records are scored: an expression over nearest-neighbour searches and numbers. Lower scores come
/// first. Servers for one machine answer searches with 501 (ErrorKind::kUnimplemented).
class ALIDADE_API RankExpr {
 public:
  /// A constant.
  RankExpr(double value);  // NOLINT: implicit, so that `2 * knn` can be written
  static RankExpr raw(Json json) { return RankExpr(std::move(json)); }

  RankExpr abs() const;
  RankExpr exp() const;
  /// Natural logarithm.
  RankExpr log() const;
  RankExpr max(RankExpr other) const;
  RankExpr min(RankExpr other) const;

  const Json& to_json() const { return json_; }

 private:
  explicit RankExpr(Json json) : json_(std::move(json)) {}
  Json json_;
};

ALIDADE_API RankExpr operator+(RankExpr left, RankExpr right);
ALIDADE_API RankExpr operator-(RankExpr left, RankExpr right);
ALIDADE_API RankExpr operator*(RankExpr left, RankExpr right);
ALIDADE_API RankExpr operator/(RankExpr left, RankExpr right);
ALIDADE_API RankExpr operator-(RankExpr value);

struct KnnOptions {
  /// The field that holds the vectors.
  Key key = Key::embedding();
  /// Neighbours to look for.
  std::uint32_t limit = 16;
  /// Score of records that are not among them; without it they drop out.
  std::optional<float> otherwise = {};
  /// The score is the place among the neighbours, from 0, instead of the distance.
  bool return_rank = false;
};

/// Distance to a vector.
ALIDADE_API RankExpr knn(std::span<const float> query, const KnnOptions& options = {});
ALIDADE_API RankExpr knn(const SparseVector& query, const KnnOptions& options = {});

/// Reciprocal rank fusion, -Σ wᵢ / (k + rankᵢ), of ranks that were made with return_rank.
/// @param weights one for each rank, or empty for 1 each. @param normalize divides them by their sum.
ALIDADE_API RankExpr rrf(const std::vector<RankExpr>& ranks, std::uint32_t k = 60, std::vector<double> weights = {},
                         bool normalize = false);

/// One search of a request.
class ALIDADE_API Search {
 public:
  Search& filter(const Where& where);
  Search& rank(const RankExpr& expression);
  /// The best `k` of each group, by `order` (metadata fields, or Key::score()).
  Search& group_by_min(const std::vector<Key>& groups, const std::vector<Key>& order, std::uint32_t k);
  Search& group_by_max(const std::vector<Key>& groups, const std::vector<Key>& order, std::uint32_t k);
  Search& limit(std::optional<std::uint32_t> limit, std::uint32_t offset = 0);
  /// What comes back beside the ids.
  Search& select(const std::vector<Key>& keys);

  const Json& to_json() const { return json_; }

 private:
  Search& group(std::string_view aggregate, const std::vector<Key>& groups, const std::vector<Key>& order,
                std::uint32_t k);

  Json json_ = Json::object();
};

}  // namespace alidade::chroma::inline v0
