#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "engine_data.h"

namespace alidade::benchmark {

/// CPU seconds of the calling thread: what neighbours on the machine do not change.
double thread_cpu_seconds();

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

}  // namespace alidade::benchmark
