#pragma once

#include <optional>

#include "query/scoring/leaf_run.h"

namespace alidade::query {

/// Makes a leaf's vectors ready for its field. Sparse vectors with the modifier `idf` are weighted: each number by the
/// inverse document frequency of its place, ln(1 + (N - n + 0.5) / (n + 0.5)) (Robertson and Zaragoza, 2009), among the
/// leaf's corpus or, without one, all that is stored.
class QueryWeights {
 public:
  /// Borrows both. @return what keeps the corpus from being selected.
  static Result<QueryWeights> make(const LeafRun& run, const segment::VectorField& field);

  /// @return the context's error.
  Result<segment::PreparedQuery> prepare(const model::VectorValue& vector) const;

 private:
  QueryWeights(const LeafRun& run, const segment::VectorField& field) : run_(run), field_(field) {}

  const LeafRun& run_;
  const segment::VectorField& field_;
  std::optional<Selection> corpus_;
};

}  // namespace alidade::query
