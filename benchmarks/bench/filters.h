#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/bitset.h"
#include "bench/data_set.h"

namespace alidade::benchmark {

/// A named filter with the rows that pass it.
struct NamedFilter {
  std::string name;
  base::Bitset rows;
  std::uint64_t count = 0;
};

/// The filters of filters.json, evaluated over packages.jsonl.gz; none where a set has no such file.
std::vector<NamedFilter> load_filters(const std::string& folder, std::uint32_t row_count);

/// Each row passes with probability `share`; the same bits in every run of a seed.
NamedFilter random_filter(double share, std::uint32_t row_count, std::uint32_t seed);

/// The rows nearest to what the queries have in common, or the farthest from it: a filter that goes with the queries,
/// or against them.
enum class Towards { kQueries, kAway };
NamedFilter correlated_filter(const DataSet& data, double share, Towards towards);

/// The rows nearest to one row: with the queries that are near it, against the others.
NamedFilter pivot_filter(const DataSet& data, double share, std::uint32_t pivot);

/// The k-th best exact score among the rows of the filter, per query (-2 when fewer than k pass).
std::vector<float> filtered_truth(const DataSet& data, const NamedFilter& filter, std::uint32_t k);

}  // namespace alidade::benchmark
