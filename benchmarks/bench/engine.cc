// The vector index in process against hnswlib: recall and CPU per query over a ladder of ef, what the build costs on
// one thread and on all, exact scans, memory. Times are of the thread's CPU clock, the engines take turns, the median
// of the rounds counts.

#include <algorithm>
#include <cstdio>
#include <memory>
#include <numeric>
#include <thread>

#include "bench/commands.h"
#include "bench/measure.h"
#include "bench/results.h"
#include "bench/rival.h"
#include "index/vector/insert_rows.h"
#include "index/vector/scan.h"

namespace alidade::benchmark {
namespace {

constexpr OptionRow kOptions[] = {
    {"data", "", "folder of the set; none: the real one"},
    {"queries", "1000", "how many of its queries"},
    {"rounds", "5", "of which the median counts"},
    {"m", "16", "links per node; ours has three times as many on its lowest level, hnswlib twice"},
    {"ef-construction", "200", "of both"},
    {"no-builds", nullptr, "leaves out the builds on one thread and on all"},
    {"no-rival", nullptr, "ours alone"},
    {"json", "", "file for the results"},
};
constexpr std::uint32_t kK = 10;
constexpr std::uint32_t kLadder[] = {16, 24, 32, 48, 64, 96, 128, 192, 256, 384};
constexpr double kRecalls[] = {0.90, 0.95, 0.99, 0.995};

void print_ratio(const Ladder& ours, const Ladder& theirs, double recall, base::json::Value& results) {
  const double a = cpu_at_recall(ours.curve(), recall), b = cpu_at_recall(theirs.curve(), recall);
  if (a < 0 || b < 0) return;
  std::printf("recall %.2f: ours %.1f us, hnswlib %.1f us, hnswlib / ours = %.2f\n", recall, a, b, b / a);
  char name[32];
  std::snprintf(name, sizeof name, "ratio_%g", recall);
  results.set(name, rounded(b / a));
}

/// CPU microseconds per row.
template <typename Insert>
double build(const DataSet& data, const Insert& insert) {
  const double before = thread_cpu_seconds();
  for (std::uint32_t i = 0; i < data.row_count; ++i) insert(i);
  return (thread_cpu_seconds() - before) * 1e6 / data.row_count;
}

struct BuildCost {
  double wall_us, cpu_us;  ///< Per row.
};

/// Builds another graph on `threads` threads.
BuildCost build_on(const Options& options, const DataSet& data, unsigned threads) {
  Engine engine(data, options.number("m"), options.number("ef-construction"));
  std::vector<std::uint32_t> offsets(data.row_count);
  std::iota(offsets.begin(), offsets.end(), 0U);
  const double wall = wall_seconds(), cpu = process_cpu_seconds();
  constexpr std::uint32_t kSlice = 1024;
  for (std::uint32_t first = 0; first < data.row_count; first += kSlice) {
    index::insert_rows(engine.graph, std::span(offsets).subspan(first, std::min(kSlice, data.row_count - first)), threads);
  }
  return {(wall_seconds() - wall) * 1e6 / data.row_count, (process_cpu_seconds() - cpu) * 1e6 / data.row_count};
}

void print_parallel_build(const Options& options, const DataSet& data, base::json::Value& results) {
  const unsigned threads = std::max(1U, std::thread::hardware_concurrency());
  const BuildCost one = build_on(options, data, 1), all = build_on(options, data, threads);
  std::printf("build on 1 thread: %.1f us of wall time per row; on %u: %.1f (%.2f times as fast), %.1f of CPU\n", one.wall_us,
              threads, all.wall_us, one.wall_us / all.wall_us, all.cpu_us);
  results.set("build_wall_1", rounded(one.wall_us));
  results.set("build_wall_all", rounded(all.wall_us));
}

/// Scans of all rows, by codes and by the rows; the answers are the same.
void print_exact(const Engine& engine, base::json::Value& results) {
  const DataSet& data = engine.data;
  const std::uint32_t queries = std::min(data.query_count, 50U);
  double cpu[2] = {0, 0};
  std::uint32_t different = 0;
  for (std::uint32_t q = 0; q < queries; ++q) {
    const index::PaddedQuery query({data.query(q), data.dim});
    std::vector<index::Neighbour> found[2];
    for (int by_codes = 0; by_codes < 2; ++by_codes) {
      const double before = thread_cpu_seconds();
      index::NearestHeap nearest(kK);
      index::scan_by_codes(index::ScanKind::kExact, by_codes == 1 ? engine.graph.codes() : nullptr, data.rows,
                           kernels::Metric::kDot, query, 0, data.row_count, nullptr, engine.all, nearest, {}).ignore();
      found[by_codes] = nearest.take_sorted();
      cpu[by_codes] += thread_cpu_seconds() - before;
    }
    different += !std::equal(found[0].begin(), found[0].end(), found[1].begin(), found[1].end(),
                             [](const auto& a, const auto& b) { return a.offset == b.offset && a.distance == b.distance; });
  }
  std::printf("exact: %.1f us over the rows, %.1f us over codes (%.2f times as fast), %u of %u answers differ\n",
              cpu[0] * 1e6 / queries, cpu[1] * 1e6 / queries, cpu[0] / cpu[1], different, queries);
  results.set("exact_ratio", rounded(cpu[0] / cpu[1]));
  results.set("exact_different", static_cast<std::int64_t>(different));
}

void print_curves(const Ladder& ours, const Ladder* theirs, base::json::Value& results) {
  std::printf("%6s %10s %10s", "ef", "recall", "us");
  if (theirs != nullptr) std::printf(" %12s %10s   (hnswlib)", "recall", "us");
  std::printf("\n");
  for (std::size_t step = 0; step < std::size(kLadder); ++step) {
    std::printf("%6u %10.4f %10.1f", kLadder[step], ours.curve()[step].recall, ours.curve()[step].cpu_us);
    if (theirs != nullptr) std::printf(" %12.4f %10.1f", theirs->curve()[step].recall, theirs->curve()[step].cpu_us);
    std::printf("\n");
  }
  base::json::Value curves;
  curves.set("alidade", ours.to_json(kLadder));
  if (theirs != nullptr) curves.set("hnswlib", theirs->to_json(kLadder));
  results.set("curves", std::move(curves));
  if (theirs == nullptr) return;
  for (const double recall : kRecalls) print_ratio(ours, *theirs, recall, results);
}

void compare(const Options& options, const Engine& engine, Rival* rival, base::json::Value& results) {
  const DataSet& data = engine.data;
  const std::vector<float> truth = kth_scores(data, kK);
  const observe::OpContext context;
  Ladder ours(std::size(kLadder)), theirs(std::size(kLadder));
  for (std::uint32_t round = 0; round < std::max(1U, options.number("rounds")); ++round) {
    for (std::size_t step = 0; step < std::size(kLadder); ++step) {
      const index::SearchRequest request = engine.request(kK, kLadder[step]);
      ours.add(step, measure(data, truth, kK, [&](std::uint32_t q, std::vector<std::uint32_t>& ids) {
        take_ids(index::vector_search(request, index::PaddedQuery({data.query(q), data.dim}), context), ids);
      }));
      if (rival == nullptr) continue;
      theirs.add(step, measure(data, truth, kK, [&](std::uint32_t q, std::vector<std::uint32_t>& ids) {
        rival->search(data.query(q), kK, kLadder[step], ids);
      }));
    }
  }
  print_curves(ours, rival == nullptr ? nullptr : &theirs, results);
}

/// Every core answers all queries at once: queries per second against those of one thread.
void print_threads(const Engine& engine, base::json::Value& results) {
  const DataSet& data = engine.data;
  const index::SearchRequest request = engine.request(kK, 64);
  const auto answer_all = [&] {
    for (std::uint32_t q = 0; q < data.query_count; ++q) {
      index::vector_search(request, index::PaddedQuery({data.query(q), data.dim}), {}).status().ignore();
    }
  };
  const auto seconds_on = [&](unsigned threads) {
    const double before = wall_seconds();
    std::vector<std::thread> others;
    for (unsigned t = 1; t < threads; ++t) others.emplace_back(answer_all);
    answer_all();
    for (std::thread& other : others) other.join();
    return wall_seconds() - before;
  };
  const unsigned threads = std::max(1U, std::thread::hardware_concurrency());
  std::vector<double> ratios;
  for (int round = 0; round < 7; ++round) ratios.push_back(seconds_on(1) * threads / seconds_on(threads));
  std::printf("queries on %u threads: %.2f times as many per second as on one\n", threads, median(ratios));
  results.set("threads", static_cast<std::int64_t>(threads));
  results.set("threads_ratio", rounded(median(ratios)));
}

int run(const Options& options) {
  const auto data = load_data_set(options.text("data"), options.number("queries"));
  std::printf("kernels %s, k %u, m %u, ef_construction %u, thread CPU time, median of %u rounds\n",
              std::string(kernels::active_kernels().name).c_str(), kK, options.number("m"),
              options.number("ef-construction"), options.number("rounds"));
  std::printf("%s: %u rows, %u queries, %u dimensions\n", data->name.c_str(), data->row_count, data->query_count, data->dim);
  base::json::Value results;
  results.set("set", data->name);
  results.set("rows", static_cast<std::int64_t>(data->row_count));
  results.set("dim", static_cast<std::int64_t>(data->dim));
  Engine engine(*data, options.number("m"), options.number("ef-construction"));
  index::HnswScratch scratch;
  const double ours_us = build(*data, [&](std::uint32_t i) { engine.graph.insert(i, scratch); });
  const index::CodeRows* codes = engine.graph.codes();
  const double bytes = static_cast<double>(engine.graph.memory_bytes()) / data->row_count;
  std::printf("build: ours %.1f us per row; codes of %d bits, %.0f bytes per row for codes and links\n", ours_us,
              codes == nullptr ? 32 : codes->grid().bits, bytes);
  results.set("build_us", rounded(ours_us));
  results.set("code_bits", codes == nullptr ? 32 : codes->grid().bits);
  results.set("bytes_per_row", rounded(bytes));
  results.set("memory_of_raw", rounded((bytes + data->rows.stride() * 4.0) / (data->dim * 4.0)));
  if (!options.flag("no-builds")) print_parallel_build(options, *data, results);
  print_exact(engine, results);
  print_threads(engine, results);
  std::unique_ptr<Rival> rival;
  if (!options.flag("no-rival")) {
    rival = make_hnswlib(data->dim, data->row_count, options.number("m"), options.number("ef-construction"));
  }
  if (rival != nullptr) {
    const double rival_us = build(*data, [&](std::uint32_t i) { rival->insert(data->rows.row(i), i); });
    std::printf("build: hnswlib %.1f us per row, ours is %.2f of it\n", rival_us, ours_us / rival_us);
    results.set("build_ratio", rounded(ours_us / rival_us));
  }
  std::fflush(stdout);
  compare(options, engine, rival.get(), results);
  write_results(options.text("json"), "engine", std::move(results));
  return 0;
}

}  // namespace

const Command kEngine = {"engine", "recall and CPU of the vector index, in turns with hnswlib", kOptions, nullptr, &run};

}  // namespace alidade::benchmark
