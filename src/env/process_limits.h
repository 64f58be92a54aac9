#pragma once

#include <cstdint>

#include "base/status.h"

namespace alidade::env {

struct OpenFileLimit {
  std::uint64_t before = 0;  ///< What the process started with.
  std::uint64_t now = 0;     ///< What it may have open from here on.
};

/// Raises the number of files that this process may have open to as many as it may take by itself (the
/// soft limit to the hard one): shells and service managers often start programs with 1,024.
/// Called once, at the start. @return kIo when the system refuses; the limit is as it was then.
Result<OpenFileLimit> raise_open_file_limit();

}  // namespace alidade::env
