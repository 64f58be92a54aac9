// How a LocalLog comes back: what is cut, what is refused. See docs/formats/log.md, "Recovery".
#include <utility>

#include "base/kill_point.h"
#include "oplog/local/local_log.h"
#include "oplog/local/segment_format.h"
#include "oplog/local/segment_scan.h"

namespace alidade::oplog {

Result<std::unique_ptr<LocalLog>> LocalLog::open(env::Env& env,
                                                 std::string directory,
                                                 const Options& options,
                                                 OpenReport* report) {
  std::unique_ptr<LocalLog> log(new LocalLog(env, std::move(directory), options));
  OpenReport found;
  ALD_RETURN_IF_ERROR(log->recover(found));
  if (report != nullptr) *report = found;
  return log;
}

Status LocalLog::recover(OpenReport& report) {
  ALD_ASSIGN(auto files, list_segments(env_, directory_));
  const std::uint64_t begin = files.empty() ? 0 : files.front().base;
  ALD_RETURN_IF_ERROR(drop_unborn_segment(files, report));
  const std::vector<SegmentFile> strays = take_strays(files);
  SegmentHeader header;
  for (std::size_t i = 0; i < files.size(); ++i) {
    ALD_ASSIGN(header, load_header(env_, files[i]));
    ALD_RETURN_IF_ERROR(check_identity(files[i].path, header, options_.identity));
    const std::uint64_t end = header.base + files[i].size_bytes - kSegmentHeaderBytes;
    if (i + 1 < files.size() && end != files[i + 1].base) {
      return segment_damage(files[i].path, files[i].size_bytes,
                            "the segment ends at position " + std::to_string(end) +
                                ", the next one begins at " + std::to_string(files[i + 1].base));
    }
    base::MutexLock lock(mutex_);
    segments_.push_back({files[i].path, header.base, end, header.capacity_bytes});
  }
  if (files.empty()) {
    ALD_RETURN_IF_ERROR(check_covered(begin, 0, directory_, 0));
  } else {
    ALD_RETURN_IF_ERROR(recover_last(files.back(), header, report));
  }
  for (const SegmentFile& stray : strays) ALD_RETURN_IF_ERROR(env_.remove_file(stray.path));
  // A crash may have come between the making of a file or folder and the sync of its name.
  if (!files.empty() || !strays.empty()) {
    ALD_RETURN_IF_ERROR(env_.sync_directory(directory_));
    ALD_RETURN_IF_ERROR(env_.sync_directory(env::parent_directory(directory_)));
  }
  base::MutexLock lock(mutex_);
  report.segment_count = segments_.size();
  return Status();
}

/// A crash while a segment was made leaves a file without a whole header. It never held a record:
/// the first one is written when the header is durable.
Status LocalLog::drop_unborn_segment(std::vector<SegmentFile>& files, OpenReport& report) {
  if (files.empty() || files.back().size_bytes > kSegmentHeaderBytes) return Status();
  const SegmentFile last = files.back();
  const auto header = load_header(env_, last);
  if (header.ok() || header.status().code() != StatusCode::kDataLoss) return header.status();
  ALD_RETURN_IF_ERROR(check_covered(files.front().base, last.base, last.path, last.size_bytes));
  if (files.size() == 1 && last.base > 0) return write_header_again(files.back(), report);
  ALD_RETURN_IF_ERROR(env_.remove_file(last.path));
  ALD_RETURN_IF_ERROR(env_.sync_directory(directory_));
  report.torn_tail_bytes += last.size_bytes;
  report.torn_file = last.path;
  files.pop_back();
  base::MutexLock lock(mutex_);
  end_ = durable_ = last.base;
  return Status();
}

/// The segment is all that is left of a log that was sealed and trimmed. Its name keeps the position,
/// so the file stays and gets a header: without it the next start would miss the covered records.
Status LocalLog::write_header_again(SegmentFile& file, OpenReport& report) {
  base::ByteWriter header;
  encode_segment_header({.base = file.base,
                         .chain_seed = 0,
                         .durable = file.base,
                         .capacity_bytes = options_.first_segment_bytes,
                         .identity = options_.identity},
                        header);
  ALD_ASSIGN(const auto writable, env_.open_writable(file.path, env::OpenMode::kAppend));
  ALD_RETURN_IF_ERROR(writable->truncate(0));
  ALD_RETURN_IF_ERROR(writable->append(header.bytes()));
  ALD_RETURN_IF_ERROR(writable->sync());
  ALD_RETURN_IF_ERROR(writable->close());
  report.torn_tail_bytes += file.size_bytes;
  report.torn_file = file.path;
  file.size_bytes = header.size();
  return Status();
}

/// Two kinds of files belong to no log that was ever acknowledged:
/// - an empty segment that begins before its predecessor ends: it could not be made, could not be
///   removed either, and the log went on without it;
/// - segments that a checkpoint covers and that do not reach the next one: trim() removes the oldest
///   first, but a power loss may keep any of these removals.
std::vector<SegmentFile> LocalLog::take_strays(std::vector<SegmentFile>& files) const {
  const auto end_of = [](const SegmentFile& file) {
    return file.base + file.size_bytes - kSegmentHeaderBytes;
  };
  std::vector<SegmentFile> kept;
  std::vector<SegmentFile> strays;
  for (std::size_t i = 0; i < files.size(); ++i) {
    const bool is_empty = files[i].size_bytes <= kSegmentHeaderBytes;
    const bool overlaps = !kept.empty() && files[i].base < end_of(kept.back());
    if (is_empty && overlaps) {
      strays.push_back(files[i]);
      continue;
    }
    if (!kept.empty() && end_of(kept.back()) != files[i].base && options_.covered &&
        files[i].base <= options_.covered->value) {
      strays.insert(strays.end(), kept.begin(), kept.end());
      kept.clear();
    }
    kept.push_back(files[i]);
  }
  files = std::move(kept);
  return strays;
}

Status LocalLog::recover_last(const SegmentFile& file,
                              const SegmentHeader& header,
                              OpenReport& report) {
  ALD_ASSIGN(const auto image, load_segment(env_, file.path, file.size_bytes));
  ALD_ASSIGN(const auto scan, scan_segment(header, image, base::LogPosition(), nullptr));
  const std::uint64_t end = header.base + scan.whole_bytes - kSegmentHeaderBytes;
  if (scan.whole_bytes < image.size() && names_as_durable(image, scan.whole_bytes, end)) {
    return segment_damage(file.path, scan.whole_bytes,
                          "damaged log record; a later record says that it was durable");
  }
  std::uint64_t begin = 0;
  {
    base::MutexLock lock(mutex_);
    begin = segments_.front().base;
  }
  ALD_RETURN_IF_ERROR(check_covered(begin, end, file.path, scan.whole_bytes));
  if (scan.record_count > 0 || scan.whole_bytes < image.size()) {
    ALD_ASSIGN(const auto writable, env_.open_writable(file.path, env::OpenMode::kAppend));
    if (scan.whole_bytes < image.size()) {
      ALD_KILL_POINT(log_recovery_before_cut);
      ALD_RETURN_IF_ERROR(writable->truncate(scan.whole_bytes));
      ALD_KILL_POINT(log_recovery_after_cut);
      report.torn_tail_bytes += image.size() - scan.whole_bytes;
      report.torn_file = file.path;
    }
    // After kill -9 the last records may be in the page cache only. What open() reports is durable.
    ALD_RETURN_IF_ERROR(writable->sync());
    ALD_RETURN_IF_ERROR(writable->close());
  }
  chain_ = scan.chain;
  base::MutexLock lock(mutex_);
  segments_.back().end = end;
  end_ = durable_ = end;
  return Status();
}

/// A checkpoint names what it covers as durable, and trim() keeps the segment that holds the covered
/// position, so a whole log reaches from there or before to there or behind.
Status LocalLog::check_covered(std::uint64_t begin,
                               std::uint64_t end,
                               const std::string& file,
                               std::uint64_t offset) const {
  if (!options_.covered) return Status();
  return check_reach(begin, end, *options_.covered, file, offset);
}

}  // namespace alidade::oplog
