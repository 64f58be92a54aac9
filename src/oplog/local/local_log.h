#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/mutex.h"
#include "env/env.h"
#include "oplog/log.h"

namespace alidade::oplog {

struct SegmentFile;
struct SegmentHeader;

/// What open() found.
struct OpenReport {
  /// Bytes behind the last whole record, cut off: a write that a crash interrupted.
  std::uint64_t torn_tail_bytes = 0;
  /// The file that was cut; "" when nothing was.
  std::string torn_file;
  std::uint64_t segment_count = 0;
};

/// The embedded log: append-only segment files in one folder, written by one thread.
/// Format: docs/formats/log.md. An empty log has no file.
///
/// Threads: append(), seal() and trim() by the writer; everything else by any thread.
class LocalLog final : public Log {
 public:
  struct Options {
    std::uint64_t first_segment_bytes = 256 * 1024;
    std::uint64_t max_segment_bytes = 32 * 1024 * 1024;
    /// What a durable checkpoint covers; nullopt: not known, so not checked. The checkpoint was made
    /// durable after the records that it covers, so a log that begins behind this position or ends
    /// before it has lost bytes (kDataLoss, nothing changed).
    std::optional<base::LogPosition> covered = std::nullopt;
    /// Whose log this is; written into every segment and compared when it is opened. 0 = nobody's.
    std::uint64_t identity = 0;
  };

  /// Verifies all headers and every record of the last segment (only that one can be torn: its
  /// predecessor is durable before a segment begins); read() verifies the others.
  /// @param report filled when not null.
  /// @return kDataLoss with file and offset when bytes are damaged that a later record, segment or
  ///         checkpoint names as durable (nothing was changed); kUnimplemented for a newer format;
  ///         kIo.
  static Result<std::unique_ptr<LocalLog>> open(env::Env& env,
                                                std::string directory,
                                                const Options& options,
                                                OpenReport* report = nullptr);
  ~LocalLog() override;

  Result<base::LogPosition> append(std::span<const std::byte> record) override;
  Status wait_durable(base::LogPosition up_to) override;
  Status read(base::LogPosition from, const RecordVisitor& visitor) const override;
  Status trim(base::LogPosition up_to) override;
  Status seal() override;
  base::LogPosition end() const override;
  base::LogPosition durable_end() const override;
  std::uint64_t size_bytes() const override;

 private:
  struct Segment {
    std::string path;
    std::uint64_t base = 0;            // Position of its first record.
    std::uint64_t end = 0;             // Position behind its last record.
    std::uint64_t capacity_bytes = 0;  // The next one doubles it.
  };

  LocalLog(env::Env& env, std::string directory, const Options& options);
  Status recover(OpenReport& report);
  Status recover_last(const SegmentFile& file, const SegmentHeader& header, OpenReport& report);
  Status drop_unborn_segment(std::vector<SegmentFile>& files, OpenReport& report);
  Status write_header_again(SegmentFile& file, OpenReport& report);
  Status check_covered(std::uint64_t begin, std::uint64_t end, const std::string& file,
                       std::uint64_t offset) const;
  std::vector<SegmentFile> take_strays(std::vector<SegmentFile>& files) const;
  Status append_bytes(env::WritableFile& file, std::span<const std::byte> bytes);
  Result<base::LogPosition> append_record(std::span<const std::byte> record);
  Status make_room(std::uint64_t record_bytes);
  Status reserve_in_last_segment(std::uint64_t record_bytes);
  Status begin_segment(std::uint64_t record_bytes, std::uint64_t capacity_bytes);
  Status write_segment_file(Segment segment, std::uint64_t record_bytes);
  Status make_directory();
  Status turn_read_only(const Status& reason);
  /// Ok unless the log is read-only.
  Status writable() const;

  // Constant after construction.
  env::Env& env_;
  const std::string directory_;
  const Options options_;
  /// Made ahead, for when there is no memory to make it.
  const Status out_of_memory_;
  // Writer only.
  std::uint64_t chain_ = 0;  // Hash of the last record.
  base::ByteWriter buffer_;
  std::uint64_t reserved_bytes_ = 0;  // Of the open file: appends below this need no new space.
  // Guarded. The file object itself is used outside the lock: append() by the writer, sync() by
  // whoever is the syncer.
  mutable base::Mutex mutex_;
  base::CondVar synced_;
  std::vector<Segment> segments_ ALD_GUARDED_BY(mutex_);
  std::shared_ptr<env::WritableFile> file_ ALD_GUARDED_BY(mutex_);  // Of the last segment.
  std::uint64_t end_ ALD_GUARDED_BY(mutex_) = 0;
  std::uint64_t durable_ ALD_GUARDED_BY(mutex_) = 0;
  bool syncing_ ALD_GUARDED_BY(mutex_) = false;
  Status failure_ ALD_GUARDED_BY(mutex_);  // Not ok: read-only for good.
};

}  // namespace alidade::oplog
