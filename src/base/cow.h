#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <utility>

namespace alidade::base {

/// A value whose copies share one object until one of them is written: copying is a count, the first
/// write() of a shared one copies the object (only it: what it holds may be shared in turn). Trees of
/// these are values that are copied in O(1) and changed in O(depth), see CowVector and CowMap.
///
/// Threads: one Cow is used by one thread at a time, its copies by others without any lock. A default
/// one holds a T() and no memory.
template <typename T>
class Cow {
 public:
  Cow() = default;
  explicit Cow(T value) : box_(std::make_unique<Box>(std::move(value)).release()) {}
  Cow(const Cow& other) noexcept : box_(other.box_) {
    if (box_ != nullptr) box_->owners.fetch_add(1, std::memory_order_relaxed);
  }
  Cow(Cow&& other) noexcept : box_(std::exchange(other.box_, nullptr)) {}
  Cow& operator=(Cow other) noexcept {
    std::swap(box_, other.box_);
    return *this;
  }
  ~Cow() { release(); }

  const T& operator*() const { return box_ != nullptr ? box_->value : kDefault; }
  const T* operator->() const { return &**this; }

  /// The value to be changed; no other copy sees the change. Throws what T's copying throws, and has
  /// then changed nothing.
  T& write() {
    if (box_ == nullptr) {
      box_ = std::make_unique<Box>(T()).release();
    } else if (is_shared()) {
      Box* copy = std::make_unique<Box>(box_->value).release();
      release();
      box_ = copy;
    }
    return box_->value;
  }
  /// Whether write() would copy. Acquires what the owners that have gone did before.
  bool is_shared() const { return box_ != nullptr && box_->owners.load(std::memory_order_acquire) != 1; }

 private:
  struct Box {
    explicit Box(T from) : value(std::move(from)) {}
    std::atomic<std::uint32_t> owners = 1;
    T value;
  };

  void release() noexcept {
    if (box_ != nullptr && box_->owners.fetch_sub(1, std::memory_order_acq_rel) == 1) std::unique_ptr<Box>{box_};
  }

  inline static const T kDefault{};
  Box* box_ = nullptr;
};

}  // namespace alidade::base
