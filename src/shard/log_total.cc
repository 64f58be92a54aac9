#include "shard/log_total.h"

#include <algorithm>

#include "shard/background.h"

namespace alidade::shard {

void LogTotal::watch(const std::shared_ptr<Maintained>& shard) {
  base::MutexLock lock(mutex_);
  if (shards_.size() >= prune_at_) {
    std::erase_if(shards_, [](const auto& entry) { return entry.expired(); });
    prune_at_ = std::max<std::size_t>(64, shards_.size() * 2);
  }
  shards_.push_back(shard);
}

std::shared_ptr<Maintained> LogTotal::ask_longest() {
  std::shared_ptr<Maintained> longest;
  base::MutexLock lock(mutex_);
  if (const auto asked = asked_.lock(); asked != nullptr && asked->is_checkpoint_wanted()) return nullptr;
  std::uint64_t longest_bytes = 0;
  for (const auto& entry : shards_) {
    auto shard = entry.lock();
    const std::uint64_t bytes = shard == nullptr ? 0 : shard->replay_bytes();
    if (bytes <= longest_bytes) continue;
    longest_bytes = bytes;
    longest = std::move(shard);
  }
  if (longest != nullptr) longest->want_checkpoint();
  asked_ = longest;
  return longest;
}

}  // namespace alidade::shard
