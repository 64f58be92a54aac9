// The vector engine in process against hnswlib: recall and CPU per query over a ladder of ef, CPU
// per row of the build, and the plans of filtered search.
//
//   build/release/benchmarks/engine_bench [--data DIR] [--queries N] [--rounds N]
//       [--ef-construction N] [--no-rival] [--no-filters]
//
// Times are of the thread's CPU clock, the engines take turns, the median of the rounds counts.
// hnswlib is compiled for AVX2 and so ours uses its AVX2 kernels too, unless ALD_CPU says otherwise.

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <numeric>
#include <string>
#include <thread>

#include "engine_filters.h"
#include "engine_measure.h"
#include "engine_rival.h"
#include "index/vector/hnsw/graph.h"
#include "index/vector/insert_rows.h"
#include "index/vector/scan.h"
#include "index/vector/vector_search.h"

namespace alidade::benchmark {
namespace {

struct Options {
  std::string data = "../shared/data";
  std::uint32_t queries = 1000;
  std::uint32_t rounds = 5;
  std::uint32_t m = 16;
  std::uint32_t ef_construction = 200;
  bool rival = true;
  bool filters = true;
};

constexpr std::uint32_t kK = 10;
constexpr std::uint32_t kLadder[] = {16, 24, 32, 48, 64, 96, 128, 192, 256, 384};

[[noreturn]] void print_usage() {
  std::fprintf(stderr,
               "usage: engine_bench [--data DIR] [--queries N] [--rounds N] [--ef-construction N]\n"
               "                    [--no-rival] [--no-filters]\n");
  std::exit(2);
}

Options read_options(int argc, char** argv) {
  Options options;
  for (int i = 1; i < argc; ++i) {
    const std::string name = argv[i];
    const auto text = [&] {
      if (++i >= argc) print_usage();
      return std::string(argv[i]);
    };
    const auto number = [&] {
      const int value = std::atoi(text().c_str());
      if (value <= 0) print_usage();
      return static_cast<std::uint32_t>(value);
    };
    if (name == "--no-rival") {
      options.rival = false;
    } else if (name == "--no-filters") {
      options.filters = false;
    } else if (name == "--data") {
      options.data = text();
    } else if (name == "--queries") {
      options.queries = number();
    } else if (name == "--rounds") {
      options.rounds = number();
    } else if (name == "--ef-construction") {
      options.ef_construction = number();
    } else {
      print_usage();
    }
  }
  return options;
}

/// The points of one engine's curve, filled round by round.
struct Ladder {
  std::vector<std::vector<double>> cpu_us{std::size(kLadder)};  ///< [step][round]
  std::vector<Measured> curve{std::size(kLadder)};

  void add(std::size_t step, const Measured& measured) {
    cpu_us[step].push_back(measured.cpu_us);
    curve[step] = {measured.recall, median(cpu_us[step])};
  }
};

void print_ratio(const Ladder& ours, const Ladder& theirs, double recall) {
  const double a = cpu_at_recall(ours.curve, recall), b = cpu_at_recall(theirs.curve, recall);
  std::printf("recall %.2f: ours %.1f us, hnswlib %.1f us, hnswlib / ours = %.2f\n", recall, a, b, b / a);
}

/// How long a second graph takes on all cores.
void print_parallel_build(const Options& options, const DataSet& data) {
  index::HnswGraph graph({.m = options.m, .ef_construction = options.ef_construction}, kernels::Metric::kDot, data.rows);
  std::vector<std::uint32_t> offsets(data.row_count);
  std::iota(offsets.begin(), offsets.end(), 0U);
  const unsigned threads = std::max(1U, std::thread::hardware_concurrency());
  const auto before = std::chrono::steady_clock::now();
  constexpr std::uint32_t kSlice = 1024;
  for (std::uint32_t first = 0; first < data.row_count; first += kSlice) {
    index::insert_rows(graph, std::span(offsets).subspan(first, std::min(kSlice, data.row_count - first)), threads);
  }
  const std::chrono::duration<double, std::micro> spent = std::chrono::steady_clock::now() - before;
  std::printf("build on %u threads: %.1f us of wall time per row\n", threads, spent.count() / data.row_count);
}

/// Scans of all rows, by codes and by the rows; the answers are the same.
void print_exact(const DataSet& data, const index::HnswGraph& graph) {
  const base::Bitset all(data.row_count, true);
  const std::uint32_t queries = std::min(data.query_count, 50U);
  double cpu[2] = {0, 0};
  std::uint32_t different = 0;
  for (std::uint32_t q = 0; q < queries; ++q) {
    const index::PaddedQuery query({data.query(q), data.dim});
    std::vector<index::Neighbour> found[2];
    for (int by_codes = 0; by_codes < 2; ++by_codes) {
      const double before = thread_cpu_seconds();
      index::NearestHeap nearest(kK);
      index::scan_by_codes(index::ScanKind::kExact, by_codes == 1 ? graph.codes() : nullptr, data.rows, kernels::Metric::kDot, query, 0,
                           data.row_count, nullptr, all, nearest, {}).ignore();
      found[by_codes] = nearest.take_sorted();
      cpu[by_codes] += thread_cpu_seconds() - before;
    }
    different += !std::equal(found[0].begin(), found[0].end(), found[1].begin(), found[1].end(),
                             [](const auto& a, const auto& b) { return a.offset == b.offset && a.distance == b.distance; });
  }
  std::printf("exact: %.1f us over the rows, %.1f us over codes (%.2f times as fast), %u of %u answers differ\n",
              cpu[0] * 1e6 / queries, cpu[1] * 1e6 / queries, cpu[0] / cpu[1], different, queries);
}

/// CPU microseconds per row.
double build_ours(const DataSet& data, index::HnswGraph& graph) {
  index::HnswScratch scratch;
  const double before = thread_cpu_seconds();
  for (std::uint32_t i = 0; i < data.row_count; ++i) graph.insert(i, scratch);
  return (thread_cpu_seconds() - before) * 1e6 / data.row_count;
}

double build_rival(const DataSet& data, Rival& rival) {
  const double before = thread_cpu_seconds();
  for (std::uint32_t i = 0; i < data.row_count; ++i) rival.insert(data.rows.row(i), i);
  return (thread_cpu_seconds() - before) * 1e6 / data.row_count;
}

std::vector<float> kth_scores(const DataSet& data) {
  std::vector<float> truth;
  for (std::uint32_t q = 0; q < data.query_count; ++q) {
    truth.push_back(data.truth_scores[std::size_t{q} * data.truth_depth + kK - 1]);
  }
  return truth;
}

void print_curves(const Ladder& ours, const Ladder* theirs) {
  std::printf("%6s %10s %10s", "ef", "recall", "us");
  if (theirs != nullptr) std::printf(" %12s %10s   (hnswlib)", "recall", "us");
  std::printf("\n");
  for (std::size_t step = 0; step < std::size(kLadder); ++step) {
    std::printf("%6u %10.4f %10.1f", kLadder[step], ours.curve[step].recall, ours.curve[step].cpu_us);
    if (theirs != nullptr) {
      std::printf(" %12.4f %10.1f", theirs->curve[step].recall, theirs->curve[step].cpu_us);
    }
    std::printf("\n");
  }
  if (theirs == nullptr) return;
  print_ratio(ours, *theirs, 0.95);
  print_ratio(ours, *theirs, 0.99);
}

void compare(const Options& options, const DataSet& data, const index::HnswGraph& graph, Rival* rival) {
  const std::vector<float> truth = kth_scores(data);
  const base::Bitset all(data.row_count, true);
  index::SearchRequest request;
  request.rows = &data.rows;
  request.row_count = request.graphed_rows = data.row_count;
  request.graph = &graph;
  request.live = request.present = &all;
  request.live_count = data.row_count;
  request.limit = kK;
  const observe::OpContext context;
  Ladder ours, theirs;
  for (std::uint32_t round = 0; round < options.rounds; ++round) {
    for (std::size_t step = 0; step < std::size(kLadder); ++step) {
      request.ef = kLadder[step];
      ours.add(step, measure(data, truth, kK, [&](std::uint32_t q, std::vector<std::uint32_t>& ids) {
        const auto found = index::vector_search(request, index::PaddedQuery({data.query(q), data.dim}), context);
        if (!found.ok()) return;
        for (const auto& neighbour : *found) ids.push_back(neighbour.offset);
      }));
      if (rival == nullptr) continue;
      theirs.add(step, measure(data, truth, kK, [&](std::uint32_t q, std::vector<std::uint32_t>& ids) {
        rival->search(data.query(q), kK, kLadder[step], ids);
      }));
    }
  }
  print_curves(ours, rival == nullptr ? nullptr : &theirs);
}

int run(const Options& options) {
  std::printf("kernels %s, k %u, m %u, ef_construction %u, thread CPU time, median of %u rounds\n",
              std::string(kernels::active_kernels().name).c_str(), kK, options.m, options.ef_construction,
              options.rounds);
  const auto data = load_data_set(options.data, options.queries);
  std::printf("%u rows, %u queries, %u dimensions\n", data->row_count, data->query_count, data->dim);
  index::HnswGraph graph({.m = options.m, .ef_construction = options.ef_construction}, kernels::Metric::kDot,
                         data->rows);
  const double ours_us = build_ours(*data, graph);
  std::printf("build: ours %.1f us per row\n", ours_us);
  const index::CodeRows* codes = graph.codes();
  std::printf("codes of %d bits, %.0f bytes per row for codes and links\n", codes == nullptr ? 32 : codes->grid().bits,
              static_cast<double>(graph.memory_bytes()) / data->row_count);
  print_parallel_build(options, *data);
  print_exact(*data, graph);
  std::unique_ptr<Rival> rival;
  if (options.rival) {
    rival = std::make_unique<Rival>(data->dim, data->row_count, options.m, options.ef_construction);
    const double rival_us = build_rival(*data, *rival);
    std::printf("build: hnswlib %.1f us per row, ours is %.2f of it\n", rival_us, ours_us / rival_us);
  }
  std::fflush(stdout);
  compare(options, *data, graph, rival.get());
  if (options.filters) compare_filter_plans(options.data, *data, graph);
  return 0;
}

}  // namespace
}  // namespace alidade::benchmark

int main(int argc, char** argv) {
  // Before anything asks for kernels.
  setenv("ALD_CPU", "avx2", 0);
  return alidade::benchmark::run(alidade::benchmark::read_options(argc, argv));
}
