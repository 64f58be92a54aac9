#pragma once

#include <atomic>
#include <cstdint>
#include <string>

#include "base/mutex.h"
#include "base/status.h"
#include "env/env.h"

namespace alidade::env {

/// Space that nothing takes while there is other space, so that on a full disk there is room for
/// what deletions have to write. Held by a file that is reserved and empty.
///
///   whole ──Use: a deletion met a full disk──▶ given away ──admit(): there is space again──▶ whole
///
/// While it is given away, whatever takes space is refused by admit(), so that only deletions use
/// what was freed. Any thread.
class DiskReserve {
 public:
  static constexpr std::uint64_t kDefaultBytes = std::uint64_t{8} << 20;

  /// @param size_bytes 0 = no reserve; admit() is ok then and a Use gets nothing.
  DiskReserve(Env& env, std::string path, std::uint64_t size_bytes);

  /// Asked before anything that takes space. Cheap while the reserve is whole; otherwise tries to
  /// make it whole again. @return kOutOfSpace; kIo when the file cannot be made.
  Status admit();

  bool is_whole() const { return whole_.load(std::memory_order_acquire); }

  /// One deletion that met a full disk: frees the space, and keeps it free while it lasts.
  class Use {
   public:
    explicit Use(DiskReserve& reserve) : reserve_(reserve), given_(reserve.give_away()) {}
    ~Use() {
      if (given_) reserve_.take_back();
    }
    Use(const Use&) = delete;
    Use& operator=(const Use&) = delete;
    /// Whether space was freed, now or before: trying again makes sense.
    bool given() const { return given_; }

   private:
    DiskReserve& reserve_;
    const bool given_;
  };

 private:
  bool give_away();
  void take_back();
  Status make() ALD_REQUIRES(mutex_);

  // Constant after construction.
  Env& env_;
  const std::string path_;
  const std::uint64_t size_bytes_;
  // Any thread.
  std::atomic<bool> whole_ = false;
  // Guarded.
  base::Mutex mutex_;
  std::uint32_t uses_ ALD_GUARDED_BY(mutex_) = 0;
};

}  // namespace alidade::env
