#include "index/vector/insert_rows.h"

#include <algorithm>
#include <atomic>
#include <exception>
#include <thread>
#include <vector>

#include "base/mutex.h"
#include "index/vector/spaces/choose_code.h"

namespace alidade::index {
namespace {

// A thread costs as much as some insertions.
constexpr std::size_t kRowsPerThread = 16;

/// What the threads of one call share.
struct Round {
  HnswGraph& graph;
  std::span<const std::uint32_t> offsets;
  std::atomic<std::size_t> next = 0;
  base::Mutex mutex;
  std::exception_ptr failure ALD_GUARDED_BY(mutex);
};

void insert_some(Round& round) {
  static thread_local HnswScratch scratch;
  try {
    for (std::size_t i = round.next++; i < round.offsets.size(); i = round.next++) {
      round.graph.insert(round.offsets[i], scratch);
    }
  } catch (...) {
    round.next = round.offsets.size();  // The others need not go on.
    base::MutexLock lock(round.mutex);
    round.failure = std::current_exception();
  }
}

}  // namespace

void insert_rows(HnswGraph& graph, std::span<const std::uint32_t> offsets, unsigned threads) {
  if (offsets.empty()) return;
  Round round{.graph = graph, .offsets = offsets, .mutex = {}, .failure = {}};
  // The first nodes see few others, so they are put in one after the other.
  const bool is_young = graph.node_count() < kMinCodedRows;
  const std::size_t wanted = is_young ? 1 : std::min<std::size_t>(threads, offsets.size() / kRowsPerThread);
  // tidy: allow, because these threads live for one batch of rows.
  std::vector<std::thread> helpers;
  try {
    while (helpers.size() + 1 < wanted) helpers.emplace_back([&round] { insert_some(round); });
  } catch (const std::exception&) {
    // No memory or no thread for a helper: this thread does more.
  }
  insert_some(round);
  // tidy: allow, because these threads live for one batch of rows.
  for (std::thread& helper : helpers) helper.join();
  base::MutexLock lock(round.mutex);
  if (round.failure) std::rethrow_exception(round.failure);
}

}  // namespace alidade::index
