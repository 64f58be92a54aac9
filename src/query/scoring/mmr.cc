// Maximal marginal relevance (Carbonell and Goldstein, SIGIR 1998): the next hit is the one that is most like the query
// and least like what was taken before.
#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>
#include <utility>
#include <vector>

#include "query/scoring/leaf_run.h"

namespace alidade::query {
namespace {

/// A candidate that has not been taken.
struct Waiting {
  std::size_t place;            ///< In the list of hits.
  std::vector<float> vector;
  float closest = -std::numeric_limits<float>::infinity();  ///< Similarity to the closest hit taken.
};

/// Similarity of two vectors of any shards, as the distance of the first one's field says.
class Comparison {
 public:
  Comparison(Views views, const std::string& name, const Hits& hits) : views_(views), hits_(hits) {
    for (const auto* view : views) fields_.push_back(view->find_vector(name));
  }

  std::optional<std::vector<float>> vector_of(std::size_t place) const {
    const Hit& hit = hits_.points[place];
    return views_[hit.shard]->vector(*fields_[hit.shard], hit.offset, segment::VectorForm::kStored);
  }

  /// Brings the closest similarities up to date with a hit that was taken.
  void take(const std::vector<float>& vector, std::vector<Waiting>& waiting) const {
    const auto shard = hits_.points.front().shard;
    const index::PaddedQuery query = views_[shard]->prepare_query(*fields_[shard], vector);
    for (Waiting& one : waiting) {
      const Hit& hit = hits_.points[one.place];
      float similarity = 0;
      views_[hit.shard]->similarities(*fields_[hit.shard], query, std::span(&hit.offset, 1), &similarity);
      one.closest = std::max(one.closest, similarity);
    }
  }

 private:
  const Views views_;
  const Hits& hits_;
  std::vector<const segment::VectorField*> fields_;
};

}  // namespace

// At most 16,384 candidates (the peer's bound), each compared with each hit that is taken.
Result<Hits> diversify(const Diversify& step, Hits found, Views views, const observe::OpContext& context) {
  if (found.points.empty() || step.limit == 0) {
    found.points.clear();
    return found;
  }
  const Comparison comparison(views, step.vector_name, found);
  std::vector<Waiting> waiting;
  for (std::size_t place = 0; place < found.points.size(); ++place) {
    if (auto vector = comparison.vector_of(place)) waiting.push_back({place, *std::move(vector)});
  }
  std::vector<Hit> taken;
  const auto worth = [&](const Waiting& one) {
    const float relevance = step.lambda * found.points[one.place].score;
    return taken.empty() ? relevance : relevance - (1 - step.lambda) * one.closest;
  };
  while (!waiting.empty() && taken.size() < step.limit) {
    ALD_RETURN_IF_ERROR(context.check());
    auto best = waiting.begin();
    if (!taken.empty()) {  // The first is the most relevant whatever lambda says.
      best = std::max_element(waiting.begin(), waiting.end(), [&](const auto& a, const auto& b) { return worth(a) < worth(b); });
    }
    taken.push_back(found.points[best->place]);
    const std::vector<float> vector = std::move(best->vector);
    waiting.erase(best);
    comparison.take(vector, waiting);
  }
  found.points = std::move(taken);
  return found;
}

}  // namespace alidade::query
