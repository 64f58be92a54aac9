#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "base/mutex.h"

namespace alidade::shard {

class Maintained;

/// How much log the next start would replay, over all shards of the process; and whose checkpoint
/// shortens it most. A thousand shards with a small log each are a long replay too. Any thread.
class LogTotal {
 public:
  /// Remembers a shard, without owning it.
  void watch(const std::shared_ptr<Maintained>& shard);
  /// A shard's log behind its checkpoint grew (or shrank) by that much.
  void add(std::int64_t bytes) { bytes_.fetch_add(bytes, std::memory_order_relaxed); }
  std::uint64_t bytes() const {
    return static_cast<std::uint64_t>(bytes_.load(std::memory_order_relaxed));
  }
  /// The shard with the longest log, told that it is to write a checkpoint; nullptr when the one that
  /// was told before has not come to it yet, or when no log is worth it.
  std::shared_ptr<Maintained> ask_longest();

 private:
  std::atomic<std::int64_t> bytes_ = 0;
  // Guarded.
  base::Mutex mutex_;
  std::vector<std::weak_ptr<Maintained>> shards_ ALD_GUARDED_BY(mutex_);
  std::size_t prune_at_ ALD_GUARDED_BY(mutex_) = 64;
  std::weak_ptr<Maintained> asked_ ALD_GUARDED_BY(mutex_);
};

}  // namespace alidade::shard
