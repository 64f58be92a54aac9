#include "simulation/support/damages.h"

#include <algorithm>
#include <random>
#include <set>

namespace alidade::simulation {
namespace {

constexpr std::uint64_t kEdgeBytes = 64;
constexpr std::uint64_t kBlockBytes = 64 * 1024;

class Maker {
 public:
  Maker(const base::Bytes& file, const std::function<bool(const Damage&)>& visit)
      : file_(file), visit_(visit) {}

  void cut(std::uint64_t size) {
    if (size >= file_.size() || !cuts_.insert(size).second) return;
    Damage damage{Damage::Kind::kCut, "cut to " + std::to_string(size) + " bytes", size, file_};
    damage.content.resize(size);
    tell(damage);
  }
  void extend(std::uint64_t more, std::byte with) {
    Damage damage{Damage::Kind::kExtended, "extended by " + std::to_string(more) + " bytes",
                  file_.size(), file_};
    damage.content.resize(file_.size() + more, with);
    tell(damage);
  }
  void zero(std::uint64_t offset, std::uint64_t size) {
    const std::uint64_t end = std::min<std::uint64_t>(offset + size, file_.size());
    Damage damage{Damage::Kind::kZeroed,
                  "zeroed from " + std::to_string(offset) + " to " + std::to_string(end), 0, file_};
    std::fill(damage.content.begin() + static_cast<std::ptrdiff_t>(offset),
              damage.content.begin() + static_cast<std::ptrdiff_t>(end), std::byte{0});
    const auto differs = std::mismatch(file_.begin(), file_.end(), damage.content.begin()).first;
    if (differs == file_.end()) return;
    damage.offset = static_cast<std::uint64_t>(differs - file_.begin());
    tell(damage);
  }
  void flip(std::uint64_t offset, unsigned bit) {
    if (!flips_.insert(offset * 8 + bit).second) return;
    Damage damage{Damage::Kind::kFlipped,
                  "bit " + std::to_string(bit) + " of byte " + std::to_string(offset), offset, file_};
    damage.content[offset] ^= static_cast<std::byte>(1U << bit);
    tell(damage);
  }
  bool stopped() const { return stopped_; }

 private:
  void tell(const Damage& damage) { stopped_ = stopped_ || !visit_(damage); }

  const base::Bytes& file_;
  const std::function<bool(const Damage&)>& visit_;
  std::set<std::uint64_t> cuts_;
  std::set<std::uint64_t> flips_;
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
    switch (i % 8) {
      case 0:
        make.cut(at);
        break;
      case 1:
        make.zero(at / 512 * 512, 512);
        break;
      case 2:
        make.zero(at / 4096 * 4096, 4096);
        break;
      default:
        make.flip(at, static_cast<unsigned>(random() % 8));
    }
  }
}

}  // namespace alidade::simulation
