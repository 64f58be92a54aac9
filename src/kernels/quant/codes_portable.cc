#include <cstring>

#include "kernels/quant/quant.h"

namespace alidade::kernels {
namespace {

struct Eight {
  static void dots4rows(const std::int8_t* query, const std::uint8_t* const* rows, std::size_t bytes,
                        std::int32_t* out) {
    for (std::size_t k = 0; k < 4; ++k) {
      std::int32_t sum = 0;
      for (std::size_t i = 0; i < bytes; ++i) sum += std::int32_t{rows[k][i]} * std::int32_t{query[i]};
      out[k] = sum;
    }
  }
};

struct Four {
  static void dots4rows(const std::int8_t* query, const std::uint8_t* const* rows, std::size_t bytes,
                        std::int32_t* out) {
    for (std::size_t k = 0; k < 4; ++k) {
      std::int32_t sum = 0;
      for (std::size_t block = 0; block < bytes; block += 64) {
        const std::int8_t* low = query + 2 * block;
        for (std::size_t i = 0; i < 64; ++i) {
          const std::uint8_t both = rows[k][block + i];
          sum += std::int32_t{both & 15} * std::int32_t{low[i]} + std::int32_t{both >> 4} * std::int32_t{low[i + 64]};
        }
      }
      out[k] = sum;
    }
  }
};

#include "kernels/quant/batch.inc"
#include "kernels/quant/merge.inc"

}  // namespace

const CodeKernels& portable_code_kernels() {
  static constexpr CodeKernels kSet = {"portable", 127, &many<Eight>, &many<Four>, &round_all, &widen_eight<127>, &widen_four, &merge_all};
  return kSet;
}

}  // namespace alidade::kernels
