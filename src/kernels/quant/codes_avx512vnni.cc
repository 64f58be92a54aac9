#include <immintrin.h>

#include <cstring>

#include "kernels/quant/quant.h"

namespace alidade::kernels {
namespace {

inline __m512i load(const void* from) { return _mm512_loadu_si512(from); }

inline __m256i halves(__m512i v) {
  return _mm256_add_epi32(_mm512_castsi512_si256(v), _mm512_extracti64x4_epi64(v, 1));
}

/// The sums of four registers, in order.
inline void store_sums(__m512i a, __m512i b, __m512i c, __m512i d, std::int32_t* out) {
  const __m256i pairs =
      _mm256_hadd_epi32(_mm256_hadd_epi32(halves(a), halves(b)), _mm256_hadd_epi32(halves(c), halves(d)));
  const __m128i sums = _mm_add_epi32(_mm256_castsi256_si128(pairs), _mm256_extracti128_si256(pairs, 1));
  _mm_storeu_si128(reinterpret_cast<__m128i*>(out), sums);
}

struct Eight {
  static void dots4rows(const std::int8_t* query, const std::uint8_t* const* rows, std::size_t bytes,
                        std::int32_t* out) {
    __m512i a = _mm512_setzero_si512(), b = a, c = a, d = a;
    for (std::size_t i = 0; i < bytes; i += 64) {
      const __m512i q = load(query + i);
      a = _mm512_dpbusd_epi32(a, load(rows[0] + i), q);
      b = _mm512_dpbusd_epi32(b, load(rows[1] + i), q);
      c = _mm512_dpbusd_epi32(c, load(rows[2] + i), q);
      d = _mm512_dpbusd_epi32(d, load(rows[3] + i), q);
    }
    store_sums(a, b, c, d, out);
  }
};

struct Four {
  static __m512i step(__m512i sum, const std::uint8_t* row, __m512i low, __m512i high) {
    const __m512i mask = _mm512_set1_epi8(15);
    const __m512i both = load(row);
    sum = _mm512_dpbusd_epi32(sum, _mm512_and_si512(both, mask), low);
    return _mm512_dpbusd_epi32(sum, _mm512_and_si512(_mm512_srli_epi16(both, 4), mask), high);
  }
  static void dots4rows(const std::int8_t* query, const std::uint8_t* const* rows, std::size_t bytes,
                        std::int32_t* out) {
    __m512i a = _mm512_setzero_si512(), b = a, c = a, d = a;
    for (std::size_t i = 0; i < bytes; i += 64) {
      const __m512i low = load(query + 2 * i), high = load(query + 2 * i + 64);
      a = step(a, rows[0] + i, low, high);
      b = step(b, rows[1] + i, low, high);
      c = step(c, rows[2] + i, low, high);
      d = step(d, rows[3] + i, low, high);
    }
    store_sums(a, b, c, d, out);
  }
};

#include "kernels/quant/batch.inc"

/// Moves what is larger than `entry` one place up, eight at a time from the back, and puts it there.
/// @return its place. The zeros in front of the pool end the loop.
inline std::size_t put(std::uint64_t* pool, std::size_t size, std::uint64_t entry) {
  const __m512i wanted = _mm512_set1_epi64(static_cast<long long>(entry));
  std::uint64_t* end = pool + size;
  while (true) {
    const __m512i eight = load(end - 8);
    const __mmask8 larger = _mm512_cmpgt_epu64_mask(eight, wanted);
    _mm512_mask_storeu_epi64(end - 7, larger, eight);
    if (larger != 0xFF) {
      // Ascending, so the larger ones are the last ones.
      end -= __builtin_popcount(larger);
      *end = entry;
      return static_cast<std::size_t>(end - pool);
    }
    end -= 8;
  }
}

Merged merge_all(std::uint64_t* pool,
                 std::size_t size,
                 std::size_t capacity,
                 const std::uint32_t* keys,
                 const std::uint32_t* nodes,
                 std::size_t count) {
  std::size_t lowest = capacity;
  alignas(64) std::uint64_t near[16];
  for (std::size_t first = 0; first < count; first += 8) {
    const auto mask = static_cast<__mmask8>(count - first >= 8 ? 0xFF : (1U << (count - first)) - 1);
    const __m512i key = _mm512_cvtepu32_epi64(_mm256_maskz_loadu_epi32(mask, keys + first));
    const __m512i node = _mm512_cvtepu32_epi64(_mm256_maskz_loadu_epi32(mask, nodes + first));
    const __m512i entries = _mm512_or_si512(_mm512_slli_epi64(key, 32), _mm512_slli_epi64(node, 1));
    __mmask8 nearer = mask;
    if (size == capacity) {
      nearer = _mm512_mask_cmplt_epu64_mask(mask, entries, _mm512_set1_epi64(static_cast<long long>(pool[size - 1])));
    }
    _mm512_storeu_si512(near, _mm512_maskz_compress_epi64(nearer, entries));
    const auto found = static_cast<std::size_t>(__builtin_popcount(nearer));
    for (std::size_t i = 0; i < found; ++i) {
      if (size == capacity) {
        if (near[i] >= pool[size - 1]) continue;
        --size;
      }
      const std::size_t at = put(pool, size, near[i]);
      ++size;
      lowest = at < lowest ? at : lowest;
    }
  }
  return {size, lowest};
}

}  // namespace

const CodeKernels& avx512vnni_code_kernels() {
  static constexpr CodeKernels kSet = {"avx512vnni", 127, &many<Eight>, &many<Four>, &round_all, &widen_eight<127>, &widen_four, &merge_all};
  return kSet;
}

}  // namespace alidade::kernels
