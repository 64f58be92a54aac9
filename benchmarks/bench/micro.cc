// What a machine gives at most: kernels by instruction set, with rows in the cache and without, dependent loads; and
// which share of that limit a search reaches.

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <numeric>
#include <random>

#include "bench/commands.h"
#include "bench/measure.h"
#include "bench/results.h"
#include "index/vector/hnsw/scratch.h"
#include "kernels/codes.h"
#include "kernels/machine_costs.h"

namespace alidade::benchmark {
namespace {

constexpr OptionRow kOptions[] = {
    {"data", "", "folder of the set; none: the real one"},
    {"queries", "500", "how many of its queries"},
    {"rounds", "7", "of which the median counts"},
    {"json", "", "file for the results"},
};
constexpr std::uint32_t kK = 10;
constexpr std::uint32_t kLadder[] = {16, 24, 32, 48, 64, 96, 128, 192, 256};
constexpr std::size_t kHotRows = 32;  // Of 1.5 KB: 48 KB, the first cache.

/// Random addresses among `count` rows of `bytes` each, or the same few ones over and over.
template <typename T>
std::vector<const T*> addresses(const T* first, std::size_t stride, std::size_t count, bool hot) {
  std::mt19937 random(3);
  std::vector<const T*> rows;
  for (std::size_t i = 0; i < 8192; ++i) rows.push_back(first + (hot ? i % kHotRows : random() % count) * stride);
  return rows;
}

template <typename Call>
double nanoseconds_per_row(std::uint32_t rounds, std::size_t rows, const Call& call) {
  std::vector<double> times;
  for (std::uint32_t round = 0; round < std::max(1U, rounds); ++round) {
    const double before = thread_cpu_seconds();
    call();
    times.push_back((thread_cpu_seconds() - before) * 1e9 / static_cast<double>(rows));
  }
  return median(times);
}

/// Rows over one aligned arena, as large as the set's.
template <typename T>
struct Arena {
  Arena(std::size_t stride_of_row, std::size_t rows) : stride(stride_of_row), count(rows), memory(stride * rows + 64) {
    std::mt19937 random(1);
    for (T& value : memory) value = static_cast<T>(random() % 15);
  }
  /// At the start of a cache line.
  const T* first() const { return reinterpret_cast<const T*>((reinterpret_cast<std::uintptr_t>(memory.data()) + 63) / 64 * 64); }

  std::size_t stride, count;
  std::vector<T> memory;
};

struct RowTimes {
  double hot, far;
};

RowTimes code_times(const kernels::CodeKernels& set, int bits, std::size_t bytes, std::size_t rows, std::uint32_t rounds) {
  const Arena<std::uint8_t> arena(bytes, rows);
  std::vector<std::int8_t> memory(2 * bytes + 64, 3);
  auto* query = reinterpret_cast<std::int8_t*>((reinterpret_cast<std::uintptr_t>(memory.data()) + 63) / 64 * 64);
  std::vector<std::int32_t> out(8192);
  RowTimes times{};
  for (const bool hot : {true, false}) {
    const auto list = addresses(arena.first(), arena.stride, arena.count, hot);
    (hot ? times.hot : times.far) = nanoseconds_per_row(rounds, list.size(), [&] {
      (bits == 8 ? set.dots8 : set.dots4)(query, list.data(), list.size(), bytes, out.data());
    });
  }
  return times;
}

RowTimes float_times(const kernels::KernelSet& set, std::size_t stride, std::size_t rows, std::uint32_t rounds) {
  const Arena<float> arena(stride, rows);
  const std::vector<float> query(stride, 0.5F);
  std::vector<float> out(8192);
  RowTimes times{};
  for (const bool hot : {true, false}) {
    const auto list = addresses(arena.first(), arena.stride, arena.count, hot);
    (hot ? times.hot : times.far) = nanoseconds_per_row(rounds, list.size(), [&] {
      set.distances[0](query.data(), list.data(), list.size(), stride, out.data());
    });
  }
  return times;
}

/// Nanoseconds of a load that the next one waits for, in memory of that size.
double load_nanoseconds(std::size_t bytes, std::uint32_t rounds) {
  const std::size_t count = bytes / 64;
  std::vector<std::uint32_t> order(count), next(count * 16);
  std::iota(order.begin(), order.end(), 0U);
  std::mt19937 random(5);
  for (std::size_t i = count; i > 1; --i) std::swap(order[i - 1], order[random() % i]);
  for (std::size_t i = 0; i < count; ++i) next[order[i] * 16UL] = order[(i + 1) % count];
  constexpr std::size_t kLoads = 200000;
  std::uint32_t at = 0;
  const double time = nanoseconds_per_row(rounds, kLoads, [&] {
    for (std::size_t i = 0; i < kLoads; ++i) at = next[at * 16UL];
  });
  volatile std::uint32_t kept = at;  // So that the loads are not left out.
  static_cast<void>(kept);
  return time;
}

void print_kernels(const DataSet& data, std::uint32_t rounds, base::json::Value& results) {
  const std::size_t padded = (data.dim + 127) / 128 * 128;
  std::printf("%-12s %-6s %6s %10s %10s   ns per row: in the cache, anywhere among %u\n", "kernels", "rows", "bytes", "hot", "far", data.row_count);
  base::json::Array rows;
  const auto print = [&](std::string_view set, const char* kind, std::size_t bytes, const RowTimes& times) {
    std::printf("%-12s %-6s %6zu %10.1f %10.1f\n", std::string(set).c_str(), kind, bytes, times.hot, times.far);
    base::json::Value row;
    row.set("kernels", set);
    row.set("rows", kind);
    row.set("bytes", static_cast<std::int64_t>(bytes));
    row.set("hot_ns", rounded(times.hot));
    row.set("far_ns", rounded(times.far));
    rows.push_back(std::move(row));
  };
  for (const kernels::KernelSet* set : kernels::available_kernels()) {
    print(set->name, "f32", data.rows.stride() * 4UL, float_times(*set, data.rows.stride(), data.row_count, rounds));
  }
  for (const kernels::CodeKernels* set : kernels::available_code_kernels()) {
    print(set->name, "8 bits", padded, code_times(*set, 8, padded, data.row_count, rounds));
    print(set->name, "4 bits", padded / 2, code_times(*set, 4, padded / 2, data.row_count, rounds));
  }
  results.set("kernels", std::move(rows));
}

/// What the planner takes for the costs here, and how long it took to find out.
void print_costs(const DataSet& data, base::json::Value& results) {
  const double before = wall_seconds();
  kernels::calibrate_machine_costs();
  const double spent = (wall_seconds() - before) * 1000;
  const kernels::MachineCosts& costs = kernels::machine_costs();
  const std::size_t padded = (data.dim + 127) / 128 * 128;
  std::printf("calibration %.1f ms; ns per scanned row and per hop, in caches and beyond:", spent);
  const auto print = [](const char* name, const kernels::RowCosts& of, std::size_t bytes) {
    using kernels::RowCost;
    std::printf(" %s %.1f %.1f, %.0f %.0f;", name, of.scanned.of(bytes, RowCost::kNearBytes), of.scanned.of(bytes, RowCost::kFarBytes),
                of.hop.of(bytes, RowCost::kNearBytes), of.hop.of(bytes, RowCost::kFarBytes));
  };
  print("4 bits", costs.four_bits, padded / 2);
  print("8 bits", costs.eight_bits, padded);
  print("floats", costs.floats, 4 * padded);
  std::printf("\n");
  results.set("calibration_ms", rounded(spent));
}

/// The limit of a search: the rows it compares with, fetched as fast as can be, and one load a hop that nothing hides.
void print_share(const Engine& engine, std::uint32_t rounds, double load_ns, base::json::Value& results) {
  const DataSet& data = engine.data;
  const index::CodeRows* codes = engine.graph.codes();
  const double row_ns = codes == nullptr
      ? float_times(kernels::active_kernels(), data.rows.stride(), data.row_count, rounds).far
      : code_times(kernels::active_code_kernels(), codes->grid().bits, codes->row_bytes(), data.row_count, rounds).far;
  const std::vector<float> truth = kth_scores(data, kK);
  std::vector<Measured> curve, comparisons, hops;
  index::HnswScratch scratch;
  for (const std::uint32_t ef : kLadder) {
    Ladder ladder(1);
    const index::SearchRequest request = engine.request(kK, ef);
    for (std::uint32_t round = 0; round < rounds; ++round) {
      ladder.add(0, measure(data, truth, kK, [&](std::uint32_t q, std::vector<std::uint32_t>& ids) {
        take_ids(index::vector_search(request, index::PaddedQuery({data.query(q), data.dim}), {}), ids);
      }));
    }
    curve.push_back(ladder.curve()[0]);
    scratch.comparisons = scratch.hops = 0;
    for (std::uint32_t q = 0; q < data.query_count; ++q) {
      engine.graph.walk(index::PaddedQuery({data.query(q), data.dim}), ef, scratch, {}).status().ignore();
    }
    comparisons.push_back({curve.back().recall, static_cast<double>(scratch.comparisons) / data.query_count});
    hops.push_back({curve.back().recall, static_cast<double>(scratch.hops) / data.query_count});
  }
  for (const double recall : {0.95, 0.99}) {
    const double us = cpu_at_recall(curve, recall), rows = cpu_at_recall(comparisons, recall), steps = cpu_at_recall(hops, recall);
    if (us < 0) continue;
    const double limit = (rows * row_ns + steps * load_ns) / 1000;
    std::printf("recall %.2f: %.0f comparisons, %.0f hops; at most %.1f us by %.1f ns a row and %.0f ns a hop, measured %.1f us: "
                "share of the limit %.2f\n", recall, rows, steps, limit, row_ns, load_ns, us, limit / us);
    char name[32];
    std::snprintf(name, sizeof name, "share_%g", recall);
    results.set(name, rounded(limit / us));
  }
}

int run(const Options& options) {
  const auto data = load_data_set(options.text("data"), options.number("queries"));
  const std::uint32_t rounds = std::max(1U, options.number("rounds"));
  base::json::Value results;
  results.set("set", data->name);
  print_kernels(*data, rounds, results);
  print_costs(*data, results);
  const double near_ns = load_nanoseconds(512 << 10, rounds), far_ns = load_nanoseconds(16 << 20, rounds);
  std::printf("a dependent load: %.1f ns in 512 KB, %.1f ns in 16 MB\n", near_ns, far_ns);
  results.set("load_near_ns", rounded(near_ns));
  results.set("load_far_ns", rounded(far_ns));
  Engine engine(*data, 16, 200);
  index::HnswScratch scratch;
  for (std::uint32_t i = 0; i < data->row_count; ++i) engine.graph.insert(i, scratch);
  print_share(engine, rounds, far_ns, results);
  write_results(options.text("json"), "micro", std::move(results));
  return 0;
}

}  // namespace

const Command kMicro = {"micro", "kernels, row fetches and loads of this machine, and the share of that limit that a search reaches",
                        kOptions, nullptr, &run};

}  // namespace alidade::benchmark
