#pragma once

#include <cstddef>
namespace alidade::ops {

/// A handler looks at its context after so many: about 1 ms of looking up ids or rows, and of reading
/// records of 1 KB.
inline constexpr std::size_t kIdsPerCheck = 4096;
inline constexpr std::size_t kRecordsPerCheck = 64;

}  // namespace alidade::ops
