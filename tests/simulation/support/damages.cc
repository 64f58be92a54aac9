#include "simulation/support/damages.h"

#include <algorithm>
#include <bit>
#include <random>
#include <set>
#include <utility>

namespace alidade::simulation {
namespace {

constexpr std::uint64_t kEdgeBytes = 64;
constexpr std::uint64_t kBlockBytes = 64 * 1024;

class Maker {
 public:
  Maker(const base::Bytes& file, const std::function<bool(const Damage&)>& visit)
      : file_(file), visit_(visit) {}

  // Each returns false for a damage that was told before or that changes nothing.
  bool cut(std::uint64_t size) {
    if (size >= file_.size() || !cuts_.insert(size).second) return false;
    Damage damage{Damage::Kind::kCut, "cut to " + std::to_string(size) + " bytes", size, file_};
    damage.content.resize(size);
    tell(damage);
    return true;
  }
  void extend(std::uint64_t more, std::byte with) {
    Damage damage{Damage::Kind::kExtended, "extended by " + std::to_string(more) + " bytes",
                  file_.size(), file_};
    damage.content.resize(file_.size() + more, with);
    tell(damage);
  }
  bool zero(std::uint64_t offset, std::uint64_t size) {
    const std::uint64_t end = std::min<std::uint64_t>(offset + size, file_.size());
    if (!zeroes_.emplace(offset, end).second) return false;
    Damage damage{Damage::Kind::kZeroed,
                  "zeroed from " + std::to_string(offset) + " to " + std::to_string(end), 0, file_};
    std::fill(damage.content.begin() + static_cast<std::ptrdiff_t>(offset),
              damage.content.begin() + static_cast<std::ptrdiff_t>(end), std::byte{0});
    const auto differs = std::mismatch(file_.begin(), file_.end(), damage.content.begin()).first;
    if (differs == file_.end()) return false;
    damage.offset = static_cast<std::uint64_t>(differs - file_.begin());
    tell(damage);
    return true;
  }
  bool flip(std::uint64_t offset, unsigned bit) { return change(offset, static_cast<std::byte>(1U << bit)); }
  /// Inverts the bits of one byte that are set in `bits`.
  bool change(std::uint64_t offset, std::byte bits) {
    if (bits == std::byte{0} || !changes_.emplace(offset, bits).second) return false;
    const bool one_bit = std::has_single_bit(std::to_integer<unsigned>(bits));
    Damage damage{one_bit ? Damage::Kind::kFlipped : Damage::Kind::kOverwritten,
                  "bits " + std::to_string(std::to_integer<unsigned>(bits)) + " of byte " + std::to_string(offset),
                  offset, file_};
    damage.content[offset] ^= bits;
    tell(damage);
    return true;
  }
  bool stopped() const { return stopped_; }

 private:
  void tell(const Damage& damage) { stopped_ = stopped_ || !visit_(damage); }

  const base::Bytes& file_;
  const std::function<bool(const Damage&)>& visit_;
  std::set<std::uint64_t> cuts_;
  std::set<std::pair<std::uint64_t, std::uint64_t>> zeroes_;
  std::set<std::pair<std::uint64_t, std::byte>> changes_;
  bool stopped_ = false;
};

}  // namespace

void for_each_damage(const base::Bytes& file,
                     std::uint64_t edge_step,
                     std::uint64_t sample,
                     std::uint64_t seed,
                     const std::function<bool(const Damage&)>& visit) {
  std::mt19937_64 random(seed);
  Maker make(file, visit);
  const std::uint64_t size = file.size();
  const std::uint64_t edge = std::min(kEdgeBytes, size);
  for (std::uint64_t i = seed % edge_step; i < edge && !make.stopped(); i += edge_step) {
    make.cut(i);
    make.cut(size - 1 - i);
    make.flip(i, static_cast<unsigned>(random() % 8));
    make.flip(size - 1 - i, static_cast<unsigned>(random() % 8));
  }
  for (std::uint64_t border = kEdgeBytes; border < size; border += kBlockBytes) {
    make.cut(border);
    make.zero(border, kBlockBytes);
  }
  for (const std::uint64_t more : {1U, 8U, 64U, 512U, 4096U}) {
    make.extend(more, std::byte{0});
    make.extend(more, std::byte{0xA5});
  }
  make.zero(0, size);
  make.zero(0, edge);
  make.zero(size - edge, edge);
  for (std::uint64_t i = 0; i < sample && !make.stopped(); ++i) {
    const std::uint64_t at = random() % size;
    const auto new_one = [&] {
      switch (i % 8) {
        case 0:
          return make.cut(at);
        case 1:
          return make.zero(at / 512 * 512, 512);
        case 2:
          return make.zero(at / 4096 * 4096, 4096);
        default:
          return make.flip(at, static_cast<unsigned>(random() % 8));
      }
    };
    // A small file has few of these: the other values of its bytes make up the number.
    if (!new_one()) make.change(at, static_cast<std::byte>(random() % 256));
  }
}

}  // namespace alidade::simulation
