#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/ids.h"
#include "model/query.h"
#include "observe/op_context.h"
#include "segment/segment.h"

namespace alidade::query {

struct Nearest {
  std::vector<float> vector;
};
using ResolvedKind = std::variant<Nearest, model::RrfQuery, model::DbsfQuery, model::OrderByQuery,
                                  model::SampleQuery>;

/// A query whose point ids have become vectors: it needs nothing but one segment.
struct ResolvedQuery {
  std::vector<ResolvedQuery> prefetch;
  std::optional<ResolvedKind> kind;
  std::string using_vector;
  std::optional<model::Filter> filter;
  /// Points that the query was made from; never among its hits, nor among those of its prefetches.
  std::vector<model::PointId> excluded;
  model::SearchParams params;
  std::optional<float> score_threshold;
  std::uint64_t limit = 10;
};

struct Hit {
  base::PointOffset offset;
  /// A similarity for a vector query, else as it is shown. Higher is better.
  float score = 0;
  std::optional<model::OrderValue> order_value;
  bool from_vector_search = false;
};

struct Hits {
  std::vector<Hit> points;
  model::ScoreKind score_kind = model::ScoreKind::kPlain;
  std::string vector_name;
  model::Distance distance = model::Distance::kCosine;
};

/// Runs the query; at most `query.limit` hits, best first. Prefetches run first, with the filters
/// of the queries above pushed into them.
/// @param random_seed for SampleQuery.
Result<Hits> search(const segment::Segment& segment,
                    const ResolvedQuery& query,
                    std::uint64_t random_seed,
                    const observe::OpContext& context);

}  // namespace alidade::query
