#pragma once

#include <atomic>
#include <cstdint>
#include <utility>

namespace alidade::env {

/// Counts bytes against a limit. Any thread; lock-free.
class MemoryBudget {
 public:
  explicit MemoryBudget(std::uint64_t limit_bytes) : limit_bytes_(limit_bytes) {}
  MemoryBudget(const MemoryBudget&) = delete;
  MemoryBudget& operator=(const MemoryBudget&) = delete;

  /// @return false, with nothing charged, when the bytes do not fit.
  [[nodiscard]] bool try_charge(std::uint64_t bytes) {
    std::uint64_t used = used_bytes_.load(std::memory_order_relaxed);
    do {
      if (bytes > limit_bytes_ || used > limit_bytes_ - bytes) return false;
    } while (!used_bytes_.compare_exchange_weak(used, used + bytes, std::memory_order_relaxed));
    return true;
  }
  /// Charges also above the limit: for what is there already and must not be lost.
  void charge(std::uint64_t bytes) { used_bytes_.fetch_add(bytes, std::memory_order_relaxed); }
  void release(std::uint64_t bytes) { used_bytes_.fetch_sub(bytes, std::memory_order_relaxed); }

  std::uint64_t limit_bytes() const { return limit_bytes_; }
  std::uint64_t used_bytes() const { return used_bytes_.load(std::memory_order_relaxed); }

 private:
  const std::uint64_t limit_bytes_;
  std::atomic<std::uint64_t> used_bytes_ = 0;
};

/// What one holder has charged to a budget, given back by the destructor. One thread at a time.
class MemoryCharge {
 public:
  /// Nothing yet. The budget is borrowed and outlives this.
  explicit MemoryCharge(MemoryBudget& budget) : budget_(budget) {}
  MemoryCharge(const MemoryCharge&) = delete;
  MemoryCharge& operator=(const MemoryCharge&) = delete;
  ~MemoryCharge() { release(); }

  /// Charges until it holds at least that many bytes in all.
  /// @return false, with nothing changed, when the rest does not fit.
  [[nodiscard]] bool grow_to(std::uint64_t bytes) {
    if (bytes <= bytes_) return true;
    if (!budget_.try_charge(bytes - bytes_)) return false;
    bytes_ = bytes;
    return true;
  }
  /// Gives back what it holds above that many bytes.
  void shrink_to(std::uint64_t bytes) {
    if (bytes < bytes_) budget_.release(std::exchange(bytes_, bytes) - bytes);
  }
  /// As grow_to(), but also above the limit of the budget.
  void force_to(std::uint64_t bytes) {
    if (bytes > bytes_) budget_.charge(bytes - std::exchange(bytes_, bytes));
  }
  void release() {
    // All requests share the account: one without a body leaves it alone.
    if (bytes_ > 0) budget_.release(std::exchange(bytes_, 0));
  }

 private:
  MemoryBudget& budget_;
  std::uint64_t bytes_ = 0;
};

}  // namespace alidade::env
