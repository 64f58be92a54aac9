#include "engine_data.h"

#include <zlib.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <random>

#include "base/json.h"
#include "kernels/kernels.h"

namespace alidade::benchmark {
namespace {

constexpr std::uint32_t kDim = 384;
constexpr std::uint32_t kTruthDepth = 100;

[[noreturn]] void fail(const std::string& sentence) {
  std::fprintf(stderr, "engine_bench: %s\n", sentence.c_str());
  std::exit(2);
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

// The halves were rounded after normalising, so the length is made 1 again.
void read_unit_row(const std::uint16_t* halves, float* row) {
  double square = 0;
  for (std::uint32_t i = 0; i < kDim; ++i) {
    row[i] = from_half(halves[i]);
    square += double{row[i]} * double{row[i]};
  }
  const double scale = 1 / std::sqrt(square);
  for (std::uint32_t i = 0; i < kDim; ++i) row[i] = static_cast<float>(row[i] * scale);
}

using base::json::Value;

const Value* field(const Value& row, const char* key) { return row.find(key); }

bool text_is(const Value& row, const char* key, const char* wanted) {
  const Value* value = field(row, key);
  return value != nullptr && value->is_string() && value->as_string() == wanted;
}

bool has_tag(const Value& row, const char* wanted) {
  const Value* tags = field(row, "tags");
  if (tags == nullptr || !tags->is_array()) return false;
  return std::any_of(tags->as_array().begin(), tags->as_array().end(),
                     [&](const Value& tag) { return tag.is_string() && tag.as_string() == wanted; });
}

bool has_gui(const Value& row) {
  const Value* value = field(row, "has_gui");
  return value != nullptr && value->is_bool() && value->as_bool();
}

bool size_is_middling(const Value& row) {
  const Value* value = field(row, "installed_size_kb");
  return value != nullptr && value->is_number() && value->as_double() >= 50 && value->as_double() < 500;
}

struct Predicate {
  const char* name;
  bool (*passes)(const Value&);
};

constexpr Predicate kPredicates[] = {
    {"section_net", [](const Value& row) { return text_is(row, "section", "net"); }},
    {"size_50_to_500_kb", size_is_middling},
    {"tag_program", [](const Value& row) { return has_tag(row, "role::program"); }},
    {"has_gui", has_gui},
    {"science_and_amd64",
     [](const Value& row) { return text_is(row, "section", "science") && text_is(row, "architecture", "amd64"); }},
    {"tag_spreadsheet", [](const Value& row) { return has_tag(row, "works-with::spreadsheet"); }},
};

}  // namespace

std::unique_ptr<DataSet> load_data_set(const std::string& folder, std::uint32_t query_limit) {
  auto made = std::make_unique<DataSet>(kDim);
  DataSet& data = *made;
  const auto rows = read_array<std::uint16_t>(folder + "/packages.f16");
  const auto queries = read_array<std::uint16_t>(folder + "/queries.f16");
  const auto scores = read_array<float>(folder + "/groundtruth.scores.f32");
  data.row_count = static_cast<std::uint32_t>(rows.size() / kDim);
  const auto all_queries = static_cast<std::uint32_t>(queries.size() / kDim);
  data.query_count = std::min(all_queries, query_limit);
  data.truth_depth = static_cast<std::uint32_t>(scores.size() / all_queries);
  if (data.row_count == 0 || (data.truth_depth != kTruthDepth && data.truth_depth != 10)) {
    fail("the files in " + folder + " do not belong together");
  }
  data.rows.ensure(data.row_count);
  for (std::uint32_t i = 0; i < data.row_count; ++i) {
    read_unit_row(rows.data() + std::size_t{i} * kDim, data.rows.mutable_row(i));
  }
  // Queries come in kinds, one after the other; a stride takes a fair share of each.
  const std::uint32_t step = all_queries / data.query_count;
  data.queries.resize(std::size_t{data.query_count} * kDim);
  for (std::uint32_t i = 0; i < data.query_count; ++i) {
    const std::size_t from = std::size_t{i} * step;
    read_unit_row(queries.data() + from * kDim, data.queries.data() + std::size_t{i} * kDim);
    data.truth_scores.insert(data.truth_scores.end(),
                             scores.begin() + static_cast<std::ptrdiff_t>(from * data.truth_depth),
                             scores.begin() + static_cast<std::ptrdiff_t>((from + 1) * data.truth_depth));
  }
  return made;
}

std::vector<NamedFilter> load_filters(const std::string& folder, std::uint32_t row_count) {
  std::vector<NamedFilter> filters;
  for (const Predicate& predicate : kPredicates) {
    filters.push_back({predicate.name, base::Bitset(row_count), 0});
  }
  gzFile file = gzopen((folder + "/packages.jsonl.gz").c_str(), "rb");
  if (file == nullptr) fail("cannot read " + folder + "/packages.jsonl.gz");
  std::vector<char> line(1 << 20);
  for (std::uint32_t i = 0; i < row_count && gzgets(file, line.data(), static_cast<int>(line.size())) != nullptr; ++i) {
    auto row = base::json::parse(std::string_view(line.data(), std::strlen(line.data())));
    if (!row.ok()) fail("line " + std::to_string(i + 1) + " of packages.jsonl.gz is no JSON");
    for (std::size_t f = 0; f < filters.size(); ++f) {
      if (kPredicates[f].passes(*row)) filters[f].rows.set(i);
    }
  }
  gzclose(file);
  for (NamedFilter& filter : filters) filter.count = filter.rows.count();
  return filters;
}

NamedFilter random_filter(double share, std::uint32_t row_count) {
  char name[32];
  std::snprintf(name, sizeof name, "random %.1f %%", share * 100);
  NamedFilter filter{name, base::Bitset(row_count), 0};
  std::mt19937 random(20);
  for (std::uint32_t i = 0; i < row_count; ++i) {
    if (static_cast<double>(random()) < share * 4294967296.0) filter.rows.set(i);
  }
  filter.count = filter.rows.count();
  return filter;
}

double exact_score(const DataSet& data, std::uint32_t query, std::uint32_t row) {
  const float* a = data.query(query);
  const float* b = data.rows.row(row);
  double sum = 0;
  for (std::uint32_t i = 0; i < data.dim; ++i) sum += double{a[i]} * double{b[i]};
  return sum;
}

std::vector<float> filtered_truth(const DataSet& data, const NamedFilter& filter, std::uint32_t k) {
  std::vector<const float*> rows;
  filter.rows.for_each([&](std::size_t i) { rows.push_back(data.rows.row(static_cast<std::uint32_t>(i))); });
  std::vector<float> found(rows.size());
  std::vector<float> truth;
  const auto distances = kernels::active_kernels().distances[static_cast<std::size_t>(kernels::Metric::kDot)];
  for (std::uint32_t q = 0; q < data.query_count; ++q) {
    distances(data.query(q), rows.data(), rows.size(), data.dim, found.data());
    if (found.size() < k) {
      truth.push_back(-2);
      continue;
    }
    std::nth_element(found.begin(), found.begin() + k - 1, found.end());
    truth.push_back(-found[k - 1]);
  }
  return truth;
}

}  // namespace alidade::benchmark
