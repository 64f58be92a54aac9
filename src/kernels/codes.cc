#include "kernels/codes.h"

#include "kernels/quant/quant.h"

namespace alidade::kernels {
namespace {

constexpr std::size_t kHalf = 64;  // Codes in the lower or the upper halves of a block's bytes.

std::vector<const CodeKernels*> find_code_sets() {
  std::vector<const CodeKernels*> sets = {&portable_code_kernels()};
#if defined(__x86_64__)
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) sets.push_back(&avx2_code_kernels());
  if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
      __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512dq") &&
      __builtin_cpu_supports("avx512vnni")) {
    sets.push_back(&avx512vnni_code_kernels());
  }
#elif defined(__aarch64__)
  sets.push_back(&neon_code_kernels());
#endif
  return sets;
}

/// The last one that belongs to the f32 set in use: "avx512" takes whatever there is.
const CodeKernels& choose_codes() {
  const std::string_view chosen = active_kernels().name;
  const auto& sets = available_code_kernels();
  if (chosen == "portable") return *sets.front();
#if defined(__x86_64__)
  if (chosen == "avx2") return avx2_code_kernels();
#endif
  return *sets.back();
}

}  // namespace

const std::vector<const CodeKernels*>& available_code_kernels() {
  static const std::vector<const CodeKernels*> sets = find_code_sets();
  return sets;
}

const CodeKernels& active_code_kernels() {
  static const CodeKernels& set = choose_codes();
  return set;
}

void pack_nibbles(const std::uint8_t* codes, std::size_t bytes, std::uint8_t* out) {
  for (std::size_t block = 0; block < bytes; block += kHalf) {
    const std::uint8_t* low = codes + 2 * block;
    for (std::size_t i = 0; i < kHalf; ++i) {
      out[block + i] = static_cast<std::uint8_t>(low[i] | low[i + kHalf] << 4);
    }
  }
}

void unpack_nibbles(const std::uint8_t* packed, std::size_t bytes, std::uint8_t* out) {
  for (std::size_t block = 0; block < bytes; block += kHalf) {
    std::uint8_t* low = out + 2 * block;
    for (std::size_t i = 0; i < kHalf; ++i) {
      low[i] = packed[block + i] & 15U;
      low[i + kHalf] = static_cast<std::uint8_t>(packed[block + i] >> 4);
    }
  }
}

}  // namespace alidade::kernels
