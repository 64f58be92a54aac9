#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "base/bytes.h"

namespace alidade::simulation {

/// One way in which a file's bytes went wrong.
struct Damage {
  enum class Kind { kCut, kExtended, kZeroed, kFlipped, kOverwritten };
  Kind kind = Kind::kCut;
  std::string name;          ///< "bits 8 of byte 17".
  std::uint64_t offset = 0;  ///< First byte that differs.
  base::Bytes content;
};

/// Calls visit for the damages of one file: cut at every byte of the first and last 64, at block
/// borders and a sample; extended; zeroed as a whole, by sectors of 512 and pages of 4,096 bytes; one
/// bit flipped at every byte of the first and last 64 and a sample; where the sample meets one that was
/// told, a byte overwritten. None twice. Stops when visit returns false.
/// @param edge_step of the first and last 64 bytes every so many, from one that the seed chooses.
/// @param sample how many of the random ones (cuts, sectors and pages take a part of it).
void for_each_damage(const base::Bytes& file,
                     std::uint64_t edge_step,
                     std::uint64_t sample,
                     std::uint64_t seed,
                     const std::function<bool(const Damage&)>& visit);

}  // namespace alidade::simulation
