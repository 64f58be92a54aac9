#pragma once

#include <compare>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/ids.h"
#include "model/query.h"

namespace alidade::query {

/// Where a row is: its place in one of the views that a query runs on.
struct RowAddress {
  std::uint32_t shard = 0;  ///< Place in the list of views.
  base::PointOffset offset;

  friend auto operator<=>(const RowAddress&, const RowAddress&) = default;
};

struct Hit {
  base::PointOffset offset;
  /// A similarity for a query of kind kSimilarity, else as it is shown. Higher is better.
  float score = 0;
  std::optional<model::OrderValue> order_value;
  bool from_vector_search = false;
  std::uint32_t shard = 0;  ///< Place in the list of views.

  RowAddress at() const { return {shard, offset}; }
};

struct Hits {
  std::vector<Hit> points;  ///< Best first.
  model::ScoreKind score_kind = model::ScoreKind::kPlain;
  std::string vector_name;
  model::Distance distance = model::Distance::kCosine;
};

}  // namespace alidade::query

template <>
struct std::hash<alidade::query::RowAddress> {
  std::size_t operator()(const alidade::query::RowAddress& at) const noexcept {
    return std::hash<std::uint64_t>()(std::uint64_t{at.shard} << 32 | at.offset.value);
  }
};
