#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <ranges>
#include <vector>

#include "alidade/client/options.h"
#include "alidade/client/result.h"
#include "alidade/qdrant/mapping.h"
#include "alidade/qdrant/points.h"

namespace alidade::qdrant::inline v0 {

class Collection;

/// What became of one batch.
struct UploadBatch {
  /// Place of its first element in the range, and how many there were.
  std::uint64_t first = 0;
  std::size_t count = 0;
  client::Result<UpdateResult> result = UpdateResult{};
};

struct UploadProgress {
  std::uint64_t points_sent = 0;
  std::uint64_t points_failed = 0;
  std::uint64_t batches_done = 0;
  std::uint64_t bytes_sent = 0;
  std::chrono::milliseconds elapsed{0};
};

struct UploadOptions {
  // A batch ends at whichever comes first.
  std::size_t batch_points = 256;
  std::size_t batch_bytes = std::size_t{4} << 20;
  /// Requests on their way at a time, each on a thread and a connection of its own.
  std::size_t parallel = 2;
  UpsertOptions write = {};
  /// A batch that fails after its retries ends the upload; otherwise the others go on.
  bool stop_at_failure = true;
  /// Called after each batch with its result and the sums so far, by one thread at a time; must not throw.
  std::function<void(const UploadBatch&, const UploadProgress&)> on_batch = {};
};

struct UploadReport {
  UploadProgress progress;
  /// The batches that failed, by their place in the range, and those that were not sent any more (kCancelled). Which
  /// points of a failed one are stored is open: they may be sent again. Elements behind the last place were not taken.
  std::vector<UploadBatch> failed;
  bool ok() const { return failed.empty(); }
};

/// Sends points in batches with `parallel` requests at a time. add() prints the point into the open batch at once and
/// blocks while as many full batches wait as are on their way, so memory is bounded by 2 × parallel + 1 batches. One
/// thread adds.
class ALIDADE_API Uploader {
 public:
  Uploader(const Collection& collection, UploadOptions options = {}, client::CallOptions call = {});
  /// Sends what is full and waits for it; what stands in the open batch is dropped. Call finish().
  ~Uploader();
  Uploader(const Uploader&) = delete;
  Uploader& operator=(const Uploader&) = delete;

  /// @return false when the upload has ended early: a batch failed, or the call was stopped.
  template <Uploadable Element>
  bool add(const Element& element) {
    add_to(batch_, element);
    return batch_is_full() ? flush() : true;
  }

  /// Sends the rest and waits for every answer.
  UploadReport finish();

 private:
  struct State;
  bool batch_is_full() const;
  bool flush();

  PointBatch batch_;
  std::unique_ptr<State> state_;
};

}  // namespace alidade::qdrant::inline v0
