#pragma once

#include <cstdint>

#include "env/env.h"

namespace alidade::observe {

/// What the system says of this process. 0 where it does not tell.
struct ProcessStats {
  std::uint64_t resident_bytes = 0;
  std::uint64_t allocated_bytes = 0;  ///< In use, as the allocator counts.
  std::uint64_t retained_bytes = 0;   ///< Free, but kept by the allocator.
  std::uint64_t threads = 0;
  std::uint64_t open_files = 0;
  std::uint64_t max_files = 0;
  std::uint64_t open_maps = 0;
  std::uint64_t max_maps = 0;
  std::uint64_t minor_faults = 0;
  std::uint64_t major_faults = 0;
  std::uint64_t system_memory_bytes = 0;
};

/// Reads /proc; some hundred microseconds. Any thread.
ProcessStats read_process_stats(env::Env& env);

}  // namespace alidade::observe
