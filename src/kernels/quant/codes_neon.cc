#include <arm_neon.h>

#include <cstring>

#include "kernels/quant/quant.h"

namespace alidade::kernels {
namespace {

// Plain NEON multiplies signed by signed bytes or unsigned by unsigned ones, so codes of 8 bits are moved by 128 first,
// and what that takes away, 128 x the sum of the query, is added at the end: exact, as 31 bits hold all of it.

/// Sums of products of bytes, from both halves of the registers.
inline int32x4_t add_products(int32x4_t sum, int8x16_t a, int8x16_t b) {
  // Each product is at most 128 x 127 and fits 15 bits; a pair of them fits 16 bits only added up in 32.
  sum = vpadalq_s16(sum, vmull_s8(vget_low_s8(a), vget_low_s8(b)));
  return vpadalq_s16(sum, vmull_s8(vget_high_s8(a), vget_high_s8(b)));
}

/// The sum of a query.
inline std::int32_t sum_of(const std::int8_t* query, std::size_t count) {
  int32x4_t sum = vdupq_n_s32(0);
  for (std::size_t i = 0; i < count; i += 16) sum = vpadalq_s16(sum, vpaddlq_s8(vld1q_s8(query + i)));
  return vaddvq_s32(sum);
}

struct Eight {
  static void dots4rows(const std::int8_t* query, const std::uint8_t* const* rows, std::size_t bytes,
                        std::int32_t* out) {
    int32x4_t sums[4] = {vdupq_n_s32(0), vdupq_n_s32(0), vdupq_n_s32(0), vdupq_n_s32(0)};
    const uint8x16_t middle = vdupq_n_u8(128);
    for (std::size_t i = 0; i < bytes; i += 16) {
      const int8x16_t q = vld1q_s8(query + i);
      for (std::size_t k = 0; k < 4; ++k) {
        sums[k] = add_products(sums[k], vreinterpretq_s8_u8(veorq_u8(vld1q_u8(rows[k] + i), middle)), q);
      }
    }
    const std::int32_t moved = 128 * sum_of(query, bytes);
    for (std::size_t k = 0; k < 4; ++k) out[k] = vaddvq_s32(sums[k]) + moved;
  }
};

struct Four {
  static void dots4rows(const std::int8_t* query, const std::uint8_t* const* rows, std::size_t bytes,
                        std::int32_t* out) {
    int32x4_t sums[4] = {vdupq_n_s32(0), vdupq_n_s32(0), vdupq_n_s32(0), vdupq_n_s32(0)};
    const uint8x16_t mask = vdupq_n_u8(15);
    for (std::size_t block = 0; block < bytes; block += 64) {
      const std::int8_t* lows = query + 2 * block;
      for (std::size_t i = 0; i < 64; i += 16) {
        const int8x16_t low = vld1q_s8(lows + i), high = vld1q_s8(lows + 64 + i);
        for (std::size_t k = 0; k < 4; ++k) {
          const uint8x16_t both = vld1q_u8(rows[k] + block + i);
          sums[k] = add_products(sums[k], vreinterpretq_s8_u8(vandq_u8(both, mask)), low);
          sums[k] = add_products(sums[k], vreinterpretq_s8_u8(vshrq_n_u8(both, 4)), high);
        }
      }
    }
    for (std::size_t k = 0; k < 4; ++k) out[k] = vaddvq_s32(sums[k]);
  }
};

#include "kernels/quant/batch.inc"
#include "kernels/quant/merge.inc"

}  // namespace

const CodeKernels& neon_code_kernels() {
  static constexpr CodeKernels kSet = {"neon", 127, &many<Eight>, &many<Four>, &round_all, &widen_eight<127>, &widen_four, &merge_all};
  return kSet;
}

}  // namespace alidade::kernels
