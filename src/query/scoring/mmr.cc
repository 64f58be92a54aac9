// Maximal marginal relevance (Carbonell and Goldstein, SIGIR 1998): the next hit is the one that is most like the query
// and least like what was taken before.
#include <algorithm>
#include <cmath>
#include <limits>
#include <span>
#include <utility>
#include <vector>

#include "query/scoring/leaf_run.h"

namespace alidade::query {
namespace {

/// A candidate that has not been taken.
struct Waiting {
  std::size_t place;                                        ///< In the list of hits.
  float closest = -std::numeric_limits<float>::infinity();  ///< Similarity to the closest hit taken.
};

/// Similarities between hits of any shards.
class Comparison {
 public:
  Comparison(Views views, const std::string& name, const std::vector<Hit>& hits) : views_(views), hits_(hits) {
    for (const auto* view : views) fields_.push_back(view->find_vector(name));
  }

  /// Brings the closest similarities up to date with a hit that was taken.
  void take(const Hit& hit, std::vector<Waiting>& waiting) {
    const segment::Segment& view = *views_[hit.shard];
    const segment::VectorField& field = *fields_[hit.shard];
    if (field.kind == model::VectorKind::kMulti) return take_multi(hit, waiting);
    const auto vector = view.vector(field, hit.offset, segment::VectorForm::kStored);
    if (!vector) return;
    const segment::PreparedQuery query = view.prepare_query(field, *vector);
    for (std::uint32_t shard = 0; shard < views_.size(); ++shard) compare(query, shard, waiting);
  }

 private:
  /// The sum over the rows of one is not the sum over the rows of the other: each that waits is the query.
  void take_multi(const Hit& hit, std::vector<Waiting>& waiting) {
    for (Waiting& one : waiting) {
      const Hit& other = hits_[one.place];
      const segment::VectorField& field = *fields_[other.shard];
      const auto vector = views_[other.shard]->vector(field, other.offset, segment::VectorForm::kStored);
      if (!vector) continue;
      float similarity = 0;
      views_[hit.shard]->similarities(*fields_[hit.shard], views_[other.shard]->prepare_query(field, *vector),
                                      std::span(&hit.offset, 1), &similarity);
      one.closest = std::max(one.closest, similarity);
    }
  }

  void compare(const segment::PreparedQuery& query, std::uint32_t shard, std::vector<Waiting>& waiting) {
    offsets_.clear();
    for (const Waiting& one : waiting) {
      if (hits_[one.place].shard == shard) offsets_.push_back(hits_[one.place].offset);
    }
    if (offsets_.empty()) return;
    similarities_.resize(offsets_.size());
    views_[shard]->similarities(*fields_[shard], query, offsets_, similarities_.data());
    auto similarity = similarities_.begin();
    for (Waiting& one : waiting) {
      if (hits_[one.place].shard == shard) one.closest = std::max(one.closest, *similarity++);
    }
  }

  const Views views_;
  const std::vector<Hit>& hits_;
  std::vector<const segment::VectorField*> fields_;
  std::vector<base::PointOffset> offsets_;
  std::vector<float> similarities_;
};

}  // namespace

// Each candidate is compared with each hit that is taken; a face bounds what a request may ask for.
Result<Hits> diversify(const Diversify& step, Hits found, Views views, const observe::OpContext& context) {
  if (found.points.empty() || step.limit == 0) {
    found.points.clear();
    return found;
  }
  Comparison comparison(views, step.vector_name, found.points);
  std::vector<Waiting> waiting(found.points.size());
  for (std::size_t place = 0; place < waiting.size(); ++place) waiting[place].place = place;
  std::vector<Hit> taken;
  const auto worth = [&](const Waiting& one) {
    return step.lambda * found.points[one.place].score - (1 - step.lambda) * one.closest;
  };
  while (!waiting.empty() && taken.size() < step.limit) {
    ALD_RETURN_IF_ERROR(context.check());
    auto best = waiting.begin();
    if (!taken.empty()) {  // The first is the most relevant whatever lambda says.
      best = std::max_element(waiting.begin(), waiting.end(), [&](const auto& a, const auto& b) { return worth(a) < worth(b); });
    }
    taken.push_back(found.points[best->place]);
    waiting.erase(best);
    comparison.take(taken.back(), waiting);
  }
  found.points = std::move(taken);
  return found;
}

}  // namespace alidade::query
