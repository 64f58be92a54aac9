#include "engine_measure.h"

#include <time.h>

#include <algorithm>
#include <cmath>

namespace alidade::benchmark {

double thread_cpu_seconds() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
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

}  // namespace alidade::benchmark
