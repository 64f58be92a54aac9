#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>

#include "base/ids.h"
#include "base/status.h"

namespace alidade::oplog {

/// An ordered, durable sequence of records: the joint between a shard and what keeps its history.
/// Conformance suite: oplog_conformance.h, run by every back-end.
///
/// Positions grow by at least one per record and are never reused, across restarts too.
class Log {
 public:
  /// @return an error to stop reading, which read() then returns.
  using RecordVisitor =
      std::function<Status(base::LogPosition end, std::span<const std::byte> record)>;

  virtual ~Log() = default;

  /// Appends one record; in the kernel (survives kill -9) when it returns. One thread at a time
  /// (the shard's writer). A failure leaves the log as it was before or turns it read-only.
  /// @return the position behind the record. kOutOfSpace, kIo; kUnavailable once read-only.
  virtual Result<base::LogPosition> append(std::span<const std::byte> record) = 0;

  /// Returns when everything up to `up_to` survives power loss. Many threads may wait; one
  /// fdatasync serves all that wait (group commit). A failure is final for this log: it turns
  /// read-only, and every later wait for a position that was not durable fails too.
  virtual Status wait_durable(base::LogPosition up_to) = 0;

  /// Calls visitor for every record behind `from`, in order. Stops cleanly at a torn tail, which
  /// open() has cut; @return kDataLoss with file and offset for damage before the tail.
  virtual Status read(base::LogPosition from, const RecordVisitor& visitor) const = 0;

  /// Forgets records at or before `up_to`, or most of them (all after seal()); only after the checkpoint that
  /// covers them is durable.
  virtual Status trim(base::LogPosition up_to) = 0;

  /// Makes everything so far durable, and lets trim() forget all of it: records that follow share no
  /// file with records that went before. By the writer. Fails as append() does.
  virtual Status seal() = 0;

  /// The position behind the last record.
  virtual base::LogPosition end() const = 0;
  virtual base::LogPosition durable_end() const = 0;
  /// Bytes on disk.
  virtual std::uint64_t size_bytes() const = 0;
};

}  // namespace alidade::oplog
