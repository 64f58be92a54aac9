#include <immintrin.h>

#include <cstring>

#include "kernels/quant/quant.h"

namespace alidade::kernels {
namespace {

inline __m256i load(const void* from) { return _mm256_loadu_si256(static_cast<const __m256i*>(from)); }

/// The sums of four registers, in order.
inline void store_sums(__m256i a, __m256i b, __m256i c, __m256i d, std::int32_t* out) {
  const __m256i pairs = _mm256_hadd_epi32(_mm256_hadd_epi32(a, b), _mm256_hadd_epi32(c, d));
  const __m128i sums = _mm_add_epi32(_mm256_castsi256_si128(pairs), _mm256_extracti128_si256(pairs, 1));
  _mm_storeu_si128(reinterpret_cast<__m128i*>(out), sums);
}

struct Eight {
  // Two products of a pair: 255 x 64 x 2 = 32,640 fits 15 bits, so maddubs never saturates within the set's limit.
  static __m256i step(__m256i sum, const std::uint8_t* row, __m256i query) {
    const __m256i pairs = _mm256_maddubs_epi16(load(row), query);
    return _mm256_add_epi32(sum, _mm256_madd_epi16(pairs, _mm256_set1_epi16(1)));
  }
  static void dots4rows(const std::int8_t* query, const std::uint8_t* const* rows, std::size_t bytes,
                        std::int32_t* out) {
    __m256i a = _mm256_setzero_si256(), b = a, c = a, d = a;
    for (std::size_t i = 0; i < bytes; i += 32) {
      const __m256i q = load(query + i);
      a = step(a, rows[0] + i, q);
      b = step(b, rows[1] + i, q);
      c = step(c, rows[2] + i, q);
      d = step(d, rows[3] + i, q);
    }
    store_sums(a, b, c, d, out);
  }
};

struct Four {
  // Four maddubs are added before they widen: 4 x 15 x 127 x 2 = 15,240 fits 15 bits.
  static __m256i step(__m256i sum, const std::uint8_t* row, const __m256i (&query)[4]) {
    const __m256i mask = _mm256_set1_epi8(15);
    const __m256i first = load(row), second = load(row + 32);
    const __m256i low = _mm256_add_epi16(_mm256_maddubs_epi16(_mm256_and_si256(first, mask), query[0]),
                                         _mm256_maddubs_epi16(_mm256_and_si256(second, mask), query[1]));
    const __m256i first_high = _mm256_and_si256(_mm256_srli_epi16(first, 4), mask);
    const __m256i second_high = _mm256_and_si256(_mm256_srli_epi16(second, 4), mask);
    const __m256i high = _mm256_add_epi16(_mm256_maddubs_epi16(first_high, query[2]),
                                          _mm256_maddubs_epi16(second_high, query[3]));
    return _mm256_add_epi32(sum, _mm256_madd_epi16(_mm256_add_epi16(low, high), _mm256_set1_epi16(1)));
  }
  static void dots4rows(const std::int8_t* query, const std::uint8_t* const* rows, std::size_t bytes,
                        std::int32_t* out) {
    __m256i a = _mm256_setzero_si256(), b = a, c = a, d = a;
    for (std::size_t i = 0; i < bytes; i += 64) {
      const std::int8_t* low = query + 2 * i;
      const __m256i q[4] = {load(low), load(low + 32), load(low + 64), load(low + 96)};
      a = step(a, rows[0] + i, q);
      b = step(b, rows[1] + i, q);
      c = step(c, rows[2] + i, q);
      d = step(d, rows[3] + i, q);
    }
    store_sums(a, b, c, d, out);
  }
};

#include "kernels/quant/batch.inc"
#include "kernels/quant/merge.inc"

}  // namespace

const CodeKernels& avx2_code_kernels() {
  static constexpr CodeKernels kSet = {"avx2", 64, &many<Eight>, &many<Four>, &round_all, &widen_eight<64>, &widen_four, &merge_all};
  return kSet;
}

}  // namespace alidade::kernels
