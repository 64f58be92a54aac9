// Queries against vectors of every kind, one row at a time: what an index is checked by, and stands in for where there is
// none.
#include <algorithm>
#include <limits>
#include <vector>

#include "index/vector/neighbour.h"
#include "observe/row_check.h"
#include "segment/metric.h"
#include "segment/segment.h"
#include "storage/vectors/norm.h"

namespace alidade::segment {
namespace {

using base::PointOffset;
using index::PaddedQuery;
using model::SparseVector;
using model::VectorKind;
using model::VectorView;

// Rows that are scored at a time: their addresses and scores stay in the first-level cache.
constexpr std::size_t kRowsAtOnce = 256;
// Rows of multivectors that are compared between two looks at the context: some milliseconds.
constexpr std::uint64_t kPairsAtOnce = 1 << 18;

// A query is normalised as rows are (see shard/apply.cc), but only its direction matters, so the plain form is enough.
PaddedQuery padded(const VectorField& field, std::span<const float> values) {
  PaddedQuery query(values);
  if (field.params.distance == model::Distance::kCosine) query.normalise();
  return query;
}

/// How many rows of a multivector are compared with how many of the query.
std::uint64_t pairs_with(const PreparedQuery& query, const VectorView& row) {
  const auto* multi = std::get_if<std::vector<PaddedQuery>>(&query.form);
  return multi == nullptr ? 1 : std::uint64_t{multi->size()} * row.count;
}

/// @param common  whether there is a place that both have
float dot(const SparseVector& query, const VectorView& row, bool& common) {
  float sum = 0;
  common = false;
  std::size_t i = 0, k = 0;
  while (i < query.indices.size() && k < row.count) {
    const std::uint32_t a = query.indices[i], b = row.indices[k];
    if (a == b) {
      sum += query.values[i] * row.values[k];
      common = true;
    }
    i += a <= b ? 1 : 0;
    k += b <= a ? 1 : 0;
  }
  return sum;
}

/// For each row of the query the closest row of the vector, added up.
float closest_sum(std::span<const PaddedQuery> query, const VectorView& row, kernels::Metric metric,
                  std::vector<const float*>& addresses, std::vector<float>& distances) {
  addresses.clear();
  for (std::size_t i = 0; i < row.count; ++i) addresses.push_back(row.values + i * row.stride);
  distances.resize(addresses.size());
  float sum = 0;
  for (const PaddedQuery& one : query) {
    kernels::active_kernels().distances[static_cast<std::size_t>(metric)](one.data(), addresses.data(), addresses.size(),
                                                                          one.padded_dim(), distances.data());
    float closest = std::numeric_limits<float>::infinity();
    for (const float distance : distances) closest = std::min(closest, distance);
    sum -= closest;
  }
  return sum;
}

}  // namespace

PreparedQuery Segment::prepare_query(const VectorField& field, const model::VectorValue& value) const {
  switch (field.kind) {
    case VectorKind::kDense: return {padded(field, std::get<std::vector<float>>(value))};
    case VectorKind::kSparse: {
      SparseVector sparse = std::get<SparseVector>(value);
      sort_places(sparse);
      return {std::move(sparse)};
    }
    case VectorKind::kMulti: break;
  }
  std::vector<PaddedQuery> rows;
  if (const auto* dense = std::get_if<std::vector<float>>(&value)) {
    rows.push_back(padded(field, *dense));
  } else {
    const auto& multi = std::get<model::MultiVector>(value);
    for (std::size_t i = 0; i < multi.row_count(); ++i) {
      rows.push_back(padded(field, std::span(multi.values).subspan(i * multi.dim, multi.dim)));
    }
  }
  return {std::move(rows)};
}

void Segment::similarities(const VectorField& field, const PreparedQuery& query, std::span<const PointOffset> offsets,
                           float* out) const {
  const kernels::Metric metric = metric_of(field.params.distance);
  std::vector<const float*> addresses;
  if (const auto* dense = std::get_if<PaddedQuery>(&query.form)) {
    const storage::VectorRows& rows = store_->rows(*field.spec);
    addresses.reserve(offsets.size());
    for (const PointOffset offset : offsets) addresses.push_back(rows.row(offset.value));
    kernels::active_kernels().distances[static_cast<std::size_t>(metric)](dense->data(), addresses.data(), addresses.size(),
                                                                          dense->padded_dim(), out);
    for (std::size_t i = 0; i < offsets.size(); ++i) out[i] = -out[i];
    return;
  }
  std::vector<float> distances;
  bool common = false;
  for (std::size_t i = 0; i < offsets.size(); ++i) {
    const VectorView row = store_->vector(*field.spec, offsets[i]);
    const auto* sparse = std::get_if<SparseVector>(&query.form);
    out[i] = sparse != nullptr ? dot(*sparse, row, common)
                               : closest_sum(std::get<std::vector<PaddedQuery>>(query.form), row, metric, addresses, distances);
  }
}

Result<std::vector<ScoredOffset>> Segment::scan(const VectorField& field, const VectorQuery& query, const base::Bitset& wanted,
                                                const observe::OpContext& context) const {
  const base::Bitset& present = store_->present(*field.spec);
  const auto* sparse = std::get_if<SparseVector>(&query.query->form);
  index::NearestHeap nearest(query.limit);
  std::vector<PointOffset> offsets;
  std::vector<float> scores(kRowsAtOnce);
  const auto flush = [&] {
    similarities(field, *query.query, offsets, scores.data());
    for (std::size_t i = 0; i < offsets.size(); ++i) {
      const float score = scores[i];
      nearest.offer({score == score ? -score : std::numeric_limits<float>::infinity(), offsets[i].value});
    }
    offsets.clear();
  };
  std::uint64_t pairs = 0;
  observe::RowCheck check(context);
  for (std::size_t row = wanted.find_next(0); row < wanted.size(); row = wanted.find_next(row + 1)) {
    ALD_RETURN_IF_ERROR(check.next());
    if (row >= present.size() || !present.test(row)) continue;
    const PointOffset offset(static_cast<std::uint32_t>(row));
    if (sparse != nullptr) {
      // A row without a place of the query's is no hit at all, nor, as with Qdrant, one whose score is 0.
      bool common = false;
      const float score = dot(*sparse, store_->vector(*field.spec, offset), common);
      if (common && score != 0) nearest.offer({score == score ? -score : std::numeric_limits<float>::infinity(), offset.value});
      continue;
    }
    offsets.push_back(offset);
    pairs += pairs_with(*query.query, store_->vector(*field.spec, offset));
    if (offsets.size() == kRowsAtOnce || pairs >= kPairsAtOnce) {
      pairs = 0;
      flush();
      ALD_RETURN_IF_ERROR(context.check());
    }
  }
  flush();
  std::vector<ScoredOffset> out;
  for (const auto& neighbour : nearest.take_sorted()) out.push_back({PointOffset(neighbour.offset), -neighbour.distance});
  return out;
}

Result<Segment::TermStatistics> Segment::term_statistics(const VectorField& field, std::span<const std::uint32_t> places,
                                                         const base::Bitset* corpus,
                                                         const observe::OpContext& context) const {
  TermStatistics found{0, std::vector<std::uint64_t>(places.size())};
  const base::Bitset& present = store_->present(*field.spec);
  const base::Bitset& counted = corpus != nullptr ? *corpus : present;
  observe::RowCheck check(context);
  for (std::size_t row = counted.find_next(0); row < counted.size(); row = counted.find_next(row + 1)) {
    ALD_RETURN_IF_ERROR(check.next());
    if (row >= present.size() || !present.test(row)) continue;
    const VectorView vector = store_->vector(*field.spec, PointOffset(static_cast<std::uint32_t>(row)));
    if (corpus == nullptr && vector.count == 0) continue;
    ++found.rows;
    std::size_t i = 0, k = 0;
    while (i < places.size() && k < vector.count) {
      const std::uint32_t a = places[i], b = vector.indices[k];
      if (a == b) ++found.with_term[i];
      i += a <= b ? 1 : 0;
      k += b <= a ? 1 : 0;
    }
  }
  return found;
}

std::optional<model::VectorValue> Segment::vector(const VectorField& field, PointOffset offset, VectorForm form) const {
  if (!field.spec || !store_->has_vector(*field.spec, offset)) return std::nullopt;
  model::VectorValue value = model::value_of(field.kind, store_->vector(*field.spec, offset), field.params.size);
  const bool has_norm = field.kind == VectorKind::kDense && field.params.distance == model::Distance::kCosine;
  if (form == VectorForm::kOriginal && has_norm) {
    const float norm = store_->norm(*field.spec, offset);
    for (float& one : std::get<std::vector<float>>(value)) one = storage::original_value(one, norm);
  }
  return value;
}

}  // namespace alidade::segment
