#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "storage/vectors/rows.h"

namespace alidade::benchmark {

/// A set of unit vectors with queries and the exact answers.
struct DataSet {
  explicit DataSet(std::uint32_t dim_of_rows) : dim(dim_of_rows), rows(dim_of_rows) {}

  std::string name;
  std::uint32_t dim;
  std::uint32_t row_count = 0;
  std::uint32_t query_count = 0;
  storage::VectorRows rows;
  std::vector<float> queries;       ///< [query_count x dim]
  std::vector<float> truth_scores;  ///< [query_count x truth_depth], best first.
  std::uint32_t truth_depth = 0;

  const float* query(std::uint32_t i) const { return queries.data() + std::size_t{i} * dim; }
};

/// Reads a set that `alidade-bench gen` made (set.json, rows.f32, queries.f32, truth.scores.f32), or the real one
/// (packages.f16, queries.f16, groundtruth.scores.f32). Ends the program with a plain sentence when a file is missing
/// or has a wrong size.
/// @param folder  "" = the full real set where it is, else the sample
std::unique_ptr<DataSet> load_data_set(const std::string& folder, std::uint32_t query_limit);

/// Where load_data_set() looks for a folder of that name.
std::string data_folder(const std::string& folder);

/// Exact cosine of two rows in double precision.
double exact_score(const DataSet& data, std::uint32_t query, std::uint32_t row);

/// Fills truth_scores for `depth` rows per query, by the rows.
void find_truth(DataSet& data, std::uint32_t depth);

/// The k-th best exact score per query, for measure().
std::vector<float> kth_scores(const DataSet& data, std::uint32_t k);

}  // namespace alidade::benchmark
