#include "bench/data_set.h"

#include <sys/stat.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <fstream>

#include "base/json.h"
#include "bench/options.h"
#include "bench/results.h"
#include "kernels/kernels.h"

namespace alidade::benchmark {
namespace {

constexpr std::uint32_t kRealDim = 384;

bool exists(const std::string& path) {
  struct stat about {};
  return stat(path.c_str(), &about) == 0;
}

template <typename T>
std::vector<T> read_array(const std::string& path) {
  std::ifstream file(path, std::ios::binary | std::ios::ate);
  if (!file) fail("cannot read " + path);
  const auto size = static_cast<std::size_t>(file.tellg());
  std::vector<T> values(size / sizeof(T));
  file.seekg(0);
  file.read(reinterpret_cast<char*>(values.data()), static_cast<std::streamsize>(size));
  return values;
}

float from_half(std::uint16_t half) {
  const float sign = (half & 0x8000) != 0 ? -1.0F : 1.0F;
  const int exponent = (half >> 10) & 31;
  const int mantissa = half & 1023;
  if (exponent == 0) return sign * std::ldexp(static_cast<float>(mantissa), -24);
  return sign * std::ldexp(static_cast<float>(1024 + mantissa), exponent - 25);
}

std::vector<float> from_halves(const std::vector<std::uint16_t>& halves) {
  std::vector<float> values(halves.size());
  std::transform(halves.begin(), halves.end(), values.begin(), from_half);
  return values;
}

// Halves were rounded after normalising, so the length is made 1 again.
void copy_unit_row(const float* from, std::uint32_t dim, float* row) {
  double square = 0;
  for (std::uint32_t i = 0; i < dim; ++i) square += double{from[i]} * double{from[i]};
  const double scale = 1 / std::sqrt(square);
  for (std::uint32_t i = 0; i < dim; ++i) row[i] = static_cast<float>(from[i] * scale);
}

/// What lies in the files of a set.
struct Files {
  std::uint32_t dim;
  std::vector<float> rows, queries, scores;
};

Files read_files(const std::string& folder) {
  if (!exists(folder + "/set.json")) {
    return {kRealDim, from_halves(read_array<std::uint16_t>(folder + "/packages.f16")),
            from_halves(read_array<std::uint16_t>(folder + "/queries.f16")),
            read_array<float>(folder + "/groundtruth.scores.f32")};
  }
  const base::json::Value about = read_results(folder + "/set.json");
  const base::json::Value* dim = about.find("results")->find("dim");
  if (dim == nullptr || !dim->is_int() || dim->as_int() < 1 || dim->as_int() > 65536) fail(folder + "/set.json names no dim");
  return {static_cast<std::uint32_t>(dim->as_int()), read_array<float>(folder + "/rows.f32"),
          read_array<float>(folder + "/queries.f32"), read_array<float>(folder + "/truth.scores.f32")};
}

}  // namespace

std::string data_folder(const std::string& folder) {
  if (!folder.empty()) return folder;
  // NOLINTNEXTLINE(concurrency-mt-unsafe): before any thread.
  if (const char* given = std::getenv("ALIDADE_DATA"); given != nullptr && exists(given)) return given;
  return exists("../shared/data/packages.f16") ? "../shared/data" : "examples/data/sample";
}

std::unique_ptr<DataSet> load_data_set(const std::string& given, std::uint32_t query_limit) {
  const std::string folder = data_folder(given);
  const Files files = read_files(folder);
  auto made = std::make_unique<DataSet>(files.dim);
  DataSet& data = *made;
  data.name = folder.substr(folder.find_last_of('/') + 1);
  data.row_count = static_cast<std::uint32_t>(files.rows.size() / data.dim);
  const auto all_queries = static_cast<std::uint32_t>(files.queries.size() / data.dim);
  data.query_count = std::min(all_queries, query_limit);
  if (data.row_count == 0 || data.query_count == 0 || files.scores.size() % all_queries != 0) {
    fail("the files in " + folder + " do not belong together");
  }
  data.truth_depth = static_cast<std::uint32_t>(files.scores.size() / all_queries);
  data.rows.ensure(data.row_count);
  for (std::uint32_t i = 0; i < data.row_count; ++i) {
    copy_unit_row(files.rows.data() + std::size_t{i} * data.dim, data.dim, data.rows.mutable_row(i));
  }
  // Queries come in kinds, one after the other; a stride takes a fair share of each.
  const std::uint32_t step = all_queries / data.query_count;
  data.queries.resize(std::size_t{data.query_count} * data.dim);
  for (std::uint32_t i = 0; i < data.query_count; ++i) {
    const std::size_t from = std::size_t{i} * step;
    copy_unit_row(files.queries.data() + from * data.dim, data.dim, data.queries.data() + std::size_t{i} * data.dim);
    const auto scores = files.scores.begin() + static_cast<std::ptrdiff_t>(from * data.truth_depth);
    data.truth_scores.insert(data.truth_scores.end(), scores, scores + static_cast<std::ptrdiff_t>(data.truth_depth));
  }
  return made;
}

double exact_score(const DataSet& data, std::uint32_t query, std::uint32_t row) {
  const float* a = data.query(query);
  const float* b = data.rows.row(row);
  double sum = 0;
  for (std::uint32_t i = 0; i < data.dim; ++i) sum += double{a[i]} * double{b[i]};
  return sum;
}

void find_truth(DataSet& data, std::uint32_t depth) {
  depth = std::min(depth, data.row_count);
  data.truth_depth = depth;
  const auto distances = kernels::active_kernels().distances[static_cast<std::size_t>(kernels::Metric::kDot)];
  constexpr std::uint32_t kBlock = 256;  // Rows that all queries meet while they are in the cache.
  std::vector<std::vector<float>> best(data.query_count);
  std::vector<float> query(data.rows.stride(), 0.0F);
  const float* addresses[kBlock];
  float found[kBlock];
  for (std::uint32_t first = 0; first < data.row_count; first += kBlock) {
    const std::uint32_t count = std::min(kBlock, data.row_count - first);
    for (std::uint32_t i = 0; i < count; ++i) addresses[i] = data.rows.row(first + i);
    for (std::uint32_t q = 0; q < data.query_count; ++q) {
      std::copy_n(data.query(q), data.dim, query.begin());
      distances(query.data(), addresses, count, query.size(), found);
      auto& nearest = best[q];  // A heap, the farthest in front.
      for (std::uint32_t i = 0; i < count; ++i) {
        if (nearest.size() == depth && found[i] >= nearest.front()) continue;
        nearest.push_back(found[i]);
        std::push_heap(nearest.begin(), nearest.end());
        if (nearest.size() <= depth) continue;
        std::pop_heap(nearest.begin(), nearest.end());
        nearest.pop_back();
      }
    }
  }
  data.truth_scores.clear();
  for (auto& nearest : best) {
    std::sort(nearest.begin(), nearest.end());
    for (const float distance : nearest) data.truth_scores.push_back(-distance);
  }
}

std::vector<float> kth_scores(const DataSet& data, std::uint32_t k) {
  if (k > data.truth_depth) fail("the set knows only " + std::to_string(data.truth_depth) + " answers of a query");
  std::vector<float> truth;
  for (std::uint32_t q = 0; q < data.query_count; ++q) truth.push_back(data.truth_scores[std::size_t{q} * data.truth_depth + k - 1]);
  return truth;
}

}  // namespace alidade::benchmark
