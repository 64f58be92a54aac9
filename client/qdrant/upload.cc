#include "alidade/qdrant/upload.h"

#include <algorithm>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>
#include <utility>

#include "alidade/qdrant/collection.h"

namespace alidade::qdrant::inline v0 {

// The adding thread prints points into a batch and hands full ones over a bounded queue to `parallel` threads, each of
// which has one request on its way.
struct Uploader::State {
  struct Job {
    PointBatch batch;
    std::uint64_t first = 0;
  };

  // Constant after construction.
  const Collection collection;
  const UploadOptions options;
  const CallOptions call;
  const std::chrono::steady_clock::time_point started = std::chrono::steady_clock::now();

  // Of the adding thread.
  std::uint64_t added = 0;

  // Guarded by mutex.
  std::mutex mutex;
  std::condition_variable changed;
  std::deque<Job> waiting;
  bool no_more = false;
  bool ended_early = false;
  UploadReport report;

  // Guarded by callback_mutex: on_batch is never called under `mutex`, which its caller may need to add.
  std::mutex callback_mutex;

  std::vector<std::thread> senders;

  State(Collection target, UploadOptions how, CallOptions limits)
      : collection(std::move(target)), options(std::move(how)), call(std::move(limits)) {}

  /// Waits for room. @return false when the upload has ended early.
  bool push(PointBatch&& batch) {
    const std::size_t count = batch.size();
    std::unique_lock lock(mutex);
    changed.wait(lock, [&] { return ended_early || waiting.size() < options.parallel; });
    const std::uint64_t first = std::exchange(added, added + count);
    if (ended_early) {
      drop(first, count);
      return false;
    }
    waiting.push_back({std::move(batch), first});
    changed.notify_all();
    return true;
  }

  /// Notes a batch that was never sent. Needs mutex.
  void drop(std::uint64_t first, std::size_t count) {
    Error error;
    error.kind = ErrorKind::kCancelled;
    error.message = "not sent: the upload ended with an earlier failure";
    report.progress.points_failed += count;
    report.failed.push_back({first, count, std::move(error)});
  }

  void run() {
    for (;;) {
      std::unique_lock lock(mutex);
      changed.wait(lock, [&] { return no_more || ended_early || !waiting.empty(); });
      if (waiting.empty() || ended_early) return;
      Job job = std::move(waiting.front());
      waiting.pop_front();
      changed.notify_all();
      lock.unlock();
      auto result = collection.upsert(job.batch, options.write, call);
      finish(UploadBatch{job.first, job.batch.size(), std::move(result)}, job.batch.size_bytes());
    }
  }

  void finish(UploadBatch batch, std::size_t size_bytes) {
    // Taken first, so that callbacks come in the order of their sums.
    const std::lock_guard in_order(callback_mutex);
    UploadProgress sums;
    {
      const std::lock_guard lock(mutex);
      UploadProgress& progress = report.progress;
      ++progress.batches_done;
      progress.bytes_sent += size_bytes;
      (batch.result ? progress.points_sent : progress.points_failed) += batch.count;
      progress.elapsed = std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - started);
      if (!batch.result) {
        report.failed.push_back(batch);
        ended_early = ended_early || options.stop_at_failure || batch.result.error().kind == ErrorKind::kCancelled;
        changed.notify_all();
      }
      sums = progress;
    }
    if (options.on_batch) options.on_batch(batch, sums);
  }

  void join() {
    {
      const std::lock_guard lock(mutex);
      no_more = true;
      changed.notify_all();
    }
    for (std::thread& sender : senders) sender.join();
    senders.clear();
    for (const Job& job : std::exchange(waiting, {})) drop(job.first, job.batch.size());
  }
};

Uploader::Uploader(const Collection& collection, UploadOptions options, CallOptions call) : batch_(collection.batch()) {
  options.parallel = std::max<std::size_t>(options.parallel, 1);
  options.batch_points = std::max<std::size_t>(options.batch_points, 1);
  state_ = std::make_unique<State>(collection, std::move(options), std::move(call));
  for (std::size_t i = 0; i < state_->options.parallel; ++i) {
    state_->senders.emplace_back([state = state_.get()] { state->run(); });
  }
}

Uploader::~Uploader() { state_->join(); }

bool Uploader::batch_is_full() const {
  return batch_.size() >= state_->options.batch_points || batch_.size_bytes() >= state_->options.batch_bytes;
}

bool Uploader::flush() {
  PointBatch full = std::exchange(batch_, state_->collection.batch());
  return state_->push(std::move(full));
}

UploadReport Uploader::finish() {
  if (!batch_.empty()) (void)flush();
  state_->join();
  UploadReport report = std::move(state_->report);
  std::sort(report.failed.begin(), report.failed.end(),
            [](const UploadBatch& a, const UploadBatch& b) { return a.first < b.first; });
  return report;
}

}  // namespace alidade::qdrant::inline v0
