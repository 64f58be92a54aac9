#pragma once

#include <atomic>
#include <cstddef>
#include <utility>

#include "env/thread_pool.h"

namespace alidade::ops {

/// Reads that run where their request arrived, on a network thread: two thread hops cheaper than a
/// pool, as long as another network thread is left to serve connections. Any thread; lock-free.
class InlineReads {
 public:
  /// Held while one read runs; empty (see operator bool) when there was no place.
  class Place {
   public:
    explicit Place(InlineReads* owner) : owner_(owner) {}
    Place(Place&& other) noexcept : owner_(std::exchange(other.owner_, nullptr)) {}
    Place& operator=(Place&&) = delete;
    ~Place() {
      if (owner_ != nullptr) owner_->taken_.fetch_sub(1, std::memory_order_relaxed);
    }
    explicit operator bool() const { return owner_ != nullptr; }

   private:
    InlineReads* owner_;
  };

  /// Closed (no place at all) until open() is called.
  InlineReads() = default;

  /// A larger request holds many queries, or needs a long look: it would hold up its connection's
  /// thread, which then could not tell that the client has gone.
  static constexpr std::size_t kMaxBodyBytes = std::size_t{128} << 10;

  /// @param network_threads one of them is always left to the connections.
  void open(int network_threads) {
    places_.store(network_threads - 1, std::memory_order_relaxed);
  }
  /// @param body_bytes of the request.
  Place try_take(std::size_t body_bytes) {
    if (body_bytes > kMaxBodyBytes) return Place(nullptr);
    if (taken_.fetch_add(1, std::memory_order_relaxed) < places_.load(std::memory_order_relaxed)) {
      return Place(this);
    }
    taken_.fetch_sub(1, std::memory_order_relaxed);
    return Place(nullptr);
  }

 private:
  std::atomic<int> places_ = 0;
  std::atomic<int> taken_ = 0;
};

/// Where requests run. Reads and writes have pools of their own: a writer mostly waits for the
/// disk, and searches must not wait behind it. All borrowed.
struct WorkerPools {
  env::ThreadPool& reads;
  env::ThreadPool& writes;
  InlineReads& inline_reads;
};

}  // namespace alidade::ops
