#include "bench/filters.h"

#include <zlib.h>

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <numeric>
#include <random>

#include "base/json.h"
#include "bench/options.h"
#include "kernels/kernels.h"

namespace alidade::benchmark {
namespace {

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

std::vector<NamedFilter> load_filters(const std::string& folder, std::uint32_t row_count) {
  std::vector<NamedFilter> filters;
  for (const Predicate& predicate : kPredicates) {
    filters.push_back({predicate.name, base::Bitset(row_count), 0});
  }
  gzFile file = gzopen((folder + "/packages.jsonl.gz").c_str(), "rb");
  if (file == nullptr) return {};
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

namespace {

NamedFilter named(const char* kind, double share, std::uint32_t row_count) {
  char name[48];
  std::snprintf(name, sizeof name, "%s %.2f %%", kind, share * 100);
  return {name, base::Bitset(row_count), 0};
}

/// The share of the rows that is nearest to the direction.
NamedFilter nearest_rows(NamedFilter filter, const DataSet& data, double share, const std::vector<float>& direction) {
  std::vector<float> scores(data.row_count);
  for (std::uint32_t i = 0; i < data.row_count; ++i) {
    scores[i] = std::inner_product(direction.begin(), direction.end(), data.rows.row(i), 0.0F);
  }
  std::vector<std::uint32_t> order(data.row_count);
  std::iota(order.begin(), order.end(), 0U);
  const auto count = std::max<std::size_t>(1, static_cast<std::size_t>(share * data.row_count));
  std::nth_element(order.begin(), order.begin() + static_cast<std::ptrdiff_t>(count - 1), order.end(),
                   [&](std::uint32_t a, std::uint32_t b) { return scores[a] > scores[b]; });
  for (std::size_t i = 0; i < count; ++i) filter.rows.set(order[i]);
  filter.count = count;
  return filter;
}

}  // namespace

NamedFilter random_filter(double share, std::uint32_t row_count, std::uint32_t seed) {
  NamedFilter filter = named("random", share, row_count);
  std::mt19937 random(seed);
  for (std::uint32_t i = 0; i < row_count; ++i) {
    if (static_cast<double>(random()) < share * 4294967296.0) filter.rows.set(i);
  }
  filter.count = filter.rows.count();
  return filter;
}

NamedFilter correlated_filter(const DataSet& data, double share, Towards towards) {
  std::vector<float> direction(data.dim, 0.0F);
  const float sign = towards == Towards::kQueries ? 1.0F : -1.0F;
  for (std::uint32_t q = 0; q < data.query_count; ++q) {
    for (std::uint32_t k = 0; k < data.dim; ++k) direction[k] += sign * data.query(q)[k];
  }
  return nearest_rows(named(sign > 0 ? "with" : "against", share, data.row_count), data, share, direction);
}

NamedFilter pivot_filter(const DataSet& data, double share, std::uint32_t pivot) {
  const float* row = data.rows.row(pivot % data.row_count);
  return nearest_rows(named("pivot", share, data.row_count), data, share, {row, row + data.dim});
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
