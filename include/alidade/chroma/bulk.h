#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "alidade/chroma/collection.h"

namespace alidade::chroma::inline v0 {

/// One record of a bulk load.
struct Record {
  std::string id = {};
  std::vector<float> embedding = {};
  std::optional<std::string> document = {};
  std::optional<std::string> uri = {};
  std::optional<Metadata> metadata = {};
};

struct BulkProgress {
  std::uint64_t records_done = 0;
  std::uint64_t records_failed = 0;
  std::uint64_t batches_done = 0;
};

struct BulkOptions {
  enum class Write : std::uint8_t { kAdd, kUpsert };
  Write write = Write::kUpsert;
  /// A batch is sent when it has so many records, or about so many bytes of vectors and text.
  std::size_t batch_records = 1000;
  std::size_t batch_bytes = 8 << 20;
  /// Batches on their way at a time; as many again wait in memory at most.
  std::size_t connections = 2;
  /// Ends the load at the first batch that fails; else the others go on.
  bool stop_on_error = true;
  /// Called after each batch, by one thread at a time; must not throw.
  std::function<void(const BulkProgress&)> on_progress = {};
};

struct BulkFailure {
  /// Which records, counted from 0 in the order of the source.
  std::uint64_t first_record = 0;
  std::uint64_t record_count = 0;
  Error error = {};
};

struct BulkReport {
  BulkProgress progress = {};
  /// Ordered by first_record.
  std::vector<BulkFailure> failures = {};

  bool ok() const { return failures.empty(); }
};

/// Takes records from `next` until it returns nothing, and writes them in batches over several
/// connections. `next` is called on this thread, and waits while the server is busy; memory holds no more
/// than 2 × connections + 1 batches. The call options count for each batch; a stop ends the load.
ALIDADE_API BulkReport bulk_load(const Collection& collection, const std::function<std::optional<Record>()>& next,
                                 const BulkOptions& options = {}, const CallOptions& call = {});

}  // namespace alidade::chroma::inline v0
