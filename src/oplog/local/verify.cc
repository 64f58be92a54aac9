#include "oplog/local/verify.h"

#include "oplog/local/segment_scan.h"

namespace alidade::oplog {
namespace {

enum class Place { kLast, kEarlier };

/// Where a segment ends.
struct SegmentEnd {
  std::uint64_t position = 0;
  std::uint64_t offset = 0;  // In the file.
  std::uint64_t chain = 0;   // Hash of its last record.
};

Result<SegmentEnd> verify_segment(env::Env& env,
                                  const SegmentFile& file,
                                  Place place,
                                  std::uint64_t identity,
                                  const Log::RecordVisitor& visitor,
                                  LogVerification& found) {
  found.size_bytes += file.size_bytes;
  ++found.segment_count;
  const auto header = load_header(env, file);
  const bool unborn = place == Place::kLast && file.size_bytes <= kSegmentHeaderBytes;
  if (!header.ok() && unborn && header.status().code() == StatusCode::kDataLoss) {
    found.torn_tail_bytes += file.size_bytes;
    found.torn_file = file.path;
    return SegmentEnd{file.base, 0, 0};
  }
  if (!header.ok()) return header.status();
  ALD_RETURN_IF_ERROR(check_identity(file.path, *header, identity));
  ALD_ASSIGN(const auto image, load_segment(env, file.path, file.size_bytes));
  ALD_ASSIGN(const auto scan, scan_segment(*header, image, base::LogPosition(), visitor));
  found.record_count += scan.record_count;
  const std::uint64_t position = header->base + scan.whole_bytes - kSegmentHeaderBytes;
  if (scan.whole_bytes < image.size()) {
    if (place == Place::kEarlier || names_as_durable(image, scan.whole_bytes, position)) {
      return segment_damage(file.path, scan.whole_bytes, "damaged log record");
    }
    found.torn_tail_bytes += image.size() - scan.whole_bytes;
    found.torn_file = file.path;
  }
  return SegmentEnd{position, scan.whole_bytes, scan.chain};
}

}  // namespace

Result<LogVerification> verify_log(env::Env& env,
                                   const std::string& directory,
                                   const LocalLog::Options& options,
                                   const Log::RecordVisitor& visitor) {
  ALD_ASSIGN(const auto files, list_segments(env, directory));
  LogVerification found;
  SegmentEnd end;
  for (std::size_t i = 0; i < files.size(); ++i) {
    const Place place = i + 1 == files.size() ? Place::kLast : Place::kEarlier;
    if (i > 0 && (place == Place::kEarlier || files[i].size_bytes > kSegmentHeaderBytes)) {
      ALD_ASSIGN(const auto header, load_header(env, files[i]));
      if (header.base != end.position) {
        return segment_damage(files[i - 1].path, end.offset,
                              "the segment ends at position " + std::to_string(end.position) +
                                  ", the next one begins at " + std::to_string(header.base));
      }
      if (header.chain_seed != end.chain) {
        return segment_damage(files[i].path, 24,
                              "the segment does not continue its predecessor's chain");
      }
    }
    ALD_ASSIGN(end, verify_segment(env, files[i], place, options.identity, visitor, found));
  }
  if (options.covered) {
    ALD_RETURN_IF_ERROR(check_reach(files.empty() ? 0 : files.front().base, end.position,
                                    *options.covered, files.empty() ? directory : files.back().path,
                                    end.offset));
  }
  return found;
}

Result<LogVerification> verify_log_file(env::Env& env, const std::string& path) {
  ALD_ASSIGN(const auto files, list_segments(env, env::parent_directory(path)));
  for (std::size_t i = 0; i < files.size(); ++i) {
    if (files[i].path != path) continue;
    if (i > 0 && files[i - 1].base + files[i - 1].size_bytes - kSegmentHeaderBytes != files[i].base) {
      return segment_damage(path, 0, "the segment does not begin where its predecessor ends");
    }
    LogVerification found;
    const Place place = i + 1 == files.size() ? Place::kLast : Place::kEarlier;
    ALD_RETURN_IF_ERROR(verify_segment(env, files[i], place, 0, nullptr, found).status());
    return found;
  }
  return invalid_argument(path + ": no segment of a log");
}

}  // namespace alidade::oplog
