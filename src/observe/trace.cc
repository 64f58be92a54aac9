#include "observe/trace.h"

namespace alidade::observe {

std::string make_trace_id(env::Env& env) {
  constexpr char kDigits[] = "0123456789abcdef";
  const std::uint64_t words[2] = {env.random_u64() | 1, env.random_u64()};
  std::string out;
  out.reserve(32);
  for (const std::uint64_t word : words) {
    for (int shift = 60; shift >= 0; shift -= 4) out.push_back(kDigits[(word >> shift) & 15]);
  }
  return out;
}

}  // namespace alidade::observe
