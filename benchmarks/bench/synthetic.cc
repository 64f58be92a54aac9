#include "bench/synthetic.h"

#include <algorithm>
#include <cmath>
#include <random>

#include "kernels/kernels.h"

namespace alidade::benchmark {
namespace {

constexpr std::uint32_t kCentres = 12, kClusters = 300;
constexpr std::uint32_t kSampledRows = 200;
constexpr float kNoise = 0.02F;
// Of clusters around their centre, of centres around the origin; what a cluster itself spreads is about 1.
constexpr float kCentreSpread = 0.5F, kClusterSpread = 0.55F;

using Random = std::mt19937_64;

/// The library's distributions differ between libraries; a set is the same everywhere.
float uniform(Random& random) { return static_cast<float>(random() >> 40) / 16777216.0F; }
float normal(Random& random) {
  float sum = -6;
  for (int i = 0; i < 12; ++i) sum += uniform(random);
  return sum;
}

struct Cluster {
  std::vector<float> centre;      ///< [latent]
  std::vector<float> directions;  ///< [rank x latent], scaled by their spread.
  double weight_below;            ///< Of all clusters before it and its own.
};

class Recipe {
 public:
  explicit Recipe(const SyntheticRecipe& recipe) : recipe_(recipe), rank_(std::max(1U, recipe.latent_dim * 3 / 4)), random_(recipe.seed) {
    const std::uint32_t latent = recipe.latent_dim;
    std::vector<float> centres(std::size_t{kCentres} * latent);
    for (float& value : centres) value = kCentreSpread * normal(random_);
    double weight = 0;
    for (std::uint32_t c = 0; c < kClusters; ++c) {
      Cluster cluster{std::vector<float>(latent), std::vector<float>(std::size_t{rank_} * latent), 0};
      const float* around = centres.data() + std::size_t{c % kCentres} * latent;
      for (std::uint32_t k = 0; k < latent; ++k) cluster.centre[k] = around[k] + kClusterSpread * normal(random_);
      for (std::uint32_t r = 0; r < rank_; ++r) {
        const float spread = 1 / std::sqrt(static_cast<float>(latent)) / std::pow(1.0F + static_cast<float>(r), 0.1F);
        for (std::uint32_t k = 0; k < latent; ++k) cluster.directions[std::size_t{r} * latent + k] = spread * normal(random_);
      }
      cluster.weight_below = weight += 1 / std::pow(1.0 + c, 0.7);
      clusters_.push_back(std::move(cluster));
    }
    map_.resize(std::size_t{latent} * recipe.dim);
    for (float& value : map_) value = normal(random_) / std::sqrt(static_cast<float>(latent));
  }

  void make_row(float* row) {
    const std::uint32_t latent = recipe_.latent_dim;
    const double at = (static_cast<double>(random_() >> 11) / 9007199254740992.0) * clusters_.back().weight_below;
    const auto cluster = std::upper_bound(clusters_.begin(), clusters_.end() - 1, at,
                                          [](double value, const Cluster& one) { return value < one.weight_below; });
    std::vector<float> point = cluster->centre;
    for (std::uint32_t r = 0; r < rank_; ++r) {
      const float along = normal(random_);
      for (std::uint32_t k = 0; k < latent; ++k) point[k] += along * cluster->directions[std::size_t{r} * latent + k];
    }
    std::fill_n(row, recipe_.dim, 0.0F);
    for (std::uint32_t k = 0; k < latent; ++k) {
      const float bent = std::tanh(point[k]);
      for (std::uint32_t d = 0; d < recipe_.dim; ++d) row[d] += bent * map_[std::size_t{k} * recipe_.dim + d];
    }
    double square = 0;
    for (std::uint32_t d = 0; d < recipe_.dim; ++d) {
      row[d] += kNoise * normal(random_);
      square += double{row[d]} * double{row[d]};
    }
    const auto scale = static_cast<float>(1 / std::sqrt(square));
    for (std::uint32_t d = 0; d < recipe_.dim; ++d) row[d] *= scale;
  }

 private:
  const SyntheticRecipe recipe_;
  const std::uint32_t rank_;
  Random random_;
  std::vector<Cluster> clusters_;
  std::vector<float> map_;
};

}  // namespace

std::unique_ptr<DataSet> make_synthetic(const SyntheticRecipe& recipe) {
  auto made = std::make_unique<DataSet>(recipe.dim);
  DataSet& data = *made;
  data.name = "syn" + std::to_string(recipe.dim);
  data.row_count = recipe.rows;
  data.query_count = recipe.queries;
  data.rows.ensure(recipe.rows);
  data.queries.resize(std::size_t{recipe.queries} * recipe.dim);
  Recipe maker(recipe);
  for (std::uint32_t i = 0; i < recipe.rows; ++i) maker.make_row(data.rows.mutable_row(i));
  for (std::uint32_t q = 0; q < recipe.queries; ++q) maker.make_row(data.queries.data() + std::size_t{q} * recipe.dim);
  find_truth(data, 100);
  return made;
}

double intrinsic_dimension(const DataSet& data, std::uint32_t k) {
  const auto distances = kernels::active_kernels().distances[static_cast<std::size_t>(kernels::Metric::kL2)];
  k = std::min(k, data.row_count - 1);
  std::vector<const float*> rows(data.row_count);
  for (std::uint32_t i = 0; i < data.row_count; ++i) rows[i] = data.rows.row(i);
  std::vector<float> found(data.row_count);
  double inverse_sum = 0;
  std::uint32_t counted = 0;
  const std::uint32_t samples = std::min(kSampledRows, data.row_count);
  for (std::uint32_t s = 0; s < samples; ++s) {
    const auto self = static_cast<std::uint32_t>(std::uint64_t{s} * data.row_count / samples);
    distances(rows[self], rows.data(), rows.size(), data.rows.stride(), found.data());
    std::vector<float> nearest = found;
    std::erase_if(nearest, [](float d) { return d <= 1e-9F; });  // Itself, and rows equal to it.
    if (nearest.size() < k || k < 2) continue;
    std::partial_sort(nearest.begin(), nearest.begin() + k, nearest.end());
    double sum = 0;  // Of log(T_k / T_j); squares halve into lengths.
    for (std::uint32_t j = 0; j + 1 < k; ++j) sum += 0.5 * std::log(double{nearest[k - 1]} / double{nearest[j]});
    inverse_sum += sum / (k - 1);
    ++counted;
  }
  return counted == 0 || inverse_sum <= 0 ? 0 : counted / inverse_sum;
}

}  // namespace alidade::benchmark
