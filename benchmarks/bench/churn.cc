// Recall and speed after rows were deleted and put in again, beside a graph that is built afresh from the same rows.

#include <algorithm>
#include <cstdio>
#include <memory>
#include <numeric>
#include <random>

#include "bench/commands.h"
#include "bench/measure.h"
#include "bench/results.h"

namespace alidade::benchmark {
namespace {

constexpr OptionRow kOptions[] = {
    {"data", "", "folder of the set; none: the real one"},
    {"queries", "500", "how many of its queries"},
    {"turnover", "1", "how often every row is deleted and put in again"},
    {"repair", "0", "dead per live row of the graph at which its lists are repaired; 0: never"},
    {"rounds", "5", "of which the median counts"},
    {"json", "", "file for the results"},
};
constexpr std::uint32_t kK = 10;
constexpr std::uint32_t kLadder[] = {16, 32, 64, 128, 256};

/// A graph whose rows move to new places, as those of a segment do: a changed row takes a new offset.
class Churned {
 public:
  Churned(const DataSet& data, std::uint32_t places)
      : data_(data), rows_(data.dim), graph_({.m = 16, .ef_construction = 200}, kernels::Metric::kDot, rows_), live_(places, false),
        row_at_(places), place_of_(data.row_count) {
    rows_.ensure(places);
    for (std::uint32_t i = 0; i < data.row_count; ++i) put(i);
  }

  /// Deletes the row and puts it in again.
  void move(std::uint32_t row) {
    live_.reset(place_of_[row]);
    put(row);
  }

  void search(std::uint32_t q, std::uint32_t ef, std::vector<std::uint32_t>& ids) {
    index::SearchRequest request;
    request.rows = &rows_;
    request.row_count = request.graphed_rows = next_;
    request.graph = &graph_;
    request.live = request.present = &live_;
    request.live_count = data_.row_count;
    request.limit = kK;
    request.ef = ef;
    take_ids(index::vector_search(request, index::PaddedQuery({data_.query(q), data_.dim}), {}), ids);
    for (std::uint32_t& id : ids) id = row_at_[id];
  }
  /// Takes the dead rows out of the lists, when there are that many for each live one.
  void repair_at(double dead_share) {
    const std::uint32_t dead = next_ - data_.row_count - graph_.unlinked_count();
    if (dead_share <= 0 || dead < dead_share * data_.row_count) return;
    const double before = thread_cpu_seconds();
    graph_.repair(0, next_, {&live_, data_.row_count}, scratch_);
    graph_.set_unlinked(next_ - data_.row_count);
    repair_seconds_ += thread_cpu_seconds() - before;
  }
  double repair_us() const { return repair_seconds_ * 1e6 / next_; }
  double insert_us() const { return insert_seconds_ * 1e6 / next_; }

 private:
  void put(std::uint32_t row) {
    const std::uint32_t place = next_++;
    std::copy_n(data_.rows.row(row), data_.dim, rows_.mutable_row(place));
    row_at_[place] = row;
    place_of_[row] = place;
    live_.set(place);
    const double before = thread_cpu_seconds();
    graph_.insert(place, scratch_, {&live_, data_.row_count});
    insert_seconds_ += thread_cpu_seconds() - before;
  }

  const DataSet& data_;
  storage::VectorRows rows_;
  index::HnswGraph graph_;
  base::Bitset live_;
  std::vector<std::uint32_t> row_at_, place_of_;
  std::uint32_t next_ = 0;
  index::HnswScratch scratch_;
  double insert_seconds_ = 0, repair_seconds_ = 0;
};

int run(const Options& options) {
  const auto data = load_data_set(options.text("data"), options.number("queries"));
  const double turnover = options.real("turnover");
  const auto moves = static_cast<std::uint64_t>(turnover * data->row_count);
  if (moves > 20ULL * data->row_count) fail("--turnover is at most 20");
  Churned churned(*data, data->row_count + static_cast<std::uint32_t>(moves));
  std::vector<std::uint32_t> order(data->row_count);
  std::iota(order.begin(), order.end(), 0U);
  std::mt19937 random(7);
  for (std::uint64_t done = 0; done < moves; ++done) {
    if (done % data->row_count == 0) {
      for (std::size_t i = order.size(); i > 1; --i) std::swap(order[i - 1], order[random() % i]);
    }
    churned.move(order[done % data->row_count]);
    churned.repair_at(options.real("repair"));
  }
  Churned fresh(*data, data->row_count);
  const std::vector<float> truth = kth_scores(*data, kK);
  Ladder after(std::size(kLadder)), rebuilt(std::size(kLadder));
  for (std::uint32_t round = 0; round < std::max(1U, options.number("rounds")); ++round) {
    for (std::size_t step = 0; step < std::size(kLadder); ++step) {
      const auto run_one = [&](Churned& graph) {
        return measure(*data, truth, kK, [&](std::uint32_t q, std::vector<std::uint32_t>& ids) { graph.search(q, kLadder[step], ids); });
      };
      after.add(step, run_one(churned));
      rebuilt.add(step, run_one(fresh));
    }
  }
  std::printf("%s: %llu rows deleted and put in again, in place, beside a graph that is built afresh\n", data->name.c_str(),
              static_cast<unsigned long long>(moves));
  std::printf("%6s %10s %10s %12s %10s   (fresh) %8s %8s\n", "ef", "recall", "us", "recall", "us", "points", "QPS");
  for (std::size_t step = 0; step < std::size(kLadder); ++step) {
    const Measured &a = after.curve()[step], &b = rebuilt.curve()[step];
    std::printf("%6u %10.4f %10.1f %12.4f %10.1f           %+8.2f %+7.1f%%\n", kLadder[step], a.recall, a.cpu_us, b.recall, b.cpu_us,
                100 * (a.recall - b.recall), 100 * (b.cpu_us / a.cpu_us - 1));
  }
  std::printf("an insertion costs %.1f us and %.1f us of repairs, into the fresh graph %.1f us\n", churned.insert_us(),
              churned.repair_us(), fresh.insert_us());
  base::json::Value results, curves;
  curves.set("churned", after.to_json(kLadder));
  curves.set("fresh", rebuilt.to_json(kLadder));
  results.set("set", data->name);
  results.set("turnover", turnover);
  results.set("curves", std::move(curves));
  write_results(options.text("json"), "churn", std::move(results));
  return 0;
}

}  // namespace

const Command kChurn = {"churn", "recall and speed after rows were deleted and put in again", kOptions, nullptr, &run};

}  // namespace alidade::benchmark
