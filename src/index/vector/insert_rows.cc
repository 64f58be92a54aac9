#include "index/vector/insert_rows.h"

#include <algorithm>
#include <atomic>
#include <exception>
#include <functional>
#include <thread>
#include <vector>

#include "base/mutex.h"
#include "index/vector/spaces/choose_code.h"

namespace alidade::index {
namespace {

// A thread costs as much as some insertions.
constexpr std::uint32_t kRowsPerThread = 16;

/// What the threads of one call share: items 0 to `count`, and what is done with each.
struct Round {
  std::size_t count;
  const std::function<void(std::size_t item, HnswScratch& scratch)>& work;
  std::atomic<std::size_t> next = 0;
  base::Mutex mutex;
  std::exception_ptr failure ALD_GUARDED_BY(mutex);
};

void do_some(Round& round) {
  static thread_local HnswScratch scratch;
  try {
    for (std::size_t i = round.next++; i < round.count; i = round.next++) round.work(i, scratch);
  } catch (...) {
    round.next = round.count;  // The others need not go on.
    base::MutexLock lock(round.mutex);
    round.failure = std::current_exception();
  }
}

void share_out(std::size_t count, std::size_t threads, const std::function<void(std::size_t, HnswScratch&)>& work) {
  Round round{.count = count, .work = work, .mutex = {}, .failure = {}};
  // tidy: allow, because these threads live for one batch of rows.
  std::vector<std::thread> helpers;
  try {
    while (helpers.size() + 1 < threads) helpers.emplace_back([&round] { do_some(round); });
  } catch (const std::exception&) {
    // No memory or no thread for a helper: this thread does more.
  }
  do_some(round);
  // tidy: allow, because these threads live for one batch of rows.
  for (std::thread& helper : helpers) helper.join();
  base::MutexLock lock(round.mutex);
  if (round.failure) std::rethrow_exception(round.failure);
}

}  // namespace

void insert_rows(HnswGraph& graph, std::span<const std::uint32_t> offsets, unsigned threads, const LiveRows& live) {
  if (offsets.empty()) return;
  // The first nodes see few others, so they are put in one after the other.
  const bool is_young = graph.node_count() < kMinCodedRows;
  const std::size_t wanted = is_young ? 1 : std::min<std::size_t>(threads, offsets.size() / kRowsPerThread);
  share_out(offsets.size(), wanted,
            [&](std::size_t i, HnswScratch& scratch) { graph.insert(offsets[i], scratch, live); });
}

void repair_rows(HnswGraph& graph, std::uint32_t first, std::uint32_t end, unsigned threads, const LiveRows& live) {
  if (first >= end) return;
  const std::uint32_t pieces = (end - first + kRowsPerThread - 1) / kRowsPerThread;
  share_out(pieces, std::min<std::size_t>(threads, pieces), [&](std::size_t i, HnswScratch& scratch) {
    const auto from = static_cast<std::uint32_t>(first + i * kRowsPerThread);
    graph.repair(from, std::min<std::uint32_t>(end, from + kRowsPerThread), live, scratch);
  });
}

}  // namespace alidade::index
