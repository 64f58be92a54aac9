#include "engine_filters.h"

#include <cstdio>

#include "engine_measure.h"
#include "index/vector/scan.h"
#include "index/vector/vector_search.h"

namespace alidade::benchmark {
namespace {

constexpr std::uint32_t kK = 10;
constexpr std::uint32_t kLadder[] = {16, 32, 64, 128, 256, 512, 1024};
constexpr double kRecall = 0.95;
constexpr double kShares[] = {0.01, 0.02, 0.03, 0.05, 0.07, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9};

void keep_wanted(const std::vector<index::Neighbour>& found,
                 const base::Bitset& wanted,
                 std::vector<std::uint32_t>& ids) {
  for (const auto& neighbour : found) {
    if (wanted.test(neighbour.offset)) ids.push_back(neighbour.offset);
    if (ids.size() == kK) return;
  }
}

/// CPU at kRecall over the ladder; negative when no step reaches it.
template <typename Search>
double cpu_of(const DataSet& data, const std::vector<float>& truth, const Search& search) {
  std::vector<Measured> curve;
  for (const std::uint32_t ef : kLadder) {
    curve.push_back(measure(data, truth, kK, [&](std::uint32_t q, std::vector<std::uint32_t>& ids) {
      search(index::PaddedQuery({data.query(q), data.dim}), ef, ids);
    }));
    if (curve.back().recall >= kRecall) break;
  }
  return cpu_at_recall(curve, kRecall);
}

void print_cost(double cpu_us) {
  if (cpu_us < 0) {
    std::printf(" %10s", "-");
  } else {
    std::printf(" %10.1f", cpu_us);
  }
}

void compare_one(const DataSet& data, const index::HnswGraph& graph, const NamedFilter& filter) {
  const std::vector<float> truth = filtered_truth(data, filter, kK);
  const observe::OpContext context;
  index::HnswScratch scratch;
  const base::Bitset all(data.row_count, true);
  std::printf("%-20s %7llu %6.2f", filter.name.c_str(), static_cast<unsigned long long>(filter.count),
              100.0 * static_cast<double>(filter.count) / data.row_count);
  print_cost(measure(data, truth, kK, [&](std::uint32_t q, std::vector<std::uint32_t>& ids) {
    index::NearestHeap nearest(kK);
    const index::PaddedQuery query({data.query(q), data.dim});
    index::scan(data.rows, kernels::Metric::kDot, query, 0, data.row_count, &filter.rows, all, nearest, context).ignore();
    for (const auto& neighbour : nearest.take_sorted()) ids.push_back(neighbour.offset);
  }).cpu_us);
  print_cost(cpu_of(data, truth, [&](const index::PaddedQuery& query, std::uint32_t ef, std::vector<std::uint32_t>& ids) {
    keep_wanted(graph.search(query, ef, scratch, {}).value(), filter.rows, ids);
  }));
  print_cost(cpu_of(data, truth, [&](const index::PaddedQuery& query, std::uint32_t ef, std::vector<std::uint32_t>& ids) {
    keep_wanted(graph.search_two_hop(query, ef, filter.rows, scratch, {}).value(), filter.rows, ids);
  }));
  index::SearchRequest request;
  request.rows = &data.rows;
  request.row_count = request.graphed_rows = data.row_count;
  request.graph = &graph;
  request.live = request.present = &all;
  request.live_count = data.row_count;
  request.selected = &filter.rows;
  request.selected_count = filter.count;
  request.limit = kK;
  request.ef = 100;
  const Measured chosen = measure(data, truth, kK, [&](std::uint32_t q, std::vector<std::uint32_t>& ids) {
    auto found = index::vector_search(request, index::PaddedQuery({data.query(q), data.dim}), context);
    if (!found.ok()) return;
    for (const auto& neighbour : *found) ids.push_back(neighbour.offset);
  });
  std::printf(" | %8.1f %7.4f  %s\n", chosen.cpu_us, chosen.recall, index::choose_plan(request).to_string().c_str());
  std::fflush(stdout);
}

}  // namespace

void compare_filter_plans(const std::string& folder, const DataSet& data, const index::HnswGraph& graph) {
  std::printf("\nfiltered, k %u: CPU us per query at recall %.2f by plan (- = not reached), and what is chosen at ef 100\n",
              kK, kRecall);
  std::printf("%-20s %7s %6s %10s %10s %10s | %8s %7s\n", "filter", "rows", "%", "scan", "walk", "two-hop", "chosen us",
              "recall");
  std::vector<NamedFilter> filters = load_filters(folder, data.row_count);
  for (const double share : kShares) filters.push_back(random_filter(share, data.row_count));
  for (const NamedFilter& filter : filters) compare_one(data, graph, filter);
}

}  // namespace alidade::benchmark
