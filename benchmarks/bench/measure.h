#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "base/json.h"
#include "bench/data_set.h"
#include "index/vector/hnsw/graph.h"
#include "index/vector/vector_search.h"

namespace alidade::benchmark {

/// CPU seconds of the calling thread: what neighbours on the machine do not change.
double thread_cpu_seconds();
/// CPU seconds of all threads of this program.
double process_cpu_seconds();
double wall_seconds();
/// Bytes of this program that are in memory.
std::uint64_t resident_bytes();

/// Answers one query into ids.
using SearchFunction = std::function<void(std::uint32_t query, std::vector<std::uint32_t>& ids)>;

struct Measured {
  double recall = 0;
  double cpu_us = 0;  ///< Per query.
};

/// Runs every query once.
/// @param truth  score of the k-th exact answer per query; an answer counts when its exact score is
///               at least that, less 1e-6. Fewer than k passing rows: not counted.
Measured measure(const DataSet& data, const std::vector<float>& truth, std::uint32_t k, const SearchFunction& search);

double median(std::vector<double> values);

/// One engine's points (recall, CPU), ascending in recall; the CPU at a recall by interpolating the
/// logarithm of the time. Negative when the curve does not reach it.
double cpu_at_recall(const std::vector<Measured>& curve, double recall);

/// The points of one engine's curve over a ladder of ef, filled round by round.
class Ladder {
 public:
  explicit Ladder(std::size_t steps) : cpu_us_(steps), curve_(steps) {}
  void add(std::size_t step, const Measured& measured);
  const std::vector<Measured>& curve() const { return curve_; }
  /// The curve as `[{"ef": …, "recall": …, "us": …}]`.
  base::json::Value to_json(const std::uint32_t* efs) const;

 private:
  std::vector<std::vector<double>> cpu_us_;  ///< [step][round]
  std::vector<Measured> curve_;
};

/// A set with its graph and what a search over all of it is asked with.
struct Engine {
  Engine(const DataSet& set, std::uint32_t m, std::uint32_t ef_construction);
  index::SearchRequest request(std::size_t limit, std::uint32_t ef) const;

  const DataSet& data;
  index::HnswGraph graph;
  base::Bitset all;
};

/// Ids that a search found; none after an error.
void take_ids(const Result<std::vector<index::Neighbour>>& found, std::vector<std::uint32_t>& ids);

}  // namespace alidade::benchmark
