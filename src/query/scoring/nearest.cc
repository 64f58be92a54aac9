// The points whose vectors are nearest to one.
#include "query/scoring/leaf_run.h"
#include "query/scoring/weights.h"

namespace alidade::query {
namespace {

/// indexed_only is about large parts without a graph: a small one is always searched.
bool leaves_out_tail(const LeafRun& run, const segment::VectorField& field) {
  if (!run.leaf.params.indexed_only) return false;
  const std::uint64_t row_bytes = std::uint64_t{field.params.size} * sizeof(float);
  return run.segment.waiting_rows(field) * row_bytes >= run.leaf.indexing_threshold_bytes;
}

std::uint32_t effective_ef(const segment::VectorField& field, const model::SearchParams& params) {
  const std::uint32_t own = field.hnsw.ef_search != 0 ? field.hnsw.ef_search : field.hnsw.ef_construct;
  return params.hnsw_ef.value_or(own);
}

}  // namespace

Result<Hits> run_scorer(const Nearest& kind, const LeafRun& run) {
  Hits hits;
  hits.score_kind = model::ScoreKind::kSimilarity;
  hits.vector_name = run.leaf.vector_name;
  const segment::VectorField* const field = run.segment.find_vector(run.leaf.vector_name);
  if (field == nullptr) return hits;
  hits.distance = field->params.distance;
  if (!field->spec) return hits;  // The dimension is open: no row has the vector.
  const bool is_rescore = run.candidates != nullptr;  // Few candidates: scored one by one.
  segment::VectorQuery query;
  query.name = run.leaf.vector_name;
  ALD_ASSIGN(const QueryWeights weights, QueryWeights::make(run, *field));
  ALD_ASSIGN(const segment::PreparedQuery prepared, weights.prepare(*kind.vector));
  query.query = &prepared;
  query.limit = run.limit;
  query.ef = effective_ef(*field, run.leaf.params);
  query.exact = run.leaf.params.exact || is_rescore;
  query.indexed_only = !is_rescore && leaves_out_tail(run, *field);
  ALD_ASSIGN(const auto found, run.segment.search(query, run.selection ? &run.selection->rows : nullptr,
                                                  run.row_count(), run.context));
  for (const auto& row : found) {
    if (!passes_threshold(hits.distance, row.similarity, run.leaf.score_threshold)) continue;
    hits.points.push_back({row.offset, row.similarity, std::nullopt, true});
  }
  return hits;
}

}  // namespace alidade::query
