#include "kernels/kernels.h"

#include <cstdlib>

#include "kernels/distance/distance.h"

namespace alidade::kernels {
namespace {

std::vector<const KernelSet*> find_available() {
  std::vector<const KernelSet*> sets = {&portable_kernels()};
#if defined(__x86_64__)
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) sets.push_back(&avx2_kernels());
  if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
      __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512dq")) {
    sets.push_back(&avx512_kernels());
  }
#elif defined(__aarch64__)
  sets.push_back(&neon_kernels());  // Every 64-bit Arm has it.
#endif
  return sets;
}

const KernelSet& choose() {
  const auto& sets = available_kernels();
  // NOLINTNEXTLINE(concurrency-mt-unsafe): read once, before any thread changes the environment.
  if (const char* wanted = std::getenv("ALD_CPU"); wanted != nullptr) {
    for (const KernelSet* set : sets) {
      if (set->name == wanted) return *set;
    }
  }
  return *sets.back();
}

}  // namespace

const std::vector<const KernelSet*>& available_kernels() {
  static const std::vector<const KernelSet*> sets = find_available();
  return sets;
}

const KernelSet& active_kernels() {
  static const KernelSet& set = choose();
  return set;
}

}  // namespace alidade::kernels
