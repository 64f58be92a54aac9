#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace alidade::base {

/// XXH3-64. The checksum of every file format and the hash of every persistent structure.
std::uint64_t hash64(std::span<const std::byte> bytes, std::uint64_t seed = 0);

}  // namespace alidade::base
