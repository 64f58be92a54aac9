#include "query/scoring/examples.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <unordered_map>
#include <utility>

#include "index/vector/neighbour.h"
#include "observe/row_check.h"

namespace alidade::query {
namespace {

// A block of similarities to 16 vectors stays in the second-level cache: 256 × 16 × 4 bytes = 16 KiB.
constexpr std::size_t kRowsPerBlock = 256;
// Rows are compared with so many vectors between two looks at the context: about 1 ms at 384 dimensions.
constexpr std::size_t kDistancesPerCheck = 16384;

/// Scores blocks of rows and keeps the best.
class Scoring {
 public:
  Scoring(const LeafRun& run, const segment::VectorField& field, std::span<const std::vector<float>* const> vectors,
          const ScoreBlock& score)
      : run_(run), field_(field), score_(score), best_(run.limit), scores_(kRowsPerBlock) {
    // A request may name the same point as often as it likes: it is compared once.
    std::unordered_map<const std::vector<float>*, std::uint32_t> known;
    for (const auto* vector : vectors) {
      const auto [entry, is_new] = known.try_emplace(vector, static_cast<std::uint32_t>(queries_.size()));
      if (is_new) queries_.push_back(run.segment.prepare_query(field, *vector));
      places_.push_back(entry->second);
    }
    values_.resize(queries_.size() * kRowsPerBlock);
    offsets_.reserve(kRowsPerBlock);
  }

  Status add(base::PointOffset offset) {
    offsets_.push_back(offset);
    return offsets_.size() == kRowsPerBlock ? flush() : Status();
  }

  Status flush() {
    for (std::size_t i = 0; i < queries_.size(); ++i) {
      done_ += offsets_.size();
      if (done_ >= kDistancesPerCheck) {
        done_ = 0;
        ALD_RETURN_IF_ERROR(run_.context.check());
      }
      run_.segment.similarities(field_, queries_[i], offsets_, values_.data() + i * kRowsPerBlock);
    }
    score_({values_.data(), kRowsPerBlock, offsets_.size(), places_.data()}, std::span(scores_).first(offsets_.size()));
    for (std::size_t i = 0; i < offsets_.size(); ++i) {
      // A score that is no number is the worst there is.
      best_.offer({std::isnan(scores_[i]) ? std::numeric_limits<float>::infinity() : -scores_[i], offsets_[i].value});
    }
    offsets_.clear();
    return {};
  }

  std::vector<index::Neighbour> take() { return best_.take_sorted(); }

 private:
  const LeafRun& run_;
  const segment::VectorField& field_;
  const ScoreBlock& score_;
  std::vector<index::PaddedQuery> queries_;
  std::vector<std::uint32_t> places_;  // [vector_count]
  index::NearestHeap best_;
  std::vector<base::PointOffset> offsets_;
  std::vector<float> values_;  // [queries × kRowsPerBlock]
  std::vector<float> scores_;
  std::size_t done_ = 0;
};

}  // namespace

float fast_sigmoid(float x) { return x / (1.0F + std::abs(x)); }

float scaled_fast_sigmoid(float x) { return 0.5F * (fast_sigmoid(x) + 1.0F); }

Result<Hits> score_by_examples(const LeafRun& run, std::span<const std::vector<float>* const> vectors,
                               const ScoreBlock& score) {
  Hits hits;
  hits.vector_name = run.leaf.vector_name;
  const segment::VectorField* const field = run.segment.find_vector(run.leaf.vector_name);
  if (field == nullptr || !field->spec || run.limit == 0) return hits;
  hits.distance = field->params.distance;
  const base::Bitset& present = *run.segment.vector_presence(field->name);
  const base::Bitset& wanted = run.rows();
  Scoring scoring(run, *field, vectors, score);
  observe::RowCheck check(run.context);
  for (std::size_t row = wanted.find_next(0); row < wanted.size(); row = wanted.find_next(row + 1)) {
    ALD_RETURN_IF_ERROR(check.next());
    if (row < present.size() && present.test(row)) ALD_RETURN_IF_ERROR(scoring.add(base::PointOffset(static_cast<std::uint32_t>(row))));
  }
  ALD_RETURN_IF_ERROR(scoring.flush());
  for (const auto& [distance, offset] : scoring.take()) {
    const float value = -distance;
    if (run.leaf.score_threshold && !(value > *run.leaf.score_threshold)) continue;
    hits.points.push_back({base::PointOffset(offset), value, std::nullopt, true});
  }
  return hits;
}

}  // namespace alidade::query
