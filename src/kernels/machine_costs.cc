#include "kernels/machine_costs.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <new>
#include <vector>

#include "base/chunked_rows.h"
#include "kernels/codes.h"
#include "kernels/kernels.h"

namespace alidade::kernels {
namespace {

// Measured on a server core of 2023 with AVX-512 and VNNI.
constexpr MachineCosts kUsual = {
    .four_bits = {.scanned = {{4, 0.02}, {8, 0.06}}, .hop = {{150, 0.5}, {250, 2.2}}},
    .eight_bits = {.scanned = {{4, 0.02}, {8, 0.05}}, .hop = {{150, 0.5}, {250, 1.8}}},
    .floats = {.scanned = {{4, 0.02}, {8, 0.04}}, .hop = {{150, 0.5}, {250, 1.2}}},
};
// A machine that is this much slower or faster was disturbed.
constexpr double kLargestFactor = 4;

constexpr auto kArenaBytes = static_cast<std::size_t>(RowCost::kFarBytes);
constexpr std::size_t kScannedRows = 512, kHops = 48, kRepeats = 9;
constexpr std::size_t kLinks = 48, kNewPerHop = 28, kFront = 64;  // As measured on real rows at recall .95.
constexpr std::size_t kNodeBytes = kLinks * sizeof(std::uint32_t);
// Of a scanned row besides its key: finding it in the filter, comparing what it is estimated at.
constexpr double kVisitNs = 3;

struct alignas(64) CacheLine {
  std::uint8_t bytes[64];
};

/// The ground of the measurements, in huge pages as rows and links are. Its words are halves and more as floats, and
/// random as codes and links.
class Arena {
 public:
  Arena() : memory_(static_cast<std::uint8_t*>(base::map_zeroed(kArenaBytes, true))) {
    std::uint64_t state = 88172645463325252ULL;
    for (std::size_t at = 0; at < kArenaBytes; at += sizeof state) {
      state ^= state << 13;
      state ^= state >> 7;
      state ^= state << 17;
      const std::uint64_t words = (state & 0x007FFFFF007FFFFFULL) | 0x3F0000003F000000ULL;
      std::memcpy(memory_ + at, &words, sizeof words);
    }
  }
  ~Arena() { base::unmap(memory_, kArenaBytes); }
  Arena(const Arena&) = delete;
  Arena& operator=(const Arena&) = delete;

  const std::uint8_t* bytes() const { return memory_; }

 private:
  std::uint8_t* const memory_;
};

enum class RowKind { kFourBits, kEightBits, kFloats };

/// Keys of rows of one kind and length in the first bytes of the arena.
class Rows {
 public:
  Rows(const Arena& arena, std::size_t arena_bytes, RowKind kind, std::size_t bytes)
      : first_(arena.bytes()),
        arena_bytes_(arena_bytes),
        kind_(kind),
        bytes_(bytes),
        count_(arena_bytes / bytes),
        query_(2 * bytes / sizeof(CacheLine)) {
    for (CacheLine& line : query_) std::memset(line.bytes, kind == RowKind::kFloats ? 0x3F : 1, sizeof line);
  }
  /// The links of a node, somewhere in the same memory.
  const std::uint8_t* links(std::uint32_t any) const { return first_ + std::size_t{any & 0x7FFFFFU} % (arena_bytes_ / kNodeBytes) * kNodeBytes; }
  const std::uint8_t* row(std::uint32_t any) const { return first_ + (std::uint64_t{any & 0x7FFFFFU} * count_ >> 23) * bytes_; }
  std::size_t count() const { return count_; }
  const std::uint8_t* row_at(std::size_t i) const { return first_ + i % count_ * bytes_; }
  /// @param keys [count], count at most kScannedRows
  void score(const std::uint8_t* const* rows, std::size_t count, std::uint32_t* keys) {
    if (kind_ == RowKind::kFloats) {
      for (std::size_t i = 0; i < count; ++i) floats_[i] = reinterpret_cast<const float*>(rows[i]);
      active_kernels().distances[0](reinterpret_cast<const float*>(query_.data()), floats_, count, bytes_ / sizeof(float),
                                    reinterpret_cast<float*>(keys));
      return;
    }
    const CodeKernels& set = active_code_kernels();
    (kind_ == RowKind::kEightBits ? set.dots8 : set.dots4)(reinterpret_cast<const std::int8_t*>(query_.data()), rows, count, bytes_,
                                                           reinterpret_cast<std::int32_t*>(keys));
  }

 private:
  const std::uint8_t* first_;
  const std::size_t arena_bytes_;
  const RowKind kind_;
  const std::size_t bytes_, count_;
  std::vector<CacheLine> query_;
  const float* floats_[kScannedRows] = {};
};

/// The shortest of some runs, per turn: neighbours on the machine only make it longer. Rows are new in every run.
template <typename Run>
double nanoseconds_per_turn(std::size_t turns, const Run& run) {
  double times[kRepeats];
  for (double& time : times) {
    const auto before = std::chrono::steady_clock::now();
    run();
    time = std::chrono::duration<double, std::nano>(std::chrono::steady_clock::now() - before).count() / static_cast<double>(turns);
  }
  return *std::min_element(times, times + kRepeats);
}

double scanned_ns(Rows& rows) {
  const std::uint8_t* list[kScannedRows];
  std::uint32_t keys[kScannedRows];
  std::size_t at = 0;
  return kVisitNs + nanoseconds_per_turn(kScannedRows, [&] {
    for (std::size_t i = 0; i < kScannedRows; ++i) list[i] = rows.row_at(at += 1 + i * 7 % 13);
    rows.score(list, kScannedRows, keys);
  });
}

/// A walk over links that lead anywhere, with everything that a walk of the index does.
double hop_ns(Rows& rows) {
  std::vector<std::uint64_t> pool(kFront + 2 * kPoolSlack, 0);
  std::vector<std::uint8_t> marks(1 << 16, 0);
  std::uint32_t words[kLinks], nodes[kLinks], keys[kLinks];
  const std::uint8_t* list[kLinks];
  std::uint32_t node = 1;
  std::size_t size = 0;
  std::uint8_t epoch = 0;
  return nanoseconds_per_turn(kHops, [&] {
    ++epoch;
    for (std::size_t hop = 0; hop < kHops; ++hop) {
      std::memcpy(words, rows.links(node), sizeof words);
      std::size_t count = 0;
      for (const std::uint32_t word : words) {
        nodes[count] = word & 0x7FFFFFU;
        list[count] = rows.row(word);
        std::uint8_t& mark = marks[word & 0xFFFFU];
        count += mark != epoch && count < kNewPerHop ? 1 : 0;
        mark = epoch;
      }
      __builtin_prefetch(rows.links(nodes[0]));
      rows.score(list, count, keys);
      // About half of the fronts move, as late in a walk; what comes next depends on the scores.
      size = active_code_kernels().merge(pool.data() + kPoolSlack, size, kFront, keys, nodes, count).size;
      node = nodes[keys[0] & 1U];
    }
  });
}

/// Of two lengths of rows, what one function measures.
struct Lengths {
  RowKind kind;
  std::size_t short_bytes, long_bytes;
};

/// Reads every line once, so that what fits a cache is there.
void touch(const Arena& arena, std::size_t bytes) {
  unsigned sum = 0;
  for (std::size_t at = 0; at < bytes; at += sizeof(CacheLine)) sum += arena.bytes()[at];
  volatile unsigned kept = sum;
  static_cast<void>(kept);
}

template <typename Measure>
RowCost::Line line_in(const Arena& arena, double arena_bytes, const Lengths& lengths, const Measure& measure) {
  const auto bytes = static_cast<std::size_t>(arena_bytes);
  Rows short_rows(arena, bytes, lengths.kind, lengths.short_bytes), long_rows(arena, bytes, lengths.kind, lengths.long_bytes);
  touch(arena, bytes);
  const double at_short = measure(short_rows), at_long = measure(long_rows);
  const double per_byte = std::max(0.0, (at_long - at_short) / static_cast<double>(lengths.long_bytes - lengths.short_bytes));
  return {std::max(0.0, at_short - per_byte * static_cast<double>(lengths.short_bytes)), per_byte};
}

/// The measured line, but no further from the usual one at its middle than a busy machine explains.
RowCost::Line sane(const RowCost::Line& measured, const RowCost::Line& usual, const Lengths& lengths) {
  const double middle = static_cast<double>(lengths.short_bytes + lengths.long_bytes) / 2;
  const double seen = std::max(measured.base + measured.per_byte * middle, 1e-3), expected = usual.base + usual.per_byte * middle;
  const double scale = std::clamp(seen / expected, 1 / kLargestFactor, kLargestFactor) * expected / seen;
  return {measured.base * scale, measured.per_byte * scale};
}

template <typename Measure>
RowCost cost_of(const Arena& arena, const Lengths& lengths, const RowCost& usual, const Measure& measure) {
  return {sane(line_in(arena, RowCost::kNearBytes, lengths, measure), usual.near, lengths),
          sane(line_in(arena, RowCost::kFarBytes, lengths, measure), usual.far, lengths)};
}

RowCosts measure_rows(const Arena& arena, const Lengths& lengths, const RowCosts& usual) {
  return {cost_of(arena, lengths, usual.scanned, scanned_ns), cost_of(arena, lengths, usual.hop, hop_ns)};
}

MachineCosts& costs() {
  static MachineCosts in_use = kUsual;
  return in_use;
}

}  // namespace

double RowCost::of(std::size_t row_bytes, double index_bytes) const {
  const double bytes = static_cast<double>(row_bytes);
  const double in_near = near.base + near.per_byte * bytes, in_far = far.base + far.per_byte * bytes;
  const double part = std::clamp(std::log(std::max(index_bytes, 1.0) / kNearBytes) / std::log(kFarBytes / kNearBytes), 0.0, 1.0);
  return in_near * std::pow(in_far / in_near, part);
}

const MachineCosts& machine_costs() { return costs(); }

void calibrate_machine_costs() {
  try {
    const Arena arena;
    costs() = {.four_bits = measure_rows(arena, {RowKind::kFourBits, 192, 512}, kUsual.four_bits),
               .eight_bits = measure_rows(arena, {RowKind::kEightBits, 128, 768}, kUsual.eight_bits),
               .floats = measure_rows(arena, {RowKind::kFloats, 256, 3072}, kUsual.floats)};
  } catch (const std::bad_alloc&) {
    // The usual costs do.
  }
}

}  // namespace alidade::kernels
