#pragma once

#include <cstddef>
#include <string>

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

/// A multivector holds fewer numbers than this.
inline constexpr std::size_t kMultivectorLimit = std::size_t{1} << 20;
/// What the peer says of one that does not.
std::string multivector_too_large(std::size_t numbers);

}  // namespace alidade::faces::qdrant
