#include "bench/results.h"

#include <sys/utsname.h>

#include <cmath>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <thread>

#include "bench/options.h"
#include "kernels/codes.h"
#include "kernels/kernels.h"

namespace alidade::benchmark {
namespace {

std::string cpu_name() {
  std::ifstream file("/proc/cpuinfo");
  for (std::string line; std::getline(file, line);) {
    if (line.rfind("model name", 0) == 0) return line.substr(line.find(':') + 2);
  }
  return "unknown CPU";
}

}  // namespace

base::json::Value machine() {
  base::json::Value about;
  about.set("cpu", cpu_name());
  about.set("cores", static_cast<std::int64_t>(std::thread::hardware_concurrency()));
  double load = 0;
  getloadavg(&load, 1);
  about.set("load", rounded(load));
  utsname names{};
  uname(&names);
  about.set("linux", std::string(names.release));
  about.set("kernels", kernels::active_kernels().name);
  about.set("code_kernels", kernels::active_code_kernels().name);
  return about;
}

base::json::Value rounded(double value) { return std::round(value * 1e4) / 1e4; }

void write_results(const std::string& path, const std::string& what, base::json::Value results) {
  if (path.empty()) return;
  base::json::Value whole;
  whole.set("benchmark", what);
  whole.set("machine", machine());
  whole.set("results", std::move(results));
  write_text(path, base::json::to_text(whole) + "\n");
}

void write_text(const std::string& path, const std::string& text) {
  std::ofstream file(path, std::ios::binary);
  file << text;
  if (!file.flush()) fail("cannot write " + path);
}

base::json::Value read_results(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  const std::string text((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  auto value = base::json::parse(text);
  if (!file || !value.ok() || value->find("benchmark") == nullptr || value->find("results") == nullptr) {
    fail(path + " holds no results of alidade-bench");
  }
  return std::move(*value);
}

}  // namespace alidade::benchmark
