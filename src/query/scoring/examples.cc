#include "query/scoring/examples.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <unordered_map>
#include <utility>

#include "env/memory_account.h"
#include "index/vector/neighbour.h"
#include "observe/row_check.h"
#include "query/scoring/weights.h"

namespace alidade::query {
namespace {

// A block of similarities to 16 vectors stays in the second-level cache: 256 × 16 × 4 bytes = 16 KiB.
constexpr std::size_t kMaxRowsPerBlock = 256;
// Of more vectors a block has fewer rows, down to one: what it holds and how long it takes stay bounded.
constexpr std::size_t kScoresPerBlock = std::size_t{1} << 16;
// Vectors made ready between two looks at the context.
constexpr std::size_t kPreparedPerCheck = 512;
// Rows are compared with so many vectors between two looks at the context: about 1 ms at 384 dimensions.
constexpr std::size_t kDistancesPerCheck = 16384;

/// Scores blocks of rows and keeps the best.
class Scoring {
 public:
  Scoring(const LeafRun& run, const segment::VectorField& field, const ScoreBlock& score)
      : run_(run), field_(field), score_(score), best_(run.limit), account_(run.memory) {}

  /// Once, before all else.
  Status prepare(std::span<const model::VectorValue* const> vectors) {
    ALD_ASSIGN(const QueryWeights weights, QueryWeights::make(run_, field_));
    // A request may name the same point as often as it likes: it is compared once.
    std::unordered_map<const model::VectorValue*, std::uint32_t> known;
    for (const auto* vector : vectors) {
      if (places_.size() % kPreparedPerCheck == 0) ALD_RETURN_IF_ERROR(run_.context.check());
      const auto [entry, is_new] = known.try_emplace(vector, static_cast<std::uint32_t>(queries_.size()));
      if (is_new) {
        ALD_RETURN_IF_ERROR(account_.add((model::number_count(*vector) + kFloatsBesideVector) * sizeof(float)));
        ALD_ASSIGN(auto query, weights.prepare(*vector));
        queries_.push_back(std::move(query));
      }
      places_.push_back(entry->second);
    }
    rows_per_block_ = std::clamp(kScoresPerBlock / std::max<std::size_t>(places_.size(), 1), std::size_t{1}, kMaxRowsPerBlock);
    values_.resize(queries_.size() * rows_per_block_);
    scores_.resize(rows_per_block_);
    offsets_.reserve(rows_per_block_);
    return {};
  }

  Status add(base::PointOffset offset) {
    offsets_.push_back(offset);
    return offsets_.size() == rows_per_block_ ? flush() : Status();
  }

  Status flush() {
    for (std::size_t i = 0; i < queries_.size(); ++i) {
      ALD_RETURN_IF_ERROR(count(offsets_.size()));
      run_.segment.similarities(field_, queries_[i], offsets_, values_.data() + i * rows_per_block_);
    }
    // A place costs about a sixteenth of a distance.
    ALD_RETURN_IF_ERROR(count(offsets_.size() * places_.size() / 16));
    score_({values_.data(), rows_per_block_, offsets_.size(), places_.data()}, std::span(scores_).first(offsets_.size()));
    for (std::size_t i = 0; i < offsets_.size(); ++i) {
      // A score that is no number is the worst there is.
      best_.offer({std::isnan(scores_[i]) ? std::numeric_limits<float>::infinity() : -scores_[i], offsets_[i].value});
    }
    offsets_.clear();
    return {};
  }

  std::vector<index::Neighbour> take_best() { return best_.take_sorted(); }

 private:
  // What a prepared vector takes beside its values: padding, its map entry, its place in a block.
  static constexpr std::size_t kFloatsBesideVector = 48;

  /// Looks at the context once in a while. @param distances that come next.
  Status count(std::size_t distances) {
    done_ += distances;
    if (done_ < kDistancesPerCheck) return {};
    done_ = 0;
    return run_.context.check();
  }

  const LeafRun& run_;
  const segment::VectorField& field_;
  const ScoreBlock& score_;
  std::vector<segment::PreparedQuery> queries_;
  std::vector<std::uint32_t> places_;  // [vector_count]
  index::NearestHeap best_;
  std::vector<base::PointOffset> offsets_;
  std::size_t rows_per_block_ = 1;
  std::vector<float> values_;  // [queries × rows_per_block_]
  std::vector<float> scores_;
  std::size_t done_ = 0;
  env::MemoryAccount account_;
};

}  // namespace

float fast_sigmoid(float x) { return x / (1.0F + std::abs(x)); }

float scaled_fast_sigmoid(float x) { return 0.5F * (fast_sigmoid(x) + 1.0F); }

Result<Hits> score_by_examples(const LeafRun& run, std::span<const model::VectorValue* const> vectors,
                               const ScoreBlock& score) {
  Hits hits;
  hits.vector_name = run.leaf.vector_name;
  const segment::VectorField* const field = run.segment.find_vector(run.leaf.vector_name);
  if (field == nullptr || !field->spec || run.limit == 0) return hits;
  hits.distance = field->params.distance;
  const base::Bitset& present = *run.segment.vector_presence(field->name);
  const base::Bitset& wanted = run.rows();
  Scoring scoring(run, *field, score);
  ALD_RETURN_IF_ERROR(scoring.prepare(vectors));
  observe::RowCheck check(run.context);
  for (std::size_t row = wanted.find_next(0); row < wanted.size(); row = wanted.find_next(row + 1)) {
    ALD_RETURN_IF_ERROR(check.next());
    if (row < present.size() && present.test(row)) ALD_RETURN_IF_ERROR(scoring.add(base::PointOffset(static_cast<std::uint32_t>(row))));
  }
  ALD_RETURN_IF_ERROR(scoring.flush());
  for (const auto& [distance, offset] : scoring.take_best()) {
    const float value = -distance;
    if (run.leaf.score_threshold && !(value > *run.leaf.score_threshold)) continue;
    hits.points.push_back({base::PointOffset(offset), value, std::nullopt, true});
  }
  return hits;
}

}  // namespace alidade::query
