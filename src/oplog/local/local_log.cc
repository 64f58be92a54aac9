#include "oplog/local/local_log.h"

#include <algorithm>
#include <bit>
#include <new>
#include <utility>

#include "base/kill_point.h"
#include "oplog/local/segment_format.h"
#include "oplog/local/segment_scan.h"

namespace alidade::oplog {
namespace {

using base::LogPosition;

// A record buffer that grew beyond this is given back: most records are small.
constexpr std::size_t kKeptBufferBytes = 1 << 20;
constexpr std::uint64_t kMaxRecordBytes = std::uint64_t{1} << 31;
// The first space of a small segment. Most of many collections are small, and each has a log.
constexpr std::uint64_t kFirstReservedBytes = 16 << 10;

/// How far to reserve so that `needed` bytes fit. A segment of the smallest size grows by doubling; a larger
/// one has a log that is written to behind it, and is reserved whole.
std::uint64_t reservation_for(std::uint64_t needed, std::uint64_t capacity_bytes, std::uint64_t smallest_bytes) {
  if (capacity_bytes > smallest_bytes) return std::max(needed, capacity_bytes);
  const std::uint64_t doubled = std::max(kFirstReservedBytes, std::bit_ceil(needed));
  return std::max(needed, std::min(doubled, capacity_bytes));
}

}  // namespace

LocalLog::LocalLog(env::Env& env, std::string directory, const Options& options)
    : env_(env),
      directory_(std::move(directory)),
      options_(options),
      out_of_memory_(StatusCode::kResourceExhausted, "not enough memory to write the log") {}

LocalLog::~LocalLog() = default;

Result<LogPosition> LocalLog::append(std::span<const std::byte> record) {
  auto position = append_record(record);
  if (position.ok()) return position;
  ALD_RETURN_IF_ERROR(writable());
  return position;
}

Result<LogPosition> LocalLog::append_record(std::span<const std::byte> record) {
  if (record.size() > kMaxRecordBytes) {
    return Status(StatusCode::kTooLarge,
                  "a log record of " + std::to_string(record.size()) + " bytes");
  }
  ALD_RETURN_IF_ERROR(make_room(stored_record_bytes(record.size())));
  std::shared_ptr<env::WritableFile> file;
  std::uint64_t durable = 0;
  {
    base::MutexLock lock(mutex_);
    file = file_;
    durable = durable_;
  }
  buffer_.clear();
  const std::uint64_t hash = encode_record(record, durable, chain_, buffer_);
  const std::uint64_t size_before = file->size();
  ALD_KILL_POINT(log_before_append);
  if (ALD_KILL_POINT_IS_DUE(log_amid_append)) {
    file->append(buffer_.bytes().first(buffer_.size() / 2)).ignore();
  }
  ALD_KILL_POINT(log_amid_append);
  if (Status appended = append_bytes(*file, buffer_.bytes()); !appended.ok()) {
    // Part of the record may be in the file. It must go, or the next record would follow it.
    reserved_bytes_ = 0;  // Cutting may give it back.
    Status cut = out_of_memory_;
    try {
      cut = file->truncate(size_before);
    } catch (const std::bad_alloc&) {  // It failed, and there was no memory to say so.
    }
    if (!cut.ok()) return turn_read_only(appended);
    return appended;
  }
  ALD_KILL_POINT(log_after_append);
  chain_ = hash;
  const std::uint64_t stored = buffer_.size();
  if (stored > kKeptBufferBytes) buffer_ = base::ByteWriter();

  base::MutexLock lock(mutex_);
  end_ += stored;
  segments_.back().end = end_;
  return LogPosition(end_);
}

Status LocalLog::append_bytes(env::WritableFile& file, std::span<const std::byte> bytes) {
  try {
    return file.append(bytes);
  } catch (const std::bad_alloc&) {  // It failed, and there was no memory to say so.
    return out_of_memory_;
  }
}

Status LocalLog::writable() const {
  base::MutexLock lock(mutex_);
  if (failure_.ok()) return Status();
  return Status(StatusCode::kUnavailable,
                "the log '" + directory_ + "' is read-only after: " + failure_.message());
}

Status LocalLog::make_room(std::uint64_t record_bytes) {
  ALD_RETURN_IF_ERROR(writable());
  bool fits = false;
  std::uint64_t capacity_bytes = options_.first_segment_bytes;
  {
    base::MutexLock lock(mutex_);
    if (!segments_.empty()) {
      const Segment& last = segments_.back();
      const std::uint64_t file_bytes = kSegmentHeaderBytes + last.end - last.base;
      // A segment takes at least one record, however large that is.
      fits = last.end == last.base || file_bytes + record_bytes <= last.capacity_bytes;
      if (fits && file_ != nullptr && file_bytes + record_bytes <= reserved_bytes_) return Status();
      capacity_bytes = std::min(last.capacity_bytes * 2, options_.max_segment_bytes);
    }
  }
  return fits ? reserve_in_last_segment(record_bytes) : begin_segment(record_bytes, capacity_bytes);
}

/// What is appended without reserved space may find none when it is synced, and a failed sync is
/// for good. So the record is refused here.
Status LocalLog::reserve_in_last_segment(std::uint64_t record_bytes) {
  Segment last;
  std::shared_ptr<env::WritableFile> file;
  {
    base::MutexLock lock(mutex_);
    last = segments_.back();
    file = file_;
  }
  if (file == nullptr) {
    ALD_ASSIGN(file, env_.open_writable(last.path, env::OpenMode::kAppend));
    if (file->size() != kSegmentHeaderBytes + last.end - last.base) {
      return turn_read_only(
          segment_damage(last.path, file->size(), "the size changed since the log was opened"));
    }
  }
  const std::uint64_t needed = file->size() + record_bytes;
  std::uint64_t reserved = reservation_for(needed, last.capacity_bytes, options_.first_segment_bytes);
  reserved_bytes_ = 0;
  Status done = file->preallocate(reserved);
  if (done.code() == StatusCode::kOutOfSpace && needed < reserved) {
    reserved = needed;
    done = file->preallocate(reserved);
  }
  ALD_RETURN_IF_ERROR(done);
  reserved_bytes_ = reserved;
  base::MutexLock lock(mutex_);
  file_ = std::move(file);
  return Status();
}

Status LocalLog::begin_segment(std::uint64_t record_bytes, std::uint64_t capacity_bytes) {
  // The segments before the last are durable as a whole, so only the last one can be torn.
  ALD_RETURN_IF_ERROR(wait_durable(end()));
  Segment segment;
  {
    base::MutexLock lock(mutex_);
    segment.base = segment.end = end_;
    segment.capacity_bytes = capacity_bytes;
  }
  segment.path = env::join_path(directory_, segment_file_name(segment.base));
  ALD_RETURN_IF_ERROR(make_directory());
  return write_segment_file(std::move(segment), record_bytes);
}

/// Also where it is there: an earlier attempt may have ended between the two calls.
Status LocalLog::make_directory() {
  {
    base::MutexLock lock(mutex_);
    if (!segments_.empty()) return Status();
  }
  ALD_RETURN_IF_ERROR(env_.create_directory(directory_));
  return env_.sync_directory(env::parent_directory(directory_));
}

Status LocalLog::write_segment_file(Segment segment, std::uint64_t record_bytes) {
  // What an earlier failed attempt left; no segment of this name is in use.
  if (env_.exists(segment.path)) ALD_RETURN_IF_ERROR(env_.remove_file(segment.path));
  ALD_ASSIGN(auto opened, env_.open_writable(segment.path, env::OpenMode::kCreateNew));
  const std::shared_ptr<env::WritableFile> file = std::move(opened);
  ALD_KILL_POINT(log_segment_created);
  const std::uint64_t needed = kSegmentHeaderBytes + record_bytes;
  std::uint64_t reserved = reservation_for(needed, segment.capacity_bytes, options_.first_segment_bytes);
  Status written = file->preallocate(reserved);
  if (written.code() == StatusCode::kOutOfSpace) {
    // Little is left; a small segment may do, and leaves something for others.
    segment.capacity_bytes = options_.first_segment_bytes;
    reserved = reservation_for(needed, segment.capacity_bytes, options_.first_segment_bytes);
    written = file->preallocate(reserved);
  }
  base::ByteWriter header;
  encode_segment_header({.base = segment.base,
                         .chain_seed = chain_,
                         .durable = segment.base,
                         .capacity_bytes = segment.capacity_bytes,
                         .identity = options_.identity},
                        header);
  if (written.ok()) written = file->append(header.bytes());
  ALD_KILL_POINT(log_segment_header_written);
  if (written.ok()) written = file->sync();
  ALD_KILL_POINT(log_segment_synced);
  if (written.ok()) written = env_.sync_directory(directory_);
  ALD_KILL_POINT(log_segment_ready);
  if (!written.ok()) {
    // Without records it harms nobody: recovery drops what is left of it.
    env_.remove_file(segment.path).ignore();
    return written;
  }
  base::MutexLock lock(mutex_);
  segments_.reserve(segments_.size() + 1);
  // From here on nothing allocates: a segment without its file would send records to the old one.
  segments_.push_back(std::move(segment));
  file_ = file;
  reserved_bytes_ = reserved;
  return Status();
}

Status LocalLog::wait_durable(LogPosition up_to) {
  base::MutexLock lock(mutex_);
  if (up_to.value > end_) {
    return invalid_argument("position " + std::to_string(up_to.value) +
                            " is behind the end of the log, " + std::to_string(end_));
  }
  while (true) {
    if (durable_ >= up_to.value) return Status();
    if (!failure_.ok()) return failure_;
    if (syncing_) {
      synced_.wait(lock);
      continue;
    }
    // The first waiter syncs for all. Everything that is not durable is in the open segment: a
    // segment is synced before the next one begins.
    syncing_ = true;
    const std::uint64_t target = end_;
    const std::shared_ptr<env::WritableFile> file = file_;
    lock.native().unlock();
    ALD_KILL_POINT(log_before_sync);
    Status synced = out_of_memory_;
    try {
      synced = file->sync();
    } catch (const std::bad_alloc&) {  // It failed, and there was no memory to say so.
    }
    ALD_KILL_POINT(log_after_sync);
    lock.native().lock();
    syncing_ = false;
    if (synced.ok()) {
      durable_ = std::max(durable_, target);
    } else if (failure_.ok()) {
      // The kernel may have dropped the dirty pages, so a second fsync would prove nothing.
      failure_ = synced;
    }
    synced_.notify_all();
  }
}

Status LocalLog::read(LogPosition from, const RecordVisitor& visitor) const {
  std::vector<Segment> segments;
  {
    base::MutexLock lock(mutex_);
    segments = segments_;
  }
  std::uint64_t chain = 0;
  bool chain_is_known = false;
  for (const Segment& segment : segments) {
    if (segment.end <= from.value) continue;
    const std::uint64_t size_bytes = kSegmentHeaderBytes + segment.end - segment.base;
    ALD_ASSIGN(const auto header, load_header(env_, {segment.path, segment.base, size_bytes}));
    if (chain_is_known && header.chain_seed != chain) {
      return segment_damage(segment.path, 24,
                            "the segment does not continue its predecessor's chain");
    }
    ALD_ASSIGN(const auto image, load_segment(env_, segment.path, size_bytes));
    ALD_ASSIGN(const auto scan, scan_segment(header, image, from, visitor));
    if (scan.whole_bytes != size_bytes) {
      return segment_damage(segment.path, scan.whole_bytes, "damaged log record");
    }
    chain = scan.chain;
    chain_is_known = true;
  }
  return Status();
}

Status LocalLog::trim(LogPosition up_to) {
  // Oldest first, so that a crash in between leaves a log without a gap. The last segment stays: it
  // keeps the position and the chain.
  bool removed = false;
  while (true) {
    std::string path;
    {
      base::MutexLock lock(mutex_);
      if (segments_.size() < 2 || segments_.front().end > up_to.value) break;
      path = segments_.front().path;
    }
    ALD_KILL_POINT(log_trim_begins);
    ALD_RETURN_IF_ERROR(env_.remove_file(path));
    ALD_KILL_POINT(log_trim_removed_one);
    removed = true;
    base::MutexLock lock(mutex_);
    segments_.erase(segments_.begin());
  }
  return removed ? env_.sync_directory(directory_) : Status();
}

Status LocalLog::seal() {
  ALD_RETURN_IF_ERROR(writable());
  {
    base::MutexLock lock(mutex_);
    if (segments_.empty() || segments_.back().end == segments_.back().base) return Status();
  }
  // Small again: what is sealed is at rest, more often than not.
  return begin_segment(0, options_.first_segment_bytes);
}

LogPosition LocalLog::end() const {
  base::MutexLock lock(mutex_);
  return LogPosition(end_);
}

LogPosition LocalLog::durable_end() const {
  base::MutexLock lock(mutex_);
  return LogPosition(durable_);
}

std::uint64_t LocalLog::size_bytes() const {
  base::MutexLock lock(mutex_);
  std::uint64_t bytes = 0;
  for (const Segment& segment : segments_)
    bytes += kSegmentHeaderBytes + segment.end - segment.base;
  return bytes;
}

Status LocalLog::turn_read_only(const Status& reason) {
  base::MutexLock lock(mutex_);
  if (failure_.ok()) failure_ = reason;
  return reason;
}

}  // namespace alidade::oplog
