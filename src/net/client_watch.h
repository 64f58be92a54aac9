#pragma once

#include <atomic>
#include <memory>
#include <utility>

#include "base/mutex.h"

namespace alidade::net {

/// Looks whether the client of the request that is being worked on has gone. The work may hold up
/// the connection's own strand for long, so the look comes from another thread: every call is safe
/// from any thread.
class ClientWatch {
 public:
  /// @param socket open until end() has returned.
  void begin(int socket, std::shared_ptr<std::atomic<bool>> cancelled) {
    const base::MutexLock lock(mutex_);
    socket_ = socket;
    cancelled_ = std::move(cancelled);
    looks_at_half_ = 0;
  }
  void end() {
    const base::MutexLock lock(mutex_);
    socket_ = -1;
    cancelled_.reset();
  }
  /// Sets the flag when the client has reset the connection, or when two looks have found its
  /// sending side closed: one that only closed this side still waits for its answer for a while,
  /// and the two look alike. Never blocks.
  void look();

 private:
  base::Mutex mutex_;
  int socket_ ALD_GUARDED_BY(mutex_) = -1;
  int looks_at_half_ ALD_GUARDED_BY(mutex_) = 0;
  std::shared_ptr<std::atomic<bool>> cancelled_ ALD_GUARDED_BY(mutex_);
};

}  // namespace alidade::net
