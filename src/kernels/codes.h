#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "kernels/kernels.h"

namespace alidade::kernels {

/// Rows of codes are as long as a multiple of this many bytes: one cache line, one AVX-512 register.
inline constexpr std::size_t kCodeBlock = 64;

/// Scalar products of one query with many rows of codes, as whole numbers.
/// @param query  [bytes] or, of 4-bit rows, [2 x bytes] numbers within the set's limits, 64-byte aligned
/// @param rows   [count] addresses of rows [bytes]; 0 to 255 in a byte, or two codes of 0 to 15 (pack_nibbles)
/// @param bytes  a multiple of kCodeBlock, at most kMaxCodeDim
/// @param out    [count]
/// Fetches rows ahead of their turn. Exact: every instruction set gives the same numbers.
using DotsFunction = void (*)(const std::int8_t* query,
                              const std::uint8_t* const* rows,
                              std::size_t count,
                              std::size_t bytes,
                              std::int32_t* out);

/// Longer rows have no codes: 16,384 x 255 x 127 fits 31 bits.
inline constexpr std::size_t kMaxCodeDim = 16384;

/// Rounds to whole numbers: clamp(round(scale x value + shift), low, high), ties to even; what is not a
/// number becomes 0, clamped. The same in every instruction set.
struct Rounding {
  float scale = 1;
  float shift = 0;
  float low = -127;  ///< low and high are whole numbers from -128 to 127.
  float high = 127;
};
/// @return the sum of what it wrote.
using RoundFunction = std::int32_t (*)(const float* values, std::size_t count, const Rounding& rounding,
                                       std::int8_t* out);

/// Makes a row of codes a query: of 8 bits c - 128, or half of that, rounded, where the set's query_limit8 is 64;
/// of 4 bits 2c - 15. @param out as dots8 and dots4 read it. @return the sum of what it wrote.
using WidenFunction = std::int32_t (*)(const std::uint8_t* row, std::size_t bytes, std::int8_t* out);

/// What merge_nearer() did to a pool.
struct Merged {
  std::size_t size;    ///< Entries now.
  std::size_t lowest;  ///< The first place that changed; `capacity` when none did.
};
/// Puts the nodes that are near enough into a pool of `key << 32 | node << 1`, ascending, of at most
/// `capacity` entries; when it is full the last ones leave. Bit 0 of an entry is the caller's and is 0 in new
/// ones.
/// @param pool  room for capacity + kPoolSlack entries, and kPoolSlack zeros in front of it
/// @param keys, nodes  [count]; nodes below 2^31
using MergeFunction = Merged (*)(std::uint64_t* pool,
                                 std::size_t size,
                                 std::size_t capacity,
                                 const std::uint32_t* keys,
                                 const std::uint32_t* nodes,
                                 std::size_t count);
inline constexpr std::size_t kPoolSlack = 8;

/// The kernels of one instruction set over codes, and those of a walk over them.
struct CodeKernels {
  std::string_view name;  ///< "portable", "avx2", "avx512vnni", "neon".
  /// Largest absolute number of a query that dots8 takes; dots4 takes 127 in every set.
  int query_limit8;
  DotsFunction dots8;
  DotsFunction dots4;
  RoundFunction round;
  WidenFunction widen8;
  WidenFunction widen4;
  MergeFunction merge;
};

/// What this CPU can run, the plainest first.
const std::vector<const CodeKernels*>& available_code_kernels();

/// The set in use, by the same choice as active_kernels(); "avx512" without VNNI takes the AVX2 ones.
const CodeKernels& active_code_kernels();

/// Packs codes of 0 to 15 as dots4 reads them: of every 128, byte i holds code i below code i + 64.
/// @param codes [2 x bytes]
void pack_nibbles(const std::uint8_t* codes, std::size_t bytes, std::uint8_t* out);
/// The inverse.
void unpack_nibbles(const std::uint8_t* packed, std::size_t bytes, std::uint8_t* out);

}  // namespace alidade::kernels
