// What each plan of a filtered search costs at equal recall, and how far the chosen one is from the best: for the
// filters of the set's payloads, for random ones, and for those that go with the queries or against them.

#include <algorithm>
#include <cstdio>
#include <limits>

#include "bench/commands.h"
#include "bench/filters.h"
#include "bench/measure.h"
#include "bench/results.h"

namespace alidade::benchmark {
namespace {

constexpr OptionRow kOptions[] = {
    {"data", "", "folder of the set; none: the real one"},
    {"queries", "300", "how many of its queries"},
    {"rounds", "3", "of which the median counts"},
    {"recall", "0.95", "at which plans are compared"},
    {"seed", "20", "of the random filters and of the pivots"},
    {"json", "", "file for the results"},
};
constexpr std::uint32_t kK = 10;
constexpr std::uint32_t kLadder[] = {8, 12, 16, 24, 32, 48, 64, 96, 128, 192, 256, 512, 1024, 2048};
constexpr double kShares[] = {0.0001, 0.001, 0.005, 0.01, 0.03, 0.06, 0.1, 0.2, 0.35, 0.5, 0.75, 0.95, 1.0};
constexpr double kCorrelatedShares[] = {0.001, 0.01, 0.05, 0.15, 0.4, 0.8};

using PlanKind = index::Plan::Kind;

/// One way to answer: a plan that is given, or what the planner chooses.
struct Way {
  const char* name;
  bool is_chosen;
  PlanKind kind;
};
constexpr Way kWays[] = {{"scan", false, PlanKind::kScan},
                         {"walk", false, PlanKind::kWalk},
                         {"two-hop", false, PlanKind::kTwoHopWalk},
                         {"chosen", true, PlanKind::kScan}};
constexpr std::size_t kWayCount = std::size(kWays), kChosen = 3;

/// Measures one filter, all ways in turns.
class FilterRun {
 public:
  FilterRun(const Engine& engine, const NamedFilter& filter, double recall)
      : engine_(engine), filter_(filter), recall_(recall), truth_(filtered_truth(engine.data, filter, kK)) {
    for (std::size_t way = 0; way < kWayCount; ++way) ladders_.emplace_back(std::size(kLadder));
  }

  void run_round() {
    for (std::size_t way = 0; way < kWayCount; ++way) {
      // A scan is the same at every ef. What a first round needed is all that later ones look at.
      const std::size_t end = kWays[way].kind == PlanKind::kScan && !kWays[way].is_chosen ? 1 : std::size(kLadder);
      for (std::size_t step = first_[way]; step < std::min(end, last_[way] + 1); ++step) {
        const Measured seen = measure_one(kWays[way], kLadder[step]);
        ladders_[way].add(step, seen);
        if (seen.recall < recall_ && step + 1 < end) continue;
        last_[way] = step;
        first_[way] = step == 0 ? 0 : step - 1;
        break;
      }
    }
  }

  /// CPU microseconds at the recall; negative where the way does not reach it.
  double cost(std::size_t way) const {
    const auto& curve = ladders_[way].curve();
    const std::size_t last = std::min(last_[way], std::size(kLadder) - 1), first = std::min(first_[way], last);
    return cpu_at_recall({curve.begin() + static_cast<std::ptrdiff_t>(first), curve.begin() + static_cast<std::ptrdiff_t>(last) + 1}, recall_);
  }
  /// The ef at the recall, by the same interpolation; 0 where the way does not reach it.
  double ef(std::size_t way) const {
    const std::size_t last = last_[way] < std::size(kLadder) ? last_[way] : std::size(kLadder) - 1;
    const auto& curve = ladders_[way].curve();
    if (curve[last].recall < recall_) return 0;
    const std::size_t first = std::min(first_[way], last);
    std::vector<Measured> efs;
    for (std::size_t step = first; step <= last; ++step) efs.push_back({curve[step].recall, static_cast<double>(kLadder[step])});
    return cpu_at_recall(efs, recall_);
  }
  /// What the planner does at the default ef.
  Measured at_default() const { return measure_one(kWays[kChosen], 100); }
  index::Plan plan() const { return index::choose_plan(request(100)); }

 private:
  index::SearchRequest request(std::uint32_t ef) const {
    index::SearchRequest request = engine_.request(kK, ef);
    request.selected = &filter_.rows;
    request.selected_count = filter_.count;
    return request;
  }
  Measured measure_one(const Way& way, std::uint32_t ef) const {
    const index::SearchRequest asked = request(ef);
    const index::Plan given{.kind = way.kind, .ef = ef, .wanted_rows = filter_.count, .is_fixed = true};
    return measure(engine_.data, truth_, kK, [&](std::uint32_t q, std::vector<std::uint32_t>& ids) {
      const index::PaddedQuery query({engine_.data.query(q), engine_.data.dim});
      take_ids(way.is_chosen ? index::vector_search(asked, query, {}) : index::search_by_plan(asked, given, query, {}), ids);
    });
  }

  const Engine& engine_;
  const NamedFilter& filter_;
  const double recall_;
  const std::vector<float> truth_;
  std::vector<Ladder> ladders_;
  std::size_t first_[kWayCount] = {}, last_[kWayCount] = {99, 99, 99, 99};
};

struct Worst {
  double factor = 0, recall = 1;
  std::string where, where_recall;
};

/// @param ef  0 where the plan has none.
void print_cost(double cpu_us, double ef) {
  if (cpu_us < 0) {
    std::printf(" %14s", "-");
  } else if (ef <= 0) {
    std::printf(" %14.1f", cpu_us);
  } else {
    std::printf(" %7.1f (%4.0f)", cpu_us, ef);
  }
}

base::json::Value compare_one(const Options& options, const Engine& engine, const NamedFilter& filter, Worst& worst) {
  FilterRun run(engine, filter, options.real("recall"));
  for (std::uint32_t round = 0; round < std::max(1U, options.number("rounds")); ++round) run.run_round();
  const double share = 100.0 * static_cast<double>(filter.count) / engine.data.row_count;
  std::printf("%-20s %7llu %6.2f", filter.name.c_str(), static_cast<unsigned long long>(filter.count), share);
  base::json::Value row;
  row.set("filter", filter.name);
  row.set("share", rounded(share));
  double best = std::numeric_limits<double>::infinity();
  for (std::size_t way = 0; way < kWayCount; ++way) {
    const double cost = run.cost(way);
    print_cost(cost, way == 0 ? 0 : run.ef(way));
    if (cost >= 0) row.set(kWays[way].name, rounded(cost));
    if (cost >= 0 && way != kChosen) best = std::min(best, cost);
  }
  const Measured chosen = run.at_default();
  const double factor = run.cost(kChosen) / best;
  std::printf(" %6.2f | %8.1f %7.4f  %s\n", factor, chosen.cpu_us, chosen.recall, run.plan().to_string().c_str());
  std::fflush(stdout);
  row.set("factor", rounded(factor));
  row.set("default_us", rounded(chosen.cpu_us));
  row.set("default_recall", rounded(chosen.recall));
  row.set("plan", run.plan().to_string());
  if (factor > worst.factor) worst = {factor, worst.recall, filter.name, worst.where_recall};
  if (chosen.recall < worst.recall) worst = {worst.factor, chosen.recall, worst.where, filter.name};
  return row;
}

std::vector<NamedFilter> all_filters(const Options& options, const DataSet& data) {
  std::vector<NamedFilter> filters = load_filters(data_folder(options.text("data")), data.row_count);
  const std::uint32_t seed = options.number("seed");
  for (const double share : kShares) filters.push_back(random_filter(share, data.row_count, seed));
  for (const double share : kCorrelatedShares) filters.push_back(correlated_filter(data, share, Towards::kQueries));
  for (const double share : kCorrelatedShares) filters.push_back(correlated_filter(data, share, Towards::kAway));
  for (const double share : kCorrelatedShares) filters.push_back(pivot_filter(data, share, seed * 977));
  std::erase_if(filters, [](const NamedFilter& filter) { return filter.count == 0; });
  return filters;
}

int run(const Options& options) {
  const auto data = load_data_set(options.text("data"), options.number("queries"));
  Engine engine(*data, 16, 200);
  index::HnswScratch scratch;
  for (std::uint32_t i = 0; i < data->row_count; ++i) engine.graph.insert(i, scratch);
  std::printf("%s, kernels %s: CPU us per query at recall %.2f, k %u, by plan (- = not reached); chosen by the best; what is "
              "chosen at ef 100\n", data->name.c_str(), std::string(kernels::active_kernels().name).c_str(), options.real("recall"), kK);
  std::printf("%-20s %7s %6s %14s %14s %14s %14s %6s | %8s %7s\n", "filter", "rows", "%", "scan", "walk (ef)", "two-hop (ef)", "chosen (ef)",
              "factor", "us", "recall");
  base::json::Array rows;
  Worst worst;
  for (const NamedFilter& filter : all_filters(options, *data)) rows.push_back(compare_one(options, engine, filter, worst));
  std::printf("worst: %.2f times the best plan (%s), recall %.4f at ef 100 (%s)\n", worst.factor, worst.where.c_str(),
              worst.recall, worst.where_recall.c_str());
  base::json::Value results;
  results.set("set", data->name);
  results.set("recall", options.real("recall"));
  results.set("filters", std::move(rows));
  results.set("worst_factor", rounded(worst.factor));
  write_results(options.text("json"), "filter", std::move(results));
  return 0;
}

}  // namespace

const Command kFilter = {"filter", "what plans of filtered searches cost, and which are chosen", kOptions, nullptr, &run};

}  // namespace alidade::benchmark
