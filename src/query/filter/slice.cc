// A share of the points, by a hash of their ids: SipHash-2-4 with a zero key (J.-P. Aumasson and
// D. J. Bernstein, "SipHash: a fast short-input PRF"), so that every server cuts the same slices.
#include <bit>

#include "query/filter/node.h"

namespace alidade::query {
namespace {

struct SipState {
  std::uint64_t v0 = 0x736f6d6570736575ULL;
  std::uint64_t v1 = 0x646f72616e646f6dULL;
  std::uint64_t v2 = 0x6c7967656e657261ULL;
  std::uint64_t v3 = 0x7465646279746573ULL;

  void round() {
    v0 += v1;
    v1 = std::rotl(v1, 13) ^ v0;
    v0 = std::rotl(v0, 32);
    v2 += v3;
    v3 = std::rotl(v3, 16) ^ v2;
    v0 += v3;
    v3 = std::rotl(v3, 21) ^ v0;
    v2 += v1;
    v1 = std::rotl(v1, 17) ^ v2;
    v2 = std::rotl(v2, 32);
  }
  void absorb(std::uint64_t word) {
    v3 ^= word;
    round();
    round();
    v0 ^= word;
  }
  std::uint64_t finish(std::uint64_t length) {
    absorb(length << 56);  // All our inputs are whole words: no bytes are left over.
    v2 ^= 0xff;
    for (int i = 0; i < 4; ++i) round();
    return v0 ^ v1 ^ v2 ^ v3;
  }
};

// The bytes of a number little-endian, or the 16 bytes of a UUID in their order.
std::uint64_t hash_of(const model::PointId& id) {
  SipState state;
  if (id.is_number()) {
    state.absorb(id.number());
    return state.finish(8);
  }
  state.absorb(__builtin_bswap64(id.high));
  state.absorb(__builtin_bswap64(id.low));
  return state.finish(16);
}

}  // namespace

Leaf make_leaf(const model::SliceCondition& condition, const Scope& scope) {
  const segment::SegmentReader* segment = scope.segment;
  const auto inside = [condition, segment](base::PointOffset offset) {
    return condition.total > 0 &&
           hash_of(segment->id(offset)) % condition.total == condition.index;
  };
  Leaf leaf;
  leaf.description = "slice";
  leaf.reads_payload = false;
  leaf.passes = [inside](Row& row) { return !row.is_element() && inside(row.offset()); };
  return leaf;
}

}  // namespace alidade::query
