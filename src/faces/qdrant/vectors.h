#pragma once

#include "faces/contract/type.h"
#include "model/query.h"

namespace alidade::faces::qdrant {

/// A vector as queries give it: values of any kind, the id of a point, or what a model makes a vector of.
extern const contract::UnionOf<model::VectorInput> kVectorInput;
/// A vector of a message in its typed form, which the older requests have.
extern const contract::UnionOf<model::VectorInput> kVector;
/// The same, as the older recommendations call it.
extern const contract::UnionOf<model::VectorInput> kRecommendExample;
extern const contract::ObjectOf<model::SparseVector> kSparseVector;
extern const contract::ObjectOf<model::MultiVector> kMultiDenseVector;

}  // namespace alidade::faces::qdrant
