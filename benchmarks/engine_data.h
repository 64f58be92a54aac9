#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/bitset.h"
#include "storage/vectors/rows.h"

namespace alidade::benchmark {

/// A set of unit vectors with queries and the exact answers, as its folder's README describes it.
struct DataSet {
  explicit DataSet(std::uint32_t dim_of_rows) : dim(dim_of_rows), rows(dim_of_rows) {}

  std::uint32_t dim;
  std::uint32_t row_count = 0;
  std::uint32_t query_count = 0;
  storage::VectorRows rows;
  std::vector<float> queries;       ///< [query_count x dim]
  std::vector<float> truth_scores;  ///< [query_count x truth_depth], best first.
  std::uint32_t truth_depth = 0;

  const float* query(std::uint32_t i) const { return queries.data() + std::size_t{i} * dim; }
};

/// A named filter with the rows that pass it.
struct NamedFilter {
  std::string name;
  base::Bitset rows;
  std::uint64_t count = 0;
};

/// Reads packages.f16, queries.f16 and groundtruth.scores.f32. Ends the program with a plain
/// sentence when a file is missing or has a wrong size.
std::unique_ptr<DataSet> load_data_set(const std::string& folder, std::uint32_t query_limit);

/// The filters of filters.json, evaluated over packages.jsonl.gz.
std::vector<NamedFilter> load_filters(const std::string& folder, std::uint32_t row_count);

/// Each row passes with probability `share`; the same bits in every run.
NamedFilter random_filter(double share, std::uint32_t row_count);

/// Exact cosine of two rows in double precision.
double exact_score(const DataSet& data, std::uint32_t query, std::uint32_t row);

/// The k-th best exact score among the rows of the filter, per query (-2 when fewer than k pass).
std::vector<float> filtered_truth(const DataSet& data, const NamedFilter& filter, std::uint32_t k);

}  // namespace alidade::benchmark
