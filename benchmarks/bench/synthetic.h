#pragma once

#include <cstdint>
#include <memory>

#include "bench/data_set.h"

namespace alidade::benchmark {

struct SyntheticRecipe {
  std::uint32_t rows = 100000;
  std::uint32_t queries = 1000;
  std::uint32_t dim = 128;
  std::uint32_t latent_dim = 32;  ///< What the rows are made from; near it lies their intrinsic dimension, at most.
  std::uint32_t seed = 1;
};

/// Unit rows that are as hard to search as embeddings: clusters of very different sizes around few centres, each with
/// directions of its own and a slow decay of spread, bent by tanh, mapped to `dim` numbers, with a little noise.
/// The same recipe gives the same set. The exact answers are found, too.
std::unique_ptr<DataSet> make_synthetic(const SyntheticRecipe& recipe);

/// The intrinsic dimension around some rows, as far as their `k` nearest tell: the maximum likelihood estimate of
/// Levina and Bickel (NIPS 2004), averaged by its inverse as MacKay and Ghahramani propose. Texts and images have 15
/// to 20; a set of 5 to 7 makes every index look five times as fast as it is.
double intrinsic_dimension(const DataSet& data, std::uint32_t k);

}  // namespace alidade::benchmark
