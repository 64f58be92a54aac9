#pragma once

#include <cstdint>
#include <string>

namespace alidade::simulation {

/// The seed of this run: ALIDADE_SEED when it is set, else `fallback`.
std::uint64_t seed_or(std::uint64_t fallback);

/// "seed=… commit=…": what a failure prints; ALIDADE_SEED=… on that commit replays it.
std::string reproduce(std::uint64_t seed);

/// Whether the long form was asked for (ALIDADE_LONG=1).
bool is_long_form();

}  // namespace alidade::simulation
