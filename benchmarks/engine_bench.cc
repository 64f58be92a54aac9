// The engine in process against hnswlib, on the real data set: recall@10 and CPU time per query at
// a ladder of ef, build CPU per row, and the filtered plans.
//
//   ALD_CPU=avx2 build/release/benchmarks/engine_bench [DATA_FOLDER] [ROUNDS]
//
// Times are those of the thread's CPU clock, rounds are interleaved, the median counts. hnswlib is
// compiled for AVX2, so ALD_CPU=avx2 is the fair comparison.
#include <time.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <fstream>
#include <random>
#include <string>
#include <vector>

#include "engine_bench_hnswlib.h"
#include "index/vector/scan.h"
#include "index/vector/vector_search.h"

namespace {

using alidade::base::Bitset;
using alidade::index::HnswGraph;
using alidade::index::HnswScratch;
using alidade::index::PaddedQuery;
using alidade::index::SearchRequest;
using alidade::kernels::Metric;

constexpr std::size_t kDim = 384;
constexpr std::size_t kK = 10;
constexpr std::size_t kM = 16;
constexpr std::size_t kEfConstruction = 200;

double cpu_seconds() {
  timespec time{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) * 1e-9;
}

float half_to_float(std::uint16_t h) {
  const int exponent = (h >> 10) & 31;
  const float sign = (h & 0x8000) != 0 ? -1.0F : 1.0F;
  const auto mantissa = static_cast<float>(h & 1023);
  if (exponent == 0) return sign * std::ldexp(mantissa, -24);
  return sign * std::ldexp(1024 + mantissa, exponent - 25);
}

template <typename T>
std::vector<T> read_array(const std::string& path) {
  std::ifstream file(path, std::ios::binary | std::ios::ate);
  if (!file) {
    std::fprintf(stderr, "cannot read %s\n", path.c_str());
    std::exit(1);
  }
  std::vector<T> values(static_cast<std::size_t>(file.tellg()) / sizeof(T));
  file.seekg(0);
  file.read(reinterpret_cast<char*>(values.data()), static_cast<std::streamsize>(values.size() * sizeof(T)));
  return values;
}

std::vector<float> read_unit_rows(const std::string& path) {
  const auto halves = read_array<std::uint16_t>(path);
  std::vector<float> rows(halves.size());
  for (std::size_t i = 0; i < halves.size(); ++i) rows[i] = half_to_float(halves[i]);
  for (std::size_t r = 0; r < rows.size() / kDim; ++r) {
    double square = 0;
    for (std::size_t k = 0; k < kDim; ++k) square += double{rows[r * kDim + k]} * double{rows[r * kDim + k]};
    for (std::size_t k = 0; k < kDim; ++k) {
      rows[r * kDim + k] = static_cast<float>(rows[r * kDim + k] / std::sqrt(square));
    }
  }
  return rows;
}

double dot(const float* a, const float* b) {
  double sum = 0;
  for (std::size_t k = 0; k < kDim; ++k) sum += double{a[k]} * double{b[k]};
  return sum;
}

/// Everything that a measurement needs.
struct Bench {
  std::vector<float> rows;
  std::vector<float> queries;
  std::vector<std::uint32_t> truth;  // [queries × 100]
  std::size_t row_count = 0;
  std::size_t query_count = 0;

  const float* row(std::size_t i) const { return rows.data() + i * kDim; }
  const float* query(std::size_t i) const { return queries.data() + i * kDim; }

  /// As the data's README says: right if the exact score reaches the k-th exact one.
  std::size_t hits(std::size_t q, const std::vector<std::uint32_t>& found) const {
    const double bound = dot(query(q), row(truth[q * (truth.size() / query_count) + kK - 1])) - 1e-6;
    return static_cast<std::size_t>(std::count_if(found.begin(), found.end(), [&](std::uint32_t id) {
      return dot(query(q), row(id)) >= bound;
    }));
  }
};

struct Point {
  double recall = 0;
  double micros = 0;
};

template <typename Search>
Point measure(const Bench& bench, Search search) {
  std::vector<std::vector<std::uint32_t>> found(bench.query_count);
  const double start = cpu_seconds();
  for (std::size_t q = 0; q < bench.query_count; ++q) search(bench.query(q), found[q]);
  const double seconds = cpu_seconds() - start;
  std::size_t hits = 0;
  for (std::size_t q = 0; q < bench.query_count; ++q) hits += bench.hits(q, found[q]);
  return {static_cast<double>(hits) / static_cast<double>(bench.query_count * kK),
          seconds / static_cast<double>(bench.query_count) * 1e6};
}

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

/// CPU time at a recall, between the two measured points around it.
double at_recall(const std::vector<Point>& curve, double recall) {
  for (std::size_t i = 1; i < curve.size(); ++i) {
    if (curve[i].recall < recall) continue;
    const double share = (recall - curve[i - 1].recall) / (curve[i].recall - curve[i - 1].recall);
    return curve[i - 1].micros + std::max(0.0, share) * (curve[i].micros - curve[i - 1].micros);
  }
  return NAN;
}

void filtered(const Bench& bench, const HnswGraph& graph, const alidade::storage::VectorRows& rows) {
  std::printf("\nfiltered, ef 100, random rows pass: CPU per query by plan (us, recall)\n");
  std::printf("%8s %22s %22s %22s %10s\n", "share", "scan", "two-hop", "walk+filter", "chosen");
  const Bitset all(bench.row_count, true);
  std::mt19937 random(7);
  for (const double share : {0.9, 0.75, 0.6, 0.5, 0.4, 0.3, 0.2, 0.1, 0.07, 0.05, 0.03, 0.02, 0.01, 0.003}) {
    Bitset selected(bench.row_count);
    for (std::size_t i = 0; i < bench.row_count; ++i) {
      if (std::uniform_real_distribution<double>()(random) < share) selected.set(i);
    }
    const std::size_t count = selected.count();
    std::vector<std::vector<std::uint32_t>> exact(200);
    HnswScratch scratch;
    const alidade::observe::OpContext context;
    const auto run = [&](auto search) {
      std::size_t hits = 0;
      const double start = cpu_seconds();
      std::vector<std::vector<alidade::index::Neighbour>> found(exact.size());
      for (std::size_t q = 0; q < exact.size(); ++q) {
        found[q] = search(PaddedQuery(std::span<const float>(bench.query(q), kDim)));
      }
      const double seconds = cpu_seconds() - start;
      for (std::size_t q = 0; q < exact.size(); ++q) {
        for (std::size_t i = 0; i < found[q].size() && i < kK; ++i) {
          if (exact[q].empty() || std::find(exact[q].begin(), exact[q].end(), found[q][i].offset) != exact[q].end()) ++hits;
        }
        if (exact[q].empty()) {
          for (const auto& neighbour : found[q]) exact[q].push_back(neighbour.offset);
        }
      }
      return Point{static_cast<double>(hits) / static_cast<double>(exact.size() * std::min(kK, count)),
                   seconds / static_cast<double>(exact.size()) * 1e6};
    };
    const auto scan = run([&](const PaddedQuery& query) {
      alidade::index::NearestHeap heap(kK);
      alidade::index::scan(rows, Metric::kDot, query, 0, static_cast<std::uint32_t>(bench.row_count), &selected,
                           all, heap, context).ignore();
      return heap.take_sorted();
    });
    const auto two_hop = run([&](const PaddedQuery& query) { return graph.search_two_hop(query, 100, selected, scratch); });
    const auto walk = run([&](const PaddedQuery& query) {
      auto found = graph.search(query, static_cast<std::uint32_t>(100 / share), scratch);
      std::erase_if(found, [&](const auto& n) { return !selected.test(n.offset); });
      return found;
    });
    SearchRequest request;
    request.rows = &rows;
    request.row_count = request.graphed_rows = static_cast<std::uint32_t>(bench.row_count);
    request.graph = &graph;
    request.live = request.present = &all;
    request.live_count = bench.row_count;
    request.selected = &selected;
    request.selected_count = count;
    std::printf("%7.1f%% %12.0f (%.3f) %13.0f (%.3f) %13.0f (%.3f)   %s\n", share * 100, scan.micros, scan.recall,
                two_hop.micros, two_hop.recall, walk.micros, walk.recall,
                alidade::index::choose_plan(request).to_string().c_str());
  }
}

}  // namespace

int main(int argument_count, char** arguments) {
  const std::string folder = argument_count > 1 ? arguments[1] : "../shared/data";
  const int rounds = argument_count > 2 ? std::atoi(arguments[2]) : 5;
  Bench bench;
  bench.rows = read_unit_rows(folder + "/packages.f16");
  bench.queries = read_unit_rows(folder + "/queries.f16");
  bench.truth = read_array<std::uint32_t>(folder + "/groundtruth.ids.u32");
  bench.row_count = bench.rows.size() / kDim;
  bench.query_count = bench.queries.size() / kDim;
  std::printf("%zu rows x %zu, %zu queries, k %zu, M %zu, ef_construction %zu, kernels %s, %d rounds\n",
              bench.row_count, kDim, bench.query_count, kK, kM, kEfConstruction,
              std::string(alidade::kernels::active_kernels().name).c_str(), rounds);

  alidade::storage::VectorRows rows(kDim);
  rows.ensure(static_cast<std::uint32_t>(bench.row_count));
  for (std::size_t i = 0; i < bench.row_count; ++i) {
    std::copy_n(bench.row(i), kDim, rows.mutable_row(static_cast<std::uint32_t>(i)));
  }
  HnswGraph ours({.m = kM, .ef_construction = kEfConstruction}, Metric::kDot, rows);
  HnswlibIndex theirs(kDim, bench.row_count, kM, kEfConstruction);
  HnswScratch scratch;
  // Interleaved in slices, so that both see the same neighbours on the machine.
  double our_build = 0, their_build = 0;
  constexpr std::size_t kSlice = 4000;
  for (std::size_t first = 0; first < bench.row_count; first += kSlice) {
    const std::size_t end = std::min(bench.row_count, first + kSlice);
    double start = cpu_seconds();
    for (std::size_t i = first; i < end; ++i) ours.insert(static_cast<std::uint32_t>(i), scratch);
    our_build += cpu_seconds() - start;
    start = cpu_seconds();
    for (std::size_t i = first; i < end; ++i) theirs.add(bench.row(i), i);
    their_build += cpu_seconds() - start;
  }
  const double per_row = 1e6 / static_cast<double>(bench.row_count);
  std::printf("build, CPU per row: ours %.0f us, hnswlib %.0f us, ratio %.2f\n", our_build * per_row,
              their_build * per_row, our_build / their_build);

  const std::vector<std::size_t> ladder = {16, 24, 32, 40, 48, 64, 80, 96, 128, 160, 192, 256, 320};
  std::vector<std::vector<double>> our_times(ladder.size()), their_times(ladder.size());
  std::vector<Point> our_curve(ladder.size()), their_curve(ladder.size());
  for (int round = 0; round < rounds; ++round) {
    for (std::size_t e = 0; e < ladder.size(); ++e) {
      const auto mine = measure(bench, [&](const float* query, std::vector<std::uint32_t>& found) {
        const auto nearest = ours.search(PaddedQuery(std::span<const float>(query, kDim)),
                                         static_cast<std::uint32_t>(ladder[e]), scratch);
        for (std::size_t i = 0; i < kK && i < nearest.size(); ++i) found.push_back(nearest[i].offset);
      });
      const auto other = measure(bench, [&](const float* query, std::vector<std::uint32_t>& found) {
        theirs.search(query, kK, ladder[e], found);
      });
      our_times[e].push_back(mine.micros);
      their_times[e].push_back(other.micros);
      our_curve[e].recall = mine.recall;
      their_curve[e].recall = other.recall;
    }
  }
  std::printf("\n%6s %18s %18s %8s\n", "ef", "ours us (recall)", "hnswlib us (rec.)", "ratio");
  for (std::size_t e = 0; e < ladder.size(); ++e) {
    our_curve[e].micros = median(our_times[e]);
    their_curve[e].micros = median(their_times[e]);
    std::printf("%6zu %9.0f (%.4f) %9.0f (%.4f) %8.2f\n", ladder[e], our_curve[e].micros, our_curve[e].recall,
                their_curve[e].micros, their_curve[e].recall, their_curve[e].micros / our_curve[e].micros);
  }
  for (const double recall : {0.90, 0.95, 0.98, 0.99}) {
    std::printf("at recall %.2f: ours %.0f us, hnswlib %.0f us, hnswlib/ours %.2f\n", recall,
                at_recall(our_curve, recall), at_recall(their_curve, recall),
                at_recall(their_curve, recall) / at_recall(our_curve, recall));
  }
  filtered(bench, ours, rows);
  return 0;
}
