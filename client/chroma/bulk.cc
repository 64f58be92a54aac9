#include "alidade/chroma/bulk.h"

#include <algorithm>
#include <memory>
#include <mutex>

namespace alidade::chroma::inline v0 {

namespace {

struct Batch {
  Records records;
  Embeddings::Rows rows;
  std::uint64_t first_record = 0;
  std::size_t bytes = 0;
};

std::size_t bytes_of(const Record& record) {
  constexpr std::size_t kMetadataGuess = 200;
  return record.id.size() + record.embedding.size() * sizeof(float) + (record.document ? record.document->size() : 0) +
         (record.uri ? record.uri->size() : 0) + (record.metadata ? kMetadataGuess : 0);
}

// Columns that no record has stay empty.
template <typename T>
void put(std::vector<std::optional<T>>& column, std::optional<T> value, std::size_t index) {
  if (!value && column.empty()) return;
  column.resize(index);
  column.push_back(std::move(value));
}

void append(Batch& batch, Record record) {
  const std::size_t index = batch.records.ids.size();
  batch.bytes += bytes_of(record);
  batch.records.ids.push_back(std::move(record.id));
  batch.rows.push_back(std::move(record.embedding));
  put(batch.records.documents, std::move(record.document), index);
  put(batch.records.uris, std::move(record.uri), index);
  put(batch.records.metadatas, std::move(record.metadata), index);
}

// Pads what `put` left short and hands the rows over.
void finish(Batch& batch) {
  const std::size_t count = batch.records.ids.size();
  batch.records.embeddings = std::move(batch.rows);
  if (!batch.records.documents.empty()) batch.records.documents.resize(count);
  if (!batch.records.uris.empty()) batch.records.uris.resize(count);
  if (!batch.records.metadatas.empty()) batch.records.metadatas.resize(count);
}

/// What the threads of one load share.
struct Load {
  const Collection& collection;
  const BulkOptions& options;
  const CallOptions& call;

  std::mutex mutex;
  // Guarded by mutex.
  BulkReport report;
  bool ended = false;

  bool has_ended() {
    const std::lock_guard lock(mutex);
    return ended;
  }

  void send(const Batch& batch) {
    // Batches that were waiting when the load ended are not sent, and counted as failed.
    Result<void> result = has_ended() ? not_sent()
                          : options.write == BulkOptions::Write::kAdd ? collection.add(batch.records, call)
                                                                      : collection.upsert(batch.records, call);
    const std::uint64_t count = batch.records.ids.size();
    const std::lock_guard lock(mutex);
    ++report.progress.batches_done;
    if (result) {
      report.progress.records_done += count;
    } else {
      report.progress.records_failed += count;
      ended = ended || options.stop_on_error || result.error().kind == ErrorKind::kCancelled;
      report.failures.push_back({batch.first_record, count, std::move(result).error()});
    }
    if (options.on_progress) options.on_progress(report.progress);
  }

  static Error not_sent() {
    Error error;
    error.kind = ErrorKind::kCancelled;
    error.message = "not sent: the load had ended with an earlier batch";
    return error;
  }
};

}  // namespace

BulkReport bulk_load(const Collection& collection, const std::function<std::optional<Record>()>& next,
                     const BulkOptions& options, const CallOptions& call) {
  Load load{collection, options, call, {}, {}, false};
  {
    const std::size_t connections = std::max<std::size_t>(options.connections, 1);
    // submit() waits while `connections` batches run and as many wait; the end waits for all.
    client::Workers workers(connections, connections);
    auto batch = std::make_shared<Batch>();
    std::uint64_t taken = 0;
    const auto flush = [&] {
      if (batch->records.ids.empty()) return;
      finish(*batch);
      workers.submit([&load, batch] { load.send(*batch); });
      batch = std::make_shared<Batch>();
      batch->first_record = taken;
    };
    while (!load.has_ended() && !call.stop.stop_requested()) {
      auto record = next();
      if (!record) break;
      append(*batch, *std::move(record));
      ++taken;
      if (batch->records.ids.size() >= std::max<std::size_t>(options.batch_records, 1) ||
          batch->bytes >= options.batch_bytes) {
        flush();
      }
    }
    flush();
  }
  std::sort(load.report.failures.begin(), load.report.failures.end(),
            [](const BulkFailure& a, const BulkFailure& b) { return a.first_record < b.first_record; });
  return std::move(load.report);
}

}  // namespace alidade::chroma::inline v0
