#include "bench/measure.h"

#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <fstream>

#include "bench/results.h"

namespace alidade::benchmark {
namespace {

double seconds_of(clockid_t clock) {
  timespec now{};
  clock_gettime(clock, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

}  // namespace

double thread_cpu_seconds() { return seconds_of(CLOCK_THREAD_CPUTIME_ID); }
double process_cpu_seconds() { return seconds_of(CLOCK_PROCESS_CPUTIME_ID); }
double wall_seconds() { return seconds_of(CLOCK_MONOTONIC); }

std::uint64_t resident_bytes() {
  std::ifstream file("/proc/self/statm");
  std::uint64_t size = 0, resident = 0;
  file >> size >> resident;
  return resident * static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE));
}

Measured measure(const DataSet& data, const std::vector<float>& truth, std::uint32_t k, const SearchFunction& search) {
  std::vector<std::vector<std::uint32_t>> answers(data.query_count);
  for (auto& answer : answers) answer.reserve(std::size_t{k} * 2);
  const double before = thread_cpu_seconds();
  for (std::uint32_t q = 0; q < data.query_count; ++q) search(q, answers[q]);
  const double spent = thread_cpu_seconds() - before;
  std::size_t right = 0, wanted = 0;
  for (std::uint32_t q = 0; q < data.query_count; ++q) {
    if (truth[q] < -1.5F) continue;
    wanted += k;
    std::size_t good = 0;
    for (const std::uint32_t id : answers[q]) good += exact_score(data, q, id) >= double{truth[q]} - 1e-6 ? 1 : 0;
    right += std::min<std::size_t>(good, k);
  }
  return {wanted == 0 ? 1.0 : static_cast<double>(right) / static_cast<double>(wanted), spent * 1e6 / data.query_count};
}

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

double cpu_at_recall(const std::vector<Measured>& curve, double recall) {
  for (std::size_t i = 0; i < curve.size(); ++i) {
    if (curve[i].recall < recall) continue;
    if (i == 0) return curve[0].cpu_us;
    const Measured &low = curve[i - 1], &high = curve[i];
    const double part = (recall - low.recall) / (high.recall - low.recall);
    return std::exp(std::log(low.cpu_us) + part * (std::log(high.cpu_us) - std::log(low.cpu_us)));
  }
  return -1;
}

void Ladder::add(std::size_t step, const Measured& measured) {
  cpu_us_[step].push_back(measured.cpu_us);
  curve_[step] = {measured.recall, median(cpu_us_[step])};
}

base::json::Value Ladder::to_json(const std::uint32_t* efs) const {
  base::json::Array points;
  for (std::size_t step = 0; step < curve_.size(); ++step) {
    base::json::Value point;
    point.set("ef", static_cast<std::int64_t>(efs[step]));
    point.set("recall", rounded(curve_[step].recall));
    point.set("us", rounded(curve_[step].cpu_us));
    points.push_back(std::move(point));
  }
  return points;
}

Engine::Engine(const DataSet& set, std::uint32_t m, std::uint32_t ef_construction)
    : data(set),
      graph({.m = m, .ef_construction = ef_construction}, kernels::Metric::kDot, set.rows),
      all(set.row_count, true) {}

index::SearchRequest Engine::request(std::size_t limit, std::uint32_t ef) const {
  index::SearchRequest request;
  request.rows = &data.rows;
  request.row_count = request.graphed_rows = data.row_count;
  request.graph = &graph;
  request.live = request.present = &all;
  request.live_count = data.row_count;
  request.limit = limit;
  request.ef = ef;
  return request;
}

void take_ids(const Result<std::vector<index::Neighbour>>& found, std::vector<std::uint32_t>& ids) {
  if (!found.ok()) return;
  for (const index::Neighbour& neighbour : *found) ids.push_back(neighbour.offset);
}

}  // namespace alidade::benchmark
