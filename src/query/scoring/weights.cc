#include "query/scoring/weights.h"

#include <cmath>

namespace alidade::query {

Result<QueryWeights> QueryWeights::make(const LeafRun& run, const segment::VectorField& field) {
  QueryWeights weights(run, field);
  if (!run.leaf.params.idf || run.leaf.params.idf->corpus == nullptr) return weights;
  ALD_ASSIGN(const auto filter, PreparedFilter::prepare(*run.leaf.params.idf->corpus, run.segment));
  ALD_ASSIGN(weights.corpus_, filter.select(run.context));
  return weights;
}

Result<segment::PreparedQuery> QueryWeights::prepare(const model::VectorValue& vector) const {
  segment::PreparedQuery query = run_.segment.prepare_query(field_, vector);
  auto* sparse = std::get_if<model::SparseVector>(&query.form);
  if (sparse == nullptr || field_.sparse.modifier != model::SparseModifier::kIdf) return query;
  ALD_ASSIGN(const auto found, run_.segment.term_statistics(field_, sparse->indices, corpus_ ? &corpus_->rows : nullptr,
                                                            run_.context));
  const auto rows = static_cast<float>(found.rows);
  for (std::size_t i = 0; i < sparse->values.size(); ++i) {
    const auto with_term = static_cast<float>(found.with_term[i]);
    sparse->values[i] *= std::log((rows - with_term + 0.5F) / (with_term + 0.5F) + 1.0F);
  }
  return query;
}

}  // namespace alidade::query
