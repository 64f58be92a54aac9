#include "oplog/local/verify.h"

#include "oplog/local/segment_scan.h"

namespace alidade::oplog {
namespace {

enum class Place { kLast, kEarlier };

/// @return the hash of the segment's last record.
Result<std::uint64_t> verify_segment(env::Env& env,
                                     const SegmentFile& file,
                                     Place place,
                                     LogVerification& found) {
  found.size_bytes += file.size_bytes;
  ++found.segment_count;
  const auto header = load_header(env, file);
  const bool unborn = place == Place::kLast && file.size_bytes <= kSegmentHeaderBytes;
  if (!header.ok() && unborn && header.status().code() == StatusCode::kDataLoss) {
    found.torn_tail_bytes += file.size_bytes;
    return std::uint64_t{0};
  }
  if (!header.ok()) return header.status();
  ALD_ASSIGN(const auto image, load_segment(env, file.path, file.size_bytes));
  ALD_ASSIGN(const auto scan, scan_segment(*header, image, base::LogPosition(), nullptr));
  found.record_count += scan.record_count;
  if (scan.whole_bytes == image.size()) return scan.chain;
  const std::uint64_t position = header->base + scan.whole_bytes - kSegmentHeaderBytes;
  if (place == Place::kEarlier || names_as_durable(image, scan.whole_bytes, position)) {
    return segment_damage(file.path, scan.whole_bytes, "damaged log record");
  }
  found.torn_tail_bytes += image.size() - scan.whole_bytes;
  return scan.chain;
}

}  // namespace

Result<LogVerification> verify_log(env::Env& env, const std::string& directory) {
  ALD_ASSIGN(const auto files, list_segments(env, directory));
  LogVerification found;
  std::uint64_t chain = 0;
  for (std::size_t i = 0; i < files.size(); ++i) {
    const Place place = i + 1 == files.size() ? Place::kLast : Place::kEarlier;
    if (i > 0 && (place == Place::kEarlier || files[i].size_bytes > kSegmentHeaderBytes)) {
      ALD_ASSIGN(const auto header, load_header(env, files[i]));
      const std::uint64_t end = files[i - 1].base + files[i - 1].size_bytes - kSegmentHeaderBytes;
      if (header.chain_seed != chain || header.base != end) {
        return segment_damage(files[i].path, 0, "the segment does not continue its predecessor");
      }
    }
    ALD_ASSIGN(chain, verify_segment(env, files[i], place, found));
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
    ALD_RETURN_IF_ERROR(verify_segment(env, files[i], place, found).status());
    return found;
  }
  return invalid_argument(path + ": no segment of a log");
}

}  // namespace alidade::oplog
